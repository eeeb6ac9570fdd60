package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;

/** Holds a piece of work to the limits that no stream may make Dragoman exceed. */
final class Effort {
  /** Of the processor, so that what else the machine does makes no test fail. */
  private static final long MOST_NANOSECONDS = 1_000_000_000L;

  /** Of the heap; what is allocated at all is an upper bound of what is alive at any time. */
  private static final long MOST_BYTES = 256L << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Effort() {}

  /** Does the work in this thread and fails if it took more than a second or 256 MiB. */
  static <T> T bounded(Supplier<T> work) {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long start = THREADS.getCurrentThreadCpuTime();
    T result = work.get();
    long nanoseconds = THREADS.getCurrentThreadCpuTime() - start;
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    assertTrue(nanoseconds <= MOST_NANOSECONDS, () -> "it took " + nanoseconds + " ns");
    assertTrue(allocated <= MOST_BYTES, () -> "it allocated " + allocated + " bytes");
    return result;
  }
}
