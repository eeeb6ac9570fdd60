package org.dragoman.systemtests;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.dragoman.container.ContainerKind;

/**
 * Something that holds device-model streams, made as the products make it. Two that are made around
 * different streams differ in those, and in what the container says of their lengths; so what a
 * rewriting must give is the same container around the rewritten stream.
 *
 * <p>Sources: Xen tools/xl/xl.h and xl_saverestore.c (4.17), tools/libxl/xl_cmdimpl.c (4.0 to 4.5),
 * docs/specs/libxl-migration-stream.pandoc (4.17), tools/libs/light/libxl_stream_write.c (4.17),
 * tools/python/xen/xend/XendCheckpoint.py (4.1), tools/python/scripts/convert-legacy-stream (4.17);
 * xenopsd lib/suspend_image.ml and xc/domain.ml; libvirt src/libxl/libxl_conf.h.
 */
final class Container {
  static final String GUEST = "f1";
  static final String UUID = "a8cea82e-9fc1-465b-8978-41b4b1eed4eb";

  private static final String TEXT =
      "name=\"f1\"\ntype=\"hvm\"\nuuid=\"" + UUID + "\"\nmemory=4\n# QEVM\0\0\0\u0003 LibxlFmt\n";
  private static final String JSON =
      "{\n  \"c_info\": {\n    \"type\": \"hvm\",\n    \"name\": \"f1\",\n    \"uuid\": \""
          + UUID
          + "\"\n  },\n  \"b_info\": {\n    \"device_model_version\": \"qemu_xen_traditional\"\n"
          + "  }\n}\n\0";
  private static final String SXP =
      "(domain (domid 7) (uuid " + UUID + ") (name f1) (image (hvm (kernel hvmloader) (acpi 1))))";
  private static final String XML =
      "<domain type='xen'>\n  <name>f1</name>\n  <uuid>" + UUID + "</uuid>\n</domain>\n\0";
  private static final String XENOPS =
      "((time 20140210T17:16:27Z)(word_size 64)(vm_str \"((id " + UUID + ")(name f1))\"))";

  private final String name;
  private final ContainerKind kind;
  private final int records;
  private final UnaryOperator<byte[]> around;
  private final int trailing;

  private Container(
      String name, ContainerKind kind, int records, int trailing, UnaryOperator<byte[]> around) {
    this.name = name;
    this.kind = kind;
    this.records = records;
    this.trailing = trailing;
    this.around = around;
  }

  /** Unique. */
  @Override
  public String toString() {
    return name;
  }

  ContainerKind kind() {
    return kind;
  }

  /** How many records it has, all of them the same; none for a guest without a device model. */
  int records() {
    return records;
  }

  /** How many octets after its end are not part of it. */
  int trailing() {
    return trailing;
  }

  /** The container around a stream. */
  byte[] around(byte[] stream) {
    return around.apply(stream);
  }

  /** Whether its record has no length and goes to the end of the file. */
  boolean isToTheEnd() {
    return name.contains("to the end");
  }

  /** Whether it has a configuration with the guest's name and uuid. */
  boolean isConfigured() {
    return switch (kind) {
      case XL -> !name.contains("without configuration");
      case XEND, LIBVIRT, XENOPSD_V2 -> true;
      default -> false;
    };
  }

  /** All, with a guest whose memory holds everything that must not be found there. */
  static List<Container> all() {
    return all(LibxcStreams.large());
  }

  /** All, as small as they can be. */
  static List<Container> small() {
    return all(LibxcStreams.small());
  }

  /** One of {@link #all}. */
  static Container named(String name) {
    return all().stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
  }

  /** One of {@link #small}. */
  static Container smallNamed(String name) {
    return small().stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
  }

  private static List<Container> all(LibxcStreams libxc) {
    List<Container> all = new ArrayList<>();
    signed(all);
    legacy(all, libxc);
    current(all, libxc);
    xenopsd(all, libxc);
    checkpointed(all, libxc);
    withoutRecord(all, libxc);
    followed(all);
    return all;
  }

  private static void add(
      List<Container> all, String name, ContainerKind kind, UnaryOperator<byte[]> around) {
    all.add(new Container(name, kind, 1, 0, around));
  }

  /** A record as Xen up to 4.5 hands it on. */
  private static void signed(List<Container> all) {
    add(all, "bare, to the end", ContainerKind.BARE, UnaryOperator.identity());
    for (Tail tail : Tail.values()) {
      add(all, "record, " + tail.title, ContainerKind.SIGNED_RECORD, tail::around);
    }
  }

