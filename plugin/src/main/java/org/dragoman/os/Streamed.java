package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Parts of files gone through in pieces, so that memory does not grow with them. */
final class Streamed {
  private static final int PIECE = 256 << 10;

  private Streamed() {}

  /** A piece of a file goes into it; the caller's. */
  static ByteBuffer buffer() {
    return ByteBuffer.allocate(PIECE);
  }

  /** What is done with a piece. */
  interface Taker {
    /** Takes the bytes from position to limit, and leaves none. */
    void take(ByteBuffer piece) throws IOException;
  }

  /**
   * Hands on a range of a file.
   *
   * @throws IOException if it cannot be read, ends before the range does, or the taker throws it
   */
  static void range(FileChannel from, long at, long length, Taker taker) throws IOException {
    ByteBuffer piece = buffer();
    for (long done = 0; done < length; done += piece.limit()) {
      piece.clear().limit((int) Math.min(piece.capacity(), length - done));
      if (!fill(from, piece, at + done)) {
        throw new IOException("found its end, expected " + (at + length) + " bytes at least");
      }
      taker.take(piece);
    }
  }

  /** Copies a range of a file to a place in another. */
  static void copy(FileChannel from, long at, long length, FileChannel to, long toAt)
      throws IOException {
    long[] place = {toAt};
    range(
        from,
        at,
        length,
        piece -> {
          while (piece.hasRemaining()) {
            place[0] += to.write(piece, place[0]);
          }
        });
  }

  /** Reads from a place up to a buffer's limit and flips it; false: the file ends before. */
  static boolean fill(FileChannel from, ByteBuffer into, long at) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      if (from.read(into, at + into.position() - start) < 0) {
        into.flip();
        return false;
      }
    }
    into.flip();
    return true;
  }
}
