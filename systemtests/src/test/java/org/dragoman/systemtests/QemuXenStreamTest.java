package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;
import org.dragoman.translate.Verdict;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams that a running qemu-xen saved are read to their end, and nothing beside them. */
class QemuXenStreamTest {
  private static final String XENFV = "qemu-xen-3.1";
  private static final String XENFV_4_2 = "qemu-xen-4.2";

  /** The smallest. */
  private static final byte[] FIRMWARE_ONLY =
      RecordedStreams.ofQemuXen().get("qemu-xen-7.2.firmware-only.qemu-save");

  private static final byte[] MANY_DEVICES =
      RecordedStreams.ofQemuXen()
          .get("qemu-xen-7.2.traditional-slots-cirrus-rtl8139-tablet.qemu-save");

  private static Verdict judge(byte[] stream) {
    return Dragoman.SHIPPED.judgeUpstream(stream);
  }

  private static List<String> writers(byte[] stream) {
    return judge(stream).explanations().stream().map(one -> one.product().id()).toList();
  }

  private static Walk walk(byte[] stream) {
    Verdict verdict = judge(stream);
    assertFalse(verdict.explanations().isEmpty(), () -> verdict.mismatches().toString());
    return verdict.explanations().get(0).walk();
  }

  /** Why it is not a stream of the machine xenfv; nor is it one of the other. */
  private static Mismatch mismatch(byte[] stream) {
    Verdict verdict = judge(stream);
    assertEquals(List.of(), verdict.explanations());
    return verdict.mismatches().stream()
        .filter(one -> one.product().id().equals(XENFV))
        .findFirst()
        .orElseThrow()
        .mismatch();
  }

  private static Section section(byte[] stream, String idstr) {
    return walk(stream).sections().stream()
        .filter(one -> one.idstr().equals(idstr))
        .findFirst()
        .orElseThrow();
  }

  /** A stream with bytes put in at an offset, or with some taken out there. */
  private static byte[] changed(byte[] stream, int at, int without, byte... with) {
    ByteArrayOutputStream result = new ByteArrayOutputStream();
    result.write(stream, 0, at);
    result.writeBytes(with);
    result.write(stream, at + without, stream.length - at - without);
    return result.toByteArray();
  }

  /** A stream with something behind each section. */
  private static byte[] withBehind(byte[] stream, Function<Section, byte[]> behind) {
    ByteArrayOutputStream result = new ByteArrayOutputStream();
    int from = 0;
    for (Section section : walk(stream).sections()) {
      result.write(stream, from, section.end() - from);
      result.writeBytes(behind.apply(section));
      from = section.end();
    }
    result.write(stream, from, stream.length - from);
    return result.toByteArray();
  }

  private static byte[] footer(long id) {
    return new byte[] {0x7e, (byte) (id >>> 24), (byte) (id >>> 16), (byte) (id >>> 8), (byte) id};
  }

  @TestFactory
  Stream<DynamicTest> aStreamOfQemuXenIsReadToItsLastByte() {
    return RecordedStreams.ofQemuXen().entrySet().stream()
        .map(
            stream ->
                dynamicTest(
                    stream.getKey(),
                    () -> {
                      assertEquals(List.of(XENFV), writers(stream.getValue()));
                      Walk walk = walk(stream.getValue());
                      int at = 8;
                      for (Section section : walk.sections()) {
                        assertEquals(at, section.headerAt());
                        assertFalse(section.isMislabelled(), section::inWords);
                        at = section.end();
                      }
                      assertEquals(at, walk.endAt());
                      assertEquals(stream.getValue().length - 1, walk.endAt());
                      assertNull(walk.machine());
                      assertFalse(walk.footers());
                    }));
  }

  @Test
  void itsSectionsAreThoseThatQemuWrote() {
    assertEquals(
        "timer 24, cpu_common 8, cpu 1347, apic 181, PCIBUS 516, 0000:00:00.0/I440FX 277, dma 75,"
            + " dma 75, 0000:00:01.0/PIIX3 292, ioapic 206, hpet 151, mc146818rtc 245, serial 11,"
            + " fdc 593, ps2kbd 284, ps2mouse 291, pckbd 4, port92 1, 0000:00:01.1/ide 942,"
            + " 0000:00:01.2/uhci 315, i2c_bus 1, 0000:00:01.3/piix4_pm 336,"
            + " 0000:00:01.2/1/usb-ptr 298, 0000:00:02.0/cirrus_vga 1870,"
            + " 0000:00:04.0/rtl8139 669, 0000:00:03.0/platform 277",
        walk(MANY_DEVICES).sections().stream()
            .map(one -> one.idstr() + " " + one.payloadLength())
            .collect(Collectors.joining(", ")));
  }

  @Test
  void noneIsTheTraditionalDeviceModels() {
    assertEquals(List.of(), writers(RecordedStreams.named("xen-4.2.standard").bytes()));
  }

