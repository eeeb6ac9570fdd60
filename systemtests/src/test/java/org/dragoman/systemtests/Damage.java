package org.dragoman.systemtests;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Something that happens to a file.
 *
 * @param place where; taken modulo the size of the file
 * @param length how many bytes, as far as there are so many
 * @param value of the bytes that come
 */
record Damage(Kind kind, int place, int length, byte value) {
  /** What happens. */
  enum Kind {
    OVERWRITE,
    CUT_OUT,
    INSERT,
    REPEAT
  }

  /** The damaged file. */
  byte[] done(byte[] bytes) {
    int from = place % (bytes.length + 1);
    int to = Math.min(bytes.length, from + length);
    byte[] before = Arrays.copyOf(bytes, from);
    byte[] there = Arrays.copyOfRange(bytes, from, to);
    byte[] after = Arrays.copyOfRange(bytes, to, bytes.length);
    return switch (kind) {
      case OVERWRITE -> concat(before, filled(to - from), after);
      case CUT_OUT -> concat(before, after);
      case INSERT -> concat(before, filled(length), there, after);
      case REPEAT -> concat(before, there, there, after);
    };
  }

  private byte[] filled(int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, value);
    return bytes;
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }
}
