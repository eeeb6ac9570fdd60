package org.dragoman.os;

/** What this process is. */
public final class Processes {
  private Processes() {}

  /** The user as whom this process acts. */
  public static int effectiveUser() {
    return Libc.C.geteuid();
  }

  /** Gives memory that the C library keeps for later back to the kernel. */
  public static void returnFreeMemory() {
    Libc.C.malloc_trim(0);
  }
}
