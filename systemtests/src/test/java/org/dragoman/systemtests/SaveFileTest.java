package org.dragoman.systemtests;

import static org.dragoman.systemtests.Container.concat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.GuestConfig;
import org.dragoman.image.Image;
import org.dragoman.image.Rewriting;
import org.dragoman.translate.Plan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that Xen 4.17 saved, and the same guest in older containers, all of them restored by a
 * real Xen. They are what the containers of the other tests are measured by: taken to pieces at
 * known places, they are what is built of these pieces, and their chunks and records come in the
 * same order. And with a traditional device model's stream in the place of theirs, they are
 * rewritten like those.
 */
class SaveFileTest {
  private static final String TRADITIONAL = "xenserver-6.2.standard";

  /** Of the record of qemu-xen. */
  private static final int RECORD = 0x17f5;

  @TempDir Path folder;

  private static byte[] file(String name) throws IOException {
    try (InputStream packed =
            SaveFileTest.class.getResourceAsStream("/save-files/" + name + ".gz");
        InputStream in = new GZIPInputStream(packed)) {
      return in.readAllBytes();
    }
  }

  private static byte[] part(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(part(bytes, from, to), StandardCharsets.ISO_8859_1);
  }

  /** The device model's record of a file that ends with it. */
  private static byte[] lastRecord(byte[] file) {
    return part(file, file.length - RECORD, file.length);
  }

  private Image read(byte[] bytes) throws Exception {
    return Dragoman.SHIPPED.image(Files.write(folder.resolve("file"), bytes));
  }

  private void assertFound(byte[] file, ContainerKind kind, byte[] record) throws Exception {
    Image image = read(file);
    assertEquals(kind, image.kind());
    assertEquals(file.length, image.end());
    assertEquals(1, image.records().size());
    assertArrayEquals(record, image.records().get(0).octets().copy(0, RECORD));
    Rewriting rewriting = Dragoman.SHIPPED.rewriting(image, "xen-4.4");
    assertEquals("not-translated", rewriting.outcome());
    assertEquals(List.of(), rewriting.replacements());
  }

  @FunctionalInterface
  private interface Around {
    byte[] record(byte[] stream);
  }

  private void assertRewritten(Around file) throws Exception {
    byte[] stream = RecordedStreams.named(TRADITIONAL).bytes();
    byte[] before = file.record(stream);
    Rewriting rewriting = Dragoman.SHIPPED.rewriting(read(before), "xen-4.4");
    Plan.Rewrite plan = (Plan.Rewrite) Dragoman.SHIPPED.plan(stream, "xen-4.4");
    assertArrayEquals(
        file.record(Dragoman.apply(stream, plan.edits())),
        Dragoman.replaced(before, rewriting.replacements()));
  }

  @Test
  void inspectShowsTheStreamOfQemuXenInIt() throws Exception {
    byte[] bytes = file("xen-4.17.qemu-xen.firmware-only.xl-save");
    Path file = folder.resolve("guest.save");
    Files.write(file, bytes);
    Program.Result whole = Program.dragoman("inspect", file);
    assertEquals(0, whole.exit(), whole.all());
    assertTrue(whole.out().contains("0x1549    FULL    23  0000:00:01.3/piix4_pm"), whole.out());
    assertTrue(whole.out().contains("  qemu-xen-3.1  ("), whole.out());
    int record = 0xbedbde;
    bytes[record + 0x1352] = 9;
    Files.write(file, bytes);
    Program.Result damaged = Program.dragoman("inspect", file);
    assertEquals(3, damaged.exit(), damaged.all());
    assertTrue(
        damaged
            .err()
            .contains("stream that begins at 0xbedbde is damaged: at 0x1352 (09000000): found"),
        damaged.all());
    Program.Result json = Program.dragoman("inspect", "--json", file);
    assertTrue(json.out().contains("\"offset\" : " + (record + 0x1352)), json.out());
  }

  @Test
  void xen417() throws Exception {
    byte[] file = file("xen-4.17.qemu-xen.firmware-only.xl-save");
    int start = 48 + 0x4ee;
    byte[] libxc = part(file, start + 24, 0xbedbce);
    byte[] record = part(file, 0xbedbce + 16, 0xbedbce + 16 + RECORD);
    String config = text(file, 52, start);
    Around around =
        stream ->
            concat(
                Container.xl(3, config), Container.libxl(0, libxc, Container.emulator(2, stream)));
    assertArrayEquals(file, around.record(record));
    assertFound(file, ContainerKind.XL, record);
    assertRewritten(around);
    assertEquals("4.17", read(file).memory().xen());
    GuestConfig read = read(file).config();
    assertEquals("f1", read.name());
    assertEquals(GuestConfig.Form.JSON, read.form());
    assertEquals(recordTypes(libxc), recordTypes(LibxcStreams.large().hvm(3)));
    // Behind the domain's header, which says which Xen it was, only bodies differ.
    assertArrayEquals(part(libxc, 0, 40), part(LibxcStreams.large().hvm(3), 0, 40));
  }

