package org.dragoman.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The file with one line for each decision. It is opened for each line, so that it can be renamed
 * away at any time, and lines of several processes do not mix.
 */
public final class AuditLog {
  private static final Set<StandardOpenOption> APPEND =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  private static final FileAttribute<Set<PosixFilePermission>> GROUP_READS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  private final Path file;

  /** A log in a file, which need not be there. */
  public AuditLog(Path file) {
    this.file = file;
  }

  /**
   * Adds a line.
   *
   * @throws IOException if it cannot be written whole; the message is for people and names the file
   */
  public void add(Decision decision) throws IOException {
    ByteBuffer line = ByteBuffer.wrap(decision.line().getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel = FileChannel.open(file, APPEND, GROUP_READS)) {
      // One write: lines of others come before or after it.
      int written = channel.write(line);
      if (line.hasRemaining()) {
        throw new IOException("only " + written + " bytes of a line could be written");
      }
    } catch (IOException e) {
      throw new IOException("the decision is not in the audit log: " + file + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof java.nio.file.NoSuchFileException) {
      return "no such folder";
    }
    return e.getMessage();
  }
}
