package org.dragoman.helper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.dragoman.os.Memfd;
import org.junit.jupiter.api.Test;

class AnswerTest {

  @Test
  void theLayoutIsThatOfTheShim() throws IOException {
    try (Memfd stream = Memfd.of("test", new byte[300])) {
      Answer answer =
          new Answer.Go(List.of(new Answer.Action.UseStream(stream)), List.of("one", "two"));
      ByteBuffer bytes = answer.bytes();
      assertEquals(ByteOrder.LITTLE_ENDIAN, bytes.order());
      assertEquals(32 + 16 + 7, bytes.remaining());
      assertEquals('D' | 'R' << 8 | 'A' << 16 | '1' << 24, bytes.getInt(0));
      assertEquals(0, bytes.getInt(4));
      assertEquals(1, bytes.getInt(8));
      assertEquals(16, bytes.getInt(12));
      assertEquals(7, bytes.getInt(16));
      assertEquals(1, bytes.getInt(32));
      assertEquals(8, bytes.getInt(36));
      assertEquals(300, bytes.getLong(40));
      assertEquals("one\ntwo", Answer.text(bytes));
      assertEquals(List.of(stream.fd()), answer.fds());
    }
  }

  @Test
  void editsAreNumbersAndWordsUpToAMultipleOfFour() {
    for (String word : List.of("a", "ab", "abc", "abcd", "äb")) {
      List<Answer.Action> actions =
          List.of(new Answer.Action.EditArguments(3, 2, List.of("-vga", word)));
      Answer answer = new Answer.Go(actions, List.of("text"));
      ByteBuffer bytes = answer.bytes();
      byte[] words = ("-vga\0" + word + "\0").getBytes(StandardCharsets.UTF_8);
      int body = 12 + (words.length + 3) / 4 * 4;
      assertEquals(8 + body, bytes.getInt(12));
      assertEquals(2, bytes.getInt(32));
      assertEquals(body, bytes.getInt(36));
      assertEquals(3, bytes.getInt(40));
      assertEquals(2, bytes.getInt(44));
      assertEquals(2, bytes.getInt(48));
      byte[] found = new byte[body - 12];
      bytes.get(52, found);
      assertArrayEquals(Arrays.copyOf(words, found.length), found);
      assertEquals("text", Answer.text(bytes));
      assertEquals(List.of(), answer.fds());
    }
  }

  @Test
  void aRelocationHasItsFramesAndItsDomain() {
    Answer answer =
        new Answer.Go(
            List.of(
                new Answer.Action.EditArguments(1, 0, List.of("-usb")),
                new Answer.Action.Relocate(0xff000, 0xffff_ffff_fL, 1024, 7)),
            List.of());
    ByteBuffer bytes = answer.bytes();
    assertEquals(2, bytes.getInt(8));
    assertEquals(28 + 32, bytes.getInt(12));
    assertEquals(3, bytes.getInt(60));
    assertEquals(24, bytes.getInt(64));
    assertEquals(0xff000, bytes.getLong(68));
    assertEquals(0xffff_ffff_fL, bytes.getLong(76));
    assertEquals(1024, bytes.getInt(84));
    assertEquals(7, bytes.getInt(88));
    assertEquals(92, bytes.remaining());
  }

  @Test
  void onlyStreamsHaveDescriptors() throws IOException {
    try (Memfd stream = Memfd.of("test", new byte[300])) {
      Answer answer =
          new Answer.Go(
              List.of(
                  new Answer.Action.EditArguments(1, 1, List.of()),
                  new Answer.Action.UseStream(stream),
                  new Answer.Action.Relocate(1, 2, 1, 7)),
              List.of());
      assertEquals(List.of(stream.fd()), answer.fds());
      assertEquals(List.of(stream), answer.streams());
    }
  }

  @Test
  void thereAreNoMoreActionsThanTheShimTakes() {
    Answer.Action small = new Answer.Action.EditArguments(1, 1, List.of());
    assertEquals(64, new Answer.Go(Collections.nCopies(64, small), List.of()).bytes().getInt(8));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Answer.Go(Collections.nCopies(65, small), List.of()));
    Answer largest =
        new Answer.Go(
            List.of(new Answer.Action.EditArguments(1, 0, List.of("x".repeat(8192 - 20 - 1)))),
            List.of("x".repeat(5000)));
    assertEquals(Answer.MOST, largest.bytes().remaining());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Answer.Go(
                List.of(new Answer.Action.EditArguments(1, 0, List.of("x".repeat(8192 - 20)))),
                List.of()));
  }

  @Test
  void outcomesHaveTheirNumbersAndNoActions() {
    for (Answer answer : List.of(new Answer.Refused(List.of()), new Answer.Failed(List.of()))) {
      ByteBuffer bytes = answer.bytes();
      assertEquals(answer instanceof Answer.Refused ? 1 : 2, bytes.getInt(4));
      assertEquals(0, bytes.getInt(8));
      assertEquals(0, bytes.getInt(12));
      assertEquals(List.of(), answer.fds());
    }
  }

  @Test
  void aTextThatIsTooLongIsCutBetweenCharacters() {
    String text = Answer.text(new Answer.Refused(List.of("x" + "ü".repeat(4000))).bytes());
    assertEquals("x" + "ü".repeat(2047), text);
    assertTrue(text.getBytes(StandardCharsets.UTF_8).length <= 4096);
  }
}
