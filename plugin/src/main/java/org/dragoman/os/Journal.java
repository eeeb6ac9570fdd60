package org.dragoman.os;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a change writes to a file, what is there before, and by what the file is known half-way.
 *
 * <p>The file is known by its inode, by the time when it was made, by its size, which is that of
 * before or after, and by a digest of the bytes that the plan rests on and that stay. Not by its
 * device, whose number may be another one after a power cut; nor by the time of its last change,
 * which the change itself moves.
 *
 * <p>All integers are big-endian: {@link #MAGIC}; inode, time of birth, size before, size after (64
 * bits each); the numbers of kept ranges and of changes (32 each); SHA-256 of the kept ranges;
 * offset and length of each kept range, offset, length before and length after of each change (64
 * each); of each change the bytes before and those after; SHA-256 of all that.
 */
final class Journal implements AutoCloseable {
  /** What is written in place at most, in bytes; so much again is for what was there. */
  static final long MOST = 64 << 20;

  private static final int MOST_RANGES = 1 << 16;
  private static final String FAMILY = "Dragoman journal ";
  private static final byte[] MAGIC = (FAMILY + "2\n").getBytes(US_ASCII);
  private static final int DIGEST = 32;
  private static final int FIXED = MAGIC.length + 4 * 8 + 2 * 4 + DIGEST;
  private static final int KEPT = 2 * 8;
  private static final int CHANGED = 3 * 8;
  private static final long LARGEST = FIXED + (KEPT + CHANGED) * MOST_RANGES + 2 * MOST + DIGEST;
  private static final int OTHERS_MAY_WRITE = 0022;

  /** Why something with a journal's name is none that may be followed; the message names it. */
  static final class UnfitException extends IOException {
    private static final long serialVersionUID = 1L;

    UnfitException(String message) {
      super(message);
    }
  }

  /** A part of a file that stays as it is. */
  record Range(long at, long length) {}

  /**
   * A part of a file that changes.
   *
   * @param at where it begins
   * @param before how many bytes it has
   * @param after how many it will have; only the last change of a file, up to its end, has another
   *     number
   * @param by what becomes of it; empty for one that was read from a journal
   */
  record Change(long at, long before, long after, List<Replacement> by) {}

  /** All but the changes' bytes. */
  record Table(
      long inode,
      long born,
      long before,
      long after,
      ByteBuffer keptDigest,
      List<Range> kept,
      List<Change> changes) {}

  private final OwnedFd fd;
  private final FileChannel channel;
  private final Table table;

  private Journal(OwnedFd fd, FileChannel channel, Table table) {
    this.fd = fd;
    this.channel = channel;
    this.table = table;
  }