  private static void legacy(List<Container> all, LibxcStreams libxc) {
    for (int bits : new int[] {32, 64}) {
      String writer = bits + "-bit";
      byte[] plain = libxc.legacy(bits);
      byte[] live = libxc.legacyLive(bits);
      byte[] chunks = libxc.legacyAllChunks(bits);
      for (Tail tail : Tail.values()) {
        add(
            all,
            "legacy libxc, " + writer + ", " + tail.title,
            ContainerKind.LEGACY_LIBXC,
            stream -> concat(plain, tail.around(stream)));
      }
      add(
          all,
          "xl 4.0, " + writer + ", to the end",
          ContainerKind.XL,
          stream -> concat(xl(0, TEXT), plain, Tail.TO_THE_END.around(stream)));
      add(
          all,
          "xl 4.4, " + writer,
          ContainerKind.XL,
          stream -> concat(xl(0, TEXT), plain, Tail.LIBXL.around(stream)));
      add(
          all,
          "xl 4.4, " + writer + ", live",
          ContainerKind.XL,
          stream -> concat(xl(0, TEXT), live, Tail.LIBXL.around(stream)));
      add(
          all,
          "xl 4.4, " + writer + ", without configuration",
          ContainerKind.XL,
          stream -> concat(xl(0, null), plain, Tail.LIBXL.around(stream)));
      add(
          all,
          "xl 4.5, " + writer + ", all chunks",
          ContainerKind.XL,
          stream -> concat(xl(1, JSON), chunks, Tail.LIBXL.around(stream)));
      add(
          all,
          "xend, " + writer + ", to the end",
          ContainerKind.XEND,
          stream -> concat(xend(), live, Tail.TO_THE_END.around(stream)));
      add(
          all,
          "libvirt 1, " + writer,
          ContainerKind.LIBVIRT,
          stream -> concat(libvirt(1), plain, Tail.LIBXL.around(stream)));
    }
  }

  private static void current(List<Container> all, LibxcStreams libxc) {
    for (int version : new int[] {2, 3}) {
      String title = ", libxc " + version;
      byte[] plain = libxc.hvm(version);
      byte[] live = libxc.live(version);
      add(
          all,
          "libxl" + title,
          ContainerKind.LIBXL,
          stream -> libxl(0, plain, emulator(1, stream)));
      add(
          all,
          "xl 4.6" + title,
          ContainerKind.XL,
          stream -> concat(xl(3, JSON), libxl(0, plain, emulator(1, stream))));
      add(
          all,
          "xl 4.6" + title + ", live",
          ContainerKind.XL,
          stream -> concat(xl(3, JSON), libxl(0, live, emulator(1, stream))));
      add(
          all,
          "libvirt 2" + title,
          ContainerKind.LIBVIRT,
          stream -> concat(libvirt(2), libxl(0, live, emulator(1, stream))));
    }
    byte[] plain = libxc.hvm(3);
    byte[] converted = libxc.converted();
    byte[] optional = libxc.optional();
    add(
        all,
        "libxl, optional record",
        ContainerKind.LIBXL,
        stream -> libxl(0, optional, emulator(1, stream)));
    add(
        all,
        "xl 4.6, without configuration",
        ContainerKind.XL,
        stream -> concat(xl(2, null), libxl(0, plain, emulator(1, stream))));
    add(
        all,
        "xl 4.6, text",
        ContainerKind.XL,
        stream -> concat(xl(2, TEXT), libxl(0, plain, emulator(1, stream))));
    add(
        all,
        "xl 4.6, octets after the configuration",
        ContainerKind.XL,
        stream -> concat(xl(3, JSON, 5), libxl(0, plain, emulator(1, stream))));
    add(
        all,
        "xl 4.6, xenstore data",
        ContainerKind.XL,
        stream -> concat(xl(3, JSON), libxl(0, plain, xenstore(1), emulator(1, stream))));
    add(
        all,
        "xl 4.6, xenstore data last",
        ContainerKind.XL,
        stream -> concat(xl(3, JSON), libxl(0, plain, emulator(1, stream), xenstore(1))));
    add(
        all,
        "libxl, converted",
        ContainerKind.LIBXL,
        stream -> libxl(2, converted, emulator(0, stream)));
    add(
        all,
        "libxc, converted",
        ContainerKind.LIBXC,
        stream -> concat(converted, Tail.LIBXL.around(stream)));
  }

