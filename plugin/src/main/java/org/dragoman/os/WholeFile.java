package org.dragoman.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Writes a file so that it appears complete or not at all: into a temporary file of the same
 * directory, which is synced, renamed over the name, and the directory synced. Whatever fails, and
 * a signal that ends the program, removes the temporary file and leaves what was there.
 */
public final class WholeFile {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private static final Set<PosixFilePermission> OF_THE_OWNER =
      PosixFilePermissions.fromString("rwx------");

  private static final Map<PosixFilePermission, PosixFilePermission> GROUP_AND_OTHERS =
      Map.of(
          PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

  private WholeFile() {}

  /** Why a file cannot be the output of an input. */
  public static final class SameFileException extends IOException {
    private static final long serialVersionUID = 1L;

    SameFileException(Path output) {
      super(output + ": this is the input; give another file for the output");
    }
  }

  /**
   * Whether a file can be written.
   *
   * @throws SameFileException if it is the input, by whatever name
   * @throws IOException if it is there and not a regular file, its directory is not there, or a
   *     change of it in place is not finished; the message is for people and names the file
   */
  public static void check(Path output, Path input) throws IOException {
    if (Files.exists(output)) {
      if (Files.exists(input) && Files.isSameFile(output, input)) {
        throw new SameFileException(output);
      }
      if (!Files.isRegularFile(output)) {
        throw new IOException(
            output
                + ": "
                + (Files.isDirectory(output) ? "a directory" : "a device, pipe or socket")
                + ", expected a regular file or a new name");
      }
    } else if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(output + ": a symbolic link to nothing; give the file itself");
    }
    Path directory = output.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException(output + ": there is no directory " + directory);
    }
    if (InPlace.isBegun(output)) {
      throw new IOException(
          output
              + ": a change in place of a file of this name was begun and not finished: run dragoman"
              + " rewrite --in-place on it again, or delete it and its journal, "
              + InPlace.journal(output));
    }
  }

  /**
   * Writes a file with the bytes of another, some of them replaced. What stays the same goes from
   * file to file in the kernel, and is shared by both where the file system can.
   *
   * @param output where; a symbolic link is followed
   * @param input the other file; the new one takes its owner, if this process may give it away, and
   *     its permissions, and is not written if it changed meanwhile
   * @param replacements in the order of their offsets, not overlapping
   * @param progress is told from time to time how many bytes are written
   * @throws IOException if it cannot be written; the message is for people and names the file
   */
  public static void write(
      Path output, InputFile input, List<Replacement> replacements, LongConsumer progress)
      throws IOException {
    check(output, input.path());
    Path target = Files.exists(output) ? output.toRealPath() : output.toAbsolutePath();
    Path temporary = null;
    Thread cleaner = null;
    boolean renamed = false;
    // Opened first: where this cannot be, nothing has happened yet.
    try (FileChannel directory = FileChannel.open(target.getParent())) {
      temporary =
          Files.createTempFile(
              target.getParent(),
              ".dragoman-",
              ".tmp",
              PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      cleaner = new Thread(remover(temporary));
      remember(cleaner);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        long at = 0;
        for (Replacement replacement : replacements) {
          FileCopy.append(input, at, replacement.from(), channel, temporary, progress);
          ByteBuffer bytes = replacement.bytes();
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          at = replacement.to();
        }
        FileCopy.append(input, at, input.size(), channel, temporary, progress);
        takePermissions(temporary, input.path());
        channel.force(true);
      }
      if (!input.isUnchanged()) {
        throw new IOException(input.path() + " changed while it was read; try again");
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      temporary = null;
      renamed = true;
      Durable.sync(directory, target.getParent());
    } catch (AccessDeniedException e) {
      throw new IOException(output + ": permission denied", e);
    } catch (NoSuchFileException e) {
      throw new IOException(output + ": " + e.getFile() + " went away", e);
    } catch (IOException e) {
      String what =
          renamed
              ? ": is written, but its directory cannot be synced, and a power cut may undo it: "
              : ": cannot be written: ";
      throw new IOException(output + what + InputFile.reason(e), e);
    } finally {
      if (cleaner != null) {
        forget(cleaner);
      }
      if (temporary != null) {
        remover(temporary).run();
      }
    }
  }

  /**
   * As the input's where the file system knows such things; else only the owner's. Nobody may do
   * with the new file what he may not with the input.
   */
  private static void takePermissions(Path file, Path input) throws IOException {
    try {
      boolean isOfItsGroup = take(file, input, "unix:gid");
      take(file, input, "unix:uid");
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(input);
      if (!isOfItsGroup) {
        permissions = ofGroupAndOthersAlike(permissions);
      }
      if (hasAccessList(input, permissions)) {
        permissions.retainAll(OF_THE_OWNER);
      }
      Files.setPosixFilePermissions(file, permissions);
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.setPosixFilePermissions(file, OWNER_ONLY);
    }
  }

  /** Gives a file an attribute of another; false: it has another one, and this user may not. */
  private static boolean take(Path file, Path from, String attribute) throws IOException {
    Object wanted = Files.getAttribute(from, attribute);
    if (wanted.equals(Files.getAttribute(file, attribute))) {
      return true;
    }
    try {
      Files.setAttribute(file, attribute, wanted);
      return true;
    } catch (FileSystemException e) {
      return false;
    }
  }

  /** The list is not taken along, and the bits alone would let in whom it keeps out. */
  private static boolean hasAccessList(Path input, Set<PosixFilePermission> permissions) {
    return !OF_THE_OWNER.containsAll(permissions)
        && Libc.C.getxattr(input.toString(), "system.posix_acl_access", null, 0) > 0;
  }

  /** Who was of the group may be of the others now, and the other way round. */
  private static Set<PosixFilePermission> ofGroupAndOthersAlike(Set<PosixFilePermission> all) {
    Set<PosixFilePermission> less = new HashSet<>(all);
    GROUP_AND_OTHERS.forEach(
        (group, others) -> {
          if (!all.contains(group) || !all.contains(others)) {
            less.remove(group);
            less.remove(others);
          }
        });
    return less;
  }

  private static void remember(Thread cleaner) throws IOException {
    try {
      Runtime.getRuntime().addShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      throw new IOException("interrupted", e);
    }
  }

  private static Runnable remover(Path temporary) {
    return () -> {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        System.err.println("dragoman: " + temporary + " is left behind: " + e);
      }
    };
  }

  private static void forget(Thread cleaner) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      // The program is ending, and the hook is at work.
      return;
    }
  }
}
