package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Topology;
import org.dragoman.translate.Verdict;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every recorded stream for qemu-xen: each byte of each section is where QEMU has it, by tables of
 * offsets that know nothing of the policies.
 */
class QemuXenTargetTest {
  private static final String TO = "qemu-xen";
  private static final int PCI = 276;

  /** With other values in all registers that may have any, so that no two neighbours are alike. */
  private static RecordedStream shuffled(RecordedStream stream) {
    Random random = new Random(stream.name().hashCode());
    List<FreeBytes.Change> changes = new ArrayList<>();
    for (int place = 0; place < 9000; place++) {
      changes.add(new FreeBytes.Change(place, (byte) random.nextInt()));
    }
    RawStream raw = RawStream.of(FreeBytes.changed(stream, changes));
    for (RawStream.Section section : raw.sections) {
      switch (section.idstr) {
        // No guest is seen while it goes to sleep.
        case "piix4acpi" -> section.payload[276] &= ~0x20;
        case "ide" -> {
          byte[] ide = section.payload;
          for (int at = PCI + 42; at < ide.length; at += 20) {
            at += ByteBuffer.wrap(ide).getInt(at + 4) != 0 ? 520 : 8;
            for (int i = at; i < at + 20; i++) {
              ide[i] = (byte) random.nextInt();
            }
          }
        }
        // A display adapter that is mapped nowhere.
        case "cirrus_vga", "vga" -> Arrays.fill(section.payload, 20, 24, (byte) 0);
        default -> {}
      }
    }
    return stream.with(raw.bytes());
  }

  private static boolean isInScope(RecordedStream stream) {
    // Of those with a short 2 beside a gpe 2, nobody can say who wrote them, for any target.
    return !stream.name().contains("pciemulation") && !stream.name().contains("with-bug");
  }

  @TestFactory
  Stream<DynamicTest> everyRegisterIsWhereQemuHasIt() {
    return RecordedStreams.saved().stream()
        .filter(QemuXenTargetTest::isInScope)
        .map(stream -> dynamicTest(stream.name(), () -> assertRebuilt(shuffled(stream))));
  }

  @TestFactory
  Stream<DynamicTest> streamsAsTheyWereSavedAreRebuilt() {
    return Stream.of(RecordedStreams.saved(), RecordedStreams.reordered())
        .flatMap(List::stream)
        .filter(QemuXenTargetTest::isInScope)
        .map(stream -> dynamicTest(stream.name(), () -> assertRebuilt(stream)));
  }

