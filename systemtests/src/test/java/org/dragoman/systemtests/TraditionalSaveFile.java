package org.dragoman.systemtests;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.dragoman.systemtests.TraditionalDialect.Change;
import org.dragoman.systemtests.TraditionalDialect.Known;
import org.dragoman.systemtests.TraditionalDialect.Writer;

/**
 * What {@code xl save} wrote of a guest of qemu-xen, made into what it would be had the traditional
 * device model run it: its record, where its video memory is, which ACPI ports Xen serves, and the
 * configuration. All else is the guest's own. For the rig, which runs it in dom0 without anything
 * else of this project.
 *
 * <pre>
 * TraditionalSaveFile WRITER SCRATCH PM1_CONTROL text|linear qemu-xen|traditional IN OUT
 *     [SECTION AT REMOVED ADDED]
 * </pre>
 *
 * <p>A hyphen for SCRATCH or PM1_CONTROL: what the guest had. The last four put something wrong
 * into a section of the record: at an offset of its payload, ADDED instead of so many octets.
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
  private final FileChannel out;
  private final Writer writer;
  private final Known known;
  private final Change change;
  private byte[] record;

  private TraditionalSaveFile(
      ByteBuffer in, FileChannel out, Writer writer, Known known, Change change) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.out = out;
    this.writer = writer;
    this.known = known;
    this.change = change;
  }

  /** Makes one. */
  public static void main(String[] args) throws IOException {
    List<String> words = List.of(args);
    Known known =
        new Known(known(words.get(1)), known(words.get(2)), words.get(3).equals("linear"));
    Change change =
        words.size() < 11
            ? Change.NONE
            : new Change(
                words.get(7),
                Integer.parseInt(words.get(8)),
                Integer.parseInt(words.get(9)),
                words.get(10));
    try (FileChannel in = FileChannel.open(Path.of(words.get(5)), READ, WRITE);
        FileChannel out = FileChannel.open(Path.of(words.get(6)), CREATE_NEW, WRITE)) {
      // What is written there does not get into the file.
      ByteBuffer file = in.map(FileChannel.MapMode.PRIVATE, 0, in.size());
      new TraditionalSaveFile(file, out, Writer.named(words.get(0)), known, change)
          .make(words.get(4).equals("traditional"));
    }
  }

  private static int known(String word) {
    return word.equals("-") ? Known.ITS_OWN : Integer.parseInt(word, 16);
  }

  /**
   * Writes the file.
   *
   * @param traditional whether the configuration is to name the traditional device model, too
   */
  private void make(boolean traditional) throws IOException {
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
        context.writeBytes(TraditionalDialect.of(record, writer, known, change));
        putRecord(EMULATOR_CONTEXT, context.toByteArray());
      } else {
        copy(at, next(at) - at);
      }
      at = next(at);
    }
    copy(at, 8);
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
    return bytes(at + 16, in.getInt(at + 4) - 8);
  }

  private int next(int at) {
    return at + 8 + (in.getInt(at + 4) + 7 & ~7);
  }

  private byte[] bytes(int at, int count) {
    byte[] bytes = new byte[count];
    in.get(at, bytes);
    return bytes;
  }

  private void copy(int at, int count) throws IOException {
    write(in.slice(at, count));
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private void putRecord(int type, byte[] body) throws IOException {
    ByteBuffer padded = ByteBuffer.allocate(8 + (body.length + 7 & ~7));
    padded.order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(body.length).put(body);
    write(padded.rewind());
  }

  /**
   * The words of a guest of the old device model, and none of how the rig started this one. The
   * device for Windows Update was no word of the configuration; the rig has it behind the cards.
   */
  private void copyConfiguration(int stream, boolean traditional) throws IOException {
    String json =
        new String(bytes(XL_HEADER + 4, stream - XL_HEADER - 4), StandardCharsets.UTF_8)
            .replaceAll("\"device_model\": \"[^\"]*\",\\s*", "")
            .replaceAll(",\\s*\"-device\",\\s*\"xen-pvdevice,[^\"]*\"", "");
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
    write(lengths.putInt(4 + config.length).putInt(config.length).flip());
    write(ByteBuffer.wrap(config));
  }

  private void copyGuestRecord(int at) throws IOException {
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
    TraditionalDialect.FrameBuffer buffer = TraditionalDialect.frameBuffer(record);
    long from = buffer.address() >> PAGE_SHIFT;
    long to = TraditionalDialect.RESERVED_VIDEO_MEMORY >> PAGE_SHIFT;
    for (int i = 0; i < in.getInt(at + 8); i++) {
      int entry = at + 16 + 8 * i;
      long page = in.getLong(entry);
      long frame = page & FRAME;
      if (frame >= from && frame < from + (buffer.size() >> PAGE_SHIFT)) {
        in.putLong(entry, page - from + to);
      }
    }
  }

  /** A Xen that serves the old ports alone has no such parameter; another has it 0 for them. */
  private byte[] parameters(int at) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    int count = 0;
    for (int i = 0; i < in.getInt(at + 8); i++) {
      int entry = at + 16 + 16 * i;
      if (!writer.oldPorts || in.getLong(entry) != ACPI_IOPORTS_LOCATION) {
        kept.writeBytes(bytes(entry, 16));
        count++;
      }
    }
    ByteBuffer body = ByteBuffer.allocate(8 + kept.size()).order(ByteOrder.LITTLE_ENDIAN);
    return body.putInt(count).putInt(0).put(kept.toByteArray()).array();
  }
}
