package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.stream.Section;
import org.dragoman.systemtests.TraditionalDialect.Change;
import org.dragoman.systemtests.TraditionalDialect.FrameBuffer;
import org.dragoman.systemtests.TraditionalDialect.Known;
import org.dragoman.systemtests.TraditionalDialect.Writer;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The streams that the rig gives to qemu-xen are what the old products wrote: otherwise the rig
 * would test a translation of something that no host has.
 */
class TraditionalDialectTest {
  private static final byte[] TRADITIONAL_SLOTS =
      RecordedStreams.ofQemuXen()
          .get("qemu-xen-7.2.traditional-slots-cirrus-rtl8139-tablet.qemu-save");

  private static byte[] translated(Writer writer) {
    return TraditionalDialect.of(TRADITIONAL_SLOTS, writer, new Known(0x3c, 0x1c05, false));
  }

  /** Headers and lengths of the sections, as a product's own loader reads them. */
  private static List<String> sections(RecordedStream stream) {
    List<String> sections = new ArrayList<>();
    for (RawStream.Section one : RawStream.of(stream).sections) {
      // Only the one guest has a disk, with identify data.
      String length = one.idstr.equals("ide") ? "with or without" : "" + one.payload.length;
      sections.add(
          String.format(
              "%d %d %s/%d/%d %s", one.type, one.id, one.idstr, one.instance, one.label, length));
    }
    return sections;
  }

  @ParameterizedTest
  @CsvSource({
    "XEN_4_0, xen-4.0",
    "XEN_4_2, xen-4.1-4.20",
    "XENSERVER_6_0, xenserver-6.0-6.2",
    "XENSERVER_6_2, xenserver-6.0-6.2",
    "XENSERVER_6_5, xenserver-6.5 xenserver-7.0-7.4", // which differ by the vendor device alone
    "XENSERVER_6_5_FROM_6_2, xenserver-6.5 xenserver-7.0-7.4",
  })
  void itsStreamsAreExplainedByTheirProductAlone(Writer writer, String products) {
    assertEquals(Set.of(products.split(" ")), Dragoman.SHIPPED.writersOf(translated(writer)));
  }

  @ParameterizedTest
  @CsvSource({
    "XEN_4_0, xen-4.0.standard",
    "XEN_4_2, xen-4.2.standard",
    "XENSERVER_6_0, xenserver-6.0.standard",
    "XENSERVER_6_2, xenserver-6.2.standard",
    "XENSERVER_6_5, xenserver-6.5.standard",
    "XENSERVER_6_5_FROM_6_2, xenserver-6.5.standard.pm1-0801.via-xenserver-6.2",
  })
  void itsSectionsAreThoseOfAGenuineStreamOfTheSameGuest(Writer writer, String genuine) {
    RecordedStream recorded = RecordedStreams.named(genuine);
    assertEquals(sections(recorded), sections(recorded.with(translated(writer))));
  }

  @ParameterizedTest
  @CsvSource({
    "XEN_4_0, XEN_4_2, 0x1f40, 0x1f68",
    "XEN_4_2, XEN_4_2, 0xb000, 0xafe0",
    "XENSERVER_6_2, XENSERVER_6_5, 0x1f40, 0x1f68",
    "XENSERVER_6_5, XENSERVER_6_5, 0xb000, 0xafe0",
    "XENSERVER_6_5_FROM_6_2, XENSERVER_6_5, 0x1f40, 0x1f68",
  })
  void itsProductsOwnLoaderFindsWhatWasAskedFor(
      Writer writer, LoaderModel loader, String address, String events) {
    GuestState state = GuestState.loadedBy(loader, translated(writer), List.of());
    assertEquals(0x1c05, state.control());
    assertEquals(Long.decode(address), state.address());
    assertEquals(Long.decode(events), state.gpeAddress());
    assertEquals("3c", serialPort(state).substring(18, 20));
  }

  private static String serialPort(GuestState state) {
    return state.devices().stream()
        .filter(one -> one.name().equals("serial"))
        .findFirst()
        .orElseThrow()
        .payload();
  }

  @Test
  void whatWasNotAskedForIsTheGuestsOwn() {
    Known itsOwn = new Known(Known.ITS_OWN, Known.ITS_OWN, false);
    GuestState state =
        GuestState.loadedBy(
            LoaderModel.XEN_4_2,
            TraditionalDialect.of(TRADITIONAL_SLOTS, Writer.XEN_4_2, itsOwn),
            List.of());
    assertEquals(1, state.control());
    assertEquals("a5", serialPort(state).substring(18, 20));
  }

