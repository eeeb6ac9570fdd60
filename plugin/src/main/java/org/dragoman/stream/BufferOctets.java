package org.dragoman.stream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Bytes of a {@link ByteBuffer}, mapped or not, read in place. The buffer stays its owner's, who
 * keeps it mapped and unchanged for as long as this is used.
 */
public final class BufferOctets extends Octets {
  private final ByteBuffer buffer;
  private int contentEnd = -1;

  /** Reads the buffer's bytes from 0 to its limit, whatever its position and byte order are. */
  public BufferOctets(ByteBuffer buffer) {
    this.buffer = buffer.asReadOnlyBuffer().position(0).slice().order(ByteOrder.BIG_ENDIAN);
  }

  @Override
  public int size() {
    return buffer.limit();
  }

  @Override
  public int u8(int at) {
    return buffer.get(at) & 0xff;
  }

  @Override
  public int u16(int at) {
    return buffer.getShort(at) & 0xffff;
  }

  @Override
  public long u32(int at) {
    return buffer.getInt(at) & 0xffff_ffffL;
  }

  @Override
  public long u64(int at) {
    return buffer.getLong(at);
  }

  @Override
  public boolean sameAs(int at, Octets other, int otherAt, int length) {
    if (other instanceof BufferOctets that) {
      // Not ByteBuffer.mismatch: where a mapped file is cut short meanwhile, single reads fail with
      // an error that can be caught, and the JVM's vectorised comparison with a signal that kills
      // it.
      int done = 0;
      for (; done + 8 <= length; done += 8) {
        if (buffer.getLong(at + done) != that.buffer.getLong(otherAt + done)) {
          return false;
        }
      }
      for (; done < length; done++) {
        if (buffer.get(at + done) != that.buffer.get(otherAt + done)) {
          return false;
        }
      }
      return true;
    }
    return other.sameAs(otherAt, this, at, length);
  }

  /** A read-only view of a range, for a channel to write from. It shares the bytes. */
  public ByteBuffer slice(int at, int length) {
    return buffer.slice(at, length);
  }

  @Override
  public int contentEnd() {
    if (contentEnd < 0) {
      contentEnd = super.contentEnd();
    }
    return contentEnd;
  }
}
