package org.dragoman.os;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file descriptor and the duty to close it. It belongs to whoever holds this; handing it on to
 * another process leaves this one's own in place. After {@link #close} it has no number any more,
 * so that a descriptor that the kernel gave to somebody else meanwhile is never touched.
 */
public final class OwnedFd implements AutoCloseable {
  private int number;

  OwnedFd(int number) {
    this.number = number;
  }

  /** Takes over a descriptor that this process inherited, such as the standard input's 0. */
  public static OwnedFd inherited(int number) {
    return new OwnedFd(number);
  }

  /**
   * Opens a file; programs that this one starts do not get it.
   *
   * @param flags {@link Libc#O_RDONLY}, {@link Libc#O_WRONLY} or {@link Libc#O_RDWR}, and others
   */
  static OwnedFd open(Path path, int flags) throws IOException {
    int number = Libc.C.open(path.toString(), flags | Libc.O_CLOEXEC);
    if (number < 0) {
      throw Libc.failure(path + " cannot be opened");
    }
    return new OwnedFd(number);
  }

  /**
   * What is under a name, whatever it is and without opening it: a link is not followed, a pipe
   * waits for nobody, a device does nothing. Through {@link #path} it can be opened.
   */
  static OwnedFd named(Path path) throws IOException {
    int number = Libc.C.open(nameOf(path), Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC);
    if (number < 0) {
      throw Libc.failure(path + ": cannot be opened");
    }
    return new OwnedFd(number);
  }

  /** The bytes of a name, which need not be characters in any encoding, and a NUL. */
  private static byte[] nameOf(Path path) {
    String escaped = path.toAbsolutePath().toUri().getRawPath();
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      char character = escaped.charAt(i);
      if (character == '%') {
        name.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
        i += 2;
      } else {
        name.write(character);
      }
    }
    name.write(0);
    return name.toByteArray();
  }

  /**
   * Its number.
   *
   * @throws IllegalStateException if it is closed
   */
  int number() {
    if (number < 0) {
      throw new IllegalStateException("the file descriptor is closed");
    }
    return number;
  }

  /** A name under which this process can open the same file, as long as this is open. */
  public Path path() {
    return Path.of("/proc/self/fd", Integer.toString(number()));
  }

  /**
   * What the kernel says of the file.
   *
   * @throws IOException if it says nothing
   */
  public FileState state() throws IOException {
    return FileState.of(this);
  }

  /** Closes it; a second time does nothing. */
  @Override
  public void close() {
    if (number >= 0) {
      // Linux lets go of the descriptor whatever close says.
      Libc.C.close(number);
      number = -1;
    }
  }
}
