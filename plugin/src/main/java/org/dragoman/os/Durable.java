package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Changes of a host's files that are there whole or not at all, and are on the disk when they
 * return. A kill at any point leaves the old or the new file, and at worst a temporary one beside
 * it, whose name is always the same: the next run takes it. Whoever calls sees to it that nobody
 * else does at the same time.
 */
public final class Durable {
  private Durable() {}

  /** The name that a file has before it takes its place. */
  public static Path temporary(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".dragoman-new");
  }

  /**
   * Writes a file, which takes the place of an older one.
   *
   * @param mode its permissions
   */
  public static void write(Path target, byte[] bytes, int mode) throws IOException {
    prepare(target, bytes, mode);
    take(target);
  }

  /**
   * Writes what shall become a file; {@link #take} puts it in place.
   *
   * @return the temporary file
   */
  public static Path prepare(Path target, byte[] bytes, int mode) throws IOException {
    Path temporary = temporary(target);
    Files.deleteIfExists(temporary);
    try (FileChannel channel = create(temporary)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      Files.setAttribute(temporary, "unix:mode", mode);
      channel.force(true);
    }
    return temporary;
  }

  /**
   * Makes a file that nobody but its owner can open at any moment, open for reading and writing.
   *
   * @throws IOException if it cannot be made, or is there already
   */
  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Puts the temporary file in the place of a file. */
  public static void take(Path target) throws IOException {
    rename(temporary(target), target);
  }

  /** Renames a file within its folder, over another one if that is there. */
  public static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    sync(to.getParent());
  }

  /** Gives a file a second name, or a copy where the file system has no links. */
  public static void link(Path existing, Path name) throws IOException {
    Path temporary = temporary(name);
    Files.deleteIfExists(temporary);
    if (Files.isSymbolicLink(existing)) {
      Files.createSymbolicLink(temporary, Files.readSymbolicLink(existing));
    } else {
      try {
        Files.createLink(temporary, existing);
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(
            existing, temporary, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(temporary)) {
          channel.force(true);
        }
      }
    }
    take(name);
  }

  /** Removes a file, if it is there. */
  public static boolean delete(Path file) throws IOException {
    boolean there = Files.deleteIfExists(file);
    if (there) {
      sync(file.getParent());
    }
    return there;
  }

  /**
   * Has the kernel write a folder's names to the disk.
   *
   * @throws IOException if they cannot be written; not where the file system has no call for it
   */
  public static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder)) {
      sync(channel, folder);
    }
  }

  /** The same for a folder that is open. */
  static void sync(FileChannel channel, Path folder) throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      if (!cannotSync(folder)) {
        throw e;
      }
    }
  }

  /** The JDK has only the error's text, in the user's language; the number has to be asked for. */
  private static boolean cannotSync(Path folder) throws IOException {
    try (OwnedFd again = OwnedFd.open(folder, Libc.O_RDONLY)) {
      return Libc.C.fsync(again.number()) < 0 && Libc.errno() == Libc.EINVAL;
    }
  }
}
