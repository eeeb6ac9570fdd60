package org.dragoman.cli;

/** Exit codes. They are an interface: scripts depend on them. */
enum Exit implements ExitCode {
  /** Translated, or nothing to change. */
  DONE(0),
  /** A bug. */
  BUG(1),
  /** Wrong usage. */
  USAGE(2),
  /** Not a stream, or damaged. */
  DAMAGED(3),
  /** Contradiction, ambiguity, or the target cannot express it. */
  REFUSED(4),
  /** A policy or configuration is wrong. */
  POLICY(5),
  /** Input or output failed. */
  FILE(6);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