  private static void xenopsd(List<Container> all, LibxcStreams libxc) {
    byte[] legacy = libxc.legacyXenServer();
    add(
        all,
        "xenopsd",
        ContainerKind.XENOPSD,
        stream -> concat(ascii("XenSavedDomain\n"), legacy, Tail.XENOPSD.around(stream)));
    add(
        all,
        "xenopsd, development of 2014",
        ContainerKind.XENOPSD,
        stream -> concat(ascii("XenSavedDomain\n"), legacy, Tail.LIBXL.around(stream)));
    for (int version : new int[] {2, 3}) {
      byte[] plain = libxc.hvm(version);
      add(
          all,
          "xenopsd 2, libxc " + version,
          ContainerKind.XENOPSD_V2,
          stream -> xenopsd2(0xf0, plain, new byte[0], xenopsdRecord(0x0f00, stream)));
    }
    byte[] live = libxc.live(3);
    byte[] others =
        concat(
            xenopsdRecord(0x0f11, ascii("QEVM\0\0\0\u0003 varstored")),
            xenopsdRecord(0x0f12, new byte[0]),
            xenopsdRecord(0x0f13, ascii("swtpm")));
    add(
        all,
        "xenopsd 2, varstored and swtpm",
        ContainerKind.XENOPSD_V2,
        stream -> xenopsd2(0xf0, live, others, xenopsdRecord(0x0f00, stream)));
    add(
        all,
        "xenopsd 2, legacy libxc",
        ContainerKind.XENOPSD_V2,
        stream -> xenopsd2(0xf2, concat(legacy, Tail.LIBXL.around(stream)), others, new byte[0]));
  }

  private static void checkpointed(List<Container> all, LibxcStreams libxc) {
    all.add(
        new Container(
            "xl, Remus",
            ContainerKind.XL,
            3,
            0,
            stream ->
                new ByteBuilder()
                    .put(xl(3, JSON))
                    .put(libxlHeader(0))
                    .record(1)
                    .put(libxc.upToCheckpoint(3))
                    .put(emulator(1, stream))
                    .record(4)
                    .put(libxc.nextCheckpoint())
                    .put(xenstore(1))
                    .put(emulator(1, stream))
                    .record(4)
                    .put(libxc.afterCheckpoint())
                    .put(emulator(1, stream))
                    .record(0)
                    .bytes()));
    ByteBuilder word = new ByteBuilder().u32(0);
    all.add(
        new Container(
            "libxl, COLO",
            ContainerKind.LIBXL,
            3,
            0,
            stream ->
                new ByteBuilder()
                    .put(libxlHeader(0))
                    .record(1)
                    .put(libxc.upToCheckpoint(2))
                    .put(emulator(1, stream))
                    .record(5, word)
                    .record(4)
                    .record(5, word)
                    .put(libxc.nextCheckpoint())
                    .put(emulator(1, stream))
                    .record(4)
                    .record(5, word)
                    .put(libxc.afterCheckpoint())
                    .put(emulator(1, stream))
                    .record(0)
                    .bytes()));
    for (Tail tail : List.of(Tail.REMUS, Tail.LIBXL)) {
      all.add(
          new Container(
              "xl 4.4, Remus, " + tail.title,
              ContainerKind.XL,
              3,
              0,
              stream ->
                  new ByteBuilder()
                      .put(xl(0, TEXT))
                      .put(libxc.legacyCheckpoint(64, true, false))
                      .put(tail.around(stream))
                      .put(libxc.legacyCheckpoint(64, false, false))
                      .put(tail.around(stream))
                      .put(libxc.legacyCheckpoint(64, false, true))
                      .put(tail.around(stream))
                      .bytes()));
    }
  }

  /** PV guests; and a PVH guest, which is an HVM guest for libxc. */
  private static void withoutRecord(List<Container> all, LibxcStreams libxc) {
    for (int version : new int[] {2, 3}) {
      none(
          all,
          "xl 4.6, PV, libxc " + version,
          ContainerKind.XL,
          concat(xl(3, JSON), libxl(0, libxc.pv(version))));
    }
    none(all, "libxl, PVH", ContainerKind.LIBXL, libxl(0, libxc.hvm(3)));
    none(all, "libxc", ContainerKind.LIBXC, libxc.hvm(3));
    none(
        all,
        "xenopsd 2, PV",
        ContainerKind.XENOPSD_V2,
        xenopsd2(0xf0, libxc.pv(2), new byte[0], new byte[0]));
    for (int bits : new int[] {32, 64}) {
      none(
          all,
          "xl 4.4, " + bits + "-bit, PV, to the end",
          ContainerKind.XL,
          concat(xl(0, TEXT), libxc.legacyPv(bits)));
      none(
          all,
          "xend, " + bits + "-bit, PV, to the end",
          ContainerKind.XEND,
          concat(xend(), libxc.legacyPv(bits)));
    }
  }

  private static void none(List<Container> all, String name, ContainerKind kind, byte[] bytes) {
    all.add(new Container(name, kind, 0, 0, stream -> bytes.clone()));
  }

