package org.dragoman.os;

import java.io.IOException;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A file in memory that has no name. It belongs to whoever holds this and is gone with the last
 * descriptor and mapping of it, in whatever process.
 */
public final class Memfd implements AutoCloseable {
  private final OwnedFd fd;
  private final int size;

  private Memfd(OwnedFd fd, int size) {
    this.fd = fd;
    this.size = size;
  }

  /**
   * A new one, full of zeros.
   *
   * @param name for {@code /proc/PID/fd}; not a path
   * @param size in bytes
   * @throws IOException if the kernel has no memory or no descriptor for it
   */
  public static Memfd create(String name, int size) throws IOException {
    int number = Libc.C.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
    if (number < 0) {
      throw Libc.failure("no file in memory can be made");
    }
    Memfd memfd = new Memfd(new OwnedFd(number), size);
    if (Libc.C.ftruncate(number, size) < 0) {
      IOException failure = Libc.failure("no " + size + " bytes of memory can be had");
      memfd.close();
      throw failure;
    }
    return memfd;
  }

  /**
   * A new one with these bytes.
   *
   * @throws IOException as {@link #create}
   */
  public static Memfd of(String name, byte[] bytes) throws IOException {
    Memfd memfd = create(name, bytes.length);
    try (Mapping into = memfd.map(true)) {
      into.put(0, bytes);
      return memfd;
    } catch (IOException e) {
      memfd.close();
      throw e;
    }
  }

  /**
   * A copy of a part of a file, made by the kernel: what happens to the file later, or while it is
   * copied, is an error here or nothing, never a fault in a mapping. The file's position stays.
   *
   * @param from a regular file
   * @param offset the first byte that is copied
   * @param size how many bytes
   * @throws IOException if the file is shorter or cannot be read
   */
  public static Memfd copyOf(OwnedFd from, long offset, int size) throws IOException {
    Memfd memfd = create("dragoman-source", size);
    Pointer position = Memory.allocateDirect(Libc.RUNTIME, Long.BYTES, true);
    position.putLongLong(0, offset);
    long left = size;
    while (left > 0) {
      long copied = Libc.C.sendfile(memfd.fd.number(), from.number(), position, left);
      if (copied <= 0) {
        int error = copied < 0 ? Libc.errno() : 0;
        if (error == Libc.EINTR) {
          continue;
        }
        memfd.close();
        throw new IOException(
            "the stream cannot be read: "
                + (copied == 0 ? "it became shorter meanwhile" : Libc.C.strerror(error)));
      }
      left -= copied;
    }
    return memfd;
  }

  /** The descriptor. It stays this one's. */
  public OwnedFd fd() {
    return fd;
  }

  /** The size in bytes. */
  public int size() {
    return size;
  }

  /**
   * Maps it.
   *
   * @throws IOException if the kernel has no room for the mapping
   */
  public Mapping map(boolean writable) throws IOException {
    return Mapping.of(fd, size, writable);
  }

  /**
   * Makes it unchangeable, for everybody and for good. No writable mapping of it may be open.
   *
   * @throws IOException if the kernel refuses, as it does while there is a writable mapping
   */
  public void seal() throws IOException {
    int all = Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE;
    if (Libc.C.fcntl(fd.number(), Libc.F_ADD_SEALS, all) < 0) {
      throw Libc.failure("the file in memory cannot be sealed");
    }
  }

  /** Closes the descriptor; mappings stay until they are closed themselves. */
  @Override
  public void close() {
    fd.close();
  }
}
