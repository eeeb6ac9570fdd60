package org.dragoman.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** Held by the one run that may change the host. */
final class Lock {
  private static final int SECONDS = 30;
  private static final int MS_BETWEEN = 50;

  private final FileChannel channel;

  private Lock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Waits for the lock.
   *
   * @throws IOException if another run holds it for too long, or it cannot be made
   */
  static Lock take(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    try {
      while (true) {
        FileLock lock = tryLock(channel);
        if (lock != null) {
          return new Lock(channel);
        }
        if (System.nanoTime() > until) {
          channel.close();
          throw new IOException(file + ": another `dragoman enable` or `disable` is at work");
        }
        Thread.sleep(MS_BETWEEN);
      }
    } catch (InterruptedException e) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Lets the next run in. */
  void close() throws IOException {
    channel.close();
  }
}
