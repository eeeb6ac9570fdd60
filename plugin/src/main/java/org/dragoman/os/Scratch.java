package org.dragoman.os;

import java.io.IOException;

/**
 * Memory that a thread copies one stream after another into. To map memory for each, and to touch
 * it for the first time, would cost more than most streams take to read. For one thread at a time.
 */
public final class Scratch implements AutoCloseable {
  /** What device models write has some kilobytes; more is kept for nobody. */
  private static final int KEPT = 256 << 10;

  private final Mapping memory;
  private Mapping lent;

  /**
   * A new one.
   *
   * @throws IOException if the kernel has no memory for it
   */
  public Scratch() throws IOException {
    memory = Mapping.of(KEPT);
  }

  /**
   * A copy of a part of a file, made by the kernel: what happens to the file later, or while it is
   * copied, is an error here or nothing, never a fault in a mapping. The file's position stays.
   *
   * @param from a regular file
   * @param offset the first byte that is copied
   * @param size how many bytes
   * @return the caller's to close, before the next one is asked for
   * @throws IOException if the file is shorter or cannot be read
   */
  public Mapping copyOf(OwnedFd from, long offset, int size) throws IOException {
    if (lent != null) {
      // Whoever still has it shall not read the next stream.
      lent.close();
    }
    Mapping copy;
    if (size > KEPT || size == 0) {
      copy = Mapping.of(size);
    } else {
      copy = memory.lend(size);
      lent = copy;
    }
    try {
      copy.fill(from, offset);
      return copy;
    } catch (IOException e) {
      copy.close();
      throw e;
    }
  }

  /** Gives the memory back, and what was lent of it. */
  @Override
  public void close() {
    if (lent != null) {
      lent.close();
    }
    memory.close();
  }
}
