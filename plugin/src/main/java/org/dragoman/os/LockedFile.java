package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A regular file that is open for writing, with a lock on all of it until it is closed. The lock is
 * the process's: to close another descriptor of the same file would let go of it.
 */
final class LockedFile implements AutoCloseable {
  private final Path path;
  private final OwnedFd fd;
  private final FileChannel channel;

  private LockedFile(Path path, OwnedFd fd, FileChannel channel) {
    this.path = path;
    this.fd = fd;
    this.channel = channel;
  }

  /**
   * Opens and locks a file.
   *
   * @param path a symbolic link is followed
   * @throws IOException if it is no regular file, cannot be written, or another process has a lock;
   *     the message is for people and names the file
   */
  static LockedFile open(Path path) throws IOException {
    OwnedFd fd = OwnedFd.open(path, Libc.O_RDWR | Libc.O_NONBLOCK);
    try {
      if (!fd.state().regular()) {
        throw new IOException(path + ": found no regular file, expected one; give an OUTPUT");
      }
      FileChannel channel =
          FileChannel.open(fd.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
      LockedFile file = new LockedFile(path, fd, channel);
      file.lock();
      return file;
    } catch (IOException e) {
      fd.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      channel.close();
      throw new IOException(path + ": cannot be locked: " + InputFile.reason(e), e);
    }
    if (lock == null) {
      channel.close();
      throw new IOException(path + ": another program has locked it; try again later");
    }
  }

  /** The file, as it was named. */
  Path path() {
    return path;
  }

  /** What is written to and read from. */
  FileChannel channel() {
    return channel;
  }

  /** What the kernel says of it now. */
  FileState state() throws IOException {
    return fd.state();
  }

  /** Whether all of these bytes are there. */
  boolean has(List<Known> all) throws IOException {
    ByteBuffer there = Streamed.buffer();
    for (Known known : all) {
      int size = known.bytes().limit();
      for (int done = 0; done < size; done += there.limit()) {
        there.clear().limit(Math.min(there.capacity(), size - done));
        if (!Streamed.fill(channel, there, known.at() + done)
            || !there.equals(known.bytes().slice(done, there.limit()))) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Has the file system find the space for a range now, so that writing to it later does not fail
   * for want of it. What is there stays; a file that ends before grows by zeros.
   *
   * @throws IOException if there is no space; the message says only that
   */
  void reserve(long at, long length) throws IOException {
    int error = length == 0 ? 0 : Libc.C.posix_fallocate(fd.number(), at, length);
    // A file system that cannot promise it says so, and may find the space all the same.
    if (error != 0 && error != Libc.EOPNOTSUPP && error != Libc.EINVAL) {
      throw new IOException(Libc.C.strerror(error));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      fd.close();
    }
  }
}
