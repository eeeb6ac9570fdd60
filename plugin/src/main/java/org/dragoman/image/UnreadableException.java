package org.dragoman.image;

/** A configuration is not written in the form that it should have. */
final class UnreadableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long at;

  /**
   * Without a trace: the place says all.
   *
   * @param at about where it is wrong, in bytes from its start
   */
  UnreadableException(long at) {
    super(null, null, false, false);
    this.at = at;
  }

  long at() {
    return at;
  }
}
