package org.dragoman.systemtests;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The part of a container that holds the guest's memory and processors, as libxc writes it. The
 * guest has read save files: its pages are full of what must not be found there.
 *
 * <p>Sources: Xen docs/specs/libxc-migration-stream.pandoc and tools/libs/guest/xg_sr_save.c
 * (4.17); tools/libxc/xg_save_restore.h and xc_domain_save.c (4.1 to 4.5); structures and orders
 * were compared with the files in {@code save-files}.
 */
final class LibxcStreams {
  static final int END = 0;
  static final int PAGE_DATA = 1;
  static final int TSC_INFO = 8;
  static final int HVM_CONTEXT = 9;
  static final int HVM_PARAMS = 0xa;
  static final int VERIFY = 0xd;
  static final int CHECKPOINT = 0xe;
  static final int STATIC_DATA_END = 0x10;

  private static final int PAGE = 4096;
  private static final byte[] NOISE = noise(7 * PAGE);

  /** What looks like the beginning of something, at the beginning of a page. */
  private static final List<byte[]> PAGES =
      List.of(
          page(fakeStream()),
          page("DeviceModelRecord0002", "\u0010\0\0\0QEVM\0\0\0\u0003"),
          page("QemuDeviceModelRecordQEVM\0\0\0\u0003"),
          page("QemuDeviceModelRecord\n\0\0\0\u0010QEVM\0\0\0\u0003"),
          page("Xen saved domain, xl format\n \0 \r", "\u0004\u0003\u0002\u0001\u0003\0\0\0"),
          page("LibxlFmt\0\0\0\u0002\0\0\0\0", "\u0001\0\0\0\0\0\0\0"),
          page("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffXENF\0\0\0\u0003"),
          page("XenSavedDomv2-\n", "\0\u000f\0\0\0\0\0\0", "\u0010\0\0\0\0\0\0\0QEVM"),
          page("\0\0\0\0\0\0\0\0\u0003\0\0\0\u0010\0\0\0\u0001\0\0\0\0\0\0\0QEVM\0\0\0\u0003"),
          new byte[PAGE]);

  /** How many pages of a guest are sent. Each batch has all of them. */
  private final int pages;

  private LibxcStreams(int pages) {
    this.pages = pages;
  }

  /** Of a guest with a page of each kind. */
  static LibxcStreams large() {
    return new LibxcStreams(PAGES.size());
  }

  /** Of a guest with a page that looks like a device model's stream, and little else. */
  static LibxcStreams small() {
    return new LibxcStreams(1);
  }

  /** Whether the first of the pages begins there. */
  static boolean pageBegins(byte[] file, int at) {
    byte[] page = PAGES.get(0);
    return file[at] == 'Q'
        && at + PAGE <= file.length
        && Arrays.equals(page, 0, PAGE, file, at, at + PAGE);
  }

  private static byte[] fakeStream() {
    RawStream stream = RawStream.empty();
    RawStream.Section section =
        RawStream.of(RecordedStreams.named("xenserver-6.2.minimal")).section("piix4acpi");
    stream.sections.add(section);
    return stream.bytes();
  }

  private static byte[] page(String... parts) {
    return page(new ByteBuilder().text(String.join("", parts)).bytes());
  }

