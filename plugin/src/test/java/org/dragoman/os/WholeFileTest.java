package org.dragoman.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeFileTest {
  @TempDir private Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void anInput() throws IOException {
    input = Files.writeString(folder.resolve("in"), "the input");
    output = folder.resolve("out");
  }

  private static Replacement at(long from, long to, String text) {
    return new Replacement(from, to, text.getBytes(UTF_8));
  }

  /** All of "the input" goes. */
  private static List<Replacement> only(String text) {
    return List.of(at(0, 9, text));
  }

  private static void write(Path output, Path input, List<Replacement> replacements)
      throws IOException {
    try (InputFile file = InputFile.open(input)) {
      WholeFile.write(output, file, replacements, done -> {});
    }
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return new TreeSet<>(entries.map(entry -> entry.getFileName().toString()).toList());
    }
  }

  private String refusal(Path path) {
    IOException byCheck = assertThrows(IOException.class, () -> WholeFile.check(path, input));
    IOException byWrite = assertThrows(IOException.class, () -> write(path, input, only("new")));
    assertEquals(byCheck.getMessage(), byWrite.getMessage());
    assertEquals(byCheck.getClass(), byWrite.getClass());
    return byCheck.getMessage();
  }

  @Test
  void whatIsNotReplacedStays() throws IOException {
    write(output, input, List.of(at(0, 3, "one"), at(4, 4, "more "), at(9, 9, "s")));
    assertEquals("one more inputs", Files.readString(output));
    assertEquals(Set.of("in", "out"), names());
    assertEquals("the input", Files.readString(input));
  }

  @Test
  void whatGoesLeavesNoGap() throws IOException {
    write(output, input, List.of(at(3, 9, "")));
    assertEquals("the", Files.readString(output));
  }

  @ParameterizedTest
  @ValueSource(ints = {3 << 20, 40 << 20})
  void aLargeFileIsWrittenWholeAndSaysHowFarItIs(int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    Files.write(input, bytes);
    List<Long> told = new ArrayList<>();
    try (InputFile file = InputFile.open(input)) {
      WholeFile.write(output, file, List.of(at(2 << 20, (2 << 20) + 2, "abc")), told::add);
    }
    byte[] written = Files.readAllBytes(output);
    assertEquals(size + 1, written.length);
    assertEquals((long) size + 1, told.get(told.size() - 1));
    assertTrue(Arrays.equals(bytes, 0, 2 << 20, written, 0, 2 << 20));
    assertEquals("abc", new String(written, 2 << 20, 3, UTF_8));
    assertTrue(Arrays.equals(bytes, (2 << 20) + 2, size, written, (2 << 20) + 3, size + 1));
  }

  @Test
  void anInputThatBecomesShorterIsNotWritten() throws IOException {
    try (InputFile file = InputFile.open(input)) {
      Files.writeString(input, "the");
      IOException error =
          assertThrows(
              IOException.class, () -> WholeFile.write(output, file, List.of(), done -> {}));
      assertTrue(error.getMessage().contains("became shorter"), error.getMessage());
    }
    assertEquals(Set.of("in"), names());
  }

  @Test
  void anEmptyFileStaysOne() throws IOException {
    Files.writeString(input, "");
    write(output, input, List.of());
    assertEquals(0, Files.size(output));
  }

  @Test
  void anExistingOutputIsReplaced() throws IOException {
    Files.writeString(output, "an old and longer output");
    write(output, input, only("new"));
    assertEquals("new", Files.readString(output));
    assertEquals(Set.of("in", "out"), names());
  }

  @Test
  void anotherNameOfTheOldOutputKeepsTheOldOutput() throws IOException {
    Files.writeString(output, "old");
    Path other = Files.createLink(folder.resolve("other"), output);
    write(output, input, only("new"));
    assertEquals("old", Files.readString(other));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw-rw-rw-", "r--------", "rwxr-xr-x"})
  void thePermissionsAreTheInputs(String permissions) throws IOException {
    Files.setPosixFilePermissions(input, PosixFilePermissions.fromString(permissions));
    write(output, input, only("new"));
    assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(output)));
  }

  @Test
  void aSymbolicLinkIsFollowed() throws IOException {
    Path real = Files.writeString(Files.createDirectory(folder.resolve("d")).resolve("r"), "old");
    Files.createSymbolicLink(output, real);
    write(output, input, only("new"));
    assertTrue(Files.isSymbolicLink(output));
    assertEquals("new", Files.readString(real));
    assertEquals(Set.of("d", "in", "out"), names());
  }

  @Test
  void aSymbolicLinkToNothingIsRefused() throws IOException {
    Files.createSymbolicLink(output, folder.resolve("nothing"));
    assertEquals(output + ": a symbolic link to nothing; give the file itself", refusal(output));
    assertEquals(Set.of("in", "out"), names());
  }

  @Test
  void theInputIsNeverTheOutput() throws IOException {
    Path hard = Files.createLink(folder.resolve("hard"), input);
    Path soft = Files.createSymbolicLink(folder.resolve("soft"), input);
    for (Path same : List.of(input, hard, soft, folder.resolve("./in"))) {
      assertEquals(same + ": this is the input; give another file for the output", refusal(same));
      assertThrows(WholeFile.SameFileException.class, () -> write(same, input, only("new")));
    }
    assertEquals("the input", Files.readString(input));
  }

  @Test
  void aDirectoryIsNotReplaced() {
    assertEquals(folder + ": a directory, expected a regular file or a new name", refusal(folder));
  }

  @Test
  void aPipeIsNotReplaced() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", output.toString()).start().waitFor());
    assertEquals(
        output + ": a device, pipe or socket, expected a regular file or a new name",
        refusal(output));
  }

  @Test
  void theDirectoryMustBeThere() throws IOException {
    Path inside = folder.resolve("missing/out");
    assertEquals(inside + ": there is no directory " + folder.resolve("missing"), refusal(inside));
    Path throughFile = input.resolve("out");
    assertEquals(throughFile + ": there is no directory " + input, refusal(throughFile));
  }

  @Test
  void aFailureLeavesTheOldOutputAndNothingElse() throws IOException {
    Files.writeString(output, "old");
    List<Replacement> bad = Arrays.asList(at(0, 1, "new"), null);
    assertThrows(NullPointerException.class, () -> write(output, input, bad));
    assertEquals("old", Files.readString(output));
    assertEquals(Set.of("in", "out"), names());
  }

  @Test
  void aFailureLeavesNoNewOutput() throws IOException {
    List<Replacement> bad = Arrays.asList(at(0, 1, "new"), null);
    assertThrows(NullPointerException.class, () -> write(output, input, bad));
    assertEquals(Set.of("in"), names());
  }

  @Test
  void anInputThatWentAwayLeavesTheOldOutput() throws IOException {
    Files.writeString(output, "old");
    try (InputFile file = InputFile.open(input)) {
      Files.delete(input);
      IOException error =
          assertThrows(
              IOException.class, () -> WholeFile.write(output, file, only("new"), done -> {}));
      assertEquals(output + ": " + input + " went away", error.getMessage());
    }
    assertEquals("old", Files.readString(output));
    assertEquals(Set.of("out"), names());
  }

  @Test
  void aDirectoryThatMayNotBeWrittenIsSaid() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeFalse(Files.isWritable(closed), "this user may write everywhere");
    Path inside = closed.resolve("out");
    IOException error = assertThrows(IOException.class, () -> write(inside, input, only("new")));
    assertEquals(inside + ": permission denied", error.getMessage());
    assertFalse(Files.exists(inside));
  }

  @Test
  void aFileThatChangesWhileItIsReadIsNotWritten() throws IOException {
    try (InputFile file = InputFile.open(input)) {
      Files.writeString(input, "the input, and more");
      IOException error =
          assertThrows(
              IOException.class, () -> WholeFile.write(output, file, only("new"), done -> {}));
      assertTrue(error.getMessage().contains("changed while it was read"), error.getMessage());
    }
    assertEquals(Set.of("in"), names());
  }
}
