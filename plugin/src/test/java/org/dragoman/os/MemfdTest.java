package org.dragoman.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemfdTest {
  @TempDir Path folder;

  private static long openDescriptors() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.count();
    }
  }

  private static byte[] counting(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  /** A file as the shim hands it over: a descriptor that is open for reading. */
  private OwnedFd opened(Path file) throws IOException {
    return new OwnedFd(OpenFile.forReading(file));
  }

  @Test
  void aMappingReadsBigEndianNumbers() throws IOException {
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping mapping = memfd.map(false)) {
      assertEquals(16, mapping.size());
      assertEquals(15, mapping.u8(15));
      assertEquals(0x0102, mapping.u16(1));
      assertEquals(0x02030405L, mapping.u32(2));
      assertEquals(0x030405060708090aL, mapping.u64(3));
    }
  }

  @Test
  void aClosedMappingIsNeverRead() throws Exception {
    Mapping closed;
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping other = memfd.map(false)) {
      closed = memfd.map(true);
      closed.close();
      closed.close();
      assertThrows(IllegalStateException.class, () -> closed.u8(0));
      assertThrows(IllegalStateException.class, () -> closed.u16(0));
      assertThrows(IllegalStateException.class, () -> closed.u32(0));
      assertThrows(IllegalStateException.class, () -> closed.u64(0));
      assertThrows(IllegalStateException.class, () -> closed.put(0, new byte[1]));
      assertThrows(IllegalStateException.class, () -> closed.put(0, other, 0, 1));
      assertThrows(IllegalStateException.class, () -> other.sameAs(0, closed, 0, 1));
      assertThrows(IllegalStateException.class, () -> closed.sameAs(0, other, 0, 1));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      assertThrows(IllegalStateException.class, () -> closed.digest(digest));
    }
  }

  @Test
  void nothingOutsideAMappingIsRead() throws IOException {
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping mapping = memfd.map(false)) {
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u8(16));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u8(-1));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u16(15));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u32(13));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u64(9));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.sameAs(9, mapping, 0, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.sameAs(0, mapping, 9, 8));
    }
  }

  @Test
  void rangesAreComparedByteByByte() throws IOException {
    byte[] changed = counting(64);
    changed[40]++;
    try (Memfd one = Memfd.of("test", counting(64));
        Memfd other = Memfd.of("test", changed);
        Mapping first = one.map(false);
        Mapping second = other.map(false)) {
      assertTrue(first.sameAs(0, second, 0, 40));
      assertTrue(first.sameAs(41, second, 41, 23));
      assertFalse(first.sameAs(0, second, 0, 64));
      assertFalse(first.sameAs(40, second, 40, 1));
      assertFalse(first.sameAs(0, second, 1, 8));
    }
  }

  @Test
  void aSealedOneCannotBeChangedByAnybody() throws IOException {
    try (Memfd memfd = Memfd.of("test", counting(16))) {
      memfd.seal();
      assertEquals(15, Libc.C.fcntl(memfd.fd().number(), Libc.F_GET_SEALS, 0));
      assertThrows(IOException.class, () -> memfd.map(true));
      assertEquals(-1, Libc.C.ftruncate(memfd.fd().number(), 17));
      assertEquals(-1, Libc.C.ftruncate(memfd.fd().number(), 15));
      try (Mapping mapping = memfd.map(false)) {
        assertEquals(7, mapping.u8(7));
      }
    }
  }

  @Test
  void oneThatIsMappedForWritingCannotBeSealed() throws IOException {
    try (Memfd memfd = Memfd.create("test", 16);
        Mapping mapping = memfd.map(true)) {
      assertEquals(0, mapping.u8(0));
      assertThrows(IOException.class, memfd::seal);
    }
  }

  @Test
  void aCopyTakesAPartOfAFileAndLeavesItsPosition() throws Exception {
    Path file = Files.write(folder.resolve("file"), counting(200_000));
    try (OwnedFd fd = opened(file);
        Memfd copy = Memfd.copyOf(fd, 50_000, 150_000);
        Mapping mapping = copy.map(false)) {
      assertEquals(150_000, copy.size());
      assertEquals(50_000 & 0xff, mapping.u8(0));
      assertEquals(199_999 & 0xff, mapping.u8(149_999));
      assertEquals(0, OpenFile.position(fd.number()));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      mapping.digest(digest);
      byte[] part = new byte[150_000];
      System.arraycopy(counting(200_000), 50_000, part, 0, 150_000);
      assertEquals(
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(part)),
          HexFormat.of().formatHex(digest.digest()));
    }
  }

  @Test
  void aCopyOfMoreThanThereIsSaysThatTheFileBecameShorter() throws IOException {
    Path file = Files.write(folder.resolve("file"), counting(100));
    long before = openDescriptors();
    try (OwnedFd fd = opened(file)) {
      IOException e = assertThrows(IOException.class, () -> Memfd.copyOf(fd, 0, 101));
      assertEquals("the stream cannot be read: it became shorter meanwhile", e.getMessage());
    }
    assertEquals(before, openDescriptors());
  }

  @Test
  void aCopyOfNothingIsEmpty() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[0]);
    try (OwnedFd fd = opened(file);
        Memfd copy = Memfd.copyOf(fd, 0, 0);
        Mapping mapping = copy.map(false)) {
      assertEquals(0, mapping.size());
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u8(0));
    }
  }

  @Test
  void aFileThatIsWrittenToHasAnotherState() throws Exception {
    Path file = Files.write(folder.resolve("file"), counting(100));
    try (OwnedFd fd = opened(file)) {
      FileState before = fd.state();
      assertTrue(before.regular());
      assertEquals(100, before.size());
      assertEquals(before, fd.state());
      Thread.sleep(20);
      try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
        other.write(1);
      }
      assertFalse(before.equals(fd.state()));
    }
  }

  @Test
  void aClosedDescriptorHasNoNumber() throws IOException {
    OwnedFd fd = opened(Files.createFile(folder.resolve("file")));
    fd.close();
    fd.close();
    assertThrows(IllegalStateException.class, fd::number);
    assertThrows(IllegalStateException.class, fd::state);
  }
}
