package org.dragoman.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All recorded streams. */
final class RecordedStreams {
  private static final String TAIL = "trailing_bytes (hex, appended to the base file)";
  private static final Map<String, RecordedStream> BY_NAME = byName();

  private RecordedStreams() {}

  /** Those that the products' own save code wrote. */
  static List<RecordedStream> saved() {
    return List.copyOf(BY_NAME.values());
  }

  /** Those with piix4acpi moved before gpe. */
  static List<RecordedStream> reordered() {
    return rows("reordered/MANIFEST.tsv").stream()
        .map(
            row ->
                new RecordedStream(
                    "reordered/" + row.get("file"),
                    resource("reordered/" + row.get("file")),
                    0,
                    rowOf(row.get("made_from") + ".qemu-save")))
        .toList();
  }

  /** Those with bytes after the end marker; the pattern of no bytes is among them. */
  static List<RecordedStream> withTails() {
    return rows("trailing/MANIFEST.tsv").stream()
        .map(row -> named(row.get("base")).withTail(HexFormat.of().parseHex(row.get(TAIL))))
        .toList();
  }

  /**
   * What Xen 3.4 and XenServer 5.6 would have written, of which nothing was recorded: Xen 4.0's,
   * with 34 bytes of pcislots where pci_devfn has 130, and with XenServer's names.
   */
  static List<RecordedStream> withPcislots() {
    List<RecordedStream> streams = new ArrayList<>();
    for (RecordedStream stream : saved()) {
      if (!stream.writtenBy().equals("xen-4.0")) {
        continue;
      }
      RawStream raw = RawStream.of(stream);
      RawStream.Section hotplug = raw.section("pci_devfn");
      hotplug.idstr = "pcislots";
      hotplug.payload = Arrays.copyOf(hotplug.payload, 34);
      streams.add(stream.as("xen-3.4", raw.bytes(), Map.of("pci_devfn/", "pcislots/")));
      for (RawStream.Section section : raw.sections) {
        if (section.idstr.equals("uhci")) {
          section.idstr = "UHCI usb controller";
        } else if (section.idstr.equals("rtl8139")) {
          section.instance = 0;
        }
      }
      streams.add(
          stream.as(
              "xenserver-5.6",
              raw.bytes(),
              Map.of("pci_devfn/", "pcislots/", "uhci/", "UHCI_usb_controller/")));
    }
    return streams;
  }

  /** All of the above. */
  static Stream<RecordedStream> all() {
    return Stream.of(saved(), reordered(), withPcislots(), withTails()).flatMap(List::stream);
  }

  /** Today's device model's, by file name. */
  static Map<String, byte[]> ofQemuXen() {
    Map<String, byte[]> streams = new LinkedHashMap<>();
    for (String configuration :
        List.of("disk-no-vga", "firmware-only", "traditional-slots-cirrus-rtl8139-tablet")) {
      String name = "qemu-xen-7.2." + configuration + ".qemu-save";
      streams.put(name, resource("qemu-xen/" + name));
    }
    return streams;
  }

  /**
   * What qemu-xen saved of a guest of {@code bin/check-xen} whose devices were in the slots of old:
   * {@code linux} of linux-in-qemu-xen, {@code stdvga-e1000} of kinds-of-guest.
   */
  static byte[] fromTheRig(String guest) {
    return resource("from-the-rig/" + guest + ".qemu-save");
  }

  /** One of {@link #saved()} by its file name, with or without the extension. */
  static RecordedStream named(String name) {
    RecordedStream stream = BY_NAME.get(name.endsWith(".qemu-save") ? name : name + ".qemu-save");
    if (stream == null) {
      throw new IllegalArgumentException("no recorded stream " + name);
    }
    return stream;
  }

  private static Map<String, RecordedStream> byName() {
    Map<String, RecordedStream> streams = new LinkedHashMap<>();
    for (Map<String, String> row : rows("MANIFEST.tsv")) {
      String name = row.get("file");
      streams.put(name, new RecordedStream(name, resource(name), 0, row));
    }
    return streams;
  }

  private static Map<String, String> rowOf(String name) {
    return rows("MANIFEST.tsv").stream()
        .filter(row -> row.get("file").equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The rows of a manifest, each as column name to value; tab separated, nothing quoted. */
  private static List<Map<String, String>> rows(String manifest) {
    List<String> lines = new String(resource(manifest), StandardCharsets.UTF_8).lines().toList();
    String[] columns = lines.get(0).split("\t", -1);
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] values = line.split("\t", -1);
      Map<String, String> row = new HashMap<>();
      for (int i = 0; i < columns.length; i++) {
        row.put(columns[i], values[i]);
      }
      rows.add(row);
    }
    return rows;
  }

  private static byte[] resource(String path) {
    try (InputStream in = RecordedStreams.class.getResourceAsStream("/vectors/" + path)) {
      if (in == null) {
        throw new IllegalArgumentException("no vector " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
