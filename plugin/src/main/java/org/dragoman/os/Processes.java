package org.dragoman.os;

/** What this process is. */
public final class Processes {
  private Processes() {}

  /** The user as whom this process acts. */
  public static int effectiveUser() {
    return Libc.C.geteuid();
  }

  /**
   * From now on, the calling thread leaves the processors to whoever else has something to do. A
   * host that does not let it has it go on as before.
   */
  public static void giveWay() {
    // Linux means the thread by this.
    Libc.C.setpriority(Libc.PRIO_PROCESS, 0, NICE);
  }

  private static final int NICE = 10;

  /** Gives memory that the C library keeps for later back to the kernel. */
  public static void returnFreeMemory() {
    Libc.C.malloc_trim(0);
  }
}
