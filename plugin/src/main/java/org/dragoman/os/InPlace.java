package org.dragoman.os;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes bytes of a file where they are, so that a kill or a power cut at any point leaves the old
 * or the new file, or one that the next run makes the new one.
 *
 * <p>First all that will be written, and what is there now, goes to a journal beside the file,
 * which is synced before it gets its name; then the file is written and synced; then the journal
 * goes. A journal that is there is a change that was begun: {@link #finish} does all of it again.
 * Where the length changes, everything from there to the end of the file is written.
 */
public final class InPlace {
  /** What is written in place at most, in bytes: it is all in memory, and twice in the journal. */
  public static final int MOST = 64 << 20;

  private static final byte[] MAGIC =
      "Dragoman journal 1\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final int DIGEST = 32;

  /** Bytes at a place, before and after. Their lengths differ only at the end of the file. */
  record Change(long at, ByteBuffer before, ByteBuffer after) {}

  private InPlace() {}

  /** Where the journal of a file is, while there is one. */
  public static Path journal(Path file) throws IOException {
    Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    return real.resolveSibling("." + real.getFileName() + ".dragoman-journal");
  }

  /**
   * Changes a file.
   *
   * @param input the file as it was read; nothing is done if it changed since
   * @param replacements in the order of their offsets, not overlapping
   * @throws IOException if it cannot be done; the message is for people, names the file and says
   *     how it is now
   */
  public static void write(InputFile input, List<Replacement> replacements) throws IOException {
    Path path = input.path();
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      lock(path, file);
      List<Change> changes = begin(input, replacements);
      apply(path, file, changes, Replacement.sizeAfter(input.size(), replacements));
      Durable.delete(journal(path));
    } catch (AccessDeniedException e) {
      throw new IOException(path + ": permission denied", e);
    }
  }

  /** Writes the journal: from here on, the change will be made, now or by the next run. */
  static List<Change> begin(InputFile input, List<Replacement> replacements) throws IOException {
    Path path = input.path();
    Path journal = journal(path);
    if (Files.exists(journal)) {
      throw new IOException(path + ": a change that was begun is not finished yet");
    }
    List<Change> changes = changes(input, replacements);
    try {
      Durable.write(journal, bytes(input.size(), changes), 0600);
    } catch (IOException e) {
      Files.deleteIfExists(Durable.temporary(journal));
      throw new IOException(
          path + ": unchanged: its journal cannot be written: " + InputFile.reason(e), e);
    }
    if (!input.isUnchanged()) {
      Durable.delete(journal);
      throw new IOException(path + " changed while it was read; try again");
    }
    return changes;
  }

  /**
   * Finishes a change that was begun and cut off.
   *
   * @return whether there was one
   * @throws IOException if there is one and it cannot be finished; the message is for people
   */
  public static boolean finish(Path path) throws IOException {
    Path journal = journal(path);
    // One that has no name yet belongs to a change that has not begun.
    Files.deleteIfExists(Durable.temporary(journal));
    if (!Files.exists(journal)) {
      return false;
    }
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      lock(path, file);
      byte[] bytes = Files.readAllBytes(journal);
      List<Change> changes = new ArrayList<>();
      long before;
      try {
        before = parse(bytes, changes);
      } catch (BufferUnderflowException | IllegalArgumentException e) {
        throw new IOException(journal + ": damaged; keep it and the file, and ask for help", e);
      }
      long after = before;
      for (Change change : changes) {
        after += change.after.limit() - change.before.limit();
      }
      if (!isEither(file, changes, before, after)) {
        throw new IOException(
            journal
                + ": says what was begun with "
                + path
                + ", but the file is neither as before nor as after it: something else wrote to it;"
                + " take the file from a backup, or remove the journal if the file is right");
      }
      apply(path, file, changes, after);
      Durable.delete(journal);
      return true;
    } catch (NoSuchFileException e) {
      throw new IOException(e.getFile() + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException(path + ": permission denied", e);
    }
  }

  /** Until the file is closed. */
  private static void lock(Path path, FileChannel file) throws IOException {
    FileLock lock = null;
    try {
      lock = file.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new IOException(path + ": another program has locked it; try again later");
    }
  }

  /** What is written where: the replacements as they are while nothing moves, and then the rest. */
  private static List<Change> changes(InputFile input, List<Replacement> replacements)
      throws IOException {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < replacements.size(); i++) {
      Replacement one = replacements.get(i);
      if (one.growth() != 0) {
        changes.add(rest(input, replacements.subList(i, replacements.size())));
        break;
      }
      changes.add(new Change(one.from(), read(input, one.from(), one.to()), one.bytes()));
    }
    return changes;
  }

  private static Change rest(InputFile input, List<Replacement> replacements) throws IOException {
    long from = replacements.get(0).from();
    long most = Math.max(input.size(), Replacement.sizeAfter(input.size(), replacements)) - from;
    if (most > MOST) {
      throw new IOException(
          input.path()
              + ": its length changes, and "
              + most
              + " bytes follow; in place, at most "
              + MOST
              + " can be moved: give an OUTPUT instead");
    }
    ByteBuffer before = read(input, from, input.size());
    ByteBuffer after =
        ByteBuffer.allocate((int) (Replacement.sizeAfter(input.size(), replacements) - from));
    long at = from;
    for (Replacement one : replacements) {
      after.put(before.slice((int) (at - from), (int) (one.from() - at))).put(one.bytes());
      at = one.to();
    }
    after.put(before.slice((int) (at - from), (int) (input.size() - at)));
    return new Change(from, before, after.flip());
  }

  private static ByteBuffer read(InputFile input, long from, long to) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) (to - from));
    if (input.read(bytes, from) < bytes.capacity()) {
      throw new IOException(input.path() + " became shorter while it was read; try again");
    }
    return bytes.flip();
  }

  private static void apply(Path path, FileChannel file, List<Change> changes, long size)
      throws IOException {
    try {
      for (Change change : changes) {
        ByteBuffer bytes = change.after.duplicate();
        long at = change.at;
        while (bytes.hasRemaining()) {
          at += file.write(bytes, at);
        }
      }
      if (file.size() > size) {
        file.truncate(size);
      }
      file.force(true);
    } catch (IOException e) {
      throw new IOException(
          path
              + ": not all of the change is written ("
              + InputFile.reason(e)
              + "); mend that, and run the same again to finish it",
          e);
    }
  }

  /** Whether each byte is as before or as after. */
  private static boolean isEither(FileChannel file, List<Change> changes, long before, long after)
      throws IOException {
    long size = file.size();
    if (size < Math.min(before, after) || size > Math.max(before, after)) {
      return false;
    }
    for (Change change : changes) {
      int most = Math.max(change.before.limit(), change.after.limit());
      ByteBuffer there = ByteBuffer.allocate(most);
      int got = 0;
      while (got >= 0 && there.hasRemaining()) {
        got = file.read(there, change.at + there.position());
      }
      for (int i = 0; i < there.position(); i++) {
        byte is = there.get(i);
        boolean asBefore = i < change.before.limit() && change.before.get(i) == is;
        boolean asAfter = i < change.after.limit() && change.after.get(i) == is;
        // What a file grows by can be there, but not written yet.
        boolean fresh = i >= change.before.limit() && is == 0;
        if (!asBefore && !asAfter && !fresh) {
          return false;
        }
      }
    }
    return true;
  }

  private static byte[] bytes(long size, List<Change> changes) {
    int length = MAGIC.length + 8 + 4 + DIGEST;
    for (Change change : changes) {
      length += 16 + change.before.limit() + change.after.limit();
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).put(MAGIC).putLong(size).putInt(changes.size());
    for (Change change : changes) {
      bytes.putLong(change.at).putInt(change.before.limit()).putInt(change.after.limit());
      bytes.put(change.before.duplicate()).put(change.after.duplicate());
    }
    bytes.put(digest(bytes.array(), bytes.position()));
    return bytes.array();
  }

  /** The file's size before; fills in the changes. */
  private static long parse(byte[] journal, List<Change> changes) {
    ByteBuffer bytes = ByteBuffer.wrap(journal);
    int end = journal.length - DIGEST;
    if (end < MAGIC.length
        || !bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
        || !bytes.slice(end, DIGEST).equals(ByteBuffer.wrap(digest(journal, end)))) {
      throw new IllegalArgumentException("no journal, or not all of one");
    }
    bytes.position(MAGIC.length);
    long size = bytes.getLong();
    int count = bytes.getInt();
    for (int i = 0; i < count; i++) {
      long at = bytes.getLong();
      int before = bytes.getInt();
      int after = bytes.getInt();
      changes.add(new Change(at, slice(bytes, before), slice(bytes, after)));
    }
    return size;
  }

  private static ByteBuffer slice(ByteBuffer bytes, int length) {
    ByteBuffer slice = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    return slice;
  }

  private static byte[] digest(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
