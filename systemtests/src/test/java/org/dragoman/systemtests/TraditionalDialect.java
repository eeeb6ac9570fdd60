package org.dragoman.systemtests;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stream of qemu-xen as the traditional device model would have written it of the same guest. No
 * traditional device model runs on today's hosts, so this is how a guest that really runs comes by
 * a stream of the old kind. The guest must have its devices in the slots where the traditional
 * device model has them, and the machine xenfv of QEMU 7.2, or the old record has no room for them.
 *
 * <p>It knows nothing of Dragoman: what Dragoman then makes of its streams must not be right only
 * because both made the same mistake.
 */
final class TraditionalDialect {
  /** Whose habits it takes on. */
  enum Writer {
    XEN_4_0(1, true),
    XEN_4_2(2, false),
    /** Labels piix4acpi 2 and writes the content of 1. */
    XENSERVER_6_0(2, true),
    XENSERVER_6_2(2, true),
    XENSERVER_6_5(3, false),
    /** The guest came from an older one, and keeps the ports that its firmware knows. */
    XENSERVER_6_5_FROM_6_2(3, true),
    /** The guest has the device for Windows Update, too. */
    XENSERVER_7_0(3, false);

    final int powerLabel;

    /** Whether the guest's ACPI ports are the old ones. */
    final boolean oldPorts;

    Writer(int powerLabel, boolean oldPorts) {
      this.powerLabel = powerLabel;
      this.oldPorts = oldPorts;
    }

