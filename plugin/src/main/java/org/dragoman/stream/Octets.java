package org.dragoman.stream;

/**
 * The bytes of a stream, read in place. All integers are big-endian and unsigned, all offsets are
 * bytes from the start. Reading outside {@code 0..size()} throws {@link IndexOutOfBoundsException};
 * whoever reads a length from the stream checks it first.
 */
public abstract class Octets {

  /** For subclasses. */
  protected Octets() {}

  /** The number of bytes. */
  public abstract int size();

  /** The byte at an offset, 0 to 255. */
  public abstract int u8(int at);

  /** The two bytes at an offset, 0 to 0xffff. */
  public int u16(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  /** The four bytes at an offset, 0 to 0xffffffff. */
  public long u32(int at) {
    return (long) u16(at) << 16 | u16(at + 2);
  }

  /** The eight bytes at an offset, as a two's complement bit pattern. */
  public long u64(int at) {
    return u32(at) << 32 | u32(at + 4);
  }

  /** The number of 1, 2, 4 or 8 bytes at an offset. */
  public final long number(int at, int width) {
    return switch (width) {
      case 1 -> u8(at);
      case 2 -> u16(at);
      case 4 -> u32(at);
      case 8 -> u64(at);
      default -> throw new IllegalArgumentException("width " + width);
    };
  }

  /** Whether the given bytes stand at an offset. False where they would reach past the end. */
  public final boolean holds(int at, byte[] expected) {
    if (at < 0 || expected.length > size() - at) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if (u8(at + i) != (expected[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /** Whether this range and a range of other bytes, both of {@code length}, are the same. */
  public abstract boolean sameAs(int at, Octets other, int otherAt, int length);

  /** A copy of a range. For messages and edits, which are small; payloads stay where they are. */
  public final byte[] copy(int at, int length) {
    byte[] copy = new byte[length];
    for (int i = 0; i < length; i++) {
      copy[i] = (byte) u8(at + i);
    }
    return copy;
  }

  /** The offset of the first byte from {@code at} on that is not zero; the size where all are. */
  final int nonZeroFrom(int at) {
    int from = at;
    while (from + 8 <= size() && u64(from) == 0) {
      from += 8;
    }
    while (from < size() && u8(from) == 0) {
      from++;
    }
    return from;
  }

  /**
   * The offset after the last byte that is not zero; 0 where all are. What lies at or after it is
   * padding.
   */
  public int contentEnd() {
    int end = size();
    while (end >= 8 && u64(end - 8) == 0) {
      end -= 8;
    }
    while (end > 0 && u8(end - 1) == 0) {
      end--;
    }
    return end;
  }
}
