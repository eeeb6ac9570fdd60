package org.dragoman.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  @Test
  void anOutputWithAChangeThatIsNotFinishedIsNotReplaced() throws IOException {
    Files.writeString(output, "old");
    Files.writeString(InPlace.journal(output), "anything");
    String message = refusal(output);
    assertTrue(message.contains("begun and not finished"), message);
    assertTrue(message.contains("or delete it and its journal"), message);
    assertEquals("old", Files.readString(output));
    Files.delete(output);
    assertEquals(message, refusal(output));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw-------", "---------"})
  void theOwnerIsTheInputsWhereItCanBe(String permissions) throws IOException {
    assumeTrue(Files.getAttribute(input, "unix:uid").equals(0), "only root can give files away");
    Files.setPosixFilePermissions(input, PosixFilePermissions.fromString(permissions));
    Files.setAttribute(input, "unix:uid", 12345);
    Files.setAttribute(input, "unix:gid", 23456);
    write(output, input, only("new"));
    assertEquals(12345, Files.getAttribute(output, "unix:uid"));
    assertEquals(23456, Files.getAttribute(output, "unix:gid"));
    assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(output)));
  }

  /** What the list keeps out must not come in by the bits that stand for it. */
  @Test
  void whereTheInputHasAnAccessListOnlyTheOwnerGetsIn() throws Exception {
    String python =
        "import os, struct, sys; none = 0xffffffff;"
            + "entries = [(1, 6, none), (2, 0, 12345), (4, 0, none), (16, 4, none), (32, 4, none)];"
            + "os.setxattr(sys.argv[1], 'system.posix_acl_access', struct.pack('<I', 2)"
            + " + b''.join(struct.pack('<HHI', *one) for one in entries))";
    Process process = new ProcessBuilder("python3", "-c", python, input.toString()).start();
    assumeTrue(process.waitFor() == 0, "no access lists here");
    assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(input)));
    write(output, input, only("new"));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(output)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 5, (1 << 20) + 1})
  void holesStayHoles(long last) throws Exception {
    long size = 300L << 20;
    Random random = new Random(2);
    byte[] some = new byte[1 << 20];
    try (FileChannel channel = FileChannel.open(input, StandardOpenOption.WRITE)) {
      for (long at : new long[] {0, 100 << 20, (200 << 20) + 4096}) {
        random.nextBytes(some);
        channel.write(ByteBuffer.wrap(some), at);
      }
      if (last > 0) {
        channel.write(ByteBuffer.wrap(some, 0, 1), size - last);
      }
    }
    try (var sparse = new java.io.RandomAccessFile(input.toFile(), "rw")) {
      sparse.setLength(size);
    }
    write(output, input, List.of(at(0, 3, "one"), at(3, 4, ""), at(250 << 20, 250 << 20, "x")));
    Path expected = folder.resolve("expected");
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "(printf one; tail -c +5 $1 | head -c $((262144000 - 4)); printf x;"
                    + " tail -c +262144001 $1) >$2",
                "sh",
                input.toString(),
                expected.toString())
            .start();
    assertEquals(0, shell.waitFor());
    assertEquals(-1, Files.mismatch(expected, output));
    assertTrue(allocated(output) <= allocated(input) + (1 << 20), "holes were filled");
  }

  private static long allocated(Path file) throws IOException {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
  }

  @Test
  void aFileThatGrowsIsItsOwnersUntilItIsTakenAndThenAsTheUmaskSays() throws IOException {
    try (GrowingFile growing = new GrowingFile(output)) {
      growing.out().write(1);
      Path temporary =
          folder.resolve(
              names().stream().filter(name -> name.endsWith(".tmp")).findAny().orElseThrow());
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)));
      growing.take();
    }
    Path usual = Files.createFile(folder.resolve("usual"));
    assertEquals(Files.getPosixFilePermissions(usual), Files.getPosixFilePermissions(output));
  }
}
