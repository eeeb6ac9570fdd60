package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A regular file, mapped for reading. The mapping is private to this process's reading, but shows
 * what others write to the file meanwhile; one that is cut short meanwhile makes reads throw {@link
 * InternalError}, which {@link #cutShort} recognises.
 */
public final class MappedFile {
  private final Path path;
  private final long size;
  private final FileTime modified;
  private final ByteBuffer bytes;

  private MappedFile(Path path, long size, FileTime modified, ByteBuffer bytes) {
    this.path = path;
    this.size = size;
    this.modified = modified;
    this.bytes = bytes;
  }

  /**
   * Maps the first bytes of a file.
   *
   * @param most how many bytes at most
   * @throws IOException if it is not a regular file or cannot be read; the message is for people
   *     and names the file
   */
  public static MappedFile open(Path path, int most) throws IOException {
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
              + (attributes.isDirectory() ? "a directory" : "a device, pipe or socket")
              + ", expected a regular file");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      // The mapping outlives the channel.
      ByteBuffer bytes = channel.map(MapMode.READ_ONLY, 0, Math.min(size, most));
      return new MappedFile(path, size, attributes.lastModifiedTime(), bytes);
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

  /** The file's size in bytes when it was opened, which may be more than is mapped. */
  public long size() {
    return size;
  }

  /**
   * Whether the file still has the size and the time of its last change that it had when it was
   * opened.
   *
   * @throws IOException if it cannot be looked at
   */
  public boolean isUnchanged() throws IOException {
    BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
    return now.size() == size && now.lastModifiedTime().equals(modified);
  }

  /** The mapped bytes, read-only. They stay valid as long as anything refers to the buffer. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Whether an error says that a mapped file became shorter while it was read. */
  public static boolean cutShort(Throwable error) {
    return error instanceof InternalError
        && error.getMessage() != null
        && error.getMessage().contains("unsafe memory access");
  }

  /** What went wrong, without the file name, which the caller says. */
  static String reason(IOException e) {
    if (e instanceof java.nio.file.FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
