package org.dragoman.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.dragoman.helper.Question.Kind;
import org.dragoman.helper.Question.MalformedException;
import org.dragoman.host.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QuestionTest {
  private static final String UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

  private static Question asked(String... arguments) {
    return new Question(Kind.LOADVM, 0, 20_000, Mode.ENFORCE, List.of(arguments), UUID);
  }

  @Test
  void whatIsWrittenIsRead() throws MalformedException {
    for (Question question :
        List.of(
            asked("/usr/lib/xen/bin/qemu-dm", "-d", "7", "", "-loadvm", "file ü"),
            new Question(Kind.START, 0, 1, Mode.ENFORCE, List.of("qemu"), null),
            new Question(Kind.INCOMING, 1 << 20, 1, Mode.DRY_RUN, List.of(""), null))) {
      assertEquals(question, Question.read(question.bytes()));
    }
  }

  @Test
  void theLayoutIsThatOfTheShim() {
    ByteBuffer bytes =
        new Question(Kind.INCOMING, 0x1122334455L, 0x66, Mode.DRY_RUN, List.of("ab", "c"), UUID)
            .bytes();
    assertEquals(ByteOrder.LITTLE_ENDIAN, bytes.order());
    assertEquals(72 + 5, bytes.remaining());
    assertEquals('D' | 'R' << 8 | 'Q' << 16 | '1' << 24, bytes.getInt(0));
    assertEquals(1, bytes.getInt(4));
    assertEquals(0x1122334455L, bytes.getLong(8));
    assertEquals(0x66, bytes.getInt(16));
    assertEquals(1, bytes.getInt(20));
    assertEquals(2, bytes.getInt(24));
    assertEquals(5, bytes.getInt(28));
    assertEquals('0', bytes.get(32));
    assertEquals(0, bytes.get(32 + 36));
    assertEquals('a', bytes.get(72));
    assertEquals(0, bytes.get(74));
    assertEquals('c', bytes.get(75));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, magic number",
    "4, 0, found kind 0",
    "4, 4, found kind 4",
    "12, -1, found an offset",
    "16, 0, found a deadline",
    "16, -5, found a deadline",
    "20, 0, found mode 0",
    "20, 3, found mode 3",
    "24, 2, 2 as arguments",
    "28, 4, 4 as bytes of arguments",
    "28, 2147483647, as bytes of arguments",
    "28, -1, as bytes of arguments"
  })
  void aWrongNumberIsSaid(int at, int number, String message) {
    ByteBuffer bytes = asked("model", "-d", "7").bytes();
    bytes.putInt(at, number);
    MalformedException e = assertThrows(MalformedException.class, () -> Question.read(bytes));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void theTopologyIsWhatTheShimTakesOut() {
    assertEquals("keep", asked("qemu", "-dragoman-topology", "keep", "-m", "24").topology());
    assertEquals("x", asked("qemu", "-m", "24", "--dragoman-topology", "x").topology());
    assertNull(asked("qemu", "-m", "dragoman-topology", "keep").topology());
  }

  @Test
  void everyCutIsMalformed() throws MalformedException {
    ByteBuffer bytes = asked("model", "-d", "7").bytes();
    assertEquals(3, Question.read(bytes).arguments().size());
    for (int length = 0; length < bytes.limit(); length++) {
      ByteBuffer cut = bytes.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
      assertThrows(MalformedException.class, () -> Question.read(cut));
    }
  }

  @Test
  void anArgumentThatDoesNotEndIsMalformed() {
    ByteBuffer bytes = asked("model", "x").bytes();
    bytes.put(bytes.limit() - 1, (byte) 'y');
    assertThrows(MalformedException.class, () -> Question.read(bytes));
  }

  /** The table that the shim is held against, too. */
  @ParameterizedTest
  @MethodSource("commandLines")
  void theDomainIsTheOneThatTheShimSays(String line) {
    String[] fields = line.split(" ; ", -1);
    List<String> arguments =
        Arrays.stream(fields[2].split(" ")).map(text -> text.equals("''") ? "" : text).toList();
    Question question = asked(arguments.toArray(String[]::new));
    assertEquals(fields[0].equals("-") ? -1 : Integer.parseInt(fields[0]), question.domid());
    String name = fields[1].equals("''") ? "" : fields[1];
    assertEquals(name.equals("-") ? null : name, question.name());
  }

  static List<String> commandLines() throws IOException {
    return Files.readAllLines(Path.of("../native-shim/tests/domains.txt")).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }
}
