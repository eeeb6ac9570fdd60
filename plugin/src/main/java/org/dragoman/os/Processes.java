package org.dragoman.os;

/** What this process is. */
public final class Processes {
  private Processes() {}

  /** The user as whom this process acts. */
  public static int effectiveUser() {
    return Libc.C.geteuid();
  }
}