  /** By a change in one section nothing else becomes another. */
  @Test
  void oneSectionIsOtherThanItWas() {
    byte[] right = translated(Writer.XEN_4_2);
    Change change = new Change("rtl8139", 340, 2, "123456");
    byte[] wrong =
        TraditionalDialect.of(
            TRADITIONAL_SLOTS, Writer.XEN_4_2, new Known(0x3c, 0x1c05, false), change);
    RecordedStream genuine = RecordedStreams.named("xen-4.2.standard");
    byte[] payload = RawStream.of(genuine.with(right)).section("rtl8139").payload;
    String before = HexFormat.of().formatHex(right);
    String section = HexFormat.of().formatHex(payload);
    assertEquals(
        before.replace(section, section.substring(0, 680) + "123456" + section.substring(684)),
        HexFormat.of().formatHex(wrong));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            TraditionalDialect.of(
                TRADITIONAL_SLOTS,
                Writer.XEN_4_2,
                new Known(0x3c, 0x1c05, false),
                new Change("e1000", 0, 1, "00")));
  }

  @Test
  void videoMemoryIsWhereItWasAskedFor() {
    assertEquals(
        new FrameBuffer(0xf0000000L, 4 << 20), TraditionalDialect.frameBuffer(TRADITIONAL_SLOTS));
    RecordedStream genuine = RecordedStreams.named("xen-4.2.standard");
    for (boolean linear : new boolean[] {false, true}) {
      byte[] stream =
          TraditionalDialect.of(TRADITIONAL_SLOTS, Writer.XEN_4_2, new Known(0x3c, 0x0805, linear));
      byte[] adapter = RawStream.of(genuine.with(stream)).section("cirrus_vga").payload;
      assertEquals(
          linear ? "01fffffffff0000000fffffffff040000000000000f0000000" : tail(genuine),
          hex(adapter));
    }
  }

  @Test
  void aGuestWhoseDevicesAreElsewhereHasNoTraditionalForm() {
    byte[] elsewhere = RecordedStreams.ofQemuXen().get("qemu-xen-7.2.disk-no-vga.qemu-save");
    assertThrows(
        IllegalArgumentException.class,
        () -> TraditionalDialect.of(elsewhere, Writer.XEN_4_2, new Known(0x3c, 1, false)));
  }

  /**
   * There and back: whatever the old record has room for is again where QEMU had it. What is not
   * the same is QEMU's alone, or was never the guest's.
   */
  @ParameterizedTest
  @MethodSource("roundTrips")
  void translatedBackItIsWhatQemuSaved(byte[] stream, Map<String, String> differences) {
    Map<String, byte[]> saved = byName(stream);
    byte[] traditional =
        TraditionalDialect.of(
            stream, Writer.XEN_4_2, new Known(Known.ITS_OWN, Known.ITS_OWN, true));
    Plan plan = Dragoman.HOOK.plan(traditional, "qemu-xen");
    byte[] back = Dragoman.apply(traditional, assertInstanceOf(Plan.Rewrite.class, plan).edits());
    Map<String, String> found = new TreeMap<>();
    byName(back)
        .forEach(
            (name, payload) -> {
              byte[] before = saved.remove(name);
              StringBuilder where = new StringBuilder();
              for (int i = 0; i < payload.length; i++) {
                if (payload[i] != before[i]) {
                  where.append(String.format(" %d:%02x-%02x", i, before[i], payload[i]));
                }
              }
              if (payload.length != before.length) {
                where.append(" length " + before.length + "-" + payload.length);
              }
              if (!where.isEmpty()) {
                found.put(name, where.toString());
              }
            });
    assertEquals(new TreeMap<>(differences), found);
    // Their state is Xen's, or is none; a tablet is found anew.
    assertEquals(
        Set.of("apic/0", "cpu/0", "cpu_common/0", "hpet/0", "i2c_bus/0", "ioapic/0", "port92/0"),
        saved.keySet().stream()
            .filter(name -> !name.endsWith("/usb-ptr/0"))
            .collect(Collectors.toSet()));
  }

  static Stream<Arguments> roundTrips() {
    return Stream.of(
        Arguments.of(
            TRADITIONAL_SLOTS,
            differences(
                " 3:04-00 4:8d-00 5:5e-00 6:50-00 7:c9-00",
                Map.of(
                    "0000:00:01.2/uhci/0", " length 315-303",
                    "0000:00:04.0/rtl8139/0", " length 669-642"))),
        Arguments.of(
            RecordedStreams.fromTheRig("linux"),
            differences(
                " 3:2a-00 4:5d-00 5:f3-00 6:ab-00 7:ac-00",
                Map.of(
                    "0000:00:01.2/uhci/0", " length 315-303",
                    "0000:00:04.0/rtl8139/0", " length 669-642"))),
        Arguments.of(
            RecordedStreams.fromTheRig("stdvga-e1000"),
            differences(
                " 3:13-00 4:f2-00 5:a8-00 6:f7-00 7:af-00",
                Map.of(
                    // The adapter's registers and its ROM, which the old one had not.
                    "0000:00:02.0/vga/0", " 30:87-00 31:f1-00 54:86-00 55:f1-00",
                    // How much memory the adapter has is noted there.
                    "0000:00:03.0/platform/0", " 256:00-44 257:00-52 258:00-08",
                    "0000:00:04.0/e1000/0", " length 198785-67608"))));
  }

  /** Those of each guest, and its own. */
  private static Map<String, String> differences(String timer, Map<String, String> own) {
    Map<String, String> all = new TreeMap<>(own);
    all.put("timer/0", timer); // ticks, which are Xen's
    all.put("0000:00:01.0/PIIX3/0", " length 292-276");
    all.put("mc146818rtc/0", " length 245-205");
    // A subsection for each drive.
    all.put("fdc/0", " 542:05-00 543:11-00 544:66-00 length 593-545");
    // PCI status; PM1 status, which is Xen's; the last of the firmware's SMI commands.
    all.put("0000:00:01.3/piix4_pm/0", " 10:80-00 11:02-00 277:01-00 282:f1-00 length 336-312");
    return all;
  }

  private static Map<String, byte[]> byName(byte[] stream) {
    Map<String, byte[]> payloads = new TreeMap<>();
    Verdict verdict = Dragoman.SHIPPED.judgeUpstream(stream);
    for (Section section : verdict.explanations().get(0).walk().sections()) {
      payloads.put(
          section.idstr() + "/" + section.instance(),
          Arrays.copyOfRange(stream, section.payloadAt(), section.end()));
    }
    return payloads;
  }

  private static String tail(RecordedStream stream) {
    return hex(RawStream.of(stream).section("cirrus_vga").payload);
  }

  private static String hex(byte[] adapter) {
    return HexFormat.of().formatHex(adapter, 1870, 1895);
  }
}
