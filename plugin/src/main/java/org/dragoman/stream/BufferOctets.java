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
      return buffer.slice(at, length).mismatch(that.buffer.slice(otherAt, length)) < 0;
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
