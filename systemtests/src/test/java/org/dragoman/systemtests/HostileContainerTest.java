package org.dragoman.systemtests;

import static org.dragoman.systemtests.Container.ascii;
import static org.dragoman.systemtests.Container.concat;
import static org.dragoman.systemtests.Container.emulator;
import static org.dragoman.systemtests.Container.libxl;
import static org.dragoman.systemtests.Container.libxlHeader;
import static org.dragoman.systemtests.Container.xenopsd2;
import static org.dragoman.systemtests.Container.xenopsdHeader;
import static org.dragoman.systemtests.Container.xenopsdRecord;
import static org.dragoman.systemtests.Container.xenstore;
import static org.dragoman.systemtests.Container.xl;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.DamagedException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers that nobody writes: each is refused at the byte that is wrong, by what is wrong, soon,
 * and without believing a length. What is rare and genuine beside them is read.
 */
class HostileContainerTest {
  private static final byte[] STREAM = ascii("QEVM\0\0\0\u0003 and so on");
  private static final LibxcStreams LIBXC = LibxcStreams.small();
  private static final byte[] HVM = LIBXC.hvm(3);

  /** Where in a libxl stream of {@link #HVM} the first record behind it is. */
  private static final int BEHIND = 24 + HVM.length;

  private static final int HEADERS = 40;

  private static void assertDamaged(byte[] bytes, long at, String words) {
    DamagedException damage =
        Effort.bounded(
            () -> assertThrows(DamagedException.class, () -> Walked.through(bytes), words));
    assertTrue(damage.getMessage().contains(words), damage.getMessage());
    assertEquals(at, damage.at(), damage.getMessage());
    assertTrue(damage.getMessage().startsWith("at 0x" + Long.toHexString(at) + ": "));
    assertTrue(damage.getMessage().chars().allMatch(c -> c >= ' '), damage.getMessage());
  }