  private static void assertRebuilt(RecordedStream stream) {
    Map<String, byte[]> expected = expected(stream);
    byte[] result = rebuilt(stream.bytes());
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (Section section : walk(result).sections()) {
      found.put(
          section.idstr() + " " + section.instance() + " " + section.label(),
          Arrays.copyOfRange(result, section.payloadAt(), section.end()));
    }
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, payload) -> assertArrayEquals(payload, found.get(name), name));
  }

  private static byte[] rebuilt(byte[] stream) {
    Plan plan = Dragoman.SHIPPED.plan(stream, TO);
    return Dragoman.apply(stream, assertInstanceOf(Plan.Rewrite.class, plan).edits());
  }

  private static Topology topology(byte[] stream) {
    return assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.plan(stream, TO)).topology();
  }

  private static Walk walk(byte[] stream) {
    Verdict verdict = Dragoman.SHIPPED.judgeUpstream(stream);
    assertEquals(1, verdict.explanations().size(), () -> verdict.mismatches().toString());
    Walk walk = verdict.explanations().get(0).walk();
    assertTrue(walk.footers());
    return walk;
  }

  // What is needed beyond the stream

  private static RawStream named(String name) {
    return RawStream.of(
        RecordedStreams.saved().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow());
  }

  /** With a display adapter at an address, little-endian, that answers there or does not. */
  private static byte[] mappedAt(RawStream raw, String vga, int address, boolean answers) {
    byte[] payload = raw.section(vga).payload;
    payload[8] = (byte) (answers ? 3 : 0);
    ByteBuffer.wrap(payload).putInt(20, Integer.reverseBytes(address | 8));
    return raw.bytes();
  }

  @Test
  void videoMemoryThatIsElsewhereIsBroughtToTheAdapter() {
    Topology cirrus =
        topology(
            mappedAt(named("xenserver-6.2.standard.qemu-save"), "cirrus_vga", 0xf0000000, true));
    assertEquals(new Topology.Relocation(0xff000, 0xf0000, 0x400), cirrus.relocation());
    assertEquals(Topology.Vga.CIRRUS, cirrus.vga());
    assertEquals(4, cirrus.vramMib());
    Topology std = topology(mappedAt(named("xen-4.2.stdvga.qemu-save"), "vga", 0xf1000000, true));
    assertEquals(new Topology.Relocation(0xff000, 0xf1000, std.vramMib() << 8), std.relocation());
    assertEquals(Topology.Vga.STD, std.vga());
    assertEquals(8, std.vramMib());
  }

  @Test
  void videoMemoryStaysWhereTheAdapterHasItOrHasNoPlaceYet() {
    RawStream graphics = named("xenserver-6.2.standard.qemu-save");
    byte[] vga = graphics.section("cirrus_vga").payload;
    ByteBuffer.wrap(vga).putLong(vga.length - 8, 0xf0000000L);
    assertNull(topology(mappedAt(graphics, "cirrus_vga", 0xf0000000, true)).relocation());
    RawStream off = named("xenserver-6.2.standard.qemu-save");
    byte[] unmapped = mappedAt(off, "cirrus_vga", 0xf0000000, false);
    assertNull(topology(unmapped).relocation());
    assertTrue(warnings(unmapped).contains("what is on the screen"), warnings(unmapped));
  }

  @Test
  void videoMemoryInAnyOtherPlaceIsRefused() {
    for (long place : new long[] {0xf0000000L, 0xff001000L, 0x1000}) {
      RawStream raw = named("xenserver-6.2.standard.qemu-save");
      byte[] vga = raw.section("cirrus_vga").payload;
      ByteBuffer.wrap(vga).putLong(vga.length - 8, place);
      assertRefused(mappedAt(raw, "cirrus_vga", 0xe0000000, true), "the video memory is at 0x");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "xenserver-6.0.standard, true, true, rtl8139@4",
    "xenserver-6.5.standard, true, false, rtl8139@4",
    "xenserver-6.5.standard.pm1-1401.via-xenserver-6.2, true, true, rtl8139@4",
    "xen-4.0.no-usb, false, true, rtl8139@4",
    "xen-4.2.standard, true, false, rtl8139@4",
    "xen-4.2.two-nics, true, false, rtl8139@4 rtl8139@5",
    "xen-4.2.two-e1000, true, false, e1000@4 e1000@5",
    "xen-4.2.no-nic, true, false, ''",
  })
  void theTopologyIsThatOfTheStream(String name, boolean usb, boolean oldPorts, String cards) {
    Topology topology = topology(named(name + ".qemu-save").bytes());
    assertEquals(usb, topology.usb());
    assertEquals(oldPorts, topology.oldPorts());
    assertEquals(
        cards,
        String.join(
            " ", topology.cards().stream().map(one -> one.model() + "@" + one.slot()).toList()));
    assertEquals(-1, topology.vendorDeviceSlot());
  }

  /** What is saved of a guest without ACPI ends before these three. */
  @Test
  void aGuestWithoutAcpiIsOneWithoutItLaterToo() {
    RawStream raw = named("xen-4.2.standard.qemu-save");
    assertTrue(topology(raw.bytes()).acpi());
    for (String section : List.of("gpe", "pci_devfn", "piix4acpi")) {
      raw.sections.remove(raw.section(section));
    }
    Topology without = topology(raw.bytes());
    assertFalse(without.acpi());
    assertTrue(
        without.inWords().contains("no power management controller (acpi = 0)"),
        () -> without.inWords().toString());
    assertEquals(
        without,
        assertInstanceOf(
                Plan.Rewrite.class, Dragoman.SHIPPED.planUpstream(rebuilt(raw.bytes()), TO))
            .topology());
  }

  @Test
  void theDeviceForWindowsUpdateHasTheSlotAfterTheCards() {
    assertEquals(
        5,
        topology(named("xenserver-7.0.standard-vendor-device.pm1-1401.qemu-save").bytes())
            .vendorDeviceSlot());
    assertEquals(
        4,
        topology(named("xenserver-7.0.no-nic-vendor-device.pm1-1401.qemu-save").bytes())
            .vendorDeviceSlot());
  }

  /** What is rebuilt in a file stays there for a while; its video memory is where it was. */
  @ParameterizedTest
  @CsvSource({"xenserver-6.2.standard, cirrus_vga", "xen-4.2.stdvga, vga"})
  void aRebuiltFileSaysThatItsVideoMemoryIsStillToBeMoved(String name, String vga) {
    byte[] stream = mappedAt(named(name + ".qemu-save"), vga, 0xf0000000, true);
    byte[] file = rebuilt(stream);
    Topology later =
        assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.planUpstream(file, TO)).topology();
    assertEquals(topology(stream), later);
    assertEquals(0xf0000, later.relocation().to());
    // And once more, it must not be said: who starts the device model does it, and takes it back.
    Plan.Rewrite atOnce =
        assertInstanceOf(Plan.Rewrite.class, Dragoman.HOOK.planUpstream(file, TO));
    assertEquals(later, atOnce.topology());
    byte[] given = Dragoman.apply(file, atOnce.edits());
    assertNull(
        assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.planUpstream(given, TO))
            .topology()
            .relocation());
    byte[] directly =
        Dragoman.apply(
            stream, assertInstanceOf(Plan.Rewrite.class, Dragoman.HOOK.plan(stream, TO)).edits());
    assertNull(
        assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.planUpstream(directly, TO))
            .topology()
            .relocation());
  }

  private static String warnings(byte[] stream) {
    return String.join(
        "\n", assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.plan(stream, TO)).warnings());
  }

  private static void assertRefused(byte[] stream, String because) {
    Plan.Refusal refusal = assertInstanceOf(Plan.Refusal.class, Dragoman.SHIPPED.plan(stream, TO));
    assertTrue(
        refusal.reasons().stream().anyMatch(one -> one.contains(because)),
        () -> refusal.reasons().toString());
  }

  @Test
  void whatIsLostIsSaidBeforeAnybodyCommitsToIt() {
    String old = warnings(named("xenserver-6.2.standard.qemu-save").bytes());
    for (String lost : List.of("PCI devices", "S3, S4", "GPE", "USB tablet", "5853:0001")) {
      assertTrue(old.contains(lost), lost);
    }
    String current = warnings(named("xen-4.2.no-usb.qemu-save").bytes());
    for (String kept : List.of("S3, S4", "GPE", "USB tablet", "5853:0001")) {
      assertTrue(!current.contains(kept), kept);
    }
    assertTrue(current.contains("PCI devices"));
  }

  @Test
  void whatQemuXenHasNotIsRefused() {
    for (String name :
        List.of(
            "xen-4.2-pciemulation.standard-piix4acpi-not-last.pm1-1401.qemu-save",
            "xenserver-6.5-pciemulation.no-nic-piix4acpi-not-last.pm1-1401.qemu-save")) {
      assertRefused(named(name).bytes(), "-pciemulation");
    }
    RawStream asleep = named("xen-4.2.standard.qemu-save");
    asleep.section("piix4acpi").payload[276] |= 0x20;
    assertRefused(asleep.bytes(), "bit 13");
  }

  @Test
  void whatCouldNotBeRestoredASecondTimeIsRefusedTheFirstTime() {
    for (String device : List.of("cirrus_vga", "platform")) {
      RawStream without = named("xen-4.0.standard.qemu-save");
      without.sections.remove(without.section(device));
      if (device.equals("platform")) {
        without.sections.remove(without.section("platform_fixed_ioport"));
      }
      Plan plan = Dragoman.SHIPPED.plan(without.bytes(), TO);
      assertInstanceOf(Plan.Refusal.class, plan, device);
    }
    RawStream overlapping = named("xenserver-6.2.standard.qemu-save");
    assertRefused(mappedAt(overlapping, "cirrus_vga", 0xff100000, true), "cannot be brought from");
  }

  /** The note is in the guest's reach. */
  @Test
  void aGuestCannotHaveItsMemoryMovedByWritingTheNoteItself() {
    byte[] stream =
        mappedAt(named("xenserver-6.2.standard.qemu-save"), "cirrus_vga", 0xf0000000, true);
    byte[] file = rebuilt(stream);
    Section piix3 =
        walk(file).sections().stream()
            .filter(one -> one.idstr().endsWith("/PIIX3"))
            .findFirst()
            .orElseThrow();
    // As QEMU saves it again: with label 3 and four more numbers.
    byte[] saved =
        new ByteBuilder()
            .put(part(file, 0, piix3.payloadAt() - 1))
            .put(new byte[] {3})
            .put(part(file, piix3.payloadAt(), PCI))
            .zeros(16)
            .put(part(file, piix3.end(), file.length - piix3.end()))
            .bytes();
    Plan.Rewrite plan = assertInstanceOf(Plan.Rewrite.class, Dragoman.HOOK.planUpstream(saved, TO));
    assertNull(plan.topology().relocation());
    assertEquals(List.of(), plan.edits());
  }

  // Later restores

  @ParameterizedTest
  @CsvSource({
    "xenserver-6.2.standard",
    "xenserver-6.2.stdvga",
    "xenserver-7.0.standard-vendor-device.pm1-1401",
    "xen-4.2.two-e1000",
    "xen-4.2.no-usb",
    "xen-4.0.stdvga",
  })
  void aRebuiltStreamSaysTheSameTopologyOfItself(String name) {
    byte[] stream = named(name + ".qemu-save").bytes();
    Plan again = Dragoman.SHIPPED.planUpstream(rebuilt(stream), TO);
    Plan.Rewrite rewrite = assertInstanceOf(Plan.Rewrite.class, again);
    assertEquals(List.of(), rewrite.edits());
    assertEquals(topology(stream), rewrite.topology());
  }

  /**
   * As QEMU saves a guest that has booted since: nothing is noted in its platform device.
   *
   * @param banks what the section of a standard VGA says of its memory, in 64 KiB
   */
  static byte[] booted(String name, int banks) {
    byte[] stream = rebuilt(named(name + ".qemu-save").bytes());
    for (Section section : walk(stream).sections()) {
      if (section.idstr().endsWith("/platform")) {
        // The note of a standard VGA's memory; of a Cirrus, none is needed.
        assertEquals(name.contains("std") ? 'D' : 0, stream[section.payloadAt() + 4 + 0xfc]);
        Arrays.fill(
            stream, section.payloadAt() + 4 + 0xfc, section.payloadAt() + 4 + 256, (byte) 0);
      } else if (section.idstr().endsWith("/vga")) {
        assertEquals(127, ByteBuffer.wrap(stream).getInt(section.end() - 4), "8 MiB, as saved");
        ByteBuffer.wrap(stream).putInt(section.end() - 4, banks - 1);
      }
    }
    return stream;
  }

  @ParameterizedTest
  @CsvSource({
    // The record itself counts, whatever the configuration has become since.
    "128, 0, 8",
    "128, 16, 8",
    "64, 8, 4",
    "2048, 8, 128",
    // Where it says nothing that can be: what the guest booted with.
    "0, 16, 16",
    "0, 8, 8",
    "127, 4, 4",
    "8, 4, 4",
    "4096, 4, 4",
    "0, 0, 0",
  })
  void aGuestThatHasBootedSinceHasTheVideoMemoryThatItBootedWith(int banks, int said, int mib) {
    KeptTopology kept = said == 0 ? null : KeptTopology.ofStdMib(said);
    Plan plan = Dragoman.SHIPPED.planUpstream(booted("xen-4.2.stdvga", banks), TO, kept);
    if (mib == 0) {
      assertEquals(
          List.of("nothing says how much video memory its standard VGA has"),
          assertInstanceOf(Plan.Refusal.class, plan).reasons());
      return;
    }
    Topology topology = assertInstanceOf(Plan.Rewrite.class, plan).topology();
    assertEquals(mib, topology.vramMib());
    assertNull(topology.relocation());
    assertEquals(topology(named("xen-4.2.stdvga.qemu-save").bytes()).cards(), topology.cards());
  }

  @Test
  void aCirrusHasWhatItAlwaysHas() {
    byte[] stream = booted("xen-4.2.two-e1000", 0);
    for (KeptTopology kept : Arrays.asList(null, KeptTopology.ofStdMib(16))) {
      Plan plan = Dragoman.SHIPPED.planUpstream(stream, TO, kept);
      assertEquals(4, assertInstanceOf(Plan.Rewrite.class, plan).topology().vramMib());
    }
  }

  /** Without an adapter, QEMU puts the platform device where that would be. */
  @Test
  void aGuestThatHasBootedWithoutAnAdapterNeedsNone() {
    byte[] stream = booted("xen-4.2.standard", 0);
    Section adapter =
        walk(stream).sections().stream()
            .filter(one -> one.idstr().endsWith("/cirrus_vga"))
            .findFirst()
            .orElseThrow();
    // From its type to its footer.
    int at = adapter.payloadAt() - 4 - 4 - adapter.idstr().length() - 1 - 4 - 1;
    byte[] without =
        new ByteBuilder()
            .put(part(stream, 0, at))
            .put(part(stream, adapter.end() + 5, stream.length - adapter.end() - 5))
            .bytes();
    Section platform =
        walk(without).sections().stream()
            .filter(one -> one.idstr().endsWith("/platform"))
            .findFirst()
            .orElseThrow();
    assertInstanceOf(
        Plan.Refusal.class, Dragoman.SHIPPED.planUpstream(without, TO), "it is at slot 3");
    int slotAt = platform.payloadAt() - 8 - platform.idstr().length() + "0000:00:0".length();
    assertEquals('3', without[slotAt]);
    without[slotAt] = '2';
    Topology topology =
        assertInstanceOf(Plan.Rewrite.class, Dragoman.SHIPPED.planUpstream(without, TO)).topology();
    assertNull(topology.vga());
    assertEquals(0, topology.vramMib());
    assertEquals(1, topology.cards().size());
  }

  @Test
  void aStreamOfQemusOwnThatWasNeverRebuiltNeedsNothing() {
    RecordedStreams.ofQemuXen()
        .forEach(
            (name, stream) -> {
              Plan plan = Dragoman.SHIPPED.planUpstream(stream, TO);
              Plan.Rewrite rewrite = assertInstanceOf(Plan.Rewrite.class, plan, name);
              assertEquals(List.of(), rewrite.edits());
              assertNull(rewrite.topology(), name);
            });
  }

  /** Payloads by idstr, instance and label, in any order. */
  private static Map<String, byte[]> expected(RecordedStream stream) {
    RawStream raw = RawStream.of(stream);
    Map<String, byte[]> all = new LinkedHashMap<>();
    int[] lines = new int[128];
    int cards = 4;
    int ports = 0;
    for (RawStream.Section section : raw.sections) {
      byte[] had = section.payload;
      int slot = -1;
      switch (section.idstr) {
        case "timer" -> put(all, "timer 0 2", zeros(16), had);
        case "I440FX" -> {
          slot = 0;
          put(all, "0000:00:00.0/I440FX 0 3", had, zeros(1));
        }
        case "PIIX3" -> {
          slot = 1;
          put(all, "0000:00:01.0/PIIX3 0 2", had);
        }
        case "cirrus_vga" -> {
          slot = 2;
          put(all, "0000:00:02.0/cirrus_vga 0 2", part(had, 0, PCI + 1594));
        }
        case "vga" -> {
          slot = 2;
          byte[] vga = part(had, 0, PCI + 1096 + 1 + 2 + 20);
          vga[12] = 2;
          int rest = PCI + 1096 + 1 + 2 + 26;
          put(all, "0000:00:02.0/vga 0 2", vga, part(had, rest, 12));
        }
        case "mc146818rtc" ->
            put(
                all,
                "mc146818rtc 0 2",
                part(had, 0, 129),
                zeros(28),
                part(had, 157, 16),
                zeros(32));
        case "platform" -> {
          slot = 3;
          byte[] platform = part(had, 0, PCI);
          platform[6] = 1;
          platform[7] = 0;
          platform[13] = 0;
          platform[14] = (byte) 0x80;
          platform[15] = (byte) 0xff;
          for (RawStream.Section other : raw.sections) {
            if (other.idstr.equals("vga")) {
              platform[256] = 'D';
              platform[257] = 'R';
              platform[258] = (byte) (ByteBuffer.wrap(other.payload).getInt(1425 - 12) >> 20);
              platform[259] = 0;
            }
          }
          put(
              all,
              "0000:00:03.0/platform 0 4",
              platform,
              raw.section("platform_fixed_ioport").payload);
        }
        case "serial" -> {
          byte[] serial = had.clone();
          serial[7] = (byte) ((serial[7] & 0x40) == 0 ? serial[7] | 0x60 : serial[7]);
          put(all, "serial " + ports++ + " 3", serial);
        }
        case "rtl8139", "e1000" -> {
          slot = cards++;
          byte[] card = had.clone();
          if (section.idstr.equals("e1000")) {
            card[10] &= ~0x10;
          }
          String label = section.idstr.equals("e1000") ? "2" : "5";
          put(all, String.format("0000:00:%02x.0/%s 0 %s", slot, section.idstr, label), card);
        }
        case "ide" -> {
          slot = 1;
          put(all, "0000:00:01.1/ide 0 3", ide(had));
        }
        case "pckbd", "ps2kbd" -> put(all, section.idstr + " 0 3", had);
        case "ps2mouse" -> put(all, "ps2mouse 0 2", had);
        case "dma" -> put(all, "dma " + section.instance + " 1", had);
        case "fdc" -> put(all, "fdc 0 2", had);
        case "uhci", "UHCI usb controller" -> {
          slot = 1;
          byte[] uhci = had.clone();
          uhci[PCI + 18] &= 0x3f;
          put(all, "0000:00:01.2/uhci 0 1", uhci);
        }
        case "piix4acpi" -> {
          slot = 1;
          put(
              all,
              "0000:00:01.3/piix4_pm 0 3",
              powerManagement(stream, had, raw.section("gpe").payload));
        }
        case "xen-pvdevice" -> {
          slot = cards++;
          put(all, String.format("0000:00:%02x.0/xen-pvdevice 0 1", slot), had);
        }
        case "ram", "fw_cfg", "pci_devfn", "gpe", "platform_fixed_ioport" -> {}
        default -> throw new IllegalStateException(section.idstr);
      }
      for (int pin = 0; slot >= 0 && pin < 4; pin++) {
        boolean on = ByteBuffer.wrap(had).getInt(260 + 4 * pin) != 0 && (had[9] & 4) == 0;
        lines[4 * slot + pin] += on ? 1 : 0;
      }
    }
    ByteBuffer bus = ByteBuffer.allocate(516).putInt(128);
    Arrays.stream(lines).forEach(bus::putInt);
    put(all, "PCIBUS 0 1", bus.array());
    return all;
  }

  private static byte[] powerManagement(RecordedStream stream, byte[] had, byte[] gpe) {
    ByteBuffer pm = ByteBuffer.allocate(312);
    pm.put(0, had, 0, PCI);
    pm.put(12, (byte) 3);
    pm.put(4 + 0x40, (byte) ((int) stream.address() | 1))
        .put(4 + 0x41, (byte) (stream.address() >> 8));
    pm.put(4 + 0x42, (byte) 0).put(4 + 0x43, (byte) 0);
    pm.put(4 + 0x80, (byte) (had[4 + 0x80] | 1));
    pm.put(280, had, 276, 2);
    pm.putLong(284, -1);
    if (stream.address() != GuestState.OLD_PORTS) {
      pm.put(300, gpe[2]).put(301, gpe[0]).put(302, gpe[3]).put(303, gpe[1]);
    }
    return pm.array();
  }

  /** Each drive loses a byte in its middle and gets one at its end; two registers change places. */
  private static byte[] ide(byte[] had) {
    ByteBuilder ide = new ByteBuilder().put(part(had, 0, PCI + 2 * 19 + 2 * 2));
    int at = PCI + 42;
    for (int drive = 0; drive < 4; drive++) {
      int head = ByteBuffer.wrap(had).getInt(at + 4) != 0 ? 520 : 8;
      ide.put(part(had, at, head));
      at += head + 1;
      ide.put(part(had, at, 10));
      ide.put(part(had, at + 11, 1)).put(part(had, at + 10, 1)).put(part(had, at + 12, 7)).zeros(1);
      at += 19;
    }
    assertEquals(had.length, at);
    return ide.bytes();
  }

  private static byte[] part(byte[] bytes, int from, int length) {
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  private static byte[] zeros(int count) {
    return new byte[count];
  }

  private static void put(Map<String, byte[]> all, String name, byte[]... parts) {
    ByteBuilder payload = new ByteBuilder();
    for (byte[] part : parts) {
      payload.put(part);
    }
    assertNull(all.put(name, payload.bytes()), name);
  }
}
