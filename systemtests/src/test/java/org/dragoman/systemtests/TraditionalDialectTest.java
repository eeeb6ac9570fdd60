package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.systemtests.TraditionalDialect.Known;
import org.dragoman.systemtests.TraditionalDialect.Writer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    "XENSERVER_6_2, xenserver-6.0-6.2",
    "XEN_4_2, xen-4.1-4.20",
  })
  void itsStreamsAreExplainedByTheirProductAlone(Writer writer, String product) {
    assertEquals(Set.of(product), Dragoman.SHIPPED.writersOf(translated(writer)));
  }

  @ParameterizedTest
  @CsvSource({
    "XENSERVER_6_2, xenserver-6.2.standard",
    "XEN_4_2, xen-4.2.standard",
  })
  void itsSectionsAreThoseOfAGenuineStreamOfTheSameGuest(Writer writer, String genuine) {
    RecordedStream recorded = RecordedStreams.named(genuine);
    assertEquals(sections(recorded), sections(recorded.with(translated(writer))));
  }

  @ParameterizedTest
  @CsvSource({
    "XENSERVER_6_2, XENSERVER_6_5, 0x1f40, 0x1f68",
    "XEN_4_2, XEN_4_2, 0xb000, 0xafe0",
  })
  void itsProductsOwnLoaderFindsWhatWasAskedFor(
      Writer writer, LoaderModel loader, String address, String events) {
    GuestState state = GuestState.loadedBy(loader, translated(writer), List.of());
    assertEquals(0x1c05, state.control());
    assertEquals(Long.decode(address), state.address());
    assertEquals(Long.decode(events), state.gpeAddress());
    GuestState.Device serial =
        state.devices().stream()
            .filter(one -> one.name().equals("serial"))
            .findFirst()
            .orElseThrow();
    assertEquals("3c", serial.payload().substring(18, 20));
  }

  @Test
  void videoMemoryIsWhereItWasAskedFor() {
    long frameBuffer = TraditionalDialect.frameBuffer(TRADITIONAL_SLOTS);
    assertEquals(0xf0000000L, frameBuffer);
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

  private static String tail(RecordedStream stream) {
    return hex(RawStream.of(stream).section("cirrus_vga").payload);
  }

  private static String hex(byte[] adapter) {
    return HexFormat.of().formatHex(adapter, 1870, 1895);
  }
}
