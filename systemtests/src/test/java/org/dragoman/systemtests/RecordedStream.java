package org.dragoman.systemtests;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.dragoman.referenceloader.LoadResult;
import org.dragoman.referenceloader.LoadedSection;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.referenceloader.ReferenceLoader;
import org.dragoman.referenceloader.SectionKey;

/** A recorded stream, and what the manifest says of it. */
final class RecordedStream {
  private static final String SECTIONS = "sections(type:name/instance/label@payload_offset+length)";

  private final String name;
  private final byte[] bytes;
  private final int tail;
  private final Map<String, String> row;

  /**
   * A stream.
   *
   * @param bytes all of it, with the tail
   * @param tail how many bytes were appended after the end marker
   * @param row of the manifest; that of the stream that it was made from, if it was
   */
  RecordedStream(String name, byte[] bytes, int tail, Map<String, String> row) {
    this.name = name;
    this.bytes = bytes;
    this.tail = tail;
    this.row = row;
  }

  /** Unique. */
  String name() {
    return name;
  }

  /** A copy. */
  byte[] bytes() {
    return bytes.clone();
  }

  /** Who saved it, in the manifest's words: {@code xenserver-6.2}. */
  String writtenBy() {
    return row.get("written_by");
  }

  /** How many bytes follow the end marker. */
  int tail() {
    return tail;
  }

  /** Whether nothing but zeros follows the end marker. */
  boolean isPadded() {
    for (int i = bytes.length - tail; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The label of its piix4acpi section. */
  int label() {
    return Integer.parseInt(row.get("piix4acpi_label"));
  }

  /** The content that its piix4acpi section really has. */
  int content() {
    return Integer.parseInt(row.get("piix4acpi_content"));
  }

  /** pm1_control. */
  int control() {
    return Integer.decode(row.get("pm1_control"));
  }

  /** Where the guest's firmware finds PM1; a section without an address stands for the old port. */
  long address() {
    String address = row.get("pm1a_evt_blk_address");
    return address.equals("-") ? GuestState.OLD_PORTS : Long.decode(address);
  }

  /** Whether XenServer's device model wrote it, and so XenServer's names are in it. */
  boolean fromXenServer() {
    return writtenBy().startsWith("xenserver-");
  }

  /** The sections that a target does without. */
  List<String> droppedFor(Target target) {
    return List.of("pcislots", "xen-pvdevice").stream()
        .filter(section -> count(section) > 0 && target.doesWithout(section))
        .toList();
  }

  /**
   * How many sections the manifest lists under a name, spaces as underscores; or under a name, an
   * instance and a label: {@code vga/0/6}.
   */
  int count(String name) {
    return (int)
        sections().stream()
            .filter(one -> one.startsWith(name + "/") || one.startsWith(name + "@"))
            .count();
  }

  /** What follows piix4acpi and is configured by name: {@code -pciemulation} devices. */
  List<SectionKey> configuredDevices() {
    List<SectionKey> devices = new ArrayList<>();
    List<String> sections = sections();
    for (int i = sections.size() - 1; !sections.get(i).startsWith("piix4acpi/"); i--) {
      String[] parts = sections.get(i).split("[/@]", 3);
      if (!parts[0].equals("xen-pvdevice")) {
        devices.add(0, new SectionKey(parts[0], Integer.parseInt(parts[1])));
      }
    }
    return devices;
  }

  private List<String> sections() {
    return List.of(row.get(SECTIONS).split(" ", -1));
  }

  /**
   * What the guest had when it was saved, read by a loader that takes this writer's labels for what
   * they are.
   */
  GuestState state() {
    return GuestState.loadedBy(itsReader(), bytes, configuredDevices());
  }

  /** Its sections, as that loader loads them. */
  List<LoadedSection> loadedSections() {
    return ReferenceLoader.load(itsReader(), bytes, configuredDevices()).sections();
  }

  private LoaderModel itsReader() {
    return switch (writtenBy()) {
      case "xen-3.4" -> LoaderModel.XEN_3_4;
      case "xenserver-5.6" -> LoaderModel.XENSERVER_5_6;
      case "xen-4.0", "xen-4.0-nopassthrough" -> LoaderModel.XEN_4_0;
      case "xen-4.2", "xen-4.2-nopassthrough", "xen-4.2-pciemulation" -> LoaderModel.XEN_4_2;
      case "xen-4.2-with-fix", "xen-4.2-with-fix-pciemulation" -> LoaderModel.XEN_PROPOSAL_2013;
      // It takes a 2 for the short record that theirs is.
      case "xen-4.2-with-bug", "xen-4.2-with-bug-pciemulation" -> LoaderModel.XEN_4_2_WITH_FIX;
      case "xenserver-6.0",
          "xenserver-6.1",
          "xenserver-6.2",
          "xenserver-6.5",
          "xenserver-6.5-pciemulation" ->
          LoaderModel.XENSERVER_6_5;
      case "xenserver-7.0" -> LoaderModel.XENSERVER_7_0;
      default -> throw new IllegalStateException(writtenBy());
    };
  }

  /** What a product's own loader does with it as it is. */
  LoadResult untranslatedOn(Target target) {
    return ReferenceLoader.load(target.loader(), bytes, configuredDevices());
  }

  /** The same with other bytes after its end marker. */
  RecordedStream withTail(byte[] other) {
    int end = bytes.length - tail;
    byte[] longer = Arrays.copyOf(bytes, end + other.length);
    ByteBuffer.wrap(longer).position(end).put(other);
    return new RecordedStream(
        name + " + " + HexFormat.of().formatHex(other), longer, other.length, row);
  }

  /** Another product's form of it: other bytes, and what is then to be said of them. */
  RecordedStream as(String writer, byte[] other, Map<String, String> changes) {
    Map<String, String> changed = new HashMap<>(row);
    changed.put("written_by", writer);
    changes.forEach((from, to) -> changed.put(SECTIONS, changed.get(SECTIONS).replace(from, to)));
    return new RecordedStream(writer + " of " + name, other, tail, changed);
  }

  /** The same with other bytes, of the same sections at the same places. */
  RecordedStream with(byte[] other) {
    return new RecordedStream(name + ", changed", other, tail, row);
  }

  @Override
  public String toString() {
    return name;
  }
}
