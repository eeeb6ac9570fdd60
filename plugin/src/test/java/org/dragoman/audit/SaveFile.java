package org.dragoman.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Images for tests: the shipped example streams, bare or in an xl save file of today. */
public final class SaveFile {
  private static final Path STREAMS = Path.of("../policies/examples/streams");

  private SaveFile() {}

  /** The bytes of an example. */
  public static byte[] stream(String name) throws IOException {
    return Files.readAllBytes(STREAMS.resolve(name + ".qemu-save"));
  }

  /** An xl save file of an HVM guest. */
  public static byte[] xl(String guest, byte[] stream) {
    return xl(guest, stream, 4096);
  }

  /** The same with so many bytes of memory. */
  public static byte[] xl(String guest, byte[] stream, int memory) {
    ByteArrayOutputStream file = header(guest, 2, memory);
    int padding = -(8 + stream.length) & 7;
    little(file, 3, 8 + stream.length, 1, 0);
    file.writeBytes(stream);
    file.writeBytes(new byte[padding]);
    little(file, 0, 0);
    return file.toByteArray();
  }

  /** An xl save file of a PV guest, which has no device model. */
  public static byte[] pv(String guest) {
    ByteArrayOutputStream file = header(guest, 1, 4096);
    little(file, 0, 0);
    return file.toByteArray();
  }

  /** The beginning of a stream of qemu-xen: its version is that of the traditional one. */
  public static byte[] qemuXen() {
    return ByteBuffer.allocate(64)
        .put("QEVM\0\0\0\3\4".getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  private static ByteArrayOutputStream header(String guest, int type, int memory) {
    byte[] config =
        ("{\"c_info\":{\"name\":\"" + guest + "\",\"uuid\":\"0f6d4f1c\"}}\0")
            .getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII));
    little(file, 0x01020304, 3, 0, 4 + config.length, config.length);
    file.writeBytes(config);
    file.writeBytes("LibxlFmt".getBytes(StandardCharsets.US_ASCII));
    file.writeBytes(ByteBuffer.allocate(8).putInt(2).array());
    little(file, 1, 0);
    file.writeBytes(ByteBuffer.allocate(24).putLong(-1).putInt(0x58454e46).putInt(3).array());
    little(file, type, 12, 4, 17);
    little(file, 1, memory);
    file.writeBytes(new byte[memory]);
    little(file, 0, 0);
    return file;
  }

  private static void little(ByteArrayOutputStream file, int... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      bytes.putInt(number);
    }
    file.writeBytes(bytes.array());
  }
}
