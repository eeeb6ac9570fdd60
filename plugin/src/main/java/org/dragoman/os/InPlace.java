package org.dragoman.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * Changes bytes of a file where they are, so that a kill or a power cut at any point leaves the old
 * or the new file, or one that the next run makes the new one.
 *
 * <p>First all that will be written, and what is there now, goes to a journal beside the file,
 * which is synced before it gets its name; then the space is found, the file written and synced;
 * then the journal goes. A journal that is there is a change that was begun: {@link #finish} does
 * all of it again. What fails on the way is undone. Where the length changes, everything from there
 * to the end of the file is written.
 */
public final class InPlace {
  /** No file system of Linux has longer names, in bytes. */
  private static final int LONGEST_NAME = 255;

  private InPlace() {}

  /**
   * Where the journal of a file is, while there is one.
   *
   * @throws IOException if the file cannot be looked at
   */
  public static Path journal(Path file) throws IOException {
    Path real;
    try {
      real = file.toRealPath();
    } catch (NoSuchFileException e) {
      real = file.toAbsolutePath();
    }
    return real.resolveSibling("." + real.getFileName() + ".dragoman-journal");
  }

  /**
   * Whether a change of a file was begun and not finished. Whatever is there under the journal's
   * name counts.
   *
   * @throws IOException if it cannot be looked at; the message is for people and names the journal
   */
  public static boolean isBegun(Path file) throws IOException {
    return isThere(journal(file));
  }

  /** Only a journal of which the kernel says that there is none is none. */
  private static boolean isThere(Path file) throws IOException {
    if (file.getFileName().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
        > LONGEST_NAME) {
      return false;
    }
    try {
      Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new IOException(file + ": cannot be looked at: " + InputFile.reason(e), e);
    }
  }

  /**
   * Changes a file.
   *
   * @param input the file as it was read; nothing is done if it changed since
   * @param basis what was read of it that the replacements rest on, in the order of the offsets,
   *     not overlapping; nothing is done if it is not there any more
   * @param replacements in the order of their offsets, not overlapping; at least one
   * @throws IOException if it cannot be done; the message is for people, names the file and says
   *     how it is now
   */
  public static void write(InputFile input, List<Known> basis, List<Replacement> replacements)
      throws IOException {
    try (LockedFile file = LockedFile.open(input.path());
        Journal journal = begin(file, input, basis, replacements)) {
      complete(file, journal);
    }
  }

  /** Writes the journal: from here on, the change will be made, now or by the next run. */
  static Journal begin(
      LockedFile file, InputFile input, List<Known> basis, List<Replacement> replacements)
      throws IOException {
    Path path = file.path();
    Path name = journal(path);
    if (isThere(name)) {
      throw new IOException(path + ": a change that was begun is not finished yet");
    }
    int names = file.state().links();
    if (names > 1) {
      throw new IOException(
          path
              + ": unchanged: it has "
              + names
              + " names (hard links), and its journal would be found by one of them only: give an"
              + " OUTPUT instead");
    }
    List<Journal.Change> changes = Journal.changes(input.size(), replacements);
    if (!Journal.takes(basis, changes)) {
      throw new IOException(
          path
              + ": unchanged: "
              + changes.size()
              + " ranges with "
              + Journal.extent(changes)
              + " bytes would be written, as all moves that follows a change of length; in place"
              + " it can be "
              + Journal.MOST
              + " bytes at most: give an OUTPUT instead");
    }
    Path temporary = Durable.temporary(name);
    Journal journal;
    try {
      journal = prepare(temporary, file, basis, changes);
    } catch (IOException e) {
      deleteQuietly(temporary);
      throw unchanged(path, e);
    }
    try {
      if (!isAsPlanned(file, input, basis)) {
        throw new IOException(path + " changed while it was read; try again");
      }
      publish(path, name);
      return journal;
    } catch (IOException e) {
      journal.close();
      deleteQuietly(temporary);
      throw e;
    }
  }

  private static boolean isAsPlanned(LockedFile file, InputFile input, List<Known> basis)
      throws IOException {
    try {
      return input.isUnchanged() && file.has(basis);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Opened as the next run would open it: what that would not follow is not begun. */
  private static Journal prepare(
      Path temporary, LockedFile file, List<Known> basis, List<Journal.Change> changes)
      throws IOException {
    Files.deleteIfExists(temporary);
    try (FileChannel channel = Durable.create(temporary)) {
      Journal.write(channel, file, basis, changes);
      channel.force(true);
    }
    return Journal.open(temporary);
  }

  private static void publish(Path path, Path name) throws IOException {
    try {
      Durable.take(name);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(Durable.temporary(name));
        Files.deleteIfExists(name);
      } catch (IOException left) {
        throw new IOException(
            path
                + ": unchanged so far, but its journal "
                + name
                + " can neither be synced ("
                + InputFile.reason(e)
                + ") nor deleted ("
                + InputFile.reason(left)
                + "): the next run with --in-place makes the change; delete the journal if it shall"
                + " not",
            left);
      }
      throw unchanged(path, e);
    }
  }

  private static IOException unchanged(Path path, IOException e) {
    return new IOException(
        path + ": unchanged: its journal cannot be written: " + InputFile.reason(e), e);
  }

  /** The reason why the run ends is another one, and the next run deletes it. */
  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }

  /**
   * Finishes a change that was begun and cut off.
   *
   * @return whether there was one
   * @throws IOException if there is one and it cannot be finished; the message is for people, names
   *     the file and says what to do
   */
  public static boolean finish(Path path) throws IOException {
    Path name = journal(path);
    Path temporary = Durable.temporary(name);
    if (!isThere(name) && !isThere(temporary)) {
      return false;
    }
    try (LockedFile file = LockedFile.open(path)) {
      // One that has no name yet belongs to a change that has not begun.
      Files.deleteIfExists(temporary);
      if (!isThere(name)) {
        return false;
      }
      try (Journal journal = open(name)) {
        String mismatch = journal.mismatch(file);
        if (mismatch != null) {
          throw new IOException(
              path
                  + ": "
                  + mismatch
                  + "; so what "
                  + name
                  + " says is not done. If a whole file was put here since, delete the journal; else"
                  + " something wrote to the half-changed file or copied it: put it back from a"
                  + " backup, and delete the journal");
        }
        complete(file, journal);
      }
      return true;
    }
  }

  private static Journal open(Path name) throws IOException {
    try {
      return Journal.open(name);
    } catch (Journal.UnfitException e) {
      throw new IOException(
          e.getMessage()
              + "; it is not followed. If you know of no run with --in-place that was cut off,"
              + " delete it; else keep copies of it and of the file, report it with both if you may,"
              + " put the file back from a backup, and delete the journal",
          e);
    }
  }

  private static void complete(LockedFile file, Journal journal) throws IOException {
    Path path = file.path();
    Path name = journal(path);
    try {
      journal.redo(file);
    } catch (IOException e) {
      try {
        journal.undo(file);
      } catch (IOException torn) {
        throw new IOException(
            path
                + ": neither as before nor as after the change: it cannot be written ("
                + InputFile.reason(e)
                + "), nor what was there ("
                + InputFile.reason(torn)
                + "); its journal "
                + name
                + " has both: mend that, do not move either, and run the same again to finish it",
            e);
      }
      delete(name, path + ": as before, since it cannot be written: " + InputFile.reason(e), false);
      throw new IOException(
          path + ": as before, since it cannot be written: " + InputFile.reason(e), e);
    }
    delete(name, path + ": the change is complete and on the disk", true);
  }

  /** With what to do where the journal stays. */
  private static void delete(Path name, String how, boolean isDone) throws IOException {
    String next =
        isDone
            ? "; delete it, or run the same again"
            : "; delete it, or the next run with --in-place makes the change";
    try {
      Files.deleteIfExists(name);
    } catch (IOException e) {
      throw new IOException(
          how + "; but the journal " + name + " cannot be deleted: " + InputFile.reason(e) + next,
          e);
    }
    try {
      Durable.sync(name.getParent());
    } catch (IOException e) {
      throw new IOException(
          how
              + "; but its directory cannot be synced ("
              + InputFile.reason(e)
              + "), and a power cut may bring back "
              + name
              + next,
          e);
    }
  }
}
