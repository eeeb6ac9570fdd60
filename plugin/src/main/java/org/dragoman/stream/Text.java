package org.dragoman.stream;

import java.nio.charset.StandardCharsets;

/** How numbers and idstrs are written in messages, everywhere the same. */
public final class Text {
  private Text() {}

  /** A byte offset: {@code 0x1839}. */
  public static String offset(long at) {
    return "0x" + Long.toHexString(at);
  }

  /** A number of a given width in bytes: {@code 0x00001f40}. */
  public static String hex(long value, int width) {
    String digits = Long.toHexString(value);
    return "0x" + "0".repeat(Math.max(0, 2 * width - digits.length())) + digits;
  }

  /**
   * A file name, or a message with one in it, for a terminal or a log: control characters become
   * {@code \\xNN}, and those that turn the order of others around {@code \}{@code uNNNN}; all else
   * stays.
   */
  public static String withoutControls(String text) {
    if (text.chars().noneMatch(Text::isControl)) {
      return text;
    }
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      safe.append(
          isControl(character)
              ? String.format(character <= 0xff ? "\\x%02x" : "\\u%04x", (int) character)
              : String.valueOf(character));
    }
    return safe.toString();
  }

  /**
   * JSON that says the same, and that a terminal can be given: what a writer of JSON leaves as it
   * is among control characters, becomes {@code \}{@code uNNNN}.
   */
  public static String jsonWithoutControls(String json) {
    // The ones below are escaped within strings, and are white space between them.
    if (json.chars().noneMatch(c -> c > ' ' && isControl(c))) {
      return json;
    }
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char character = json.charAt(i);
      safe.append(
          character > ' ' && isControl(character)
              ? String.format("\\u%04x", (int) character)
              : String.valueOf(character));
    }
    return safe.toString();
  }

  /** Whether a character is told to a terminal, or makes others appear in another order. */
  private static boolean isControl(int character) {
    return Character.isISOControl(character)
        || character == '\u061c'
        || character == '\u200e'
        || character == '\u200f'
        || (character >= '\u202a' && character <= '\u202e')
        || (character >= '\u2066' && character <= '\u2069');
  }

  /**
   * An idstr, or another word of a stream, for a terminal or a log, between quotes: printable ASCII
   * stays, quotes and backslashes are escaped, all else becomes {@code \xNN} by its byte in ISO
   * 8859-1, or {@code \}{@code uNNNN}.
   */
  public static String printable(String text) {
    StringBuilder safe = null;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      boolean plain =
          character >= 0x20 && character <= 0x7e && character != '\\' && character != '\'';
      if (!plain && safe == null) {
        safe = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (safe == null) {
        continue;
      }
      if (plain) {
        safe.append(character);
      } else if (character == '\\' || character == '\'') {
        safe.append('\\').append(character);
      } else if (character <= 0xff) {
        safe.append(String.format("\\x%02x", (int) character));
      } else {
        safe.append(String.format("\\u%04x", (int) character));
      }
    }
    return safe == null ? text : safe.toString();
  }

  /** Whether an idstr has characters, and only such as a program's source would have in it. */
  static boolean isPrintable(String idstr) {
    return !idstr.isEmpty() && idstr.chars().allMatch(c -> c >= 0x20 && c <= 0x7e);
  }

  /** An idstr as a string: one character a byte. */
  static String idstr(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