  private static Walked assertSound(byte[] bytes) {
    try {
      return Walked.through(bytes);
    } catch (DamagedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] small(String name) {
    return Container.smallNamed(name).around(STREAM);
  }

  /** With other bytes in a place. */
  private static byte[] patched(byte[] bytes, int at, int... values) {
    byte[] patched = bytes.clone();
    for (int i = 0; i < values.length; i++) {
      patched[at + i] = (byte) values[i];
    }
    return patched;
  }

  private static byte[] u32(long value) {
    return new ByteBuilder().u32(value).bytes();
  }

  // xl

  @Test
  void anXlHeaderOfAnotherKindIsRefused() {
    byte[] file = small("xl 4.6, libxc 3");
    assertDamaged(patched(file, 32, 1, 2, 3, 4), 32, "little-endian");
    assertDamaged(patched(file, 36, 7), 36, "mandatory flags 0x7");
    assertDamaged(patched(file, 36, 3, 0, 0, 0x80), 36, "mandatory flags 0x80000003");
    // Nobody looks at the optional ones, xl neither.
    assertEquals(1, assertSound(patched(file, 40, 1)).records().size());
  }

  @Test
  void optionalDataAndItsConfigurationMustFitEachOther() {
    byte[] rest = libxl(0, HVM, emulator(1, STREAM));
    byte[] start = Arrays.copyOf(xl(3, "{}\0"), 44);
    assertDamaged(concat(start, u32(8), u32(5), ascii("{}\0\0"), rest), 48, "of 5 octets");
    assertDamaged(concat(start, u32(8), u32(-1), ascii("{}\0\0"), rest), 48, "of 4294967295");
    assertDamaged(concat(start, u32(7), u32(3), ascii("{ }"), rest), 55, "no NUL");
    assertDamaged(concat(start, u32(4), u32(0), rest), 52, "no NUL");
    for (long size : new long[] {1, 2, 3, ContainerWalk.MOST_CONFIG + 1, 0xffff_ffffL}) {
      assertDamaged(concat(start, u32(size), u32(0), rest), 44, size + " octets");
    }
    // The largest is taken, and believed only as far as it is there.
    byte[] large = concat(start, u32(ContainerWalk.MOST_CONFIG), u32(0));
    assertDamaged(large, large.length, "cut short");
  }

  @Test
  void otherConfigurationsHaveAMostToo() {
    byte[] libvirt = small("libvirt 2, libxc 3");
    assertDamaged(patched(libvirt, 16, 3), 16, "version 3");
    assertDamaged(patched(libvirt, 20, 1, 0, 0, 1), 20, "16777217 octets");
    assertDamaged(patched(libvirt, 20, 255, 255, 255, 255), 20, "4294967295 octets");
    byte[] xend = small("xend, 64-bit, to the end");
    assertDamaged(patched(xend, 16, 0x80, 0, 0, 0), 16, "2147483648 octets");
    byte[] xenopsd = small("xenopsd 2, libxc 3");
    assertDamaged(patched(xenopsd, 23, 1, 0, 0, 1), 23, "16777217 octets");
    assertDamaged(
        patched(xenopsd, 23, 0, 0, 0, 0, 0, 0, 0, 0x80), 23, "a length of -9223372036854775808");
  }

  /** A configuration that is made to keep whoever reads it busy. */
  @TestFactory
  Stream<DynamicTest> noConfigurationTakesLong() {
    byte[] rest = libxl(0, HVM, emulator(1, STREAM));
    int size = ContainerWalk.MOST_CONFIG - 5;
    return Stream.of("\n", " ", "a", "a\n", "a=", "a=\"", "a='\n", "\n\n\t", "=\n")
        .map(
            piece ->
                dynamicTest(
                    "text of '" + piece.replace("\n", "\\n") + "'",
                    () -> soon(concat(xl(2, filled(piece, size)), rest))));
  }

  @TestFactory
  Stream<DynamicTest> noOtherConfigurationTakesLong() {
    int size = ContainerWalk.MOST_CONFIG - 5;
    byte[] json = libxl(0, HVM, emulator(1, STREAM));
    byte[] sxp = LIBXC.legacyPv(64);
    Stream<DynamicTest> ofJson =
        Stream.of("[", "{\"a\":", "\"", " ", "1", "[],", "\"a\",")
            .map(
                piece ->
                    dynamicTest(
                        "JSON of '" + piece + "'",
                        () -> soon(concat(xl(3, filled(piece, size) + "\0"), json))));
    Stream<DynamicTest> ofExpressions =
        Stream.of("(", "(a", "(a ", "(a '", "(a \"", "(a b", "a", "(a \\\"", "(a-")
            .map(
                piece ->
                    dynamicTest(
                        "s-expression of '" + piece + "'",
                        () ->
                            soon(
                                new ByteBuilder()
                                    .text("LinuxGuestRecord")
                                    .u32BigEndian(size)
                                    .text(filled(piece, size))
                                    .put(sxp)
                                    .bytes())));
    Stream<DynamicTest> ofXml =
        Stream.of("<name>", "<name", "<", "<uuid>a", "a")
            .map(
                piece ->
                    dynamicTest(
                        "XML of '" + piece + "'",
                        () ->
                            soon(
                                new ByteBuilder()
                                    .text("libvirt-xml\n \0 \r")
                                    .u32(1)
                                    .u32(size)
                                    .zeros(40)
                                    .text(filled(piece, size))
                                    .put(sxp)
                                    .bytes())));
    return Stream.of(ofJson, ofExpressions, ofXml).flatMap(all -> all);
  }

  private static String filled(String piece, int size) {
    return piece.repeat(size / piece.length() + 1).substring(0, size);
  }

  private static void soon(byte[] bytes) {
    Effort.bounded(() -> assertSound(bytes));
  }

  // libxl

  @Test
  void aLibxlHeaderOfAnotherKindIsRefused() {
    byte[] stream = libxl(0, HVM, emulator(1, STREAM));
    assertDamaged(concat(xl(2, null), patched(stream, 0, 'l')), 48, "LibxlFmt");
    assertDamaged(patched(stream, 8, 0, 0, 0, 3), 8, "version");
    assertDamaged(patched(stream, 15, 1), 12, "options 0x1");
    assertDamaged(patched(stream, 15, 4), 12, "options 0x4");
    assertDamaged(patched(stream, 12, 1), 12, "options 0x1000000");
  }

  @Test
  void libxlRecordsComeInTheirOrderAndNumber() {
    byte[] context = emulator(1, STREAM);
    byte[] end = new ByteBuilder().record(0).bytes();
    byte[] header = libxlHeader(0).bytes();
    assertDamaged(libxl(0, HVM, context, context), BEHIND + context.length, "a second EMULATOR");
    assertDamaged(
        libxl(0, HVM, new ByteBuilder().record(1).bytes()), BEHIND, "a second LIBXC_CONTEXT");
    assertDamaged(concat(header, end), 16, "LIBXC_CONTEXT before it");
    assertDamaged(concat(header, context), 16, "LIBXC_CONTEXT before it");
    assertDamaged(concat(header, xenstore(1)), 16, "LIBXC_CONTEXT before it");
    assertDamaged(
        libxl(0, HVM, new ByteBuilder().record(4).bytes()), BEHIND, "a checkpoint before");
    byte[] state = new ByteBuilder().record(5, u32(0)).bytes();
    assertDamaged(libxl(0, HVM, state), BEHIND, "a checkpoint before");
    byte[] checkpoint = LIBXC.upToCheckpoint(3);
    assertDamaged(
        libxl(0, checkpoint, context), 24 + checkpoint.length + context.length, "CHECKPOINT_END");
    byte[] whole = libxl(0, HVM, context);
    byte[] open = Arrays.copyOf(whole, whole.length - 8);
    assertDamaged(open, open.length, "cut short");
  }

  @Test
  void guestMemoryAfterItsEndIsRefused() {
    byte[] pages = Arrays.copyOfRange(HVM, HVM.length - 32, HVM.length - 8);
    byte[] page = new ByteBuilder().record(1, pages).bytes();
    assertDamaged(libxl(0, concat(HVM, page)), BEHIND, "LIBXC_CONTEXT of 24 octets");
    byte[] params = new ByteBuilder().record(LibxcStreams.HVM_PARAMS, pages).bytes();
    assertDamaged(libxl(0, concat(HVM, params)), BEHIND, "type 0xa");
    assertDamaged(libxl(0, concat(HVM, HVM)), BEHIND, "type 0xffffffff");
  }

  @Test
  void aPvGuestHasNoEmulator() {
    byte[] pv = LIBXC.pv(3);
    assertDamaged(libxl(0, pv, emulator(1, STREAM)), 24 + pv.length, "none for a PV guest");
    assertDamaged(libxl(0, pv, xenstore(1)), 24 + pv.length, "none for a PV guest");
  }

  @Test
  void recordsOfUnknownTypesAreRefusedAsLibxlDoes() {
    for (int type : new int[] {6, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff}) {
      assertDamaged(
          libxl(0, HVM, new ByteBuilder().record(type).bytes()),
          BEHIND,
          "type 0x" + Integer.toHexString(type));
    }
  }

  @Test
  void emulatorRecordsAreAsLongAsTheirHeader() {
    for (int length : new int[] {0, 1, 7}) {
      for (int type : new int[] {2, 3}) {
        assertDamaged(
            libxl(0, HVM, new ByteBuilder().record(type, new byte[length]).bytes()),
            BEHIND + 4,
            "of " + length + " octets");
      }
    }
    assertDamaged(libxl(0, HVM, emulator(3, STREAM)), BEHIND + 8, "emulator 3");
    assertDamaged(libxl(0, HVM, emulator(-1, STREAM)), BEHIND + 8, "emulator 4294967295");
    assertDamaged(libxl(0, HVM, xenstore(3)), BEHIND + 8, "emulator 3");
    byte[] seventh = emulator(1, STREAM);
    seventh[12] = 7;
    assertEquals(1, assertSound(libxl(0, HVM, seventh)).records().size());
  }

  @Test
  void lengthsOfFourGibibytesAreNotBelieved() {
    byte[] libxl = libxl(0, HVM);
    byte[] start = Arrays.copyOf(libxl, BEHIND);
    for (long length : new long[] {0xffff_ffffL, 0xffff_fff8L, 0xffff_fff1L}) {
      assertDamaged(concat(start, u32(3), u32(length), u32(1), u32(0)), BEHIND + 4, "" + length);
      assertDamaged(concat(start, u32(2), u32(length), u32(1), u32(0)), BEHIND + 4, "" + length);
    }
    byte[] most = concat(start, u32(3), u32(0xffff_fff0L), u32(1), u32(0), STREAM);
    assertDamaged(most, most.length, "cut short");
    byte[] libxc = LibxcStreams.headers(3, 2, 4, 17).bytes();
    for (long length : new long[] {0xffff_ffffL, (128 << 20) + 1}) {
      assertDamaged(concat(libxc, u32(1), u32(length)), HEADERS + 4, "" + length);
    }
    byte[] pages = concat(libxc, u32(1), u32(128 << 20));
    assertDamaged(pages, pages.length, "cut short");
    for (int type : new int[] {0, 0xd, 0xe}) {
      assertDamaged(concat(libxc, u32(type), u32(8)), HEADERS, "of 8 octets");
    }
  }

  @Test
  void paddingThatIsNotZeroIsRefused() {
    byte[] stream = libxl(0, HVM, emulator(1, STREAM));
    int padding = BEHIND + 16 + STREAM.length;
    assertEquals(stream.length - 8, padding + 6);
    for (int i = 0; i < 6; i++) {
      assertDamaged(patched(stream, padding + i, 1), padding, "padding");
    }
    byte[] data = xenstore(1);
    assertDamaged(
        libxl(0, HVM, patched(data, data.length - 1, 1)), BEHIND + data.length - 7, "padding");
    byte[] optional =
        new ByteBuilder()
            .put(LibxcStreams.headers(3, 2, 4, 17))
            .record(0x8000_0000, new byte[9])
            .record(0)
            .bytes();
    assertDamaged(patched(optional, HEADERS + 20, 1), HEADERS + 17, "padding");
  }

  // libxc

  @Test
  void aLibxcHeaderOfAnotherKindIsRefused() {
    assertDamaged(libxl(0, patched(HVM, 0, 0)), 24, "XENF");
    assertDamaged(patched(HVM, 15, 4), 12, "version 4");
    assertDamaged(patched(HVM, 15, 1), 12, "version 1");
    assertDamaged(patched(HVM, 17, 1), 16, "options 0x1");
    assertDamaged(patched(HVM, 16, 0x80), 16, "options 0x8000");
    assertDamaged(patched(HVM, 23, 1), 18, "reserved");
    assertDamaged(patched(HVM, 24, 3), 24, "guest type 3");
    assertDamaged(patched(HVM, 28, 13), 28, "page shift");
    assertDamaged(patched(HVM, 30, 1), 30, "reserved");
  }

  @Test
  void recordsThatLibxcDoesNotReadAreRefusedAndOptionalOnesAreNot() {
    byte[] headers = LibxcStreams.headers(3, 2, 4, 17).bytes();
    byte[] end = new ByteBuilder().record(0).bytes();
    for (int type : new int[] {0xb, 0xf, 0x13, 0x7fff_ffff}) {
      assertDamaged(
          concat(headers, new ByteBuilder().record(type).bytes(), end),
          HEADERS,
          "type 0x" + Integer.toHexString(type));
    }
    for (int type : new int[] {0x8000_0000, 0x8000_000b, 0xffff_ffff}) {
      assertSound(concat(headers, new ByteBuilder().record(type).bytes(), end));
    }
    assertDamaged(
        concat(headers, new ByteBuilder().record(0xe).bytes(), end), HEADERS, "CHECKPOINT");
    byte[] inXenopsd = xenopsd2(0xf0, LIBXC.upToCheckpoint(3), new byte[0], new byte[0]);
    assertThrows(DamagedException.class, () -> Walked.through(inXenopsd));
  }

  // xenopsd

  @Test
  void xenopsdRecordsOfOtherTypesAreRefused() {
    byte[] start = ascii("XenSavedDomv2-\n");
    for (long type : new long[] {0, 0xf1, 0x0f01, 0x0f14, 0x10_0000_000fL, -1}) {
      assertDamaged(concat(start, xenopsdHeader(type, 0)), 15, "type 0x" + Long.toHexString(type));
    }
    assertDamaged(concat(start, xenopsdHeader(0x0f10, 0)), 15, "vGPU");
    assertDamaged(concat(start, xenopsdHeader(0xffff, 1)), 15, "End_of_image of 1 octets");
    assertDamaged(concat(start, xenopsdHeader(0x0f11, -1)), 23, "a length of -1");
    byte[] open = concat(start, xenopsdHeader(0x0f11, Long.MAX_VALUE));
    assertDamaged(open, open.length, "cut short");
  }

  @Test
  void xenopsdTakesOneRecordOfAMebibyte() {
    byte[] most = Arrays.copyOf(STREAM, 1 << 20);
    byte[] none = new byte[0];
    int before = xenopsd2(0xf0, HVM, none, none).length - 16;
    byte[] image = xenopsd2(0xf0, HVM, none, xenopsdRecord(0x0f00, most));
    assertArrayEquals(most, assertSound(image).records().get(0));
    assertDamaged(
        xenopsd2(0xf0, HVM, none, xenopsdRecord(0x0f00, Arrays.copyOf(most, most.length + 1))),
        before + 8,
        "1048577 octets");
    assertDamaged(
        xenopsd2(0xf0, HVM, xenopsdRecord(0x0f00, STREAM), xenopsdRecord(0x0f00, STREAM)),
        before + 16 + STREAM.length,
        "a second device-model record");
    assertDamaged(
        xenopsd2(0xf0, HVM, concat(xenopsdHeader(0xf0, 0), HVM), none),
        before,
        "a second libxc stream");
    byte[] pv = LIBXC.pv(2);
    assertDamaged(
        xenopsd2(0xf0, pv, none, xenopsdRecord(0x0f00, STREAM)),
        before - HVM.length + pv.length,
        "none for a PV guest");
    byte[] legacy = LIBXC.legacy(32);
    byte[] tail = Container.Tail.LIBXL.around(STREAM);
    assertDamaged(
        xenopsd2(0xf2, concat(legacy, tail), none, xenopsdRecord(0x0f00, STREAM)),
        before - HVM.length + legacy.length + tail.length,
        "a second device-model record");
    assertDamaged(
        xenopsd2(0xf2, LIBXC.legacyPv(32), none, none), before - HVM.length - 16, "a PV guest");
    assertDamaged(
        new ByteBuilder()
            .text("XenSavedDomain\n")
            .put(legacy)
            .text("QemuDeviceModelRecord\n")
            .u32BigEndian((1 << 20) + 1)
            .zeros((1 << 20) + 1)
            .bytes(),
        15 + legacy.length + 22,
        "1048577 octets");
  }

  // Xen up to 4.5

  @Test
  void chunksOfOtherKindsAreRefused() {
    byte[] start = new ByteBuilder().u64(0xff000).u32(-7).zeros(20).bytes();
    for (int chunk : new int[] {1025, Integer.MAX_VALUE, -22, Integer.MIN_VALUE}) {
      assertDamaged(concat(start, u32(chunk)), start.length, "chunk " + chunk);
    }
    for (int chunk : new int[] {-5, -6, -12, -13}) {
      assertDamaged(concat(start, u32(chunk)), start.length, "compression");
    }
    assertDamaged(concat(start, u32(-2), u32(4096)), start.length + 4, "processor 4096");
    assertDamaged(concat(start, u32(-2), u32(-1)), start.length + 4, "processor 4294967295");
    assertDamaged(concat(start, u32(-18), u32(-1)), start.length + 4, "4294967295 octets");
    byte[] rings = concat(start, u32(-9), u32(0), new byte[24]);
    assertDamaged(concat(rings, u32(-1)), rings.length, "4294967295 octets");
    byte[] batch = concat(start, u32(1024), new byte[8 * 1024]);
    assertDamaged(batch, batch.length, "cut short");
  }

  @Test
  void aLegacyGuestWithADeviceModelNeedsItsRecord() {
    byte[] legacy = LIBXC.legacy(64);
    byte[] file = concat(xl(0, null), legacy);
    assertDamaged(file, file.length, "the end");
    assertDamaged(concat(file, ascii("DeviceModelRecord0003")), file.length, "bytes 44");
    assertDamaged(
        concat(file, ascii("DeviceModelRecord0002"), u32(0x8000_0000)),
        file.length + 21,
        "2147483648 octets");
    byte[] cut = concat(file, ascii("DeviceModelRecord0002"), u32(0x7fff_ffff), STREAM);
    assertDamaged(cut, cut.length, "cut short");
  }

  @Test
  void theWrongWordSizeIsNoLegacyStream() {
    for (int bits : new int[] {32, 64}) {
      byte[] legacy = concat(LIBXC.legacy(bits), Container.Tail.LIBXL.around(STREAM));
      int other = 96 - bits;
      assertThrows(
          DamagedException.class, () -> Walked.through(new ByteSource(legacy), other), "" + bits);
    }
    // Both could be, by their first octets.
    byte[] either = new ByteBuilder().u32(1).u32(1).u32(1).zeros(64).bytes();
    assertDamaged(concat(xl(0, null), either), 48, "32-bit or a 64-bit");
    assertDamaged(concat(xl(0, null), Arrays.copyOf(either, 11)), 59, "cut short");
  }

  @Test
  void neitherASaveFileNorAStreamIsSaidSo() {
    assertDamaged(new byte[0], 0, "an empty file");
    assertDamaged(new byte[100], 0, "bytes 0000000000000000");
    assertDamaged(ascii("\u001f\u008b\b"), 0, "gzip");
    assertDamaged(ascii("#!/bin/sh\n"), 0, "the start of a save file");
    assertDamaged(ascii("QEV"), 0, "bytes 514556");
  }

  // Effort

  @Test
  void aMillionEmptyRecordsTakeAMoment() {
    byte[] optional = times(1_000_000, new ByteBuilder().u64(0x8000_0001L));
    soon(LibxcStreams.headers(3, 2, 4, 17).put(optional).record(0).bytes());
    byte[] others = times(1_000_000, new ByteBuilder().u64(0x0f11).u64(0));
    soon(concat(ascii("XenSavedDomv2-\n"), others, xenopsdHeader(0xffff, 0)));
    byte[] stores = times(1_000_000, new ByteBuilder().u32(2).u32(8).u32(1).u32(0));
    soon(libxl(0, HVM, stores));
    byte[] start = new ByteBuilder().u64(0xff000).u32(-7).zeros(20).bytes();
    byte[] open = concat(start, times(1_000_000, new ByteBuilder().u32(-1)));
    assertDamaged(open, open.length, "cut short");
  }

  private static byte[] times(int count, ByteBuilder piece) {
    byte[] one = piece.bytes();
    ByteBuffer all = ByteBuffer.allocate(count * one.length);
    for (int i = 0; i < count; i++) {
      all.put(one);
    }
    return all.array();
  }

  // Truncation

  /**
   * At every octet, and at some in the middle of pages, which are gone past at once: never another
   * exception, and never taken for a whole.
   */
  @TestFactory
  Stream<DynamicTest> cutShortAnywhereItIsRefused() {
    return Container.small().stream()
        .filter(container -> container.trailing() == 0)
        .map(container -> dynamicTest(container.toString(), () -> cutAnywhere(container)));
  }

  private static void cutAnywhere(Container container) throws DamagedException {
    byte[] whole = container.around(STREAM);
    List<Long> ends = soundEnds(container, whole);
    int page = 0;
    for (int length = 0; length < whole.length; length++) {
      if (LibxcStreams.pageBegins(whole, length)) {
        page = length;
      } else if (page > 0 && length - page > 64 && length - page < 4000 && length % 97 != 0) {
        continue;
      }
      try {
        Walked walked = Walked.through(whole, length);
        assertTrue(
            ends.contains(walked.endsAt()) || (container.isToTheEnd() && walked.endsAt() == length),
            "cut to " + length + " octets it is read");
      } catch (DamagedException e) {
        assertTrue(e.at() <= length, "cut to " + length + " octets: " + e.getMessage());
      } catch (RuntimeException e) {
        throw new AssertionError("cut to " + length + " octets", e);
      }
    }
  }

  /** Where a shorter one is whole as well. */
  private static List<Long> soundEnds(Container container, byte[] whole) throws DamagedException {
    Walked walked = Walked.through(whole);
    if (container.kind() == ContainerKind.LIBXC && container.records() > 0) {
      // What converted it could have left the record out.
      return List.of(walked.places().get(0).headerAt());
    }
    if (container.toString().startsWith("xl 4.4, Remus")) {
      // The connection may break after any checkpoint: that is what they are for.
      return walked.places().subList(0, 2).stream().map(one -> one.at() + one.length()).toList();
    }
    return List.of();
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void aWidthThatIsGivenIsTaken(int bits) throws DamagedException {
    byte[] legacy = concat(LIBXC.legacyAllChunks(bits), Container.Tail.LIBXL.around(STREAM));
    Walked walked = Walked.through(new ByteSource(legacy), bits);
    assertEquals(bits, walked.memory().wordBits());
    assertArrayEquals(STREAM, walked.records().get(0));
  }
}
