package org.dragoman.os;

import java.io.IOException;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library's functions that the JDK has nothing for, as they are: a negative result is an
 * error, and {@link #failure} says which. Numbers are those of Linux on 64-bit little-endian
 * machines (x86-64, aarch64).
 *
 * <p>Public only because jnr-ffi implements it from another class loader; nothing outside this room
 * uses it.
 */
public interface Libc {
  /** The one binding. jnr-ffi makes its class when this is first used. */
  Libc C = LibraryLoader.create(Libc.class).load("c");

  /** What pointers and structures are made with. */
  Runtime RUNTIME = Runtime.getRuntime(C);

  // Source of the numbers: Linux include/uapi/asm-generic, include/linux/socket.h, 6.1.
  int O_RDONLY = 0;
  int O_WRONLY = 1;
  int O_RDWR = 2;
  int O_NONBLOCK = 0x800;
  // The one number here that differs. Source: Linux arch/arm64/include/uapi/asm/fcntl.h, 6.1.
  int O_NOFOLLOW = System.getProperty("os.arch").equals("aarch64") ? 0x8000 : 0x20000;
  int O_CLOEXEC = 0x80000;
  int O_PATH = 0x200000;

  int EINTR = 4;
  int ENXIO = 6;
  int EAGAIN = 11;
  int EINVAL = 22;
  int EPIPE = 32;
  int EOPNOTSUPP = 95;
  int SEEK_DATA = 3;
  int SEEK_HOLE = 4;
  int AF_UNIX = 1;
  int SOCK_SEQPACKET = 5;
  int SOCK_CLOEXEC = 0x80000;
  int SOL_SOCKET = 1;
  int SO_TYPE = 3;
  int SO_PEERCRED = 17;
  int SO_SNDTIMEO = 21;
  int SCM_RIGHTS = 1;
  int MSG_CTRUNC = 0x8;
  int MSG_TRUNC = 0x20;
  int MSG_DONTWAIT = 0x40;
  int MSG_NOSIGNAL = 0x4000;
  int MSG_CMSG_CLOEXEC = 0x40000000;
  int POLLIN = 1;
  int POLLOUT = 4;
  int POLLERR = 8;
  int POLLHUP = 16;
  int MFD_CLOEXEC = 1;
  int MFD_ALLOW_SEALING = 2;
  int F_ADD_SEALS = 1033;
  int F_GET_SEALS = 1034;
  int F_SEAL_SEAL = 1;
  int F_SEAL_SHRINK = 2;
  int F_SEAL_GROW = 4;
  int F_SEAL_WRITE = 8;
  int PROT_READ = 1;
  int PROT_WRITE = 2;
  int MAP_PRIVATE = 2;
  int MAP_ANONYMOUS = 0x20;
  int AT_EMPTY_PATH = 0x1000;
  int STATX_BASIC_STATS = 0x7ff;
  int STATX_BTIME = 0x800;
  int SPLICE_F_MOVE = 1;
  int F_SETPIPE_SZ = 1031;
  int SYNC_FILE_RANGE_WRITE = 2;

  int socket(int domain, int type, int protocol);

  int socketpair(int domain, int type, int protocol, Pointer fds);

  int bind(int fd, Pointer address, int addressSize);

  int connect(int fd, Pointer address, int addressSize);

  int listen(int fd, int backlog);

  int accept4(int fd, Pointer address, Pointer addressSize, int flags);

  int getsockopt(int fd, int level, int name, Pointer value, Pointer size);

  int setsockopt(int fd, int level, int name, Pointer value, int size);

  @ssize_t
  long recvmsg(int fd, Pointer header, int flags);

  @ssize_t
  long sendmsg(int fd, Pointer header, int flags);

  int memfd_create(String name, int flags);

  int fcntl(int fd, int command, int argument);

  int poll(Pointer wanted, long count, int milliseconds);

  @ssize_t
  long pread(int fd, Pointer into, @size_t long count, @off_t long offset);

  @ssize_t
  long pwrite(int fd, Pointer from, @size_t long count, @off_t long offset);

  int statx(int directory, String path, int flags, int mask, Pointer result);

  Pointer mmap(
      Pointer where, @size_t long size, int protection, int flags, int fd, @off_t long offset);

  int munmap(Pointer address, @size_t long size);

  int open(String path, int flags);

  int open(@In byte[] path, int flags);

  @ssize_t
  long copy_file_range(
      int from, Pointer fromAt, int to, Pointer toAt, @size_t long count, int flags);

  @off_t
  long lseek(int fd, @off_t long offset, int whence);

  int ftruncate(int fd, @off_t long size);

  /** The result is the number of the error, or 0. */
  int posix_fallocate(int fd, @off_t long offset, @off_t long length);

  int fsync(int fd);

  @ssize_t
  long getxattr(String path, String name, Pointer value, @size_t long size);

  int sync_file_range(int fd, @off_t long offset, @off_t long count, int flags);

  @ssize_t
  long read(int fd, Pointer into, @size_t long count);

  @ssize_t
  long write(int fd, Pointer from, @size_t long count);

  int pipe2(Pointer fds, int flags);

  @ssize_t
  long splice(int from, Pointer fromAt, int to, Pointer toAt, @size_t long count, int flags);

  int close(int fd);

  int chmod(String path, int mode);

  int geteuid();

  int malloc_trim(@size_t long kept);

  String strerror(int number);

  /** Where copy_file_range reads and writes: two places in memory that it moves on. */
  final class Offsets {
    private final Pointer in = Memory.allocateDirect(RUNTIME, 8);
    private final Pointer out = Memory.allocateDirect(RUNTIME, 8);

    /** The place that is read from, set anew. */
    Pointer in(long at) {
      in.putLongLong(0, at);
      return in;
    }

    /** The place that is written to, set anew. */
    Pointer out(long at) {
      out.putLongLong(0, at);
      return out;
    }
  }

  /** The number of the last error of this thread's last call. */
  static int errno() {
    return LastError.getLastError(RUNTIME);
  }

  /** The last call's error, for people. */
  static IOException failure(String what) {
    return new IOException(what + ": " + reason());
  }

  /** The last call's error, for people, without what it is about. */
  static String reason() {
    return C.strerror(errno());
  }
}
