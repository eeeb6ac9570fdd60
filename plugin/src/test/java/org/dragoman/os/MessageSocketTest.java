package org.dragoman.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessageSocketTest {
  @TempDir Path folder;
  private MessageSocket one;
  private MessageSocket other;
  private final MessageSocket.Buffer ten = new MessageSocket.Buffer(10);
  private final MessageSocket.Buffer large = new MessageSocket.Buffer(100);

  @BeforeEach
  void connect() throws IOException {
    List<MessageSocket> pair = MessageSocket.pair();
    one = pair.get(0);
    other = pair.get(1);
  }

  @AfterEach
  void disconnect() {
    one.close();
    other.close();
  }

  private static long openDescriptors() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.count();
    }
  }

  @Test
  void anEndIsAbandonedWhenTheOtherIsClosedAndNotBefore() throws IOException {
    assertFalse(other.isAbandoned(large));
    one.send(ByteBuffer.wrap(new byte[] {5}), List.of(), large);
    assertFalse(other.isAbandoned(large));
    one.close();
    assertTrue(other.isAbandoned(large));
    // What came before is there all the same.
    try (MessageSocket.Message message = other.receive(ten)) {
      assertEquals(1, message.bytes().remaining());
    }
    assertTrue(other.isAbandoned(large));
  }

  @Test
  void aMessageArrivesWholeWithItsDescriptors() throws IOException {
    try (Memfd first = Memfd.of("first", new byte[] {1});
        Memfd second = Memfd.of("second", new byte[] {2, 3})) {
      one.send(ByteBuffer.wrap(new byte[] {5, 6, 7, 8}), List.of(first.fd(), second.fd()), large);
    }
    try (MessageSocket.Message message = other.receive(ten)) {
      assertEquals(4, message.bytes().remaining());
      assertEquals(0x08070605, message.bytes().getInt(0));
      assertEquals(2, message.fds().size());
      assertEquals(1, message.fds().get(0).state().size());
      assertEquals(2, message.fds().get(1).state().size());
    }
  }

  @Test
  void aMessageThatIsTooLongIsAnErrorAndItsDescriptorsAreClosed() throws IOException {
    long before = openDescriptors();
    try (Memfd memfd = Memfd.of("first", new byte[] {1})) {
      one.send(ByteBuffer.wrap(new byte[11]), List.of(memfd.fd()), large);
    }
    IOException e = assertThrows(IOException.class, () -> other.receive(ten));
    assertEquals("the message is longer than 10 bytes", e.getMessage());
    assertEquals(before, openDescriptors());
  }

  @Test
  void moreDescriptorsThanAreTakenAreAnErrorAndAreClosed() throws IOException {
    long before = openDescriptors();
    try (Memfd memfd = Memfd.of("first", new byte[] {1})) {
      OwnedFd fd = memfd.fd();
      one.send(ByteBuffer.wrap(new byte[1]), List.of(fd, fd, fd, fd, fd, fd, fd), large);
    }
    assertThrows(IOException.class, () -> other.receive(ten));
    assertEquals(before, openDescriptors());
  }

  @Test
  void theEndOfTheOtherSideIsNoMessage() throws IOException {
    one.close();
    assertNull(other.receive(ten));
    assertThrows(
        IOException.class, () -> other.send(ByteBuffer.wrap(new byte[1]), List.of(), large));
  }

  @Test
  void patienceHasAnEnd() throws IOException {
    other.patience(50);
    long start = System.nanoTime();
    IOException e = assertThrows(IOException.class, () -> other.receive(ten));
    assertEquals("no message came in time", e.getMessage());
    long milliseconds = (System.nanoTime() - start) / 1_000_000;
    assertTrue(milliseconds >= 40 && milliseconds < 5000, () -> milliseconds + " ms");
  }

  @Test
  void thePeerIsKnown() throws IOException {
    MessageSocket.Peer peer = one.peer();
    assertEquals(ProcessHandle.current().pid(), peer.pid());
    assertEquals(Processes.effectiveUser(), peer.uid());
  }

  @Test
  void aListenerIsForItsOwnerOnlyAndTakesThePlaceOfADeadOne() throws IOException {
    Path path = folder.resolve("socket");
    for (int i = 0; i < 2; i++) {
      try (MessageSocket listener = MessageSocket.listen(path, 4)) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        IOException e =
            assertThrows(IOException.class, () -> MessageSocket.listen(path, 4).close());
        assertEquals(path + ": a helper listens there already", e.getMessage());
        try (MessageSocket looked = listener.accept()) {
          assertNull(looked.receive(ten));
        }
      }
      assertTrue(Files.exists(path));
      IOException e = assertThrows(IOException.class, () -> MessageSocket.connect(path, 1).close());
      assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
    }
  }

  @Test
  void aListenerTakesThePlaceOfNothingButASocket() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "somebody's");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
    for (Path path : List.of(file, link, dangling)) {
      IOException e = assertThrows(IOException.class, () -> MessageSocket.listen(path, 4).close());
      assertTrue(e.getMessage().startsWith(path + ": something other than a socket"), e::toString);
      assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    }
    assertEquals("somebody's", Files.readString(file));
  }

  @Test
  void aListenerThatTakesNobodyInAnyMoreKeepsItsPlace() throws IOException {
    Path path = folder.resolve("socket");
    try (MessageSocket listener = MessageSocket.listen(path, 0);
        MessageSocket waiting = MessageSocket.connect(path, 1)) {
      assertThrows(IOException.class, () -> MessageSocket.connect(path, 1).close());
      assertThrows(IOException.class, () -> MessageSocket.listen(path, 0).close());
      try (MessageSocket taken = listener.accept()) {
        assertEquals(waiting.peer().pid(), taken.peer().pid());
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsSaidToBe() {
    Path path = folder.resolve("x".repeat(120));
    IOException e = assertThrows(IOException.class, () -> MessageSocket.listen(path, 4).close());
    assertTrue(e.getMessage().contains("longer than a socket's path can be (107 bytes)"));
  }

  @Test
  void aFileIsNoInheritedSocket() throws IOException {
    int number = OpenFile.forReading(Files.createFile(folder.resolve("file")));
    try (OwnedFd file = OwnedFd.inherited(number)) {
      assertNotEquals(-1, file.number());
      assertThrows(IOException.class, () -> MessageSocket.inherited(number).close());
    }
  }
}