  /** What is written where: the replacements as they are while nothing moves, and then the rest. */
  static List<Change> changes(long size, List<Replacement> replacements) {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < replacements.size(); i++) {
      Replacement one = replacements.get(i);
      if (one.growth() != 0) {
        List<Replacement> rest = replacements.subList(i, replacements.size());
        long before = size - one.from();
        changes.add(new Change(one.from(), before, Replacement.sizeAfter(before, rest), rest));
        break;
      }
      long length = one.to() - one.from();
      changes.add(new Change(one.from(), length, length, List.of(one)));
    }
    return changes;
  }

  /** How many bytes of a file some changes are about. */
  static long extent(List<Change> changes) {
    return changes.stream().mapToLong(one -> Math.max(one.before(), one.after())).sum();
  }

  /** Whether a journal can have all of this. */
  static boolean takes(List<Known> basis, List<Change> changes) {
    return extent(changes) <= MOST && basis.size() + changes.size() <= MOST_RANGES;
  }

  /** What of the bytes that a plan rests on is not changed. */
  static List<Range> kept(List<Known> basis, List<Change> changes) {
    List<Range> kept = new ArrayList<>();
    for (Known known : basis) {
      long at = known.at();
      long end = at + known.bytes().limit();
      for (Change change : changes) {
        if (change.at() < end && change.at() + change.before() > at) {
          add(kept, at, change.at());
          at = change.at() + change.before();
        }
      }
      add(kept, at, end);
    }
    return kept;
  }

  private static void add(List<Range> ranges, long from, long to) {
    if (from < to) {
      ranges.add(new Range(from, to - from));
    }
  }

  /**
   * Writes a journal.
   *
   * @param to a new file, the caller's to sync
   * @param changes as {@link #changes} has them, and as many as it {@link #takes}
   */
  static void write(FileChannel to, LockedFile file, List<Known> basis, List<Change> changes)
      throws IOException {
    FileState state = file.state();
    List<Range> kept = kept(basis, changes);
    long growth = changes.stream().mapToLong(one -> one.after() - one.before()).sum();
    OutputStream plain = new BufferedOutputStream(Channels.newOutputStream(to), 1 << 16);
    MessageDigest digest = sha256();
    DataOutputStream out = new DataOutputStream(new DigestOutputStream(plain, digest));
    out.write(MAGIC);
    out.writeLong(state.inode());
    out.writeLong(state.born());
    out.writeLong(state.size());
    out.writeLong(state.size() + growth);
    out.writeInt(kept.size());
    out.writeInt(changes.size());
    out.write(digest(file, kept));
    for (Range range : kept) {
      out.writeLong(range.at());
      out.writeLong(range.length());
    }
    for (Change change : changes) {
      out.writeLong(change.at());
      out.writeLong(change.before());
      out.writeLong(change.after());
    }
    for (Change change : changes) {
      write(out, file, change.at(), change.at() + change.before());
      long at = change.at();
      for (Replacement one : change.by()) {
        write(out, file, at, one.from());
        write(out, one.bytes());
        at = one.to();
      }
      write(out, file, at, change.at() + change.before());
    }
    out.flush();
    plain.write(digest.digest());
    plain.flush();
  }

  private static void write(OutputStream out, LockedFile file, long from, long to)
      throws IOException {
    Streamed.range(file.channel(), from, to - from, piece -> write(out, piece));
  }

  private static void write(OutputStream out, ByteBuffer bytes) throws IOException {
    byte[] some = new byte[Math.min(bytes.remaining(), 1 << 16)];
    while (bytes.hasRemaining()) {
      int count = Math.min(bytes.remaining(), some.length);
      bytes.get(some, 0, count);
      out.write(some, 0, count);
    }
  }

  /**
   * Opens a journal, if it can be trusted and is whole.
   *
   * @param name not followed if it is a symbolic link
   * @throws UnfitException if not
   * @throws IOException if it cannot be read; the message is for people and names the journal
   */
  static Journal open(Path name) throws IOException {
    if (Files.isSymbolicLink(name)) {
      throw unfit(name, "a symbolic link");
    }
    OwnedFd fd = OwnedFd.open(name, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK);
    try {
      FileState state = fd.state();
      String odd = odd(state, Libc.C.geteuid());
      if (odd != null) {
        throw unfit(name, odd);
      }
      FileChannel channel = FileChannel.open(fd.path(), StandardOpenOption.READ);
      try {
        return new Journal(fd, channel, read(channel, state.size()));
      } catch (IllegalArgumentException e) {
        channel.close();
        UnfitException damaged = new UnfitException(name + ": damaged: " + e.getMessage());
        damaged.initCause(e);
        throw damaged;
      } catch (IOException e) {
        channel.close();
        throw new IOException(name + ": cannot be read: " + InputFile.reason(e), e);
      }
    } catch (IOException e) {
      fd.close();
      throw e;
    }
  }

  private static UnfitException unfit(Path name, String found) {
    return new UnfitException(
        name
            + ": found "
            + found
            + ", expected a regular file of root or of the user who runs this, which nobody else"
            + " can write to");
  }

  /** Why a file is not taken for a journal of a user's own, or null. */
  private static String odd(FileState state, int user) {
    if (!state.regular()) {
      return "a directory, device, pipe or socket";
    }
    if (state.owner() != 0 && state.owner() != user) {
      return "a file of user " + Integer.toUnsignedString(state.owner());
    }
    if ((state.permissions() & OTHERS_MAY_WRITE) != 0) {
      return "permissions " + Integer.toOctalString(state.permissions());
    }
    if (state.links() > 1) {
      return "a file with " + state.links() + " names";
    }
    return null;
  }

  private static Table read(FileChannel channel, long size) throws IOException {
    check(size <= LARGEST, size + " bytes, expected " + LARGEST + " at most");
    check(size >= FIXED + DIGEST, size + " bytes, expected more");
    ByteBuffer fixed = ByteBuffer.allocate(FIXED);
    check(Streamed.fill(channel, fixed, 0), "its end, expected more");
    String magic = US_ASCII.decode(fixed.slice(0, MAGIC.length)).toString();
    check(
        Arrays.equals(magic.getBytes(US_ASCII), MAGIC),
        magic.startsWith(FAMILY)
            ? "a journal of another version, which can finish it"
            : "no journal");
    fixed.position(MAGIC.length + 4 * 8);
    int kept = fixed.getInt();
    int changes = fixed.getInt();
    check(kept >= 0 && kept <= MOST_RANGES && changes > 0 && changes <= MOST_RANGES, "odd counts");
    ByteBuffer rest = ByteBuffer.allocate(kept * KEPT + changes * CHANGED);
    check(size - FIXED - DIGEST >= rest.capacity(), size + " bytes, expected more");
    check(Streamed.fill(channel, rest, FIXED), "its end, expected more");
    Table table = table(fixed.position(MAGIC.length), rest, kept, changes);
    long bytes = table.changes().stream().mapToLong(one -> one.before() + one.after()).sum();
    long whole = FIXED + rest.capacity() + bytes + DIGEST;
    check(size == whole, size + " bytes, expected " + whole);
    MessageDigest digest = sha256();
    Streamed.range(channel, 0, size - DIGEST, digest::update);
    ByteBuffer stored = ByteBuffer.allocate(DIGEST);
    check(Streamed.fill(channel, stored, size - DIGEST), "its end, expected more");
    check(Arrays.equals(stored.array(), digest.digest()), "other bytes than were written");
    return table;
  }

  /** The integers of a journal, if they can be those of one. */
  private static Table table(ByteBuffer fixed, ByteBuffer rest, int keptCount, int changeCount) {
    long inode = fixed.getLong();
    long born = fixed.getLong();
    long before = fixed.getLong();
    long after = fixed.getLong();
    check(before >= 0 && after >= 0, "odd sizes");
    byte[] keptDigest = new byte[DIGEST];
    fixed.position(FIXED - DIGEST).get(keptDigest);
    List<Range> kept = new ArrayList<>();
    long end = 0;
    for (int i = 0; i < keptCount; i++) {
      Range range = new Range(rest.getLong(), rest.getLong());
      check(isInside(range.at(), range.length(), end, before), "a kept range out of place");
      kept.add(range);
      end = range.at() + range.length();
    }
    List<Change> changes = new ArrayList<>();
    end = 0;
    long extent = 0;
    for (int i = 0; i < changeCount; i++) {
      Change change = new Change(rest.getLong(), rest.getLong(), rest.getLong(), List.of());
      check(isInside(change.at(), change.before(), end, before), "a change out of place");
      check(isInside(change.at(), change.after(), end, after), "a change out of place");
      end = change.at() + change.before();
      // Only what goes up to the end of the file can have another length afterwards.
      boolean isLast = end == before && change.at() + change.after() == after;
      check(
          change.before() == change.after() || (isLast && i == changeCount - 1),
          "a change of length out of place");
      extent += Math.max(change.before(), change.after());
      check(extent <= MOST, "more than " + MOST + " bytes of changes");
      changes.add(change);
    }
    Change last = changes.get(changes.size() - 1);
    check(after - before == last.after() - last.before(), "odd sizes");
    return new Table(inode, born, before, after, ByteBuffer.wrap(keptDigest), kept, changes);
  }

  /** Without sums that could be more than a number holds. */
  private static boolean isInside(long at, long length, long from, long to) {
    return at >= from && at <= to && length >= 0 && length <= to - at;
  }

  private static void check(boolean is, String found) {
    if (!is) {
      throw new IllegalArgumentException("found " + found);
    }
  }

  /** Why a file is not the one that this is about, for people, or null. */
  String mismatch(LockedFile file) throws IOException {
    FileState state = file.state();
    boolean otherBirth = table.born != 0 && state.born() != 0 && state.born() != table.born;
    if (state.inode() != table.inode || otherBirth) {
      return "is not the file that the change was begun on, but another one in its place";
    }
    if (state.size() < Math.min(table.before, table.after)
        || state.size() > Math.max(table.before, table.after)) {
      return "has "
          + state.size()
          + " bytes, and had "
          + table.before
          + ", of which the change makes "
          + table.after;
    }
    if (!table.keptDigest.equals(ByteBuffer.wrap(digest(file, table.kept)))) {
      return "has other bytes than the change was planned for";
    }
    return eachByteIsEither(file) ? null : "has bytes that are neither those of before nor after";
  }

  private boolean eachByteIsEither(LockedFile file) throws IOException {
    long bytesAt = bytesAt();
    for (Change change : table.changes) {
      long there = Math.min(file.channel().size() - change.at, extent(List.of(change)));
      long[] done = {0};
      boolean[] isEither = {true};
      long beforeAt = bytesAt;
      Streamed.range(
          file.channel(),
          change.at,
          there,
          piece -> {
            isEither[0] &= isEither(piece, change, beforeAt, done[0]);
            done[0] += piece.limit();
          });
      if (!isEither[0]) {
        return false;
      }
      bytesAt += change.before + change.after;
    }
    return true;
  }

  private boolean isEither(ByteBuffer piece, Change change, long beforeAt, long done)
      throws IOException {
    ByteBuffer before = part(beforeAt, change.before, done, piece.limit());
    ByteBuffer after = part(beforeAt + change.before, change.after, done, piece.limit());
    for (int i = 0; i < piece.limit(); i++) {
      byte is = piece.get(i);
      boolean asBefore = i < before.limit() && before.get(i) == is;
      boolean asAfter = i < after.limit() && after.get(i) == is;
      // What a file grows by, or grows by again when a change is undone, can be there and not be
      // written yet.
      boolean isFresh = i >= Math.min(before.limit(), after.limit()) && is == 0;
      if (!asBefore && !asAfter && !isFresh) {
        return false;
      }
    }
    return true;
  }

  /** What there is of a change's bytes in a piece of it. */
  private ByteBuffer part(long bytesAt, long length, long done, int most) throws IOException {
    ByteBuffer part = ByteBuffer.allocate((int) Math.max(0, Math.min(most, length - done)));
    if (!Streamed.fill(channel, part, bytesAt + done)) {
      throw new IOException("the journal became shorter");
    }
    return part;
  }

  /** Writes all changes, and cuts off what is too much then. */
  void redo(LockedFile file) throws IOException {
    for (Change change : table.changes) {
      // No more: what is cut off already shall not come back as zeros.
      file.reserve(change.at, change.after);
    }
    copy(file, true);
  }

  /** Writes what was there before. */
  void undo(LockedFile file) throws IOException {
    copy(file, false);
  }

  private void copy(LockedFile file, boolean after) throws IOException {
    long bytesAt = bytesAt();
    for (Change change : table.changes) {
      long from = after ? bytesAt + change.before : bytesAt;
      long length = after ? change.after : change.before;
      Streamed.copy(channel, from, length, file.channel(), change.at);
      bytesAt += change.before + change.after;
    }
    long size = after ? table.after : table.before;
    if (file.channel().size() > size) {
      file.channel().truncate(size);
    }
    file.channel().force(true);
  }

  private long bytesAt() {
    return FIXED + (long) table.kept.size() * KEPT + (long) table.changes.size() * CHANGED;
  }

  private static byte[] digest(LockedFile file, List<Range> kept) throws IOException {
    MessageDigest digest = sha256();
    for (Range range : kept) {
      Streamed.range(file.channel(), range.at(), range.length(), digest::update);
    }
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
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