  @Test
  void xl44() throws Exception {
    for (String name : List.of("", ".32-bit", ".live")) {
      byte[] file = file("generated.xl-4.4.firmware-only" + name + ".xl-save");
      int start = 48 + 0xed;
      int end = file.length - RECORD - 25;
      byte[] legacy = part(file, start, end);
      String config = text(file, 52, start);
      Around around =
          stream -> concat(Container.xl(0, config), legacy, Container.Tail.LIBXL.around(stream));
      assertArrayEquals(file, around.record(lastRecord(file)));
      assertFound(file, ContainerKind.XL, lastRecord(file));
      assertRewritten(around);
      int bits = name.equals(".32-bit") ? 32 : 64;
      LibxcStreams large = LibxcStreams.large();
      assertEquals(
          chunks(legacy, bits),
          chunks(name.equals(".live") ? large.legacyLive(bits) : large.legacy(bits), bits));
      assertEquals(bits, read(file).memory().wordBits());
    }
  }

  @Test
  void xend() throws Exception {
    byte[] file = file("generated.xend.firmware-only.xend-save");
    int start = 20 + ByteBuffer.wrap(file).getInt(16);
    byte[] before = part(file, 0, file.length - RECORD - 21);
    Around around = stream -> concat(before, Container.Tail.TO_THE_END.around(stream));
    assertArrayEquals(file, around.record(lastRecord(file)));
    assertFound(file, ContainerKind.XEND, lastRecord(file));
    assertRewritten(around);
    assertEquals("f1", read(file).config().name());
    byte[] legacy = part(before, start, before.length);
    assertEquals(chunks(legacy, 64), chunks(LibxcStreams.large().legacy(64), 64));
  }

  @Test
  void xenServer62() throws Exception {
    byte[] file = file("generated.xenserver-6.2.firmware-only.suspend-image");
    byte[] before = part(file, 0, file.length - RECORD - 26);
    Around around = stream -> concat(before, Container.Tail.XENOPSD.around(stream));
    assertArrayEquals(file, around.record(lastRecord(file)));
    assertFound(file, ContainerKind.XENOPSD, lastRecord(file));
    assertRewritten(around);
    byte[] legacy = part(before, 15, before.length);
    assertEquals(chunks(legacy, 32), chunks(LibxcStreams.large().legacyXenServer(), 32));
  }

  /** The types of a libxc stream's records, each run of one type once. */
  private static List<Integer> recordTypes(byte[] libxc) {
    ByteBuffer bytes = ByteBuffer.wrap(libxc).order(ByteOrder.LITTLE_ENDIAN).position(40);
    List<Integer> types = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int type = bytes.getInt();
      addIfNew(types, type);
      bytes.position(bytes.position() + 4 + (bytes.getInt(bytes.position()) + 7 & ~7));
    }
    return types;
  }

  /** The kinds of a legacy stream's chunks, batches as 1, each run of one kind once. */
  private static List<Integer> chunks(byte[] legacy, int bits) {
    ByteBuffer bytes = ByteBuffer.wrap(legacy).order(ByteOrder.LITTLE_ENDIAN).position(bits / 8);
    List<Integer> kinds = new ArrayList<>();
    while (true) {
      int chunk = bytes.getInt();
      addIfNew(kinds, Math.min(chunk, 1));
      if (chunk == 0) {
        // The rings and a context are all that follows.
        assertEquals(bytes.getInt(bytes.position() + 24), bytes.remaining() - 28);
        return kinds;
      }
      int skipped =
          switch (chunk) {
            case -9 -> 0;
            case -7 -> 20;
            default -> 12;
          };
      if (chunk > 0) {
        int present = 0;
        for (int i = 0; i < chunk; i++) {
          long entry = bits == 64 ? bytes.getLong() : bytes.getInt();
          present += (entry & 0xf000_0000L) < 0xd000_0000L ? 1 : 0;
        }
        skipped = present * 4096;
      }
      bytes.position(bytes.position() + skipped);
    }
  }

  private static void addIfNew(List<Integer> all, int one) {
    if (all.isEmpty() || all.get(all.size() - 1) != one) {
      all.add(one);
    }
  }
}
