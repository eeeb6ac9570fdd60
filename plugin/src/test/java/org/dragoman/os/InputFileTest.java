package org.dragoman.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class InputFileTest {
  @Test
  @Timeout(10)
  void whatSomebodyPutInAFilesPlaceIsNotOpened(@TempDir Path there) throws Exception {
    Path file = Files.writeString(there.resolve("file"), "content");
    Path link = Files.createSymbolicLink(there.resolve("link"), file);
    Path pipe = there.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());

    for (Path other : List.of(link, pipe, there, Path.of("/dev/null"), there.resolve("none"))) {
      IOException refusal = assertThrows(IOException.class, () -> InputFile.openItself(other));
      assertTrue(refusal.getMessage().startsWith(other + ": "), refusal.getMessage());
    }
    try (InputFile opened = InputFile.openItself(file)) {
      assertEquals(7, opened.size());
      assertEquals(file, opened.path());
      assertTrue(opened.isUnchanged());
    }
  }

  @Test
  void aNameNeedNotBeCharacters(@TempDir Path there) throws Exception {
    // By a process of its own: here, a name is what the locale's encoding makes of it.
    Process made =
        new ProcessBuilder(
                "sh", "-c", "printf content >\"$0/$(printf 'a%%20\\377 b')\"", there.toString())
            .start();
    assertEquals(0, made.waitFor());
    try (var names = Files.list(there);
        InputFile opened = InputFile.openItself(names.findFirst().orElseThrow())) {
      assertEquals(7, opened.size());
    }
  }

  @TempDir private Path folder;

  private static String message(Path path) {
    return assertThrows(IOException.class, () -> InputFile.open(path)).getMessage();
  }

  private static ByteBuffer read(InputFile file, int most, long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(most);
    int got = file.read(bytes, at);
    assertEquals(got, bytes.position());
    return bytes.flip();
  }

  @Test
  void aFileIsReadFromAnyPlace() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {1, 2, 3});
    try (InputFile file = InputFile.open(path)) {
      assertEquals(path, file.path());
      assertEquals(3, file.size());
      assertEquals(ByteBuffer.wrap(new byte[] {2, 3}), read(file, 2, 1));
    }
  }

  @Test
  void noMoreIsReadThanIsThere() throws IOException {
    try (InputFile file = InputFile.open(Files.write(folder.resolve("f"), new byte[10]))) {
      assertEquals(4, read(file, 100, 6).remaining());
      assertEquals(0, read(file, 100, 10).remaining());
      assertEquals(0, read(file, 100, 11).remaining());
    }
  }

  @Test
  void anEmptyFileHasNoBytes() throws IOException {
    try (InputFile file = InputFile.open(Files.createFile(folder.resolve("f")))) {
      assertEquals(0, file.size());
      assertEquals(0, read(file, 4, 0).remaining());
    }
  }

  @Test
  void aSymbolicLinkIsFollowed() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {7});
    try (InputFile file = InputFile.open(Files.createSymbolicLink(folder.resolve("l"), path))) {
      assertEquals(7, read(file, 1, 0).get(0));
    }
  }

  @Test
  void aFileThatIsWrittenToIsChanged() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {7});
    try (InputFile file = InputFile.open(path)) {
      assertTrue(file.isUnchanged());
      Files.write(path, new byte[] {7, 8});
      assertFalse(file.isUnchanged());
    }
  }

  @Test
  void anotherFileOfTheSameNameIsAChange() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {7});
    try (InputFile file = InputFile.open(path)) {
      Path other = Files.write(folder.resolve("g"), new byte[] {7});
      Files.setLastModifiedTime(other, Files.getLastModifiedTime(path));
      Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
      assertFalse(file.isUnchanged());
    }
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path path = folder.resolve("missing");
    assertEquals(path + ": no such file", message(path));
  }

  @Test
  void aDirectoryIsNoFile() {
    assertEquals(folder + ": a directory, expected a regular file", message(folder));
  }

  @Test
  void aPathThroughAFileIsNone() throws IOException {
    Path path = Files.createFile(folder.resolve("f")).resolve("g");
    assertTrue(message(path).startsWith(path + ": cannot be read: "), message(path));
  }

  @Test
  void aDeviceIsNoFile() {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero));
    assertEquals(
        zero
            + ": a device, pipe or socket, expected a regular file; what is on it goes through"
            + " dragoman filter --to PRODUCT </dev/zero >FILE",
        message(zero));
  }

  @Test
  void aPipeIsNotOpened() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    // Opening it would wait for a writer.
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertTrue(
                message(pipe)
                    .startsWith(pipe + ": a device, pipe or socket, expected a regular file")));
  }

  @Test
  void aFileThatMayNotBeReadIsSaid() throws IOException {
    Path path = Files.createFile(folder.resolve("f"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(path), "this user may read everything");
    assertEquals(path + ": permission denied", message(path));
  }
}
