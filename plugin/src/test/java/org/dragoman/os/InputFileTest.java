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
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  @TempDir private Path folder;

  private static String message(Path path) {
    return assertThrows(IOException.class, () -> MappedFile.open(path, 100)).getMessage();
  }

  @Test
  void aFileIsMappedForReading() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {1, 2, 3});
    MappedFile file = MappedFile.open(path, 100);
    assertEquals(path, file.path());
    assertEquals(3, file.size());
    assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), file.bytes());
    assertTrue(file.bytes().isReadOnly());
    assertTrue(file.bytes().isDirect());
  }

  @Test
  void noMoreIsMappedThanWasAskedFor() throws IOException {
    MappedFile file = MappedFile.open(Files.write(folder.resolve("f"), new byte[10]), 4);
    assertEquals(10, file.size());
    assertEquals(4, file.bytes().remaining());
  }

  @Test
  void anEmptyFileHasNoBytes() throws IOException {
    MappedFile file = MappedFile.open(Files.createFile(folder.resolve("f")), 4);
    assertEquals(0, file.size());
    assertEquals(0, file.bytes().remaining());
  }

  @Test
  void aSymbolicLinkIsFollowed() throws IOException {
    Path path = Files.write(folder.resolve("f"), new byte[] {7});
    Path link = Files.createSymbolicLink(folder.resolve("l"), path);
    assertEquals(7, MappedFile.open(link, 4).bytes().get(0));
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
    assertEquals(zero + ": a device, pipe or socket, expected a regular file", message(zero));
  }

  @Test
  void aPipeIsNotOpened() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    // Opening it would wait for a writer.
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertEquals(
                pipe + ": a device, pipe or socket, expected a regular file", message(pipe)));
  }

  @Test
  void aFileThatMayNotBeReadIsSaid() throws IOException {
    Path path = Files.createFile(folder.resolve("f"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(path), "this user may read everything");
    assertEquals(path + ": permission denied", message(path));
  }

  @Test
  void onlyTheErrorOfAMappingThatWasCutShortIsOne() {
    assertTrue(
        MappedFile.cutShort(
            new InternalError("a fault occurred in a recent unsafe memory access operation")));
    assertFalse(MappedFile.cutShort(new InternalError("something else")));
    assertFalse(MappedFile.cutShort(new InternalError()));
    assertFalse(MappedFile.cutShort(new IllegalStateException("unsafe memory access")));
  }
}
