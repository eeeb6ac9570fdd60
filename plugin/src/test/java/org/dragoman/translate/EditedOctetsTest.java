package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.Octets;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class EditedOctetsTest {

  private static Octets octets(byte[] bytes) {
    return new BufferOctets(ByteBuffer.wrap(bytes));
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<Edit> edits(Random random, byte[] source) {
    List<Edit> edits = new ArrayList<>();
    int at = 0;
    while (edits.size() < 6) {
      int offset = at + random.nextInt(12);
      int end = offset + random.nextInt(6);
      if (end > source.length) {
        break;
      }
      edits.add(
          new Edit(
              octets(source),
              offset,
              end - offset,
              random(random, random.nextInt(6)),
              "test",
              "test"));
      at = end;
    }
    return edits;
  }

  @RepeatedTest(60)
  void itReadsAsTheEditedBytesDo(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] source = random(random, 1 + random.nextInt(60));
    List<Edit> edits = edits(random, source);
    byte[] bytes = World.edited(source, edits);
    Octets expected = octets(bytes);
    Octets edited = new EditedOctets(octets(source), edits);

    assertEquals(bytes.length, edited.size());
    assertArrayEquals(bytes, edited.copy(0, bytes.length));
    assertEquals(expected.contentEnd(), edited.contentEnd());
    for (int width : new int[] {1, 2, 4, 8}) {
      for (int i = 0; i < 100; i++) {
        int at = random.nextInt(bytes.length + 1);
        if (at + width <= bytes.length) {
          assertEquals(expected.number(at, width), edited.number(at, width), width + " at " + at);
        } else {
          assertThrows(IndexOutOfBoundsException.class, () -> edited.number(at, width));
        }
      }
    }
    for (int i = 0; i < 100; i++) {
      int at = random.nextInt(bytes.length + 1);
      int length = random.nextInt(bytes.length - at + 1);
      assertTrue(edited.sameAs(at, expected, at, length));
      assertTrue(expected.sameAs(at, edited, at, length));
      assertTrue(edited.sameAs(at, new EditedOctets(octets(source), edits), at, length));
    }
  }

  @RepeatedTest(20)
  void everyChangedByteIsADifference(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] source = random(random, 20);
    List<Edit> edits = edits(random, source);
    byte[] bytes = World.edited(source, edits);
    Octets edited = new EditedOctets(octets(source), edits);
    for (int i = 0; i < bytes.length; i++) {
      byte[] other = bytes.clone();
      other[i] ^= 1;
      assertFalse(edited.sameAs(0, octets(other), 0, bytes.length), "byte " + i);
      assertFalse(octets(other).sameAs(0, edited, 0, bytes.length), "byte " + i);
      assertTrue(edited.sameAs(0, octets(other), 0, i));
      assertTrue(edited.sameAs(i + 1, octets(other), i + 1, bytes.length - i - 1));
    }
  }

  @Test
  void theWholeSourceMayGo() {
    byte[] source = {1, 2};
    Octets edited =
        new EditedOctets(
            octets(source), List.of(new Edit(octets(source), 0, 2, new byte[0], "test", "test")));
    assertEquals(0, edited.size());
    assertEquals(0, edited.contentEnd());
    assertThrows(IndexOutOfBoundsException.class, () -> edited.u8(0));
  }

  @Test
  void readingOutsideThrows() {
    Octets edited = new EditedOctets(octets(new byte[4]), List.of());
    assertThrows(IndexOutOfBoundsException.class, () -> edited.u8(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> edited.u8(4));
    assertThrows(IndexOutOfBoundsException.class, () -> edited.u32(1));
    assertThrows(IndexOutOfBoundsException.class, () -> edited.sameAs(2, edited, 0, 3));
  }
}
