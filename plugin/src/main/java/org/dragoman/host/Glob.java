package org.dragoman.host;

/** Patterns in which {@code *} stands for anything, also nothing, and {@code ?} for one letter. */
final class Glob {
  private Glob() {}

  static boolean matches(String pattern, String text) {
    int at = 0;
    int in = 0;
    int afterStar = -1;
    int retryFrom = 0;
    while (at < text.length()) {
      boolean star = in < pattern.length() && pattern.charAt(in) == '*';
      if (star) {
        afterStar = ++in;
        retryFrom = at;
      } else if (in < pattern.length()
          && (pattern.charAt(in) == '?' || pattern.charAt(in) == text.charAt(at))) {
        in++;
        at++;
      } else if (afterStar >= 0) {
        // The last star takes one letter more; an earlier one need not.
        in = afterStar;
        at = ++retryFrom;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }
}