  private static byte[] page(byte[] start) {
    byte[] page = Arrays.copyOf(start, PAGE);
    System.arraycopy(NOISE, 0, page, start.length, PAGE - start.length);
    return page;
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  // Version 2 (Xen 4.6 to 4.13) and 3.

  /** A whole stream of an HVM guest. */
  byte[] hvm(int version) {
    return hvm(version, version == 3 ? 17 : 6);
  }

  private byte[] hvm(int version, int minor) {
    return headers(version, 2, 4, minor)
        .put(statics(version))
        .put(pageData(0))
        .put(registers(0x1010))
        .record(END)
        .bytes();
  }

  /** As convert-legacy-stream makes it. */
  byte[] converted() {
    return headers(3, 2, 0, 1)
        .record(STATIC_DATA_END)
        .put(pageData(0))
        .put(registers(0xfc8))
        .record(END)
        .bytes();
  }

  /** A whole stream with a record of a kind to come, which is optional. */
  byte[] optional() {
    return headers(3, 2, 4, 22)
        .put(statics(3))
        .record(0x8000_0077, state(13))
        .put(pageData(0))
        .put(registers(0x1010))
        .record(END)
        .bytes();
  }

  /**
   * A stream of a live guest: pages come again, and a debug save sends all of them once more. The
   * context is of a length that needs padding.
   */
  byte[] live(int version) {
    return headers(version, 2, 4, version == 3 ? 14 : 13)
        .put(statics(version))
        .put(pageData(1))
        .put(pageData(0))
        .record(VERIFY)
        .put(pageData(0))
        .put(registers(1003))
        .record(END)
        .bytes();
  }

  /** The part up to the first checkpoint, and its record. */
  byte[] upToCheckpoint(int version) {
    return headers(version, 2, 4, 17).put(statics(version)).put(nextCheckpoint()).bytes();
  }

  /** The part from one checkpoint to the next. */
  byte[] nextCheckpoint() {
    return new ByteBuilder().put(pageData(0)).put(registers(0x1010)).record(CHECKPOINT).bytes();
  }

  /** The part from the last checkpoint to the end. */
  byte[] afterCheckpoint() {
    return new ByteBuilder().put(pageData(1)).put(registers(0x1010)).record(END).bytes();
  }

  /** A PV guest's. */
  byte[] pv(int version) {
    ByteBuilder frames = new ByteBuilder().u32(0).u32(511).u64(0x1234);
    ByteBuilder vcpu = new ByteBuilder().u32(0).u32(0);
    ByteBuilder stream =
        headers(version, 1, 4, version == 3 ? 17 : 6)
            .record(2, new ByteBuilder().u8(8).u8(4).u16(0).u32(0));
    if (version == 3) {
      stream.put(statics(3));
    }
    return stream
        .record(3, frames)
        .put(pageData(0))
        .record(TSC_INFO, tsc())
        .record(7, PAGES.get(0))
        .record(4, vcpu.put(state(5168)))
        .record(5, new ByteBuilder().u32(0).u32(0).put(state(128)))
        .record(0xc, new ByteBuilder().u32(0).u32(0).put(state(32)))
        .record(END)
        .bytes();
  }

  static ByteBuilder headers(int version, int type, int major, int minor) {
    return new ByteBuilder()
        .u64(-1)
        .u32BigEndian(0x58454e46)
        .u32BigEndian(version)
        .zeros(8)
        .u32(type)
        .u16(12)
        .u16(0)
        .u32(major)
        .u32(minor);
  }

  private ByteBuilder statics(int version) {
    ByteBuilder records = new ByteBuilder();
    if (version == 3) {
      records.record(0x11, state(59 * 24)).record(0x12, state(2 * 16)).record(STATIC_DATA_END);
    }
    return records;
  }

  private ByteBuilder pageData(int fromPage) {
    List<byte[]> sent = PAGES.subList(Math.min(fromPage, pages), pages);
    ByteBuilder body = new ByteBuilder().u32(sent.size() + 3).u32(0);
    for (int i = 0; i < sent.size(); i++) {
      body.u64(fromPage + i);
    }
    // Broken, only allocated, and none at all: these have no page.
    body.u64(0xdL << 60 | 0x100).u64(0xeL << 60 | 0x101).u64(0xfL << 60 | 0x102);
    sent.forEach(body::put);
    return new ByteBuilder().record(PAGE_DATA, body);
  }

  /** What nobody looks into: registers, policies, an optional record's body. */
  private byte[] state(int length) {
    return Arrays.copyOf(NOISE, pages > 1 ? length : 16 + length % 8);
  }

  private static ByteBuilder tsc() {
    return new ByteBuilder().u32(0).u32(2_594_583).u64(0x0163_8699_adL).u32(1).u32(0);
  }

  private ByteBuilder registers(int contextLength) {
    // The numbers are those of HVM params: store, IDENT_PT, console, ACPI ports.
    ByteBuilder params =
        new ByteBuilder()
            .u32(4)
            .u32(0)
            .u64(1)
            .u64(0xfeffc)
            .u64(12)
            .u64(0xfeffe000L)
            .u64(17)
            .u64(0xfefff)
            .u64(19)
            .u64(1);
    return new ByteBuilder()
        .record(TSC_INFO, tsc())
        .record(HVM_CONTEXT, state(contextLength))
        .record(HVM_PARAMS, params);
  }

  // Version 1, of Xen up to 4.5.

  /** A stream of an HVM guest up to the device model's record. */
  byte[] legacy(int bits) {
    return legacyStart(bits)
        .put(legacyTsc())
        .put(legacyBatch(bits, 0))
        .put(legacyEnd(true))
        .bytes();
  }

  /** As XenServer writes it: it has no console there. */
  byte[] legacyXenServer() {
    return legacyStart(32)
        .put(legacyTsc())
        .put(legacyBatch(32, 0))
        .put(legacyVcpus())
        .u32(-9)
        .u32(0)
        .put(legacyContext())
        .bytes();
  }

  /** Of a guest that ran meanwhile: pages come twice, and the clock between them. */
  byte[] legacyLive(int bits) {
    return legacyStart(bits)
        .put(legacyBatch(bits, 1))
        .put(legacyTsc())
        .put(legacyBatch(bits, 0))
        .put(legacyEnd(true))
        .bytes();
  }

  /** With each chunk that Xen 4.5 or a debug save writes, and a guest of 65 processors. */
  byte[] legacyAllChunks(int bits) {
    ByteBuilder stream =
        legacyStart(bits)
            .put(legacyTsc())
            .put(legacyBatch(bits, 0))
            .u32(-1)
            .put(legacyBatch(bits, 0))
            .u32(-2)
            .u32(64)
            .u64(-1)
            .u64(1);
    for (int chunk : new int[] {-14, -3, -15, -16, -17, -4, -8, -10, -11, -19, -20, -21}) {
      stream.u32(chunk).u32(0).u64(0xfefff);
    }
    byte[] physmap = new ByteBuilder().text("QEVM\0\0\0\u0003\0").bytes();
    stream.u32(-18).u32(physmap.length).put(physmap);
    return stream.u32(-9).u32(0).put(legacyContext()).bytes();
  }

  /** One of the checkpoints of a stream that goes on; the first has the start, too. */
  byte[] legacyCheckpoint(int bits, boolean first, boolean last) {
    ByteBuilder stream = first ? legacyStart(bits).put(legacyTsc()) : new ByteBuilder();
    return stream.put(legacyBatch(bits, first ? 0 : 1)).put(legacyEnd(last)).bytes();
  }

  /** The start of a PV guest's with its extended information, and something for the rest. */
  byte[] legacyPv(int bits) {
    byte[] vcpu = state(5168);
    ByteBuilder info =
        new ByteBuilder().text("vcpu").u32(vcpu.length).put(vcpu).text("extv").u32(0);
    ByteBuilder stream = word(word(new ByteBuilder(), bits, 0x1000), bits, -1);
    return stream.u32(info.size()).put(info).put(legacyBatch(bits, 0)).u32(0).bytes();
  }

  private static ByteBuilder word(ByteBuilder to, int bits, long value) {
    return bits == 64 ? to.u64(value) : to.u32(value);
  }

  private static ByteBuilder legacyStart(int bits) {
    return word(new ByteBuilder(), bits, 0xff000);
  }

  private static ByteBuilder legacyTsc() {
    return new ByteBuilder().u32(-7).u32(0).u64(0x0163_8699_adL).u32(2_594_583).u32(1);
  }

  private ByteBuilder legacyBatch(int bits, int fromPage) {
    List<byte[]> sent = new ArrayList<>(PAGES.subList(Math.min(fromPage, pages), pages));
    ByteBuilder batch = new ByteBuilder().u32(sent.size() + 3);
    word(batch, bits, 0xf000_0000L);
    for (int i = 0; i < sent.size(); i++) {
      word(batch, bits, fromPage + i);
    }
    word(batch, bits, 0xd000_0100L);
    word(batch, bits, 0xe000_0101L);
    sent.forEach(batch::put);
    return batch;
  }

  private ByteBuilder legacyEnd(boolean last) {
    ByteBuilder chunks = legacyVcpus().u32(-8).u32(0).u64(0xfefff);
    if (last) {
      chunks.u32(-9);
    }
    return chunks.u32(0).put(legacyContext());
  }

  private static ByteBuilder legacyVcpus() {
    return new ByteBuilder().u32(-2).u32(0).u64(1).u32(-3).u32(0).u64(0xfeffe000L);
  }

  private ByteBuilder legacyContext() {
    byte[] context = state(0xfc8);
    return new ByteBuilder()
        .u64(0xfeffd)
        .u64(0xfeffb)
        .u64(0xfeffc)
        .u32(context.length)
        .put(context);
  }
}
