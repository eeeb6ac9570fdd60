package org.dragoman.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.dragoman.container.Source;
import org.dragoman.os.InputFile;

/** A file that is gone through by its headers: what is gone past is never read. */
final class FileSource implements Source {
  /** A page: two headers that are further apart are two reads, and one read costs no more. */
  private static final int WINDOW = 4096;

  /** What is taken of nearly every file is less: a device-model stream and a configuration. */
  private static final long USUAL = 1 << 20;

  private final InputFile file;
  private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW).limit(0);

  /** Where in the file the window begins. */
  private long windowAt;

  private long position;

  private final Runnable beforeMuch;

  /** How many bytes were taken into memory of their own. */
  private long taken;

  /**
   * A source.
   *
   * @param beforeMuch done before more of it comes into memory than of nearly every file
   */
  FileSource(InputFile file, Runnable beforeMuch) {
    this.file = file;
    this.beforeMuch = beforeMuch;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public ByteBuffer peek(int count) throws IOException {
    return look((int) Math.min(count, file.size() - position));
  }

  @Override
  public ByteBuffer take(int count) throws IOException {
    if (count > file.size() - position) {
      throw cutShort();
    }
    if (count > WINDOW) {
      return keep(count);
    }
    ByteBuffer bytes = look(count);
    position += count;
    return bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Read to where it stays: a large stream is in memory once. */
  @Override
  public ByteBuffer keep(int count) throws IOException {
    if (count > file.size() - position) {
      throw cutShort();
    }
    count(count);
    ByteBuffer bytes = ByteBuffer.allocate(count);
    if (file.read(bytes, position) < count) {
      throw cutShort();
    }
    position += count;
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public ByteBuffer takeRest(int most) throws IOException {
    long rest = file.size() - position;
    if (rest > most) {
      return null;
    }
    count(rest);
    ByteBuffer bytes = ByteBuffer.allocate((int) rest);
    if (file.read(bytes, position) < rest) {
      throw cutShort();
    }
    position += rest;
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void pass(long count) throws IOException {
    if (count > file.size() - position) {
      throw cutShort();
    }
    position += count;
  }

  @Override
  public void passRest() {
    position = file.size();
  }

  private void count(long more) {
    taken += more;
    if (taken > USUAL) {
      beforeMuch.run();
    }
  }

  /** The next bytes, of which there are so many. */
  private ByteBuffer look(int count) throws IOException {
    if (position < windowAt || position + count > windowAt + window.limit()) {
      window.clear();
      windowAt = position;
      file.read(window, position);
      window.flip();
      if (window.limit() < count) {
        throw cutShort();
      }
    }
    return window.slice((int) (position - windowAt), count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private EOFException cutShort() {
    position = file.size();
    return new EOFException();
  }
}
