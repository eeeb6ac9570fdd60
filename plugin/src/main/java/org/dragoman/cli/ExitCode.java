package org.dragoman.cli;

/** What a command ends with: one of {@link Exit}, or that of a program that it ran. */
interface ExitCode {
  /** 0 to 255. */
  int code();
}