  @TestFactory
  Stream<DynamicTest> aStreamThatIsCutShortIsDamagedWhereverItIsCut() {
    return RecordedStreams.ofQemuXen().entrySet().stream()
        .map(
            stream ->
                dynamicTest(
                    stream.getKey(),
                    () -> {
                      for (int size = 0; size < stream.getValue().length; size++) {
                        byte[] cut = Arrays.copyOf(stream.getValue(), size);
                        Verdict verdict = judge(cut);
                        assertNotNull(verdict.damage(), "cut to " + size);
                        assertTrue(verdict.damage().at() <= size, verdict.damage()::toString);
                        assertFalse(verdict.damage().inWords(Dragoman.octets(cut)).isEmpty());
                      }
                    }));
  }

  @Test
  void aFlippedBitIsReadOrToldWithItsPlace() {
    for (int bit = 0; bit < 8 * FIRMWARE_ONLY.length; bit++) {
      byte[] flipped = FIRMWARE_ONLY.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Verdict verdict = judge(flipped);
      if (verdict.explanations().isEmpty()) {
        for (Verdict.Contradiction one : verdict.mismatches()) {
          assertTrue(one.mismatch().at() <= flipped.length, one::toString);
          assertTrue(one.inWords(Dragoman.octets(flipped)).contains("expected"), one::toString);
        }
      }
    }
  }

  @Test
  void aSectionThatIsOneByteLongerIsToldWhereItEnds() {
    for (Section section : walk(MANY_DEVICES).sections()) {
      byte[] zero = changed(MANY_DEVICES, section.end(), 0, (byte) 0);
      assertEquals(Mismatch.Kind.TRAILING, mismatch(zero).kind(), section.inWords());
      assertEquals(section.end() + 1, mismatch(zero).at(), section.inWords());
      assertTrue(mismatch(zero).reason().contains(section.inWords()), mismatch(zero)::reason);
      Mismatch other = mismatch(changed(MANY_DEVICES, section.end(), 0, (byte) 0x2a));
      assertTrue(other.isDamage(), section.inWords());
      assertEquals(section.end(), other.at(), section.inWords());
    }
  }

  @Test
  void aSectionThatIsOneByteShorterIsToldWhereTheNextShouldBegin() {
    List<Section> sections = walk(MANY_DEVICES).sections();
    for (Section section : sections) {
      Mismatch mismatch = mismatch(changed(MANY_DEVICES, section.end() - 1, 1));
      boolean last = section.equals(sections.get(sections.size() - 1));
      if (section.idstr().endsWith("rtl8139")) {
        // It ends with the label of a subsection without fields.
        assertEquals(Mismatch.Kind.PAYLOAD, mismatch.kind());
        assertEquals(section.end() - 4, mismatch.at());
        continue;
      }
      // The next section's type is taken for the last byte, and its id's first for the end marker.
      assertEquals(
          last ? Mismatch.Kind.TRUNCATED : Mismatch.Kind.TRAILING,
          mismatch.kind(),
          section.inWords());
      assertEquals(last ? section.end() : section.end() + 1, mismatch.at(), section.inWords());
    }
  }

  @ParameterizedTest
  @CsvSource({"00", "01", "7e"})
  void nothingMayFollowTheEnd(String hex) {
    byte[] longer =
        changed(FIRMWARE_ONLY, FIRMWARE_ONLY.length, 0, (byte) Integer.parseInt(hex, 16));
    assertEquals(FIRMWARE_ONLY.length, mismatch(longer).at());
  }

  @Test
  void bothLengthsOfThePowerManagementAreTold() {
    Section power = section(MANY_DEVICES, "0000:00:01.3/piix4_pm");
    byte[] smbus = new byte[48];
    smbus[45] = 1;
    byte[] stream = changed(MANY_DEVICES, power.payloadAt() + 284, 0, smbus);
    assertEquals(List.of(XENFV_4_2), writers(stream));
    assertEquals(384, section(stream, "0000:00:01.3/piix4_pm").payloadLength());
    assertEquals(List.of(XENFV), writers(MANY_DEVICES));
  }

  @Test
  void aFooterMayStandBehindEachSection() {
    byte[] stream = withBehind(MANY_DEVICES, section -> footer(section.sectionId()));
    assertEquals(List.of(XENFV), writers(stream));
    assertTrue(walk(stream).footers());
    assertEquals(
        walk(MANY_DEVICES).sections().stream().map(Section::payloadLength).toList(),
        walk(stream).sections().stream().map(Section::payloadLength).toList());
    assertEquals(stream.length - 1, walk(stream).endAt());
  }

  @Test
  void aFooterThatIsMissingOrOfAnotherSectionIsTold() {
    byte[] whole = withBehind(FIRMWARE_ONLY, section -> footer(section.sectionId()));
    List<Section> sections = walk(whole).sections();
    for (Section section : sections.subList(1, sections.size())) {
      Mismatch missing = mismatch(changed(whole, section.end(), 5));
      assertTrue(missing.isDamage(), section.inWords());
      assertTrue(missing.reason().contains("footer of section"), missing::reason);
      assertEquals(
          section.end(),
          mismatch(changed(whole, section.end(), 5, footer(section.sectionId() + 1))).at());
    }
  }

