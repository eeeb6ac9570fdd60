package org.dragoman.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Appends ranges of one file to another without the bytes coming up into this process. */
final class FileCopy {
  /** Below this, loading what makes the system call costs more than it saves. */
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
    long at = from;
    if (to - from >= WORTH_IT) {
      at = inKernel(input, from, to, output, name, progress);
    }
    while (at < to) {
      long moved = input.channel().transferTo(at, Math.min(to - at, STEP), output);
      if (moved <= 0) {
        throw new IOException(input.path() + " became shorter while it was read; try again");
      }
      at += moved;
      progress.accept(output.position());
    }
  }

  /** As far as copy_file_range goes, which shares the bytes where the file system can. */
  private static long inKernel(
      InputFile input, long from, long to, FileChannel output, Path name, LongConsumer progress)
      throws IOException {
    long at = from;
    try (OwnedFd source = OwnedFd.open(input.path(), Libc.O_RDONLY);
        OwnedFd target = OwnedFd.open(name, Libc.O_WRONLY)) {
      if (!input.isUnchanged()) {
        throw new IOException(input.path() + " changed while it was read; try again");
      }
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
        Libc.C.sync_file_range(
            target.number(), output.position(), moved, Libc.SYNC_FILE_RANGE_WRITE);
        at += moved;
        output.position(output.position() + moved);
        progress.accept(output.position());
      }
    }
    return at;
  }
}
