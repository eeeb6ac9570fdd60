package org.dragoman.referenceloader;

import java.nio.charset.StandardCharsets;

/**
 * The stream as a device model's load functions see it: big-endian reads that never fail.
 *
 * <p>A read past the end gives zeros and sets an error that stays set; the load functions do not
 * look at it. Source: qemu-xen-traditional savevm.c qemu_get_byte, qemu_get_buffer,
 * qemu_fill_buffer.
 */
final class SaveFile {
  private final byte[] bytes;
  private int position;
  private boolean error;

  SaveFile(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The offset in bytes of the next byte to be read; never beyond the end. */
  int position() {
    return position;
  }

  /** Bytes that nobody has read. */
  int left() {
    return bytes.length - position;
  }

  /** Whether all bytes that nobody has read are zero; true if there are none. */
  boolean leftIsZero() {
    for (int i = position; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether anything was ever read past the end. */
  boolean hasError() {
    return error;
  }

  /** One byte, 0 to 255; 0 past the end. */
  int u8() {
    if (position == bytes.length) {
      error = true;
      return 0;
    }
    return bytes[position++] & 0xff;
  }

  /** Two bytes, big-endian, 0 to 65535. */
  int be16() {
    return (u8() << 8) | u8();
  }

  /**
   * Four bytes, big-endian; values from 0x80000000 on come out negative, as in the original's int
   * fields.
   */
  int be32() {
    return (be16() << 16) | be16();
  }

  /** Eight bytes, big-endian. */
  long be64() {
    return ((long) be32() << 32) | Integer.toUnsignedLong(be32());
  }

  /**
   * Takes {@code count} bytes that this model has no use for; as many as there are, if there are
   * fewer.
   */
  void skip(long count) {
    if (count > left()) {
      error = true;
    }
    position += (int) Math.min(count, left());
  }

  /**
   * {@code length} bytes as a C string: what follows a NUL is read but not part of it. One char per
   * byte.
   */
  String cString(int length) {
    int from = position;
    skip(length);
    String text = new String(bytes, from, position - from, StandardCharsets.ISO_8859_1);
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }
}
