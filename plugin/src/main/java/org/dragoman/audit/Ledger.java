package org.dragoman.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dragoman.os.GrowingFile;

/**
 * The file that an audit writes its findings to as it reaches them, one on a line, and from which
 * the next run takes those of images that are the same. It is appended to; when a run has gone
 * through the whole tree, it holds one line for each image of the tree, in their order.
 *
 * <p>Only places in it are held in memory. One thread appends, any may ask.
 */
public final class Ledger implements AutoCloseable {
  /** How every line begins. */
  private static final byte[] BEGINNING = "{\"path\":\"".getBytes(StandardCharsets.UTF_8);

  private final Path file;
  private final FileChannel channel;

  /** By path, the last line about it. */
  private final Map<String, Place> known = new HashMap<>();

  /** The lines of this run, in their order. */
  private final List<Place> current = new ArrayList<>();

  private long end;
  private boolean inOrder;

  /** Where a line is, without its newline. */
  private record Place(long at, int length) {}

  /** A finding of an earlier run, and where its line is. */
  record Known(AuditFinding finding, Place place) {}

  private Ledger(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a file of findings, or begins one.
   *
   * @throws IOException if it cannot be, if another audit has it, or if something else is in it;
   *     the message is for people and names the file
   */
  public static Ledger open(Path file, Question question) throws IOException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException(file + ": " + Reasons.of(e, file), e);
    }
    try {
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        // Another audit in this very process.
        lock = null;
      }
      if (lock == null) {
        throw new IOException(file + ": another audit is writing to it");
      }
      Ledger ledger = new Ledger(file, channel);
      ledger.readAll(question);
      return ledger;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void readAll(Question question) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long lineAt = 0;
    long read = 0;
    long number = 1;
    while (true) {
      buffer.clear();
      int got = channel.read(buffer, read);
      if (got < 0) {
        break;
      }
      byte[] bytes = buffer.array();
      int from = 0;
      for (int i = 0; i < got; i++) {
        if (bytes[i] == '\n') {
          line.write(bytes, from, i - from);
          remember(line.toByteArray(), lineAt, number, question);
          line.reset();
          from = i + 1;
          lineAt = read + from;
          number++;
        }
      }
      line.write(bytes, from, got - from);
      read += got;
    }
    // A kill, or a power cut, in the middle of a line: that image is looked at again.
    if (lineAt < read) {
      byte[] torn = line.toByteArray();
      if (!isAllZero(torn)) {
        requireBeginning(torn, number);
      }
      channel.truncate(lineAt);
    }
    end = lineAt;
    inOrder = end == 0;
  }

  private void remember(byte[] line, long at, long number, Question question) throws IOException {
    requireBeginning(line, number);
    FindingJson.Head head;
    try {
      head = FindingJson.head(line);
    } catch (IOException e) {
      throw foreign(number);
    }
    if (head.basis().equals(question.basis()) && head.to().equals(question.to().id())) {
      known.put(head.path(), new Place(at, line.length));
    } else {
      known.remove(head.path());
    }
  }

  /** What does not begin as a finding does is somebody's, and not to be cut off or written over. */
  private void requireBeginning(byte[] line, long number) throws IOException {
    int length = Math.min(line.length, BEGINNING.length);
    if (!Arrays.equals(line, 0, length, BEGINNING, 0, length)) {
      throw foreign(number);
    }
  }

  /** What a file system may have in place of bytes that were not on the disk in time. */
  private static boolean isAllZero(byte[] bytes) {
    for (byte one : bytes) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }

  private IOException foreign(long number) {
    return new IOException(
        file + ":" + number + ": not a finding of an audit; give another file, or a new name");
  }

  /**
   * The finding of an earlier run for the same file, target and basis, or null. One of a file that
   * could not be read is none: the reason may be gone.
   */
  Known known(String path, FileMark now) throws IOException {
    Place place = known.get(path);
    if (place == null) {
      return null;
    }
    byte[] line = new byte[place.length()];
    ByteBuffer buffer = ByteBuffer.wrap(line);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, place.at() + buffer.position()) < 0) {
        throw new IOException(file + ": cut short while an audit had it");
      }
    }
    AuditFinding finding;
    try {
      finding = FindingJson.read(line);
    } catch (IOException e) {
      // Not as this program writes it: then it is looked at again.
      return null;
    }
    return now.equals(finding.file()) && finding.outcome() != AuditOutcome.UNREADABLE
        ? new Known(finding, place)
        : null;
  }

  /** Notes that a finding of an earlier run is one of this. */
  void keep(Known finding) {
    current.add(finding.place());
  }

  /** Writes a finding. */
  void append(String line) throws IOException {
    byte[] bytes = (line + '\n').getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer, end + buffer.position());
      }
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + Reasons.of(e, file), e);
    }
    current.add(new Place(end, bytes.length - 1));
    end += bytes.length;
  }

  /** Makes it what this run found and nothing else, once the whole tree is gone through. */
  void complete() throws IOException {
    try {
      channel.force(true);
      if (!inOrder) {
        putInOrder();
      }
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + Reasons.of(e, file), e);
    }
  }

  private void putInOrder() throws IOException {
    try (GrowingFile whole = new GrowingFile(file)) {
      long done = 0;
      for (Place place : current) {
        done += copy(place.at(), place.length() + 1, whole.channel(), done);
      }
      whole.take();
    }
  }

  private long copy(long at, int length, FileChannel to, long done) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new IOException(file + ": cut short while an audit had it");
      }
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      to.write(buffer, done + buffer.position());
    }
    return length;
  }

  @Override
  public void close() throws IOException {
    // The lock goes with it.
    channel.close();
  }
}
