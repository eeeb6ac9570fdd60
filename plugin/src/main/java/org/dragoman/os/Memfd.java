package org.dragoman.os;

import java.io.IOException;
import java.lang.ref.Reference;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A file in memory that has no name. It belongs to whoever holds this and is gone with the last
 * descriptor of it, in whatever process. Its position stays at its start.
 */
public final class Memfd implements AutoCloseable {
  private final OwnedFd fd;
  private int size;

  private Memfd(OwnedFd fd) {
    this.fd = fd;
  }

  /**
   * A new one, empty.
   *
   * @param name for {@code /proc/PID/fd}; not a path
   * @throws IOException if the kernel has no memory or no descriptor for it
   */
  public static Memfd create(String name) throws IOException {
    int number = Libc.C.memfd_create(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
    if (number < 0) {
      throw Libc.failure("no file in memory can be made");
    }
    return new Memfd(new OwnedFd(number));
  }

  /**
   * A new one with these bytes.
   *
   * @throws IOException as {@link #create} and {@link #append}
   */
  public static Memfd of(String name, byte[] bytes) throws IOException {
    Memfd memfd = create(name);
    try {
      memfd.append(bytes);
      return memfd;
    } catch (IOException e) {
      memfd.close();
      throw e;
    }
  }

  /**
   * Adds a range of a mapping at its end.
   *
   * @throws IOException if the kernel has no memory for it, or this process may not write so much
   */
  public void append(Mapping source, int at, int length) throws IOException {
    append(source.range(at, length), length);
  }

  /**
   * Adds bytes at its end.
   *
   * @throws IOException as {@link #append(Mapping, int, int)}
   */
  public void append(byte[] bytes) throws IOException {
    append(bytes, bytes.length);
  }

  /**
   * Adds the first of some bytes at its end.
   *
   * @throws IOException as {@link #append(Mapping, int, int)}
   */
  public void append(byte[] bytes, int length) throws IOException {
    if (length > 0) {
      Pointer copy = Memory.allocateDirect(Libc.RUNTIME, length, false);
      copy.put(0, bytes, 0, length);
      try {
        append(copy, length);
      } finally {
        // The kernel only knows its address.
        Reference.reachabilityFence(copy);
      }
    }
  }

  private void append(Pointer from, int length) throws IOException {
    int done = 0;
    while (done < length) {
      long written = Libc.C.pwrite(fd.number(), from.slice(done), length - done, size);
      if (written >= 0) {
        done += (int) written;
        size += (int) written;
      } else if (Libc.errno() != Libc.EINTR) {
        throw Libc.failure("no memory for " + length + " bytes of the result");
      }
    }
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
   * Makes it unchangeable, for everybody and for good.
   *
   * @throws IOException if the kernel refuses
   */
  public void seal() throws IOException {
    int all = Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE;
    if (Libc.C.fcntl(fd.number(), Libc.F_ADD_SEALS, all) < 0) {
      throw Libc.failure("the file in memory cannot be sealed");
    }
  }

  /** Closes the descriptor; a second time does nothing. */
  @Override
  public void close() {
    fd.close();
  }
}
