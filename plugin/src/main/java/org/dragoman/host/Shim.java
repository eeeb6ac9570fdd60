package org.dragoman.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The shim as the package has it. */
final class Shim {
  /** By this, a shim of any version is known; {@code dragoman-dm.c} has it. */
  private static final byte[] MARKER = "dragoman-dm shim ".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /** Far more than the shim has, and less than a device model. */
  private static final int LARGEST = 4 << 20;

  private final byte[] bytes;
  private final String version;

  private Shim(byte[] bytes, String version) {
    this.bytes = bytes;
    this.version = version;
  }

  /** The program, not a copy of it. */
  byte[] bytes() {
    return bytes;
  }

  String version() {
    return version;
  }

  /**
   * Reads the packaged shim.
   *
   * @throws IOException if it is not there, or is no shim
   */
  static Shim packaged(Installation installation) throws IOException {
    Path file = installation.shim();
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException(
          file + ": the shim is not there; install the package dragoman again", e);
    }
    String version = version(bytes);
    if (version == null) {
      throw new IOException(file + ": not the shim; install the package dragoman again");
    }
    return new Shim(bytes, version);
  }

  /** The version of the shim that a file is; null where it is another program, or none. */
  static String versionOf(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LARGEST) {
      return null;
    }
    return version(Files.readAllBytes(file));
  }

  private static String version(byte[] bytes) {
    if (!startsWith(bytes, 0, ELF)) {
      return null;
    }
    for (int at = 0; at < bytes.length - MARKER.length; at++) {
      if (startsWith(bytes, at, MARKER)) {
        int from = at + MARKER.length;
        int to = from;
        while (to < bytes.length && bytes[to] > ' ') {
          to++;
        }
        return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
      }
    }
    return null;
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] what) {
    if (at + what.length > bytes.length) {
      return false;
    }
    for (int i = 0; i < what.length; i++) {
      if (bytes[at + i] != what[i]) {
        return false;
      }
    }
    return true;
  }
}