  @Test
  void aMachineMayBeNamedBeforeTheFirstSection() {
    byte[] name = "\7\0\0\0\11xenfv-3.1".getBytes(StandardCharsets.ISO_8859_1);
    byte[] stream = changed(FIRMWARE_ONLY, 8, 0, name);
    assertEquals(List.of(XENFV), writers(stream));
    assertEquals("xenfv-3.1", walk(stream).machine());
    for (int size = 8; size < 8 + name.length; size++) {
      assertNotNull(judge(Arrays.copyOf(stream, size)).damage(), "cut to " + size);
    }
  }

  @Test
  void aSubsectionMayBeThereOrNot() {
    Section power = section(FIRMWARE_ONLY, "0000:00:01.3/piix4_pm");
    assertEquals(List.of(XENFV), writers(changed(FIRMWARE_ONLY, power.payloadAt() + 312, 24)));
    Section floppy = section(FIRMWARE_ONLY, "fdc");
    byte[] without = changed(FIRMWARE_ONLY, floppy.payloadAt() + 542, 24);
    assertEquals(List.of(XENFV), writers(without));
    assertEquals(569, section(without, "fdc").payloadLength());
    Section serial = section(FIRMWARE_ONLY, "serial");
    byte[] timeout =
        "\5\27serial/timeout_ipending\0\0\0\1\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(List.of(XENFV), writers(changed(FIRMWARE_ONLY, serial.end(), 0, timeout)));
  }

  @Test
  void aSubsectionThatNobodyDescribesIsToldByItsName() {
    Section port = section(FIRMWARE_ONLY, "port92");
    byte[] unknown = "\5\12port92/new\0\0\0\1\0".getBytes(StandardCharsets.ISO_8859_1);
    Mismatch mismatch = mismatch(changed(FIRMWARE_ONLY, port.end(), 0, unknown));
    assertEquals(Mismatch.Kind.SECTION, mismatch.kind());
    assertEquals(port.end(), mismatch.at());
    assertEquals(
        "found subsection 'port92/new' of section 'port92' instance 0, expected a subsection that"
            + " it knows there",
        mismatch.reason());
  }

  @Test
  void aDeviceThatNobodyDescribesIsToldByItsName() {
    Section port = section(FIRMWARE_ONLY, "port92");
    byte[] stream = FIRMWARE_ONLY.clone();
    stream[port.headerAt() + 6] = 'q';
    Mismatch mismatch = mismatch(stream);
    assertEquals(Mismatch.Kind.SECTION, mismatch.kind());
    assertEquals(port.headerAt() + 6, mismatch.at());
    assertTrue(mismatch.reason().contains("section 'qort92'"), mismatch::reason);
    assertEquals(17, judge(stream).survey().sections().size());
  }

  @Test
  void eachVirtualCpuHasItsSections() {
    byte[] waits = "\5\11apic_sipi\0\0\0\1\0\0\0\0\0\0\0\1".getBytes(StandardCharsets.ISO_8859_1);
    Section first = section(FIRMWARE_ONLY, "cpu_common");
    Section last = section(FIRMWARE_ONLY, "apic");
    byte[] second = Arrays.copyOfRange(FIRMWARE_ONLY, first.headerAt(), last.end());
    for (String idstr : List.of("cpu_common", "cpu", "apic")) {
      Section section = section(FIRMWARE_ONLY, idstr);
      second[section.headerAt() + 4 - first.headerAt()] = (byte) (90 + section.sectionId());
      second[section.instanceAt() + 3 - first.headerAt()] = 1;
    }
    byte[] stream = changed(changed(FIRMWARE_ONLY, last.end(), 0, waits), last.end(), 0, second);
    assertEquals(List.of(XENFV), writers(stream));
    assertEquals(
        List.of(0L, 1L),
        walk(stream).sections().stream()
            .filter(one -> one.idstr().equals("apic"))
            .map(Section::instance)
            .toList());
  }

  @Test
  void cardsStandInAnySlotAndSeveralTimes() {
    Section card = section(MANY_DEVICES, "0000:00:04.0/rtl8139");
    byte[] second = Arrays.copyOfRange(MANY_DEVICES, card.headerAt(), card.end());
    second[4] = 99;
    List<String> found = new ArrayList<>();
    for (String slot : List.of("05", "1f", "20", "0A", "04")) {
      byte[] here = second.clone();
      System.arraycopy(slot.getBytes(StandardCharsets.US_ASCII), 0, here, 14, 2);
      if (!writers(changed(MANY_DEVICES, card.end(), 0, here)).isEmpty()) {
        found.add(slot);
      }
    }
    // 20 is no slot, QEMU writes no capitals, and 04 is taken.
    assertEquals(List.of("05", "1f"), found);
  }
}