    /** As it is called on a command line: {@code xenserver-6.2}. */
    static Writer named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT).replaceAll("[-.]", "_"));
    }

    boolean isXenServer() {
      return name().startsWith("XENSERVER");
    }

    /** Nor says where the ports are: there was one place for them. */
    boolean knowsOldPortsAlone() {
      return this == XEN_4_0 || this == XENSERVER_6_0 || this == XENSERVER_6_2;
    }
  }

  /**
   * What the stream says whatever the guest had, so that it can be told by it later.
   *
   * @param scratch the scratch register of the first serial port, or {@link #ITS_OWN}
   * @param pm1Control PM1 control, or {@link #ITS_OWN}
   * @param linear whether the video memory is where the linear frame buffer is, and not in reserve
   *     because the guest is in text mode
   */
  record Known(int scratch, int pm1Control, boolean linear) {
    /** It stays what the guest had. */
    static final int ITS_OWN = -1;
  }

  /**
   * What is done to one section, for a stream that is not right.
   *
   * @param section its name; the first one of that name
   * @param at where in its payload
   * @param removed how many octets go
   * @param added what comes in their place, in hexadecimal digits
   */
  record Change(String section, int at, int removed, String added) {
    static final Change NONE = new Change("", 0, 0, "");

    private byte[] of(byte[] payload) {
      byte[] octets = HexFormat.of().parseHex(added);
      byte[] changed = Arrays.copyOf(payload, payload.length - removed + octets.length);
      System.arraycopy(octets, 0, changed, at, octets.length);
      System.arraycopy(
          payload, at + removed, changed, at + octets.length, payload.length - at - removed);
      return changed;
    }
  }

  /** Where the traditional device model keeps the video memory of a guest in text mode. */
  static final long RESERVED_VIDEO_MEMORY = 0xff000000L;

  /** It gives a Cirrus adapter so much, whatever the configuration says. */
  private static final int CIRRUS_MEMORY = 4 << 20;

  /** It gives a standard adapter so much where the configuration says nothing. */
  private static final int STD_MEMORY = 8 << 20;

  private static final String CIRRUS = "0000:00:02.0/cirrus_vga";
  private static final String STD = "0000:00:02.0/vga";

  private static final int PCI = 276;

  /** From the PCI version word on, which is before the configuration space. */
  private static final int CONFIG = 4;

  /** The subsections of QEMU that may stand in the middle of a section, without their headers. */
  private static final Map<String, Integer> SUBSECTIONS =
      Map.of(
          "fdrive/media_changed", 1,
          "fdrive/media_rate", 1,
          "fdrive/perpendicular", 1,
          "ide bmdma_current", 16,
          "ide bmdma/status", 1,
          "ide_bus/error", 17,
          "ide_drive/pio_state", 131097,
          "ide_drive/tray_state", 2,
          "ide_drive/atapi/gesn_state", 2);

  /** Xen has the state of these, or the traditional device model saved none. */
  private static final Pattern LEFT_OUT =
      Pattern.compile("cpu_common|cpu|apic|PCIBUS|ioapic|hpet|port92|i2c_bus|.*/usb-ptr");

  private static final Pattern CARD = Pattern.compile("0000:00:([0-9a-f]{2})\\.0/(rtl8139|e1000)");

  private static final Pattern VENDOR_DEVICE = Pattern.compile("0000:00:..\\.0/xen-pvdevice");

  private static final Pattern NAME =
      Pattern.compile(
          "timer|cpu_common|cpu|apic|PCIBUS|dma|ioapic|hpet|mc146818rtc|serial|fdc|ps2kbd|ps2mouse"
              + "|pckbd|port92|i2c_bus|0000:00:[0-9a-f]{2}\\.[0-7]/[A-Za-z0-9_/-]+");

  private final Writer writer;
  private final Known known;
  private final NavigableMap<String, byte[]> sections;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);
  private Change change;
  private int nextId;

  private TraditionalDialect(byte[] stream, Writer writer, Known known, Change change) {
    this.writer = writer;
    this.known = known;
    this.change = change;
    this.sections = sections(stream);
  }

  /**
   * The stream that a writer would have written.
   *
   * @param stream of qemu-xen
   */
  static byte[] of(byte[] stream, Writer writer, Known known) {
    return of(stream, writer, known, Change.NONE);
  }

  /** The same, with one section changed. */
  static byte[] of(byte[] stream, Writer writer, Known known, Change change) {
    return new TraditionalDialect(stream, writer, known, change).written();
  }

  /**
   * Where the guest put the linear frame buffer, which is all of the video memory.
   *
   * @param address the first address
   * @param size in octets
   */
  record FrameBuffer(long address, int size) {}

  /** That of a stream of qemu-xen. */
  static FrameBuffer frameBuffer(byte[] stream) {
    NavigableMap<String, byte[]> sections = sections(stream);
    boolean cirrus = sections.containsKey(CIRRUS);
    byte[] adapter = sections.get(cirrus ? CIRRUS : STD);
    if (adapter == null) {
      throw new IllegalArgumentException("no display adapter in slot 2");
    }
    return new FrameBuffer(frameBufferOf(adapter), cirrus ? CIRRUS_MEMORY : STD_MEMORY);
  }

  /** Its first base address register, without the lowest bits, which are flags. */
  private static long frameBufferOf(byte[] adapter) {
    return Integer.toUnsignedLong(Integer.reverseBytes(intAt(adapter, CONFIG + 0x10))) & ~0xfL;
  }

  /**
   * The payloads, by name; by name and instance if the instance is not 0. A section of QEMU does
   * not say how long it is, so it ends where the next header stands.
   */
  private static NavigableMap<String, byte[]> sections(byte[] stream) {
    if (intAt(stream, 0) != 0x5145564d || intAt(stream, 4) != 3) {
      throw new IllegalArgumentException("no stream of a device model");
    }
    NavigableMap<String, byte[]> found = new TreeMap<>();
    int at = 8;
    while (at < stream.length - 1) {
      String name = nameAt(stream, at);
      if (name == null) {
        throw new IllegalArgumentException("no section of qemu-xen at " + at);
      }
      int payload = at + 14 + name.length();
      int instance = intAt(stream, payload - 8);
      at = payload;
      while (at < stream.length - 1 && nameAt(stream, at) == null) {
        at++;
      }
      found.put(
          instance == 0 ? name : name + " " + instance, Arrays.copyOfRange(stream, payload, at));
    }
    return found;
  }

  /** The name of the section that begins there, or null. */
  private static String nameAt(byte[] stream, int at) {
    if (at + 14 > stream.length || stream[at] != 4 || intAt(stream, at + 1) >>> 8 != 0) {
      return null;
    }
    int length = stream[at + 5] & 0xff;
    if (length == 0 || at + 14 + length > stream.length) {
      return null;
    }
    String name = new String(stream, at + 6, length, StandardCharsets.ISO_8859_1);
    return NAME.matcher(name).matches() ? name : null;
  }

  private static int intAt(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getInt(at);
  }

  private byte[] written() {
    try {
      writeAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sections.keySet().removeIf(name -> LEFT_OUT.matcher(name).matches());
    if (!sections.isEmpty()) {
      throw new IllegalArgumentException("no traditional form is known of " + sections.keySet());
    }
    return bytes.toByteArray();
  }

  /** In the order of registration. Handlers that only load use up a number each. */
  private void writeAll() throws IOException {
    out.writeInt(0x5145564d);
    out.writeInt(3);
    int timer = nextId++;
    int ram = nextId++;
    out.writeByte(1);
    writeHeader(ram, "ram", 0, 3);
    out.writeByte(2);
    out.writeInt(ram);
    out.writeByte(3);
    out.writeInt(ram);

    byte[] clocks = take("timer");
    write(timer, "timer", 0, 2, Arrays.copyOfRange(clocks, 16, 24));
    write("fw_cfg", 0, 1, new byte[4]);
    nextId++; // PCIBUS
    write("I440FX", 0, 2, Arrays.copyOf(take("0000:00:00.0/I440FX"), PCI));
    write("PIIX3", 0, 2, Arrays.copyOf(take("0000:00:01.0/PIIX3"), PCI));
    if (sections.containsKey(STD)) {
      write("vga", 0, writer.isXenServer() ? 6 : 4, std(take(STD)));
    } else {
      write("cirrus_vga", 0, 3, cirrus(take(CIRRUS)));
      skipOnXenServer();
    }
    write("mc146818rtc", 0x70, 1, clock(take("mc146818rtc")));
    byte[] platform = take("0000:00:03.0/platform");
    write("platform", 0, 3, platform(platform));
    write("platform_fixed_ioport", 0, 1, new byte[] {platform[PCI]});
    writeSerialPorts();
    writeCards();
    write("ide", 0, 3, disks(take("0000:00:01.1/ide")));
    skipOnXenServer();
    write("pckbd", 0, 3, first(4, take("pckbd")));
    write("ps2kbd", 0, 3, first(284, take("ps2kbd")));
    write("ps2mouse", 0, 2, first(291, take("ps2mouse")));
    write("dma", 0, 1, first(75, take("dma")));
    write("dma", 1, 1, first(75, take("dma 1")));
    write("fdc", 0x3f0, 2, floppies(take("fdc")));
    if (sections.containsKey("0000:00:01.2/uhci")) {
      String name = writer.isXenServer() ? "UHCI usb controller" : "uhci";
      write(name, 0, 1, Arrays.copyOf(take("0000:00:01.2/uhci"), 303));
      skipOnXenServer();
    }
    byte[] power = take("0000:00:01.3/piix4_pm");
    write("gpe", 0, writer.knowsOldPortsAlone() ? 1 : 2, events(power));
    write("pci_devfn", 0, 1, new byte[130]);
    skipOnXenServer();
    write("piix4acpi", 0, writer.powerLabel, power(power));
    skipOnXenServer();
    for (String name : sections.keySet().toArray(new String[0])) {
      if (VENDOR_DEVICE.matcher(name).matches()) {
        byte[] device = take(name);
        if (writer == Writer.XENSERVER_7_0) {
          write("xen-pvdevice", 0, 1, first(PCI, device));
        }
      }
    }
    out.writeByte(0);
    if (!change.equals(Change.NONE)) {
      throw new IllegalArgumentException("no section " + change.section());
    }
  }

  /** It has handlers for the PCI records of old, which plain Xen has not. */
  private void skipOnXenServer() {
    if (writer.isXenServer()) {
      nextId++;
    }
  }

  private void write(String name, int instance, int label, byte[] payload) throws IOException {
    write(nextId++, name, instance, label, payload);
  }

  private void write(int id, String name, int instance, int label, byte[] payload)
      throws IOException {
    out.writeByte(4);
    writeHeader(id, name, instance, label);
    if (change.section().equals(name)) {
      out.write(change.of(payload));
      change = Change.NONE;
    } else {
      out.write(payload);
    }
  }

  private void writeHeader(int id, String name, int instance, int label) throws IOException {
    out.writeInt(id);
    out.writeByte(name.length());
    out.writeBytes(name);
    out.writeInt(instance);
    out.writeInt(label);
  }

  private byte[] take(String name) {
    byte[] payload = sections.remove(name);
    if (payload == null) {
      throw new IllegalArgumentException("no section " + name);
    }
    return payload;
  }

  /** What QEMU added to a section stands behind it, as subsections. */
  private static byte[] first(int length, byte[] payload) {
    Payload from = new Payload(payload);
    from.keep(length);
    return from.kept();
  }

  private byte[] cirrus(byte[] payload) throws IOException {
    long lfb = known.linear() ? frameBufferOf(payload) : 0;
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    DataOutputStream numbers = new DataOutputStream(tail);
    numbers.write(first(1870, payload));
    numbers.writeByte(known.linear() ? 1 : 0);
    numbers.writeInt(-1);
    numbers.writeInt((int) lfb);
    numbers.writeInt(-1);
    numbers.writeInt(known.linear() ? (int) lfb + CIRRUS_MEMORY : 0);
    numbers.writeLong(known.linear() ? lfb : RESERVED_VIDEO_MEMORY);
    return tail.toByteArray();
  }

  /**
   * QEMU's has a region of registers and a ROM, and three registers less of the Bochs extensions.
   */
  private byte[] std(byte[] payload) {
    Payload from = new Payload(payload);
    from.keep(PCI + 1096 + 1 + 2 + 2 * 10);
    from.put(0, 2 * 3);
    from.keep(3 * 4);
    from.skipSubsections();
    ByteBuffer old = ByteBuffer.allocate(1425);
    old.put(from.kept()).putInt(STD_MEMORY);
    old.putLong(known.linear() ? frameBufferOf(payload) : RESERVED_VIDEO_MEMORY);
    old.put(CONFIG + 0x08, (byte) 0).putInt(CONFIG + 0x18, 0).putInt(CONFIG + 0x30, 0);
    return old.array();
  }

  /** QEMU left out the calendar and three of the timers, which Xen has in the first place. */
  private static byte[] clock(byte[] payload) {
    ByteBuffer old = ByteBuffer.allocate(197);
    old.put(payload, 0, 129 + 28 + 16);
    old.putLong(0).putLong(-1).putLong(-1);
    return old.array();
  }

  private byte[] platform(byte[] payload) {
    byte[] old = Arrays.copyOf(Arrays.copyOf(payload, PCI), PCI + 8);
    if (writer.isXenServer()) {
      // There it is a SCSI controller, and on INTC.
      old[CONFIG + 0x0a] = 0;
      old[CONFIG + 0x0b] = 1;
      old[CONFIG + 0x3d] = 3;
    }
    return old;
  }

  private void writeSerialPorts() throws IOException {
    int[] ports = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    for (int i = 0; i < ports.length; i++) {
      String name = i == 0 ? "serial" : "serial " + i;
      if (sections.containsKey(name)) {
        byte[] port = first(11, take(name));
        if (i == 0 && known.scratch() != Known.ITS_OWN) {
          port[9] = (byte) known.scratch();
        }
        write("serial", ports[i], 2, port);
      }
    }
  }

  /** In the order of their slots, which their names are in, too. */
  private void writeCards() throws IOException {
    int e1000s = 0;
    for (String name : sections.keySet().toArray(new String[0])) {
      Matcher card = CARD.matcher(name);
      if (!card.matches()) {
        continue;
      }
      if (card.group(2).equals("e1000")) {
        byte[] payload = first(67608, take(name));
        payload[CONFIG + 0x06] |= 0x10; // it says that it has capabilities, and has none
        write("e1000", e1000s++, 2, payload);
      } else {
        int slot = Integer.parseInt(card.group(1), 16);
        write("rtl8139", writer.isXenServer() ? 0 : slot << 3, 4, first(642, take(name)));
        skipOnXenServer();
      }
    }
  }

  /**
   * QEMU has two of the registers in the other order, keeps the write cache's state in the identify
   * data alone, and tells a changed CD-ROM.
   */
  private static byte[] disks(byte[] payload) {
    Payload from = new Payload(payload);
    from.keep(PCI);
    for (int i = 0; i < 2; i++) {
      from.keep(19);
      from.skipSubsections();
    }
    for (int i = 0; i < 2; i++) {
      from.keep(2);
      from.skipSubsections();
    }
    for (int i = 0; i < 4; i++) {
      from.keep(4);
      boolean identified = from.keep(4) != 0;
      int cache = identified ? from.next(170) >> 5 & 1 : 0;
      from.keep(identified ? 512 : 0);
      from.put(cache);
      from.keep(10); // feature, error, nsector, sector, lcyl, hcyl, hob_feature
      int sector = from.take();
      from.keep(1);
      from.put(sector);
      from.keep(7);
      from.take();
      from.skipSubsections();
    }
    return from.kept();
  }

  private static byte[] floppies(byte[] payload) {
    Payload from = new Payload(payload);
    from.keep(539);
    for (int i = 0; i < 2; i++) {
      from.keep(3);
      from.skipSubsections();
    }
    return from.kept();
  }

  /** What the traditional device model has in a section of its own. */
  private byte[] events(byte[] power) {
    // Status and enable, of which the old record has an octet each in turn.
    ByteBuffer old = ByteBuffer.allocate(17);
    old.put(power[301]).put(power[303]).put(power[300]).put(power[302]);
    old.position(9);
    if (writer.knowsOldPortsAlone()) {
      return Arrays.copyOf(old.array(), 9);
    }
    return old.putInt(writer.oldPorts ? 0x1f68 : 0xafe0).putInt(writer.oldPorts ? 4 : 2).array();
  }

  private byte[] power(byte[] payload) {
    ByteBuffer old = ByteBuffer.allocate(PCI + 6);
    old.put(payload, 0, PCI);
    int itsOwn = intAt(payload, PCI + 2) & 0xffff; // status and enable stand before it
    old.putShort((short) (known.pm1Control() == Known.ITS_OWN ? itsOwn : known.pm1Control()));
    // Status is never set, and the revision is that of the first PIIX4.
    old.put(CONFIG + 0x06, (byte) 0).put(CONFIG + 0x07, (byte) 0).put(CONFIG + 0x08, (byte) 1);
    // The device does not look at its own registers for its address: nobody switches them on.
    byte[] address = old.array();
    address[CONFIG + 0x80] &= ~1;
    old.putInt(CONFIG + 0x40, Integer.reverseBytes(writer.oldPorts ? 0x1f41 : 0xb001));
    if (writer.knowsOldPortsAlone()) {
      return Arrays.copyOf(old.array(), PCI + 2);
    }
    return old.putInt(writer.oldPorts ? 0x1f40 : 0xb000).array();
  }

  /** A section of qemu-xen, of which some is kept. */
  private static final class Payload {
    private final byte[] payload;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private int at;

    Payload(byte[] payload) {
      this.payload = payload;
    }

    /** Keeps octets, and says what number the last four of them are. */
    int keep(int count) {
      kept.write(payload, at, count);
      at += count;
      return at < 4 ? 0 : intAt(payload, at - 4);
    }

    /** The octet so many ahead. */
    int next(int ahead) {
      return payload[at + ahead] & 0xff;
    }

    int take() {
      return payload[at++] & 0xff;
    }

    void put(int octet) {
      kept.write(octet);
    }

    void put(int octet, int count) {
      for (int i = 0; i < count; i++) {
        put(octet);
      }
    }

    void skipSubsections() {
      while (at < payload.length && payload[at] == 5) {
        String name = new String(payload, at + 2, next(1), StandardCharsets.ISO_8859_1);
        Integer length = SUBSECTIONS.get(name);
        if (length == null) {
          return; // it is at the end
        }
        at += 2 + name.length() + 4 + length;
      }
    }

    /** What was kept; nothing but subsections may be left. */
    byte[] kept() {
      if (at < payload.length && payload[at] != 5) {
        throw new IllegalArgumentException("more than is known of at " + at);
      }
      return kept.toByteArray();
    }
  }
}
