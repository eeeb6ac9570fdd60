package org.dragoman.cli;

/** What ends a command before its result: one message for people, and an exit code. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1L;

  private final Exit exit;
  private final long offset;

  Failure(Exit exit, String message) {
    this(exit, message, -1);
  }

  /** With the offset in the input at which it went wrong, in bytes. */
  Failure(Exit exit, String message, long offset) {
    super(message, null, false, false);
    this.exit = exit;
    this.offset = offset;
  }

  Exit exit() {
    return exit;
  }

  long offset() {
    return offset;
  }
}
