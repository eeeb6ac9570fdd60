package org.dragoman.systemtests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.dragoman.systemtests.TraditionalDialect.Known;
import org.dragoman.systemtests.TraditionalDialect.Writer;

/**
 * What {@code xl save} wrote of a guest of qemu-xen, made into what it would be had the traditional
 * device model run it: its record, where its video memory is, which ACPI ports Xen serves, and the
 * configuration. All else is the guest's own. For the rig, which runs it in dom0 without anything
 * else of this project.
 *
 * <pre>TraditionalSaveFile WRITER SCRATCH PM1_CONTROL text|linear qemu-xen|traditional IN OUT</pre>
 */
final class TraditionalSaveFile {
  private static final int XL_HEADER = 48;
  private static final int LIBXL_HEADER = 16;
  private static final int LIBXC_HEADERS = 24 + 16;
  private static final int EMULATOR_CONTEXT = 3;
  private static final int PAGE_DATA = 1;
  private static final int HVM_PARAMS = 0xa;
  private static final int ACPI_IOPORTS_LOCATION = 19;
  private static final int PAGE_SHIFT = 12;

  /** The kind of a page is in the uppermost bits of its number. */
  private static final long FRAME = (1L << 60) - 1;

  private final ByteBuffer in;
  private final Writer writer;
  private final Known known;
  private final ByteArrayOutputStream out;
  private byte[] record;

  private TraditionalSaveFile(byte[] file, Writer writer, Known known) {
    this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.writer = writer;
    this.known = known;
    this.out = new ByteArrayOutputStream(file.length);
  }

  /** Makes one. */
  public static void main(String[] args) throws IOException {
    List<String> words = List.of(args);
    Known known =
        new Known(
            Integer.parseInt(words.get(1), 16),
            Integer.parseInt(words.get(2), 16),
            words.get(3).equals("linear"));
    byte[] file = Files.readAllBytes(Path.of(words.get(5)));
    Writer writer = Writer.named(words.get(0));
    Files.write(
        Path.of(words.get(6)),
        new TraditionalSaveFile(file, writer, known).made(words.get(4).equals("traditional")));
  }

  /**
   * The file.
   *
   * @param traditional whether the configuration is to name the traditional device model, too
   */
  private byte[] made(boolean traditional) {
    int stream = XL_HEADER + in.getInt(XL_HEADER - 4);
    record = recordAfter(stream);
    copyConfiguration(stream, traditional);
    copy(stream, LIBXL_HEADER + 8 + LIBXC_HEADERS);
    int at = stream + LIBXL_HEADER + 8 + LIBXC_HEADERS;
    while (in.getInt(at) != 0) {
      copyGuestRecord(at);
      at = next(at);
    }
    copy(at, 8);
    at = next(at);
    while (in.getInt(at) != 0) {
      if (in.getInt(at) == EMULATOR_CONTEXT) {
        ByteBuffer body = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(traditional ? 1 : 2).putInt(0);
        ByteArrayOutputStream context = new ByteArrayOutputStream();
        context.writeBytes(body.array());
        context.writeBytes(TraditionalDialect.of(record, writer, known));
        putRecord(EMULATOR_CONTEXT, context.toByteArray());
      } else {
        copy(at, next(at) - at);
      }
      at = next(at);
    }
    copy(at, 8);
    return out.toByteArray();
  }

  /** The device model's record, which is behind the guest's memory. */
  private byte[] recordAfter(int stream) {
    int at = stream + LIBXL_HEADER + 8 + LIBXC_HEADERS;
    while (in.getInt(at) != 0) {
      at = next(at);
    }
    at = next(at);
    while (in.getInt(at) != EMULATOR_CONTEXT) {
      at = next(at);
    }
    return Arrays.copyOfRange(in.array(), at + 16, at + 8 + in.getInt(at + 4));
  }

  private int next(int at) {
    return at + 8 + (in.getInt(at + 4) + 7 & ~7);
  }

  private void copy(int at, int count) {
    out.write(in.array(), at, count);
  }

  private void putRecord(int type, byte[] body) {
    ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(header.putInt(type).putInt(body.length).array());
    out.writeBytes(body);
    out.writeBytes(new byte[-body.length & 7]);
  }

  /** The words of a guest of the old device model, and none of how the rig started this one. */
  private void copyConfiguration(int stream, boolean traditional) {
    String json =
        new String(in.array(), XL_HEADER + 4, stream - XL_HEADER - 4, StandardCharsets.UTF_8)
            .replaceAll("\"device_model\": \"[^\"]*\",\\s*", "");
    if (traditional) {
      json =
          json.replace(
                  "\"device_model_version\": \"qemu_xen\"",
                  "\"device_model_version\": \"qemu_xen_traditional\"")
              .replace("\"type.hvm\": {", "\"type.hvm\": {\n            \"bios\": \"rombios\",")
              .replaceAll("\"video_memkb\": [0-9]*", "\"video_memkb\": 4096");
    }
    byte[] config = json.getBytes(StandardCharsets.UTF_8);
    copy(0, XL_HEADER - 4);
    ByteBuffer lengths = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(lengths.putInt(4 + config.length).putInt(config.length).array());
    out.writeBytes(config);
  }

  private void copyGuestRecord(int at) {
    switch (in.getInt(at)) {
      case PAGE_DATA -> {
        if (!known.linear()) {
          movePages(at);
        }
        copy(at, next(at) - at);
      }
      case HVM_PARAMS -> putRecord(HVM_PARAMS, parameters(at));
      default -> copy(at, next(at) - at);
    }
  }

  /** The video memory of a guest in text mode is in reserve, where the traditional model has it. */
  private void movePages(int at) {
    long from = TraditionalDialect.frameBuffer(record) >> PAGE_SHIFT;
    long to = TraditionalDialect.RESERVED_VIDEO_MEMORY >> PAGE_SHIFT;
    for (int i = 0; i < in.getInt(at + 8); i++) {
      int entry = at + 16 + 8 * i;
      long page = in.getLong(entry);
      long frame = page & FRAME;
      if (frame >= from && frame < from + (TraditionalDialect.VIDEO_MEMORY >> PAGE_SHIFT)) {
        in.putLong(entry, page - from + to);
      }
    }
  }

  /** XenServer 6.2's Xen had no such parameter: it served the old ports alone. */
  private byte[] parameters(int at) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    int count = 0;
    for (int i = 0; i < in.getInt(at + 8); i++) {
      int entry = at + 16 + 16 * i;
      if (writer != Writer.XENSERVER_6_2 || in.getLong(entry) != ACPI_IOPORTS_LOCATION) {
        kept.write(in.array(), entry, 16);
        count++;
      }
    }
    ByteBuffer body = ByteBuffer.allocate(8 + kept.size()).order(ByteOrder.LITTLE_ENDIAN);
    return body.putInt(count).putInt(0).put(kept.toByteArray()).array();
  }
}
