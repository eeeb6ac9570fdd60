package org.dragoman.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The shim's settings: {@code struct dragoman_settings} of {@code protocol.h}. */
final class ShimSettings {
  private static final byte[] MAGIC = "DRAGOMAN".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int SIZE = 1024;
  private static final int SOCKET_AT = 44;
  private static final int SOCKET_SIZE = 108;
  private static final int FALLBACK_AT = SOCKET_AT + SOCKET_SIZE;
  private static final int PROGRAM_SIZE = 256;

  private ShimSettings() {}

  /**
   * The settings of a host.
   *
   * @throws IOException if one of the programs is not there, or the helper's user is not
   */
  static byte[] of(Settings settings, Installation installation) throws IOException {
    for (Path program : List.of(installation.fallback(), installation.relocate())) {
      if (!Files.isExecutable(program)) {
        throw new IOException(program + ": no such program; install the package dragoman again");
      }
    }
    return of(
        settings,
        settings.mode(),
        settings.socket(),
        Account.of(settings.helperUser()),
        installation);
  }

  /** The settings of a host, but for mode, socket and helper. */
  static byte[] of(
      Settings settings, Mode mode, Path socket, Account helper, Installation installation)
      throws IOException {
    ByteBuffer record = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    record.put(MAGIC);
    record.putInt(VERSION);
    record.putInt(mode.number());
    record.putInt(settings.onFailure().number());
    record.putInt(settings.everyStream() ? 1 : 0);
    record.putInt(settings.deadlineMs());
    record.putInt(settings.helperMs());
    record.putInt(helper.uid());
    record.putInt(helper.gid());
    record.putInt(settings.wantsUuid() ? 1 : 0);
    put(record, SOCKET_AT, SOCKET_SIZE, socket);
    put(record, FALLBACK_AT, PROGRAM_SIZE, installation.fallback());
    put(record, FALLBACK_AT + PROGRAM_SIZE, PROGRAM_SIZE, installation.relocate());
    return record.array();
  }

  /** Whether a file has settings that this installation's {@code enable} wrote. */
  static boolean isOf(Installation installation, Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != SIZE) {
      return false;
    }
    byte[] fallback = installation.fallback().toString().getBytes(StandardCharsets.UTF_8);
    int at = FALLBACK_AT;
    return Arrays.equals(
        Arrays.copyOf(fallback, PROGRAM_SIZE),
        Arrays.copyOfRange(Files.readAllBytes(file), at, at + PROGRAM_SIZE));
  }

  private static void put(ByteBuffer record, int at, int room, Path path) throws IOException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= room) {
      throw new IOException(
          path + ": " + bytes.length + " octets long, expected at most " + (room - 1));
    }
    record.position(at);
    record.put(bytes);
  }
}
