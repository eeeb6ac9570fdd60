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

  /** What a line is about stands at its start: a path, which has at most 4096 bytes, and words. */
  private static final int MOST_START = 1 << 16;

  /** A longer one is not read into memory again: its image is looked at anew. */
  private static final int MOST_LINE = 16 << 20;

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
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    ByteArrayOutputStream start = new ByteArrayOutputStream();
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
          keepStart(start, bytes, from, i - from);
          remember(start.toByteArray(), lineAt, read + i - lineAt, number, question);
          start.reset();
          from = i + 1;
          lineAt = read + from;
          number++;
        }
      }
      keepStart(start, bytes, from, got - from);
      read += got;
      if (lineAt == 0) {
        requireBeginning(start.toByteArray(), number);
      }
    }
    // A kill, or a power cut, in the middle of a line: that image is looked at again. With no whole
    // line before it, nothing shows that the file is ours to cut.
    if (lineAt < read) {
      if (lineAt == 0) {
        throw foreign(number);
      }
      channel.truncate(lineAt);
    }
    end = lineAt;
    inOrder = end == 0;
  }

  /** Adds what follows in a line to what is held of its start. */
  private static void keepStart(ByteArrayOutputStream start, byte[] bytes, int from, int count) {
    start.write(bytes, from, Math.min(count, MOST_START - start.size()));
  }

  private void remember(byte[] start, long at, long length, long number, Question question)
      throws IOException {
    requireBeginning(start, number);
    FindingJson.Head head;
    try {
      head = FindingJson.head(start);
    } catch (IOException e) {
      throw foreign(number);
    }
    if (length <= MOST_LINE
        && head.basis().equals(question.basis())
        && head.to().equals(question.to().id())) {
      known.put(head.path(), new Place(at, (int) length));
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

  private IOException foreign(long number) {
    return new IOException(
        file
            + ":"
            + number
            + ": not a finding of an audit, expected one or an empty file; it is left as it is: give"
            + " another file, or a new name");
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
      if (end == 0) {
        // By its first line the next run knows the file, whatever a power cut does to the others.
        channel.force(false);
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
