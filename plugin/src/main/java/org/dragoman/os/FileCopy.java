package org.dragoman.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Appends ranges of one file to another without the bytes coming up into this process. Where the
 * one has a hole, so has the other.
 */
final class FileCopy {
  /** Below this, loading what makes the system calls costs more than it saves. */
  private static final long WORTH_IT = 16 << 20;

  /** After so much, progress is told. */
  private static final long STEP = 64 << 20;

  private FileCopy() {}

  /**
   * Appends {@code from} to {@code to} of a file.
   *
   * @param output stands at its end, and does afterwards
   * @param name of the output
   */
  static void append(
      InputFile input, long from, long to, FileChannel output, Path name, LongConsumer progress)
      throws IOException {
    if (to - from < WORTH_IT) {
      transfer(input, from, to, output, progress);
      return;
    }
    try (OwnedFd source = OwnedFd.open(input.path(), Libc.O_RDONLY);
        OwnedFd target = OwnedFd.open(name, Libc.O_WRONLY)) {
      if (!input.isUnchanged()) {
        throw new IOException(input.path() + " changed while it was read; try again");
      }
      long at = from;
      while (at < to) {
        long data = Math.min(to, data(source, at));
        output.position(output.position() + data - at);
        at = data;
        long hole = Math.min(to, hole(source, at));
        at = inKernel(source, at, hole, output, target, progress);
        transfer(input, at, hole, output, progress);
        at = hole;
      }
      // A hole at the end has nothing written after it that would make the file so long.
      if (output.size() < output.position()
          && Libc.C.ftruncate(target.number(), output.position()) < 0) {
        throw Libc.failure(name + " cannot be made longer");
      }
      progress.accept(output.position());
    }
  }

  /** Where the next bytes are that are not in a hole. */
  private static long data(OwnedFd source, long at) {
    long data = Libc.C.lseek(source.number(), at, Libc.SEEK_DATA);
    if (data >= 0) {
      return data;
    }
    // Nothing but a hole follows; or the file system cannot tell, and all of it is data.
    return Libc.errno() == Libc.ENXIO ? Long.MAX_VALUE : at;
  }

  /** Where the next hole is; the end of the file is one. */
  private static long hole(OwnedFd source, long at) {
    long hole = Libc.C.lseek(source.number(), at, Libc.SEEK_HOLE);
    return hole > at ? hole : Long.MAX_VALUE;
  }

  /** As far as copy_file_range goes, which shares the bytes where the file system can. */
  private static long inKernel(
      OwnedFd source, long from, long to, FileChannel output, OwnedFd target, LongConsumer progress)
      throws IOException {
    long at = from;
    Libc.Offsets offsets = new Libc.Offsets();
    while (at < to) {
      long moved =
          Libc.C.copy_file_range(
              source.number(),
              offsets.in(at),
              target.number(),
              offsets.out(output.position()),
              Math.min(to - at, STEP),
              0);
      if (moved <= 0) {
        // Other file systems, or an old kernel: the other way says what is really wrong.
        return at;
      }
      // The disk begins with this part while the next is copied: less is left when it is synced.
      // A file system that cannot has all of it left.
      Libc.C.sync_file_range(target.number(), output.position(), moved, Libc.SYNC_FILE_RANGE_WRITE);
      at += moved;
      output.position(output.position() + moved);
      progress.accept(output.position());
    }
    return at;
  }

  private static void transfer(
      InputFile input, long from, long to, FileChannel output, LongConsumer progress)
      throws IOException {
    long at = from;
    while (at < to) {
      long moved = input.channel().transferTo(at, Math.min(to - at, STEP), output);
      if (moved <= 0) {
        throw new IOException(input.path() + " became shorter while it was read; try again");
      }
      at += moved;
      progress.accept(output.position());
    }
  }
}
