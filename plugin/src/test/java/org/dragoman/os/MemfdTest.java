package org.dragoman.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemfdTest {
  @TempDir Path folder;

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

  private static Mapping copyOf(Memfd memfd) throws IOException {
    return new Scratch().copyOf(memfd.fd(), 0, memfd.size());
  }

  private static byte[] bytes(Memfd memfd) throws IOException {
    try (Mapping mapping = copyOf(memfd)) {
      byte[] bytes = new byte[mapping.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) mapping.u8(i);
      }
      return bytes;
    }
  }

  private static byte[] range(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  @Test
  void aMappingReadsBigEndianNumbers() throws IOException {
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping mapping = copyOf(memfd)) {
      assertEquals(16, mapping.size());
      assertEquals(15, mapping.u8(15));
      assertEquals(0x0102, mapping.u16(1));
      assertEquals(0x02030405L, mapping.u32(2));
      assertEquals(0x030405060708090aL, mapping.u64(3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 300_000})
  void aClosedMappingIsNeverRead(int size) throws Exception {
    try (Memfd memfd = Memfd.of("test", counting(size));
        Mapping other = copyOf(memfd)) {
      Mapping closed = copyOf(memfd);
      closed.close();
      closed.close();
      assertThrows(IllegalStateException.class, () -> closed.u8(0));
      assertThrows(IllegalStateException.class, () -> closed.u16(0));
      assertThrows(IllegalStateException.class, () -> closed.u32(0));
      assertThrows(IllegalStateException.class, () -> closed.u64(0));
      assertThrows(IllegalStateException.class, () -> memfd.append(closed, 0, 1));
      assertThrows(IllegalStateException.class, () -> closed.fill(memfd.fd(), 0));
      assertThrows(IllegalStateException.class, () -> other.sameAs(0, closed, 0, 1));
      assertThrows(IllegalStateException.class, () -> closed.sameAs(0, other, 0, 1));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      assertThrows(IllegalStateException.class, () -> closed.digest(digest, 0, 1));
    }
  }

  @Test
  void whatWasCopiedIsNotReadAnyMoreWhenTheNextIsCopiedOrTheMemoryIsGone() throws Exception {
    try (Memfd memfd = Memfd.of("test", counting(16))) {
      Scratch scratch = new Scratch();
      Mapping first = scratch.copyOf(memfd.fd(), 0, 16);
      Mapping second = scratch.copyOf(memfd.fd(), 8, 8);
      assertThrows(IllegalStateException.class, () -> first.u8(0));
      assertEquals(8, second.u8(0));
      scratch.close();
      assertThrows(IllegalStateException.class, () -> second.u8(0));
      assertThrows(IllegalStateException.class, () -> scratch.copyOf(memfd.fd(), 0, 16));
    }
  }

  @Test
  void nothingOutsideAMappingIsRead() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping mapping = copyOf(memfd)) {
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u8(16));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u8(-1));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u16(15));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u32(13));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.u64(9));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.sameAs(9, mapping, 0, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.sameAs(0, mapping, 9, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.digest(digest, 9, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> memfd.append(mapping, 9, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> memfd.append(mapping, -1, 8));
      assertEquals(16, memfd.size());
    }
  }

  @Test
  void rangesAreComparedByteByByte() throws IOException {
    byte[] changed = counting(64);
    changed[40]++;
    try (Memfd one = Memfd.of("test", counting(64));
        Memfd other = Memfd.of("test", changed);
        Mapping first = copyOf(one);
        Mapping second = copyOf(other)) {
      assertTrue(first.sameAs(0, second, 0, 40));
      assertTrue(first.sameAs(41, second, 41, 23));
      assertFalse(first.sameAs(0, second, 0, 64));
      assertFalse(first.sameAs(40, second, 40, 1));
      assertFalse(first.sameAs(0, second, 1, 8));
    }
  }

  @Test
  void rangesAndBytesAreAddedAtTheEnd() throws Exception {
    byte[] source = counting(300_000);
    Path file = Files.write(folder.resolve("file"), source);
    try (OwnedFd fd = opened(file);
        Scratch scratch = new Scratch();
        Mapping mapping = scratch.copyOf(fd, 0, source.length);
        Memfd memfd = Memfd.create("test")) {
      memfd.append(mapping, 1, 3);
      memfd.append(new byte[] {77});
      memfd.append(mapping, 0, 0);
      memfd.append(new byte[0]);
      memfd.append(mapping, 290_000, 10_000);
      assertEquals(10_004, memfd.size());
      assertEquals(10_004, memfd.fd().state().size());
      byte[] bytes = bytes(memfd);
      assertArrayEquals(new byte[] {1, 2, 3, 77}, range(bytes, 0, 4));
      assertArrayEquals(range(source, 290_000, 300_000), range(bytes, 4, 10_004));
      assertEquals(0, OpenFile.position(memfd.fd().number()));
    }
  }

  @Test
  void aSealedOneCannotBeChangedByAnybody() throws IOException {
    try (Memfd memfd = Memfd.of("test", counting(16));
        Mapping source = copyOf(memfd)) {
      memfd.seal();
      assertEquals(15, Libc.C.fcntl(memfd.fd().number(), Libc.F_GET_SEALS, 0));
      assertThrows(IOException.class, () -> memfd.append(new byte[1]));
      assertEquals(-1, Libc.C.pwrite(memfd.fd().number(), source.range(0, 1), 1, 0));
      assertEquals(-1, OpenFile.resize(memfd.fd().number(), 17));
      assertEquals(-1, OpenFile.resize(memfd.fd().number(), 15));
      assertArrayEquals(counting(16), bytes(memfd));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {150_000, 280_000})
  void aCopyTakesAPartOfAFileAndLeavesItsPosition(int size) throws Exception {
    byte[] source = counting(400_000);
    Path file = Files.write(folder.resolve("file"), source);
    try (OwnedFd fd = opened(file);
        Scratch scratch = new Scratch();
        Mapping mapping = scratch.copyOf(fd, 50_000, size)) {
      assertEquals(size, mapping.size());
      assertEquals(50_000 & 0xff, mapping.u8(0));
      assertEquals((50_000 + size - 1) & 0xff, mapping.u8(size - 1));
      assertEquals(0, OpenFile.position(fd.number()));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      mapping.digest(digest, 0, size);
      assertEquals(
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(range(source, 50_000, 50_000 + size))),
          HexFormat.of().formatHex(digest.digest()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 300_000})
  void aCopyOfMoreThanThereIsSaysThatTheFileBecameShorter(int size) throws IOException {
    Path file = Files.write(folder.resolve("file"), counting(size));
    try (OwnedFd fd = opened(file);
        Scratch scratch = new Scratch()) {
      IOException e = assertThrows(IOException.class, () -> scratch.copyOf(fd, 0, size + 1));
      assertEquals("the stream cannot be read: it became shorter meanwhile", e.getMessage());
    }
  }

  @Test
  void aCopyOfNothingIsEmpty() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[0]);
    try (OwnedFd fd = opened(file);
        Scratch scratch = new Scratch();
        Mapping mapping = scratch.copyOf(fd, 0, 0)) {
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
