package org.dragoman.os;

import java.nio.ByteBuffer;
import java.util.List;

/** Bytes of a file that others shall take the place of. */
public final class Replacement {
  private final long from;
  private final long to;
  private final ByteBuffer bytes;

  /**
   * A replacement.
   *
   * @param from the offset of the first byte that goes
   * @param to the offset after the last byte that goes
   * @param bytes what comes; taken over
   */
  public Replacement(long from, long to, byte[] bytes) {
    this.from = from;
    this.to = to;
    this.bytes = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /** The offset of the first byte that goes. */
  public long from() {
    return from;
  }

  /** The offset after the last byte that goes. */
  public long to() {
    return to;
  }

  /** What comes, read-only; the position is the caller's own. */
  public ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /** By how many bytes the file grows. */
  public long growth() {
    return bytes.limit() - (to - from);
  }

  /** How many bytes a file of a size has after all of them. */
  public static long sizeAfter(long size, List<Replacement> all) {
    return size + all.stream().mapToLong(Replacement::growth).sum();
  }
}
