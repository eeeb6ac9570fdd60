package org.dragoman.os;

import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.types.off_t;

/** Files opened by the kernel's own call, whose number is known. */
final class OpenFile {
  private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  private static final int SEEK_CUR = 1;

  private OpenFile() {}

  /** What only tests call. */
  public interface Calls {
    int open(String path, int flags);

    int ftruncate(int fd, @off_t long size);

    @off_t
    long lseek(int fd, @off_t long offset, int whence);
  }

  static int forReading(Path file) throws IOException {
    int fd = CALLS.open(file.toString(), 0);
    if (fd < 0) {
      throw Libc.failure(file.toString());
    }
    return fd;
  }

  /** Negative: the kernel refuses. */
  static int resize(int fd, long size) {
    return CALLS.ftruncate(fd, size);
  }

  static long position(int fd) {
    return CALLS.lseek(fd, 0, SEEK_CUR);
  }
}
