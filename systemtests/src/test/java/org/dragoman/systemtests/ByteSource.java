package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.Source;

/**
 * Bytes in memory, for a walk that keeps to the rules: what it was given is spoilt when it asks for
 * more, and what it asks for is small.
 */
final class ByteSource implements Source {
  private final byte[] bytes;
  private final int end;
  private int position;

  /** Where it puts what it gives: as long as the longest so far, so that it allocates little. */
  private byte[] given = new byte[0];

  private long calls;

  ByteSource(byte[] bytes) {
    this(bytes, bytes.length);
  }

  /** The first bytes only, as if there were no more. */
  ByteSource(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /** How often it was asked for something. */
  long calls() {
    return calls;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public ByteBuffer peek(int count) {
    assertSmall(count, MOST_PEEKED);
    return give(Math.min(count, end - position));
  }

  @Override
  public ByteBuffer take(int count) throws EOFException {
    assertSmall(count, ContainerWalk.MOST_CONFIG);
    if (count > end - position) {
      throw cutShort();
    }
    ByteBuffer taken = give(count);
    position += count;
    return taken;
  }

  @Override
  public ByteBuffer takeRest(int most) {
    if (end - position > most) {
      return null;
    }
    ByteBuffer rest = give(end - position);
    given = new byte[0];
    position = end;
    return rest;
  }

  @Override
  public void pass(long count) throws EOFException {
    assertTrue(count >= 0, () -> "back by " + count);
    calls++;
    if (count > end - position) {
      throw cutShort();
    }
    position += (int) count;
  }

  @Override
  public void passRest() {
    position = end;
  }

  private ByteBuffer give(int count) {
    calls++;
    Arrays.fill(given, (byte) 0xa5);
    if (count > given.length) {
      given = new byte[count];
    }
    System.arraycopy(bytes, position, given, 0, count);
    return ByteBuffer.wrap(given, 0, count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void assertSmall(int count, int most) {
    if (count < 0 || count > most) {
      throw new AssertionError(count + " bytes");
    }
  }

  private EOFException cutShort() {
    position = end;
    return new EOFException();
  }
}
