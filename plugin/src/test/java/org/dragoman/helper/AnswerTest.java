package org.dragoman.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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
