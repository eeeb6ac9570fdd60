package org.dragoman.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * A file that is written bit by bit and appears when it is complete: until then it has another name
 * beside it, which goes away with whatever ends the program, short of a kill.
 */
public final class GrowingFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final OutputStream out;
  private final Thread cleaner;
  private boolean taken;

  /**
   * Begins a file.
   *
   * @param output where it shall appear; an existing regular file is replaced, and a symbolic link
   *     followed
   * @throws IOException if it cannot be written there
   */
  public GrowingFile(Path output) throws IOException {
    target = Files.exists(output) ? output.toRealPath() : output.toAbsolutePath();
    temporary = target.resolveSibling(".dragoman-" + UUID.randomUUID() + ".tmp");
    channel = Durable.create(temporary);
    out = Channels.newOutputStream(channel);
    cleaner = new Thread(this::remove);
    try {
      Runtime.getRuntime().addShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      remove();
      throw new IOException("interrupted", e);
    }
  }

  /** Where to write; unbuffered. */
  public OutputStream out() {
    return out;
  }

  /** The file as it grows. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Puts the file in its place, with the permissions of one that it replaces, or as the umask says.
   */
  public void take() throws IOException {
    takePermissions();
    channel.force(true);
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    taken = true;
    Durable.sync(target.getParent());
  }

  private void takePermissions() throws IOException {
    try {
      Files.setPosixFilePermissions(
          temporary, Files.exists(target) ? Files.getPosixFilePermissions(target) : ofNewFiles());
    } catch (UnsupportedOperationException | FileSystemException e) {
      // A file system without permissions has none to keep.
      return;
    }
  }

  /** What a new file may be used for, unless that cannot be told: then only its owner may. */
  private static Set<PosixFilePermission> ofNewFiles() throws IOException {
    int umask = 0077;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"), ISO_8859_1)) {
      if (line.startsWith("Umask:")) {
        umask = Integer.parseInt(line.substring("Umask:".length()).strip(), 8);
      }
    }
    StringBuilder permissions = new StringBuilder("rw-rw-rw-");
    for (int bit = 0; bit < permissions.length(); bit++) {
      if ((umask >> (permissions.length() - 1 - bit) & 1) != 0) {
        permissions.setCharAt(bit, '-');
      }
    }
    return PosixFilePermissions.fromString(permissions.toString());
  }

  /** Removes it, unless it is in its place. */
  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      // The program is ending, and the hook is at work.
      return;
    }
    channel.close();
    if (!taken) {
      remove();
    }
  }

  private void remove() {
    try {
      if (!taken) {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      System.err.println("dragoman: " + temporary + " is left behind: " + e);
    }
  }
}
