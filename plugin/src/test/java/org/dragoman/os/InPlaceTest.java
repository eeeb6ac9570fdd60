package org.dragoman.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InPlaceTest {
  private static final int SECTOR = 512;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void aFile() throws IOException {
    file = Files.writeString(folder.resolve("image"), "the old bytes");
  }

  private static Replacement at(long from, long to, String text) {
    return new Replacement(from, to, text.getBytes(UTF_8));
  }

  private void write(List<Replacement> replacements) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      InPlace.write(input, replacements);
    }
  }

  private void begin(List<Replacement> replacements) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      InPlace.begin(input, replacements);
    }
  }

  private void assertAlone() {
    assertEquals(1, folder.toFile().list().length, () -> Arrays.toString(folder.toFile().list()));
  }

  @Test
  void bytesAreReplacedAndNothingElseIsLeft() throws IOException {
    write(List.of(at(0, 3, "all"), at(4, 7, "new")));
    assertEquals("all new bytes", Files.readString(file));
    assertAlone();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "now ", "even older "})
  void aLengthThatChangesMovesTheRest(String text) throws IOException {
    write(List.of(at(0, 3, "all"), at(4, 8, text), at(13, 13, ".")));
    assertEquals("all " + text + "bytes.", Files.readString(file));
    assertAlone();
  }

  @Test
  void nothingIsWrittenIfTheFileChangedSinceItWasRead() throws IOException {
    try (InputFile input = InputFile.open(file)) {
      Files.writeString(file, "something else");
      IOException error =
          assertThrows(IOException.class, () -> InPlace.write(input, List.of(at(0, 3, "all"))));
      assertTrue(error.getMessage().contains("changed while it was read"), error.getMessage());
    }
    assertEquals("something else", Files.readString(file));
    assertAlone();
  }

  @Test
  void aTailThatIsTooLongIsNotMoved() throws IOException {
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(InPlace.MOST + 10L);
    }
    IOException error = assertThrows(IOException.class, () -> write(List.of(at(4, 8, ""))));
    assertTrue(error.getMessage().contains("give an OUTPUT"), error.getMessage());
    assertAlone();
  }

  @Test
  void whereNothingWasBegunNothingIsFinished() throws IOException {
    assertFalse(InPlace.finish(file));
    Path unnamed = Durable.temporary(InPlace.journal(file));
    Files.writeString(unnamed, "Dragoman jour");
    assertFalse(InPlace.finish(file));
    assertEquals("the old bytes", Files.readString(file));
    assertAlone();
  }

  @Test
  void nobodyBeginsASecondChangeBeforeTheFirstIsFinished() throws IOException {
    begin(List.of(at(0, 3, "all")));
    IOException error = assertThrows(IOException.class, () -> write(List.of(at(4, 7, "new"))));
    assertTrue(error.getMessage().contains("not finished"), error.getMessage());
    assertTrue(InPlace.finish(file));
    assertEquals("all old bytes", Files.readString(file));
    assertAlone();
  }

  @Test
  void aFileThatSomebodyElseWroteToIsLeftAsItIs() throws IOException {
    begin(List.of(at(0, 3, "all")));
    Files.writeString(file, "x", java.nio.file.StandardOpenOption.WRITE);
    IOException error = assertThrows(IOException.class, () -> InPlace.finish(file));
    assertTrue(error.getMessage().contains("something else wrote to it"), error.getMessage());
    assertEquals("xhe old bytes", Files.readString(file));
    assertTrue(Files.exists(InPlace.journal(file)));
  }

  @Test
  void aJournalThatIsNotWholeIsNotFollowed() throws IOException {
    begin(List.of(at(0, 3, "all")));
    Path journal = InPlace.journal(file);
    byte[] whole = Files.readAllBytes(journal);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = i % 2 == 0 ? Arrays.copyOf(whole, i) : whole.clone();
      if (i % 2 != 0) {
        damaged[i] ^= 1;
      }
      Files.write(journal, damaged);
      IOException error = assertThrows(IOException.class, () -> InPlace.finish(file));
      assertTrue(error.getMessage().contains("damaged"), error.getMessage());
      assertEquals("the old bytes", Files.readString(file));
    }
    Files.write(journal, whole);
    assertTrue(InPlace.finish(file));
    assertEquals("all old bytes", Files.readString(file));
  }

  /**
   * Until the file is synced, a power cut can leave any of its sectors as before or as after, and
   * either size.
   */
  @Test
  void aPowerCutWhileTheFileIsWrittenLosesNothing() throws IOException {
    Random random = new Random(20261125);
    for (int run = 0; run < 1000; run++) {
      byte[] before = new byte[1 + random.nextInt(8 * SECTOR)];
      random.nextBytes(before);
      List<Replacement> replacements = replacements(random, before.length);
      byte[] after = after(before, replacements);
      Files.write(file, before);
      begin(replacements);
      int size = random.nextBoolean() ? before.length : after.length;
      byte[] torn = Arrays.copyOf(before, size);
      for (int at = 0; at < Math.min(size, after.length); at += SECTOR) {
        if (random.nextBoolean()) {
          int count = Math.min(SECTOR, Math.min(size, after.length) - at);
          System.arraycopy(after, at, torn, at, count);
        }
      }
      Files.write(file, torn);
      assertTrue(InPlace.finish(file), "run " + run);
      assertArrayEquals(after, Files.readAllBytes(file), "run " + run);
      assertAlone();
    }
  }

  private static List<Replacement> replacements(Random random, int size) {
    List<Replacement> all = new ArrayList<>();
    int at = 0;
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count && at <= size; i++) {
      int from = at + random.nextInt(size - at + 1);
      int to = from + random.nextInt(Math.min(40, size - from) + 1);
      byte[] bytes = new byte[random.nextInt(3) == 0 ? random.nextInt(60) : to - from];
      random.nextBytes(bytes);
      all.add(new Replacement(from, to, bytes));
      at = to;
    }
    return all;
  }

  private static byte[] after(byte[] before, List<Replacement> replacements) {
    ByteArrayOutputStream after = new ByteArrayOutputStream();
    int at = 0;
    for (Replacement one : replacements) {
      after.write(before, at, (int) one.from() - at);
      byte[] bytes = new byte[one.bytes().remaining()];
      one.bytes().get(bytes);
      after.writeBytes(bytes);
      at = (int) one.to();
    }
    after.write(before, at, before.length - at);
    return after.toByteArray();
  }
}
