package org.dragoman.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InPlaceTest {
  private static final int SECTOR = 512;

  /** In a journal without kept ranges. */
  private static final int CHANGES_AT = 91;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void aFile() throws IOException {
    file = Files.writeString(folder.resolve("image"), "the old bytes");
  }

  private static Replacement at(long from, long to, String text) {
    return new Replacement(from, to, text.getBytes(UTF_8));
  }

  /** A plan that rests on all of the file. */
  private List<Known> all() throws IOException {
    return List.of(new Known(0, ByteBuffer.wrap(Files.readAllBytes(file))));
  }

  private void write(List<Replacement> replacements) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      InPlace.write(input, all(), replacements);
    }
  }

  private void begin(List<Known> basis, List<Replacement> replacements) throws IOException {
    try (InputFile input = InputFile.open(file);
        LockedFile locked = LockedFile.open(file)) {
      InPlace.begin(locked, input, basis, replacements).close();
    }
  }

  private void begin(List<Replacement> replacements) throws IOException {
    begin(all(), replacements);
  }

  /** Why a change that was begun is not finished; what is there stays. */
  private String refusal() throws IOException {
    String before = Files.readString(file);
    IOException error = assertThrows(IOException.class, () -> InPlace.finish(file));
    assertEquals(before, Files.readString(file));
    assertTrue(InPlace.isBegun(file));
    return error.getMessage();
  }

  private void assertRefused(String why) throws IOException {
    String message = refusal();
    assertTrue(message.contains(why) && message.contains("delete"), message);
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
          assertThrows(
              IOException.class, () -> InPlace.write(input, all(), List.of(at(0, 3, "all"))));
      assertTrue(error.getMessage().contains("changed while it was read"), error.getMessage());
    }
    assertEquals("something else", Files.readString(file));
    assertAlone();
  }

  @Test
  void aTailThatIsTooLongIsNotMoved() throws IOException {
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(Journal.MOST + 10);
    }
    IOException error =
        assertThrows(IOException.class, () -> begin(List.of(), List.of(at(4, 8, ""))));
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
    Files.writeString(file, "all Old bytes");
    assertRefused("has other bytes than the change was planned for");
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

  @Test
  void bytesThatAreNeitherOldNorNewAreLeftAsTheyAre() throws IOException {
    begin(List.of(), List.of(at(0, 3, "all")));
    Files.writeString(file, "x", StandardOpenOption.WRITE);
    assertRefused("neither those of before nor after");
  }

  @Test
  void aPlanForOtherBytesIsNotCarriedOutWhateverTheTimesSay() throws IOException {
    try (InputFile input = InputFile.open(file)) {
      List<Known> basis = all();
      FileTime modified = Files.getLastModifiedTime(file);
      Files.writeString(file, "the new bytes");
      Files.setLastModifiedTime(file, modified);
      IOException error =
          assertThrows(
              IOException.class, () -> InPlace.write(input, basis, List.of(at(0, 3, "all"))));
      assertTrue(error.getMessage().contains("changed while it was read"), error.getMessage());
    }
    assertEquals("the new bytes", Files.readString(file));
    assertAlone();
  }

  @Test
  void aPlanFromAnotherVersionOfTheFileNeverGetsAJournal() throws IOException {
    try (WatchService watch = folder.getFileSystem().newWatchService();
        InputFile input = InputFile.open(file)) {
      Files.writeString(file, "something else");
      folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      assertThrows(IOException.class, () -> InPlace.write(input, all(), List.of(at(0, 3, "all"))));
      List<String> made = new ArrayList<>();
      for (WatchKey key = watch.poll(); key != null; key = watch.poll()) {
        key.pollEvents().forEach(event -> made.add(event.context().toString()));
      }
      assertFalse(made.contains(InPlace.journal(file).getFileName().toString()), made.toString());
    }
  }

  @Test
  void aFileThatWasMovedOverIsNotChangedByTheOldOnesJournal() throws IOException {
    begin(List.of(at(0, 3, "all")));
    Path other = Files.writeString(folder.resolve("other"), "the old bytes");
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    assertRefused("another one in its place");
  }

  @Test
  void aFileThatGrewIsNotCut() throws IOException {
    begin(List.of(), List.of(at(4, 8, "")));
    Files.writeString(file, "the old bytes, and more");
    assertRefused("has 23 bytes, and had 13, of which the change makes 9");
  }

  /** As a kill leaves it when the space for what comes back was just found. */
  @Test
  void whatAFileGrowsByMayNotBeWrittenYet() throws IOException {
    begin(List.of(at(4, 8, "")));
    Files.write(file, Arrays.copyOf("the bytes".getBytes(UTF_8), 13));
    assertTrue(InPlace.finish(file));
    assertEquals("the bytes", Files.readString(file));
    begin(List.of(at(4, 4, "new ")));
    Files.write(file, Arrays.copyOf("the bytes".getBytes(UTF_8), 13));
    assertTrue(InPlace.finish(file));
    assertEquals("the new bytes", Files.readString(file));
    assertAlone();
  }

  @Test
  void aFileWithSeveralNamesIsNotChanged() throws IOException {
    Path other = Files.createLink(folder.resolve("other"), file);
    IOException error = assertThrows(IOException.class, () -> write(List.of(at(0, 3, "all"))));
    assertTrue(error.getMessage().contains("2 names (hard links)"), error.getMessage());
    assertTrue(error.getMessage().contains("give an OUTPUT"), error.getMessage());
    Files.delete(other);
    assertEquals("the old bytes", Files.readString(file));
    assertAlone();
  }

  @Test
  void aFileWithALongNameHasNoJournalAndCannotBeginOne() throws IOException {
    Files.delete(file);
    file = Files.writeString(folder.resolve("n".repeat(250)), "the old bytes");
    assertFalse(InPlace.isBegun(file));
    assertFalse(InPlace.finish(file));
    IOException error = assertThrows(IOException.class, () -> write(List.of(at(0, 3, "all"))));
    assertTrue(error.getMessage().contains("unchanged: its journal cannot"), error.getMessage());
    assertAlone();
  }

  @Test
  void whatOthersCouldHavePutThereIsNoJournal() throws Exception {
    begin(List.of(at(0, 3, "all")));
    Path journal = InPlace.journal(file);
    Path real = Files.move(journal, folder.resolve("real"));
    Files.createSymbolicLink(journal, real);
    assertRefused(".image.dragoman-journal");
    Files.delete(journal);
    Files.createSymbolicLink(journal, Path.of("/dev/zero"));
    assertRefused(".image.dragoman-journal");
    Files.delete(journal);
    assertEquals(0, new ProcessBuilder("mkfifo", journal.toString()).start().waitFor());
    assertRefused("found a directory, device, pipe or socket");
    Files.delete(journal);
    Files.createDirectory(journal);
    assertRefused("found a directory, device, pipe or socket");
    Files.delete(journal);
    Files.createLink(journal, real);
    assertRefused("found a file with 2 names");
    Files.delete(real);
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rw--w----"));
    assertRefused("found permissions 620");
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rw-----w-"));
    assertRefused("found permissions 602");
    Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rw-------"));
    if (Files.getAttribute(file, "unix:uid").equals(0)) {
      Files.setAttribute(journal, "unix:uid", 12345);
      assertRefused("found a file of user 12345");
      Files.setAttribute(journal, "unix:uid", 0);
    }
    assertTrue(InPlace.finish(file));
    assertEquals("all old bytes", Files.readString(file));
  }

  @Test
  void aJournalOfAnySizeTakesNoMemory() throws IOException {
    begin(List.of(at(0, 3, "all")));
    try (var sparse = new java.io.RandomAccessFile(InPlace.journal(file).toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertRefused("damaged: found 1099511627776 bytes, expected");
  }

  /** Offset, length before and length after of the only change, in a journal that is whole. */
  @ParameterizedTest
  @CsvSource({
    "1099511627776,3,3",
    "-5,3,3",
    "9223372036854775807,3,3",
    "0,-1,3",
    "0,9223372036854775807,9223372036854775807",
    "13,0,100",
    "12,3,3",
    "14,0,0",
    "4,3,2",
    "0,3,4",
  })
  void aChangeThatNoRunWritesIsNotMade(long at, long before, long after) throws IOException {
    begin(List.of(), List.of(at(0, 3, "all")));
    Path journal = InPlace.journal(file);
    byte[] bytes = Files.readAllBytes(journal);
    ByteBuffer.wrap(bytes).position(CHANGES_AT).putLong(at).putLong(before).putLong(after);
    Files.write(journal, signed(bytes));
    assertRefused("damaged");
  }

  @Test
  void changesThatOverlapAreNotMade() throws IOException {
    begin(List.of(), List.of(at(0, 3, "all"), at(4, 7, "new")));
    Path journal = InPlace.journal(file);
    byte[] bytes = Files.readAllBytes(journal);
    ByteBuffer.wrap(bytes).putLong(CHANGES_AT + 24, 2);
    Files.write(journal, signed(bytes));
    assertRefused("damaged: found a change out of place");
  }

  /** With the digest that belongs to them. */
  private static byte[] signed(byte[] journal) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(journal, 0, journal.length - 32);
      ByteBuffer.wrap(journal).position(journal.length - 32).put(digest.digest());
      return journal;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
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