  /** On a disk, and in a migration's pipe, something comes behind; it may look like a record. */
  private static void followed(List<Container> all) {
    byte[] next =
        concat(
            ascii("domain is yours, you are cleared to unpause\0"),
            ascii("DeviceModelRecord0002\u0010\0\0\0QEVM\0\0\0\u0003"));
    for (Container one : List.copyOf(all)) {
      if (!one.isToTheEnd()
          && (one.kind == ContainerKind.XENOPSD
              || one.kind == ContainerKind.XENOPSD_V2
              || one.kind == ContainerKind.XL
              || one.kind == ContainerKind.LIBXL)) {
        all.add(
            new Container(
                one.name + ", followed",
                one.kind,
                one.records,
                next.length,
                stream -> concat(one.around(stream), next)));
      }
    }
  }

  /** What stands before a record in Xen up to 4.5. */
  enum Tail {
    /** Source: Xen tools/libxc/xc_domain_restore.c, 4.0; tools/python/xen/xend/image.py, 4.1. */
    TO_THE_END("to the end") {
      @Override
      byte[] around(byte[] stream) {
        return concat(ascii("QemuDeviceModelRecord"), stream);
      }
    },
    /** Source: Xen tools/libxl/libxl_dom.c, 4.2. */
    LIBXL("DeviceModelRecord0002") {
      @Override
      byte[] around(byte[] stream) {
        return new ByteBuilder().text(title()).u32(stream.length).put(stream).bytes();
      }
    },
    /** Source: Xen tools/libxc/xc_domain_restore.c, 4.2. */
    REMUS("RemusDeviceModelState") {
      @Override
      byte[] around(byte[] stream) {
        return new ByteBuilder().text(title()).u32(stream.length).put(stream).bytes();
      }
    },
    /** Source: xenopsd xc/domain.ml, before July 2014. */
    XENOPSD("QemuDeviceModelRecord") {
      @Override
      byte[] around(byte[] stream) {
        return new ByteBuilder()
            .text(title() + "\n")
            .u32BigEndian(stream.length)
            .put(stream)
            .bytes();
      }
    };

    private final String title;

    Tail(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }

    abstract byte[] around(byte[] stream);
  }

  static byte[] xl(int flags, String config) {
    return xl(flags, config, 0);
  }

  private static byte[] xl(int flags, String config, int more) {
    ByteBuilder data = new ByteBuilder();
    if (config != null) {
      data.u32(config.length()).text(config).text("QEVM\0".substring(0, more));
    }
    return new ByteBuilder()
        .text("Xen saved domain, xl format\n \0 \r")
        .u32(0x01020304)
        .u32(flags)
        .u32(0)
        .u32(data.size())
        .put(data)
        .bytes();
  }

  private static byte[] libvirt(int version) {
    return new ByteBuilder()
        .text("libvirt-xml\n \0 \r")
        .u32(version)
        .u32(XML.length())
        .zeros(40)
        .text(XML)
        .bytes();
  }

  private static byte[] xend() {
    return new ByteBuilder().text("LinuxGuestRecord").u32BigEndian(SXP.length()).text(SXP).bytes();
  }

  static ByteBuilder libxlHeader(int options) {
    return new ByteBuilder().text("LibxlFmt").u32BigEndian(2).u32BigEndian(options);
  }

  /** A libxl stream of a libxc stream and what follows it. */
  static byte[] libxl(int options, byte[] libxc, byte[]... records) {
    ByteBuilder stream = libxlHeader(options).record(1).put(libxc);
    for (byte[] record : records) {
      stream.put(record);
    }
    return stream.record(0).bytes();
  }

  static byte[] emulator(int id, byte[] stream) {
    return new ByteBuilder().record(3, new ByteBuilder().u32(id).u32(0).put(stream)).bytes();
  }

  static byte[] xenstore(int id) {
    ByteBuilder data = new ByteBuilder().u32(id).u32(0).text("physmap/f0000000/start_addr\0QEVM\0");
    return new ByteBuilder().record(2, data).bytes();
  }

  static byte[] xenopsd2(int type, byte[] libxc, byte[] others, byte[] record) {
    return concat(
        ascii("XenSavedDomv2-\n"),
        xenopsdRecord(0x000f, ascii(XENOPS)),
        xenopsdHeader(type, 0),
        libxc,
        others,
        record,
        xenopsdHeader(0xffff, 0));
  }

  static byte[] xenopsdHeader(long type, long length) {
    return new ByteBuilder().u64(type).u64(length).bytes();
  }

  static byte[] xenopsdRecord(long type, byte[] body) {
    return concat(xenopsdHeader(type, body.length), body);
  }

  static byte[] concat(byte[]... parts) {
    ByteBuilder whole = new ByteBuilder();
    for (byte[] part : parts) {
      whole.put(part);
    }
    return whole.bytes();
  }

  static byte[] ascii(String text) {
    return new ByteBuilder().text(text).bytes();
  }
}
