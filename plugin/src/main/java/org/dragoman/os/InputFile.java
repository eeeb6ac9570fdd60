package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A regular file, open for reading. It is read by calls and never mapped: one that is cut short
 * meanwhile is then an early end, and not a signal that kills the program.
 */
public final class InputFile implements AutoCloseable {
  /** The JDK keeps memory of its own for each thread, as large as the largest call needed. */
  private static final int MOST_AT_ONCE = 1 << 20;

  private final Path path;
  private final long size;
  private final FileTime modified;
  private final Object key;
  private final FileChannel channel;

  private InputFile(Path path, long size, FileTime modified, Object key, FileChannel channel) {
    this.path = path;
    this.size = size;
    this.modified = modified;
    this.key = key;
    this.channel = channel;
  }

  /**
   * Opens a file.
   *
   * @throws IOException if it is not a regular file or cannot be read; the message is for people
   *     and names the file
   */
  public static InputFile open(Path path) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new IOException(path + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException(path + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException(path + ": cannot be read: " + reason(e), e);
    }
    if (!attributes.isRegularFile()) {
      throw new IOException(
          path
              + ": "
              + (attributes.isDirectory()
                  ? "a directory, expected a regular file"
                  : "a device, pipe or socket, expected a regular file; what is on it goes through"
                      + " dragoman filter --to PRODUCT <"
                      + path
                      + " >FILE"));
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new InputFile(
          path, channel.size(), attributes.lastModifiedTime(), attributes.fileKey(), channel);
    } catch (AccessDeniedException e) {
      throw new IOException(path + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException(path + ": cannot be read: " + reason(e), e);
    }
  }

  /** The file, as it was named. */
  public Path path() {
    return path;
  }

  /** The file's size in bytes when it was opened. */
  public long size() {
    return size;
  }

  /** The open file, which is this one's to close. */
  FileChannel channel() {
    return channel;
  }

  /**
   * Reads from a place into what remains of a buffer.
   *
   * @return how many bytes were there; less than remained only where the file ends
   * @throws IOException if it cannot be read; the message is for people and names the file
   */
  public int read(ByteBuffer into, long at) throws IOException {
    int done = 0;
    int limit = into.limit();
    while (into.position() < limit) {
      int got;
      try {
        into.limit(Math.min(limit, into.position() + MOST_AT_ONCE));
        got = channel.read(into, at + done);
      } catch (IOException e) {
        throw new IOException(path + ": cannot be read: " + reason(e), e);
      } finally {
        into.limit(limit);
      }
      if (got < 0) {
        break;
      }
      done += got;
    }
    return done;
  }

  /**
   * Whether the name is still that of this file, with the size and the time of its last change that
   * it had when it was opened.
   *
   * @throws IOException if it cannot be looked at
   */
  public boolean isUnchanged() throws IOException {
    BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
    return now.size() == size
        && now.lastModifiedTime().equals(modified)
        && java.util.Objects.equals(now.fileKey(), key);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * Opens a file that was found under a name, and nothing that somebody puts there meanwhile: a
   * symbolic link is not followed, and a device or pipe is not opened.
   *
   * @throws IOException as {@link #open}
   */
  public static InputFile openItself(Path path) throws IOException {
    try (OwnedFd named = OwnedFd.named(path)) {
      if (!named.state().regular()) {
        throw new IOException(path + ": no regular file any more");
      }
      BasicFileAttributes attributes =
          Files.readAttributes(named.path(), BasicFileAttributes.class);
      FileChannel channel = FileChannel.open(named.path(), StandardOpenOption.READ);
      return new InputFile(
          path, channel.size(), attributes.lastModifiedTime(), attributes.fileKey(), channel);
    } catch (AccessDeniedException e) {
      throw new IOException(path + ": permission denied", e);
    } catch (java.nio.file.FileSystemException e) {
      throw new IOException(path + ": cannot be read: " + reason(e), e);
    }
  }

  /** What went wrong, without the file name, which the caller says. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof java.nio.file.FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
