package org.dragoman.container;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes that a walk goes through once, from the first to the last: of a file or of a pipe. */
public interface Source {
  /** The most that {@link #peek} is asked for. */
  int MOST_PEEKED = 2048;

  /** How many bytes have been gone past. */
  long position();

  /**
   * The next bytes, which stay the next ones.
   *
   * @param count at most {@link #MOST_PEEKED}
   * @return little-endian, this one's own and valid until the next call; shorter where the bytes
   *     end before
   */
  ByteBuffer peek(int count) throws IOException;

  /**
   * The next bytes.
   *
   * @return little-endian, this one's own and valid until the next call
   * @throws EOFException if there are fewer
   */
  ByteBuffer take(int count) throws IOException;

  /**
   * The same as {@link #take}, but the caller's to keep.
   *
   * @throws EOFException if there are fewer
   */
  default ByteBuffer keep(int count) throws IOException {
    ByteBuffer kept = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    return kept.put(take(count)).flip();
  }

  /**
   * All bytes that follow.
   *
   * @return little-endian, the caller's; null where there are more than {@code most}
   */
  ByteBuffer takeRest(int most) throws IOException;

  /**
   * Goes past the next bytes, which nobody looks at.
   *
   * @throws EOFException if there are fewer
   */
  void pass(long count) throws IOException;

  /** Goes past all bytes that follow, which nobody looks at. */
  void passRest() throws IOException;
}
