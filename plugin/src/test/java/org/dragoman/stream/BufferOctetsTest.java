package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class BufferOctetsTest {

  private static BufferOctets octets(String hex) {
    return StreamBytes.none().hex(hex).octets();
  }

  private static byte[] bytes(String hex) {
    return StreamBytes.none().hex(hex).bytes();
  }

  @Test
  void numbersAreBigEndianAndUnsigned() {
    BufferOctets octets = octets("00 fffefdfcfbfaf9f8");
    assertEquals(9, octets.size());
    assertEquals(0xff, octets.u8(1));
    assertEquals(0xfffe, octets.u16(1));
    assertEquals(0xfffefdfcL, octets.u32(1));
    assertEquals(0xfffefdfcfbfaf9f8L, octets.u64(1));
    assertEquals(0xff, octets.number(1, 1));
    assertEquals(0xfffe, octets.number(1, 2));
    assertEquals(0xfffefdfcL, octets.number(1, 4));
    assertEquals(0xfffefdfcfbfaf9f8L, octets.number(1, 8));
    assertThrows(IllegalArgumentException.class, () -> octets.number(1, 3));
  }

  @Test
  void readingOutsideThrows() {
    BufferOctets octets = octets("00000000");
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u8(4));
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u8(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u16(3));
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u32(1));
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u64(0));
  }

  @Test
  void holdsLooksAtTheEndsToo() {
    BufferOctets octets = octets("0102ff");
    assertTrue(octets.holds(0, bytes("01")));
    assertTrue(octets.holds(1, bytes("02ff")));
    assertFalse(octets.holds(1, bytes("02fe")));
    assertFalse(octets.holds(2, bytes("ff00")));
    assertFalse(octets.holds(-1, bytes("01")));
    assertTrue(octets.holds(3, bytes("")));
    assertFalse(octets.holds(4, bytes("")));
  }

  @Test
  void contentEndsAfterTheLastByteThatIsNotZero() {
    assertEquals(0, octets("").contentEnd());
    assertEquals(0, octets("00".repeat(21)).contentEnd());
    for (int zeros = 0; zeros < 20; zeros++) {
      assertEquals(1, octets("01" + "00".repeat(zeros)).contentEnd(), zeros + " zeros");
      assertEquals(10, octets("00".repeat(9) + "80" + "00".repeat(zeros)).contentEnd());
    }
  }

  @Test
  void rangesAreComparedWithThoseOfOtherBytes() {
    BufferOctets one = octets("00010203");
    BufferOctets other = octets("0102030405");
    assertTrue(one.sameAs(1, other, 0, 3));
    assertFalse(one.sameAs(0, other, 0, 3));
    assertFalse(one.sameAs(1, octets("010204"), 0, 3));
    assertTrue(one.sameAs(1, octets("010204"), 0, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> one.sameAs(1, other, 0, 4));
  }

  @Test
  void thePositionAndByteOrderOfTheBufferDoNotMatter() {
    ByteBuffer buffer = ByteBuffer.wrap(bytes("0102030405")).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(2);
    BufferOctets octets = new BufferOctets(buffer);
    buffer.position(4).order(ByteOrder.BIG_ENDIAN);
    assertEquals(5, octets.size());
    assertEquals(0x01020304L, octets.u32(0));
    assertEquals(4, buffer.position());
  }

  @Test
  void theLimitOfTheBufferIsTheEnd() {
    ByteBuffer buffer = ByteBuffer.wrap(bytes("0102030405")).limit(3);
    BufferOctets octets = new BufferOctets(buffer);
    buffer.limit(5);
    assertEquals(3, octets.size());
    assertThrows(IndexOutOfBoundsException.class, () -> octets.u8(3));
  }

  @Test
  void aSliceSharesTheBytesAndCannotBeWritten() {
    byte[] bytes = bytes("0102030405");
    ByteBuffer slice = new BufferOctets(ByteBuffer.wrap(bytes)).slice(1, 3);
    bytes[1] = 0x55;
    assertEquals(0x55, slice.get());
    assertEquals(2, slice.remaining());
    assertTrue(slice.isReadOnly());
  }

  @Test
  void aCopyIsOneOfTheRange() {
    assertArrayEquals(bytes("0203"), octets("01020304").copy(1, 2));
  }
}
