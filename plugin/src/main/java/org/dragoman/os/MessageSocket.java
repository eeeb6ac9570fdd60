package org.dragoman.os;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A Unix socket of type SOCK_SEQPACKET: whole messages, and file descriptors with them. It belongs
 * to whoever holds this. For one thread at a time, but for {@link #accept}, which any number of
 * threads may wait in.
 */
public final class MessageSocket implements AutoCloseable {
  // struct sockaddr_un, struct ucred, struct msghdr, struct cmsghdr, struct timeval. Source: Linux
  // include/uapi/linux/un.h, include/linux/socket.h, 6.1, as a 64-bit C library has them.
  private static final int ADDRESS_SIZE = 110;
  private static final int LONGEST_PATH = 107;
  private static final int CREDENTIALS_SIZE = 12;
  private static final int HEADER_SIZE = 56;
  private static final int CONTROL_HEADER = 16;

  // S_IFMT, S_IFSOCK. Source: Linux include/uapi/linux/stat.h, 6.1.
  private static final int TYPE_MASK = 0170000;
  private static final int SOCKET = 0140000;

  /** The most descriptors that are taken with one message. */
  private static final int MOST_FDS = 4;

  /** The most that are sent with one. */
  private static final int MOST_FDS_SENT = 8;

  private final OwnedFd fd;

  /** In milliseconds; negative: without end. */
  private int patience = -1;

  private MessageSocket(OwnedFd fd) {
    this.fd = fd;
  }

  /**
   * Room for a message, for one thread at a time, used for one after another.
   *
   * <p>A struct msghdr with its one struct iovec, then the control message, a struct pollfd, and
   * the body.
   */
  public static final class Buffer {
    private static final int CONTROL_AT = HEADER_SIZE + 16;
    private static final int CONTROL_SIZE = CONTROL_HEADER + MOST_FDS * Integer.BYTES;
    private static final int POLL_AT = CONTROL_AT + CONTROL_HEADER + MOST_FDS_SENT * Integer.BYTES;
    private static final int BODY_AT = POLL_AT + Long.BYTES;
    private final Pointer memory;
    private final Pointer poll;
    private final int most;

    /**
     * A new one.
     *
     * @param most the most bytes that a message may have
     */
    public Buffer(int most) {
      this.memory = Memory.allocateDirect(Libc.RUNTIME, BODY_AT + (long) most, true);
      this.poll = memory.slice(POLL_AT, Long.BYTES);
      this.most = most;
    }

    private Pointer header(long size, long controlSize) {
      long address = memory.address();
      memory.putAddress(HEADER_SIZE, address + BODY_AT);
      memory.putLongLong(HEADER_SIZE + 8L, size);
      memory.putAddress(0, 0L);
      memory.putLongLong(8, 0);
      memory.putAddress(16, address + HEADER_SIZE);
      memory.putLongLong(24, 1);
      memory.putAddress(32, controlSize == 0 ? 0 : address + CONTROL_AT);
      memory.putLongLong(40, controlSize);
      memory.putLongLong(48, 0);
      return memory;
    }
  }

  /** Who is at the other end: process, user and group, as they were when it connected. */
  public record Peer(int pid, int uid, int gid) {}

  /**
   * What was received.
   *
   * @param bytes the message; little-endian numbers
   * @param fds the descriptors that came with it; they are the receiver's to close
   */
  public record Message(ByteBuffer bytes, List<OwnedFd> fds) implements AutoCloseable {
    @Override
    public void close() {
      fds.forEach(OwnedFd::close);
    }
  }

  /**
   * Listens at a path. A socket that nobody listens at is replaced; any other file stays.
   *
   * @throws IOException if something is in the way; the message is for people and names the path
   */
  public static MessageSocket listen(Path path, int backlog) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & TYPE_MASK) != SOCKET) {
        throw new IOException(
            path + ": something other than a socket is there; move it away, or name another path");
      }
      if (isTaken(path)) {
        throw new IOException(path + ": a helper listens there already");
      }
      Files.deleteIfExists(path);
    }
    MessageSocket socket = create();
    Pointer address = address(path);
    try {
      if (Libc.C.bind(socket.fd.number(), address, ADDRESS_SIZE) < 0) {
        throw Libc.failure(path + ": cannot be made");
      }
      // Before anybody can connect.
      if (Libc.C.chmod(path.toString(), 0600) < 0) {
        throw Libc.failure(path + ": its permissions cannot be set");
      }
      if (Libc.C.listen(socket.fd.number(), backlog) < 0) {
        throw Libc.failure(path + ": cannot be listened at");
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Connects to a path.
   *
   * @param milliseconds how long to wait where too many wait already, and then for each message
   * @throws IOException if nobody listens there or may not be asked; the message names the path
   */
  public static MessageSocket connect(Path path, int milliseconds) throws IOException {
    Pointer address = address(path);
    MessageSocket socket = create();
    socket.patience = milliseconds;
    socket.limitConnecting(milliseconds);
    if (Libc.C.connect(socket.fd.number(), address, ADDRESS_SIZE) < 0) {
      IOException failure = Libc.failure(path.toString());
      socket.close();
      throw failure;
    }
    return socket;
  }

  /** Whether somebody listens at a path, if only too busy to take another connection in. */
  private static boolean isTaken(Path path) throws IOException {
    Pointer address = address(path);
    try (MessageSocket socket = create()) {
      socket.limitConnecting(1);
      return Libc.C.connect(socket.fd.number(), address, ADDRESS_SIZE) == 0
          || Libc.errno() == Libc.EAGAIN;
    }
  }

  /**
   * Takes over a socket that this process inherited.
   *
   * @throws IOException if it is something else
   */
  public static MessageSocket inherited(int number) throws IOException {
    Pointer value = option(number, Libc.SO_TYPE, Integer.BYTES);
    if (value == null || value.getInt(0) != Libc.SOCK_SEQPACKET) {
      throw new IOException(
          "file descriptor " + number + " is not a socket of type SOCK_SEQPACKET");
    }
    return new MessageSocket(OwnedFd.inherited(number));
  }

  /** A socket's option; null where the kernel does not say. */
  private static Pointer option(int number, int name, int size) {
    // With its size behind it, which the kernel writes, too.
    Pointer value = Memory.allocateDirect(Libc.RUNTIME, size + Integer.BYTES, true);
    value.putInt(size, size);
    return Libc.C.getsockopt(number, Libc.SOL_SOCKET, name, value, value.slice(size)) < 0
        ? null
        : value;
  }

  /**
   * Two sockets that are connected to each other.
   *
   * @throws IOException if this process has no descriptors left
   */
  public static List<MessageSocket> pair() throws IOException {
    Pointer fds = Memory.allocateDirect(Libc.RUNTIME, 2 * Integer.BYTES, true);
    int type = Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC;
    if (Libc.C.socketpair(Libc.AF_UNIX, type, 0, fds) < 0) {
      throw Libc.failure("no sockets can be made");
    }
    return List.of(
        new MessageSocket(new OwnedFd(fds.getInt(0))),
        new MessageSocket(new OwnedFd(fds.getInt(Integer.BYTES))));
  }

  private static MessageSocket create() throws IOException {
    int number = Libc.C.socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0);
    if (number < 0) {
      throw Libc.failure("no socket can be made");
    }
    return new MessageSocket(new OwnedFd(number));
  }

  private void limitConnecting(int milliseconds) throws IOException {
    Pointer time = Memory.allocateDirect(Libc.RUNTIME, 2 * Long.BYTES, true);
    time.putLongLong(0, milliseconds / 1000);
    time.putLongLong(Long.BYTES, milliseconds % 1000 * 1000L);
    int size = 2 * Long.BYTES;
    if (Libc.C.setsockopt(fd.number(), Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, time, size) < 0) {
      throw Libc.failure("the socket's time limit cannot be set");
    }
  }

  private static Pointer address(Path path) throws IOException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length > LONGEST_PATH) {
      throw new IOException(
          path + ": longer than a socket's path can be (" + LONGEST_PATH + " bytes)");
    }
    Pointer address = Memory.allocateDirect(Libc.RUNTIME, ADDRESS_SIZE, true);
    address.putShort(0, (short) Libc.AF_UNIX);
    address.put(2, name, 0, name.length);
    return address;
  }

  /**
   * Waits for somebody to connect.
   *
   * @throws IOException if none can be taken in, as when this process has no descriptor left; the
   *     next call may do
   */
  public MessageSocket accept() throws IOException {
    while (true) {
      int number = Libc.C.accept4(fd.number(), null, null, Libc.SOCK_CLOEXEC);
      if (number >= 0) {
        return new MessageSocket(new OwnedFd(number));
      }
      if (Libc.errno() != Libc.EINTR) {
        throw Libc.failure("no connection can be taken in");
      }
    }
  }

  /** Gives up sending and receiving after a time without success. */
  public void patience(int milliseconds) {
    patience = milliseconds;
  }

  /**
   * Who is at the other end.
   *
   * @throws IOException if the kernel does not say
   */
  public Peer peer() throws IOException {
    Pointer credentials = option(fd.number(), Libc.SO_PEERCRED, CREDENTIALS_SIZE);
    if (credentials == null) {
      throw Libc.failure("the kernel does not say who is at the other end");
    }
    return new Peer(credentials.getInt(0), credentials.getInt(4), credentials.getInt(8));
  }

  /**
   * Waits for a message.
   *
   * @param buffer whose size is the most that the message may have
   * @return null where the other end is closed
   * @throws IOException if none came in time, it is longer, or it has more descriptors than any
   *     message has; what came with it is closed
   */
  public Message receive(Buffer buffer) throws IOException {
    Pointer header;
    long received;
    do {
      header = buffer.header(buffer.most, Buffer.CONTROL_SIZE);
      received = Libc.C.recvmsg(fd.number(), header, Libc.MSG_CMSG_CLOEXEC | Libc.MSG_DONTWAIT);
    } while (received < 0 && isWorthARetry(Libc.POLLIN, "no message came in time"));
    if (received < 0) {
      throw Libc.failure("no message can be received");
    }
    List<OwnedFd> fds = new ArrayList<>();
    long controlLength = header.getLongLong(40);
    if (controlLength >= CONTROL_HEADER
        && header.getInt(Buffer.CONTROL_AT + 8L) == Libc.SOL_SOCKET
        && header.getInt(Buffer.CONTROL_AT + 12L) == Libc.SCM_RIGHTS) {
      long count = (header.getLongLong(Buffer.CONTROL_AT) - CONTROL_HEADER) / Integer.BYTES;
      for (int i = 0; i < count; i++) {
        long at = Buffer.CONTROL_AT + CONTROL_HEADER + (long) i * Integer.BYTES;
        fds.add(new OwnedFd(header.getInt(at)));
      }
    }
    int flags = header.getInt(48);
    if ((flags & (Libc.MSG_TRUNC | Libc.MSG_CTRUNC)) != 0) {
      fds.forEach(OwnedFd::close);
      throw new IOException(
          (flags & Libc.MSG_TRUNC) != 0
              ? "the message is longer than " + buffer.most + " bytes"
              : "its file descriptors could not be taken in: this process has too many open");
    }
    if (received == 0 && fds.isEmpty()) {
      return null;
    }
    byte[] bytes = new byte[(int) received];
    header.get(Buffer.BODY_AT, bytes, 0, bytes.length);
    return new Message(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), fds);
  }

  /**
   * Sends a message.
   *
   * @param bytes from its position to its limit
   * @param fds descriptors that the other end gets a copy of; they stay the caller's
   * @param buffer has room for it
   * @throws IOException if it cannot be sent, as when nobody is there any more
   */
  public void send(ByteBuffer bytes, List<OwnedFd> fds, Buffer buffer) throws IOException {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    buffer.memory.put(Buffer.BODY_AT, copy, 0, copy.length);
    int controlSize = 0;
    if (!fds.isEmpty()) {
      int length = CONTROL_HEADER + fds.size() * Integer.BYTES;
      controlSize = (length + 7) & ~7;
      Objects.checkFromIndexSize(0, fds.size(), MOST_FDS_SENT);
      buffer.memory.putLongLong(Buffer.CONTROL_AT, length);
      buffer.memory.putInt(Buffer.CONTROL_AT + 8L, Libc.SOL_SOCKET);
      buffer.memory.putInt(Buffer.CONTROL_AT + 12L, Libc.SCM_RIGHTS);
      for (int i = 0; i < fds.size(); i++) {
        long at = Buffer.CONTROL_AT + CONTROL_HEADER + (long) i * Integer.BYTES;
        buffer.memory.putInt(at, fds.get(i).number());
      }
    }
    Pointer header = buffer.header(copy.length, controlSize);
    long sent;
    do {
      sent = Libc.C.sendmsg(fd.number(), header, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
    } while (sent < 0 && isWorthARetry(Libc.POLLOUT, "nobody takes the message"));
    if (sent < 0) {
      throw Libc.failure("the message cannot be sent");
    }
  }

  /**
   * Whether the other end is closed, so that nobody will receive what is sent.
   *
   * @param buffer to ask the kernel in
   */
  public boolean isAbandoned(Buffer buffer) {
    // Being closed is told without being asked for.
    buffer.poll.putInt(0, fd.number());
    buffer.poll.putInt(4, 0);
    return Libc.C.poll(buffer.poll, 1, 0) > 0 && (buffer.poll.getShort(6) & Libc.POLLHUP) != 0;
  }

  /** After a call that would not wait: waits, as long as this one's patience lasts. */
  private boolean isWorthARetry(int event, String late) throws IOException {
    int error = Libc.errno();
    if (error != Libc.EAGAIN) {
      return error == Libc.EINTR;
    }
    Pointer wanted = Memory.allocateDirect(Libc.RUNTIME, Long.BYTES, true);
    wanted.putInt(0, fd.number());
    wanted.putShort(4, (short) event);
    try {
      int ready = Libc.C.poll(wanted, 1, patience);
      if (ready == 0) {
        throw new IOException(late);
      }
      return ready > 0 || Libc.errno() == Libc.EINTR;
    } finally {
      // The kernel only knows its address, and writes there when the wait is over.
      Reference.reachabilityFence(wanted);
    }
  }

  /** Closes it; a second time does nothing. */
  @Override
  public void close() {
    fd.close();
  }
}
