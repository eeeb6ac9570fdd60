package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.dragoman.policy.Policies;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.referenceloader.SectionKey;
import org.dragoman.stream.Mismatch;
import org.dragoman.translate.Explanation;
import org.dragoman.translate.Plan;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams made to hurt: counts that nothing backs, framing that never comes to an end, names that
 * are no names. And the rare ones that look like that and are genuine.
 */
class HostileStreamTest {
  private static final int PCI = 276;

  /** Where in vga's payload the size of its memory is, and behind it the guest frame of it. */
  private static final int VGA_VRAM_SIZE = 1413;

  /** Where in cirrus_vga's payload the tail of 25 bytes begins. */
  private static final int CIRRUS_TAIL = PCI + 1594;

  private static final int MIB = 1 << 20;

  @ParameterizedTest
  @ValueSource(strings = {"xen-4.2.stdvga", "xen-4.0.stdvga", "xenserver-6.2.stdvga"})
  void videoMemoryOfFourGigabytesIsTooMuch(String recorded) {
    byte[] stream =
        changed(
            recorded,
            raw -> {
              ByteBuffer vga = ByteBuffer.wrap(raw.section("vga").payload);
              vga.putInt(VGA_VRAM_SIZE, 0xffffffff).putLong(VGA_VRAM_SIZE + 4, 0);
            });
    Judgement judgement = judge(stream);
    judgement.assertRefused();
    assertSays(judgement, "vram", "4294967295 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"xen-4.2.stdvga", "xen-4.0.stdvga", "xenserver-6.2.stdvga"})
  void videoMemoryThatIsThereIsCarriedAlong(String recorded) {
    byte[] stream =
        changed(
            recorded,
            raw -> {
              RawStream.Section vga = raw.section("vga");
              int size = ByteBuffer.wrap(vga.payload).getInt(VGA_VRAM_SIZE);
              ByteBuffer.wrap(vga.payload).putLong(VGA_VRAM_SIZE + 4, 0);
              vga.payload = concat(vga.payload, noise(size));
            });
    assertTranslatesAsRecorded(RecordedStreams.named(recorded), stream);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 127, 255})
  void aFloppyControllerHasTwoDrives(int drives) {
    refused(changed("xen-4.2.standard", raw -> raw.section("fdc").payload[538] = (byte) drives));
    refused(
        changed(
            "xen-4.2.standard",
            raw -> {
              RawStream.Section fdc = raw.section("fdc");
              fdc.payload = Arrays.copyOf(fdc.payload, 539 + 3 * drives);
              fdc.payload[538] = (byte) drives;
            }));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 255})
  void aUsbControllerHasTwoPorts(int ports) {
    refused(changed("xen-4.2.standard", raw -> raw.section("uhci").payload[PCI] = (byte) ports));
    refused(
        changed(
            "xenserver-6.2.standard",
            raw -> raw.section("UHCI usb controller").payload[PCI] = (byte) ports));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0x7fffffff, 0x80000000, 0xffffffff})
  void aDriveWhoseIdentificationIsMissingIsNoDrive(int flag) {
    for (int drive = 0; drive < 4; drive++) {
      int flagAt = PCI + 38 + 4 + 28 * drive + 4;
      byte[] whole =
          changed(
              "xen-4.2.standard",
              raw -> ByteBuffer.wrap(raw.section("ide").payload).putInt(flagAt, flag));
      refused(whole);
      RawStream raw = RawStream.of(RecordedStreams.named("xen-4.2.standard"));
      int idePayloadAt = raw.headerAt(raw.section("ide")) + raw.section("ide").headerLength();
      refused(Arrays.copyOf(whole, idePayloadAt + flagAt + 4));
      refused(Arrays.copyOf(whole, idePayloadAt + flagAt + 4 + 511));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 0x80000000, 0xffffffff})
  void aDriveWithItsIdentificationIsOneWhateverSaysSo(int flag) {
    RecordedStream recorded = RecordedStreams.named("xen-4.2.standard");
    int flagAt = PCI + 38 + 4 + 4;
    byte[] stream =
        changed(
            recorded.name(),
            raw -> {
              RawStream.Section ide = raw.section("ide");
              ByteBuffer.wrap(ide.payload).putInt(flagAt, flag);
              ide.payload =
                  concat(
                      Arrays.copyOf(ide.payload, flagAt + 4),
                      noise(512),
                      Arrays.copyOfRange(ide.payload, flagAt + 4, ide.payload.length));
            });
    assertTranslatesAsRecorded(recorded, stream);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff})
  void nobodyWritesThePciBusHoweverLongItClaimsToBe(int interrupts) {
    refused(
        changed(
            "xen-4.2.standard",
            raw -> {
              int real = interrupts == 4 ? 4 : 0;
              ByteBuffer payload = ByteBuffer.allocate(4 + 4 * real).putInt(interrupts);
              raw.sections.add(
                  raw.sections.indexOf(raw.section("I440FX")),
                  RawStream.Section.full(3, "PCIBUS", 0, 1, payload.array()));
            }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xen-4.0.standard",
        "xen-4.2.standard",
        "xenserver-6.0.standard",
        "xenserver-6.5.standard"
      })
  void theCirrusCardsMemoryIsFoundThoughItsSizeIsWrittenNowhere(String recorded) {
    RecordedStream stream = RecordedStreams.named(recorded);
    // An unmapped card has no addresses, or it has those of its last mapping.
    for (int address : new int[] {0, 0xf0000000}) {
      for (int mapped : new int[] {0, 4 * MIB}) {
        byte[] fourMebibytes = withCirrusMemory(recorded, address, address + mapped, 4 * MIB);
        assertTranslatesAsRecorded(stream, fourMebibytes);
      }
      for (int mapped : new int[] {0, 8 * MIB}) {
        byte[] eightMebibytes = withCirrusMemory(recorded, address, address + mapped, 8 * MIB);
        Judgement judgement = judge(eightMebibytes);
        assertEquals(Dragoman.SHIPPED.writersOf(stream.bytes()), judgement.writers());
        for (Explanation one : judgement.verdict().explanations()) {
          assertEquals(
              1895 + 8 * MIB,
              one.walk().sections().stream()
                  .filter(section -> section.idstr().equals("cirrus_vga"))
                  .findFirst()
                  .orElseThrow()
                  .payloadLength());
        }
      }
    }
  }

  @Test
  void aCirrusCardsMemoryThatDoesNotEndAtASectionIsRefused() {
    for (int size : new int[] {0, 1, 4 * MIB - 1, 4 * MIB + 1, 6 * MIB, 9 * MIB}) {
      refused(withCirrusMemory("xen-4.2.standard", 0, 0, size));
    }
    for (int end : new int[] {1, 4 * MIB - 1, 4 * MIB + 1, 0x7fffffff, 0xffffffff}) {
      refused(withCirrusMemory("xen-4.2.standard", 0, end, 4 * MIB));
      refused(withCirrusMemory("xen-4.2.standard", 4 * MIB + 1, 0, 4 * MIB));
    }
  }

  @Test
  void tenThousandSectionsAreTooMany() {
    for (int payload : new int[] {0, PCI}) {
      RawStream stream = RawStream.of(RecordedStreams.named("xen-4.2.standard"));
      int id = 100;
      while (stream.sections.size() < 10_000) {
        stream.sections.add(
            RawStream.Section.full(id, "device " + id, id << 3, 1, pciDevice(payload)));
        id++;
      }
      refused(stream.bytes());
    }
    RawStream silent = RawStream.empty();
    for (int id = 0; id < 10_000; id++) {
      silent.sections.add(RawStream.Section.full(id, "audio", id, 1, new byte[0]));
    }
    refused(silent.bytes());
  }

  @Test
  void asManyDevicesAsAPciBusHoldsAreNotTooMany() {
    RecordedStream recorded =
        RecordedStreams.named("xen-4.2-pciemulation.no-nic-piix4acpi-not-last.pm1-1401");
    RawStream stream = RawStream.of(recorded);
    int id = stream.sections.get(stream.sections.size() - 1).id + 1;
    for (int devfn = 0x48; devfn < 0x100; devfn++, id++) {
      stream.sections.add(RawStream.Section.full(id, "device " + devfn, devfn, 1, pciDevice(PCI)));
    }
    Judgement judgement = judge(stream.bytes());
    assertEquals(Set.of("xen-4.1-4.20"), judgement.writers());
    assertInstanceOf(Plan.Rewrite.class, judgement.plans().get(Target.XENSERVER_6_5));
  }

  @Test
  void namesOfControlCharactersAreEscapedInEveryMessage() {
    StringBuilder name = new StringBuilder("\u001b[2J\u001b]0;'\"\\\r\n\u0000\u007f\u009b31m");
    while (name.length() < 255) {
      name.append((char) (name.length() % 32));
    }
    for (String idstr : List.of(name.toString(), "piix4acpi\u0000", "uh\u001bci", "\u0085")) {
      for (int type : new int[] {1, 4}) {
        RawStream first = RawStream.empty();
        first.sections.add(RawStream.Section.full(0, idstr, 0, 1, pciDevice(PCI)));
        first.sections.get(0).type = type;
        refused(first.bytes());

        RawStream last = RawStream.of(RecordedStreams.named("xen-4.2.standard"));
        RawStream.Section section = RawStream.Section.full(100, idstr, 0x88, 1, pciDevice(PCI));
        section.type = type;
        last.sections.add(section);
        Judgement judgement = refused(last.bytes());
        if (idstr.length() == 255) {
          assertSays(judgement, "\\x1b[2J");
        }
      }
    }
  }

  @Test
  void aLongNameOfPlainCharactersIsAName() {
    RecordedStream recorded =
        RecordedStreams.named("xen-4.2-pciemulation.no-nic-piix4acpi-not-last.pm1-1401");
    RawStream stream = RawStream.of(recorded);
    stream.section("pe-dev0").idstr = "'\\\" %s ${x} ".repeat(30).substring(0, 255);
    Judgement judgement = judge(stream.bytes());
    assertEquals(Set.of("xen-4.1-4.20"), judgement.writers());
    Plan.Rewrite plan = assertInstanceOf(Plan.Rewrite.class, judgement.plans().get(Target.XEN_4_4));
    assertEquals(0, plan.edits().size());
  }

  @Test
  void aSectionThatBeginsMustGoOnAndEnd() {
    // START, PART and END of ram are the first three.
    refused(withRamParts(1));
    refused(withRamParts(1, 2));
    refused(withRamParts(1, 3));
    refused(withRamParts(2, 3));
    refused(withRamParts(3));
    refused(withRamParts(4));
    refused(withRamParts(1, 2, 2));
    refused(withRamParts(1, 1, 2, 3));
    refused(withRamParts(1, 2, 3, 3));
    refused(withRamParts(1, 2, 3, 1, 2, 3));
    refused(withRamParts());
    assertEquals(Set.of("xen-4.1-4.20"), judge(withRamParts(1, 2, 3)).writers());
  }

  @Test
  void aPartOfAnotherSectionIsNoPart() {
    for (int part : new int[] {1, 2}) {
      for (int id : new int[] {0, 2, 3, 0x01000001, -1}) {
        refused(changed("xen-4.2.standard", raw -> raw.sections.get(part).id = id));
      }
    }
    refused(changed("xen-4.2.standard", raw -> raw.section("timer").type = 1));
    refused(changed("xen-4.2.standard", raw -> raw.section("timer").type = 2));
    refused(changed("xen-4.2.standard", raw -> raw.section("piix4acpi").type = 1));
  }

  @Test
  void nothingComesAfterTheEnd() {
    for (String recorded :
        List.of("xen-4.0.standard", "xen-4.2.standard", "xenserver-6.2.standard")) {
      byte[] stream = RecordedStreams.named(recorded).bytes();
      RawStream raw = RawStream.of(RecordedStreams.named(recorded));
      byte[] last =
          Arrays.copyOfRange(stream, raw.headerAt(raw.section("piix4acpi")), stream.length);
      Judgement judgement = refused(concat(stream, last));
      assertTrue(
          judgement.verdict().mismatches().stream()
              .anyMatch(one -> one.mismatch().kind() == Mismatch.Kind.TRAILING));
      refused(concat(stream, stream));
      refused(concat(stream, new byte[100], new byte[] {1}, new byte[100]));
    }
  }

  @Test
  void aSectionIsThereOnce() {
    for (String recorded :
        List.of(
            "xen-4.0.standard",
            "xen-4.2.standard",
            "xenserver-6.2.standard",
            "xenserver-6.5.standard")) {
      for (String twice : List.of("piix4acpi", "gpe", "timer", "cirrus_vga")) {
        refused(
            changed(
                recorded,
                raw -> {
                  RawStream.Section one = raw.section(twice);
                  raw.sections.add(
                      RawStream.Section.full(
                          one.id + 100, one.idstr, one.instance, one.label, one.payload));
                }));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"xen-4.2.standard", "xen-4.2-with-fix.standard", "xenserver-6.5.standard"})
  void portsThatNoProductServesTogetherAreRefused(String recorded) {
    long[][] ports = {
      {0xb000, 0x1f68, 4},
      {0xb000, 0xafe0, 4},
      {0xb000, 0x1f68, 2},
      {0xb000, 0, 0},
      {0x1f40, 0xafe0, 2},
      {0x1f40, 0x1f68, 2},
      {0x1f40, 0xafe0, 4},
      {0x1f40, 0x1f68, 0},
      {0, 0xafe0, 2},
      {0xb004, 0xafe0, 2},
      {0x0000b0, 0xafe0, 2},
      {0x100b000L, 0xafe0, 2}
    };
    for (long[] one : ports) {
      refused(withPorts(recorded, one));
    }
    assertTranslatesAsRecorded(
        RecordedStreams.named(recorded), withPorts(recorded, 0xb000, 0xafe0, 2));
    assertTranslatesAsRecorded(
        RecordedStreams.named(recorded), withPorts(recorded, 0x1f40, 0x1f68, 4));
  }

  @Test
  void aShortRecordBeforeAnotherSectionIsNotReadIntoIt() {
    // 04 and the id of the next section would be the address: 0x04000000.
    RecordedStream recorded = RecordedStreams.named("xenserver-6.2.standard");
    RawStream stream = RawStream.of(recorded);
    stream.sections.add(
        RawStream.Section.full(
            stream.section("piix4acpi").id + 2, "pe-dev0", 0x40, 1, pciDevice(PCI)));
    Judgement judgement = judge(stream.bytes());
    assertEquals(Set.of("xenserver-6.0-6.2"), judgement.writers());
    Plan.Rewrite plan = assertInstanceOf(Plan.Rewrite.class, judgement.plans().get(Target.XEN_4_4));
    byte[] result = Dragoman.apply(stream.bytes(), plan.edits());
    GuestState loaded =
        GuestState.loadedBy(LoaderModel.XEN_4_2, result, List.of(new SectionKey("pe-dev0", 0x40)));
    assertEquals(GuestState.OLD_PORTS, loaded.address());
    assertEquals(recorded.control(), loaded.control());
  }

  @Test
  void whatIsNoStreamAtAllIsRefused() {
    refused(new byte[0]);
    byte[] preamble = {'Q', 'E', 'V', 'M', 0, 0, 0, 3};
    for (int length = 1; length <= 8; length++) {
      refused(Arrays.copyOf(preamble, length));
    }
    refused(Arrays.copyOf(preamble, 9));
    refused(Arrays.copyOf(preamble, 64 * MIB));
    refused(new byte[64 * MIB]);
    refused(noise(MIB));
    for (int version : new int[] {0, 1, 2, 4, 0x03000000, -1}) {
      byte[] stream = RecordedStreams.named("xen-4.2.standard").bytes();
      ByteBuffer.wrap(stream).putInt(4, version);
      refused(stream);
    }
  }

  @Test
  void afterTheLastSectionAnyAmountOfPaddingIsSkipped() {
    RecordedStream recorded = RecordedStreams.named("xenserver-6.2.standard");
    Judgement judgement = judge(recorded.withTail(new byte[64 * MIB]).bytes());
    assertEquals(Set.of("xenserver-6.0-6.2"), judgement.writers());
    assertInstanceOf(Plan.Rewrite.class, judgement.plans().get(Target.XEN_4_4));
    byte[] almost = recorded.withTail(new byte[64 * MIB]).bytes();
    almost[almost.length - 1] = 1;
    refused(almost);
  }

  /** A product that is the administrator's own: gpe 2 beside a short piix4acpi that says 2. */
  @Test
  void aPolicyOfTheAdministratorsMakesItsStreamsTranslate(@TempDir Path folder)
      throws IOException, YamlException {
    Dragoman dragoman = new Dragoman(policiesWithTheBug(folder));
    for (RecordedStream stream : RecordedStreams.saved()) {
      if (!stream.writtenBy().startsWith("xen-4.2-with-bug")) {
        // Nobody else's streams are taken for its own.
        assertEquals(
            Dragoman.SHIPPED.writersOf(stream.bytes()), dragoman.writersOf(stream.bytes()));
        continue;
      }
      assertEquals(Set.of("xen-with-bug-4.2"), dragoman.writersOf(stream.bytes()));
      Plan.Rewrite plan =
          assertInstanceOf(Plan.Rewrite.class, dragoman.plan(stream.bytes(), "xen-4.4"));
      assertEquals(1, plan.edits().size(), stream.name());
      assertEquals("00000002", plan.edits().get(0).removeHex());
      assertEquals("00000001", plan.edits().get(0).insertHex());
      assertEquals("piix4acpi", plan.edits().get(0).section());

      byte[] result = Dragoman.apply(stream.bytes(), plan.edits());
      GuestState loaded =
          GuestState.loadedBy(LoaderModel.XEN_4_2, result, stream.configuredDevices());
      assertEquals(stream.state(), loaded);
      assertEquals(stream.control(), loaded.control());
      assertEquals(GuestState.OLD_PORTS, loaded.address());

      assertArrayEquals(result, dragoman.translate(result, Target.XEN_4_4).orElseThrow());
    }
  }

  private static Policies policiesWithTheBug(Path folder) throws IOException, YamlException {
    String shipped = Files.readString(Path.of("..", "policies", "products", "xen-4.1-4.20.yaml"));
    String own = replaced(shipped, "(?m)^product: xen$", "product: xen-with-bug");
    own = replaced(own, "(?m)^versions: .*$", "versions: {first: \"4.2\", last: \"4.2\"}");
    own =
        replaced(
            own,
            "(?m)^(  piix4acpi: +\\{)writes: \\{2: v2\\}, +reads: \\{1: v1, 2: v2\\}",
            "$1writes: {2: v1}, reads: {1: v1, 2: v1}");
    own = replaced(own, "(?ms)^agree:.*\\z", "");
    Path products = Files.createDirectories(folder.resolve("products"));
    Files.writeString(products.resolve("xen-with-bug.yaml"), own);
    return Policies.load(List.of(folder));
  }

  private static String replaced(String text, String pattern, String by) {
    String result = text.replaceFirst(pattern, by);
    assertTrue(!result.equals(text), () -> "the shipped policy has nothing like " + pattern);
    return result;
  }

  private static Judgement judge(byte[] stream) {
    return Judgement.of(stream, Target.XEN_4_4, Target.XENSERVER_6_5);
  }

  private static Judgement refused(byte[] stream) {
    Judgement judgement = judge(stream);
    judgement.assertRefused();
    return judgement;
  }

  private static void assertSays(Judgement judgement, String... words) {
    assertTrue(
        judgement.texts().stream()
            .anyMatch(text -> List.of(words).stream().allMatch(text::contains)),
        () -> String.join("\n", judgement.texts()));
  }

  /** A changed stream is still of the same writer, and is translated with the same edits. */
  private static void assertTranslatesAsRecorded(RecordedStream recorded, byte[] changed) {
    RecordedStream stream = recorded.with(changed);
    Judgement judgement = judge(changed);
    assertEquals(Dragoman.SHIPPED.writersOf(recorded.bytes()), judgement.writers());
    for (Target target : List.of(Target.XEN_4_4, Target.XENSERVER_6_5)) {
      Plan.Rewrite expected =
          assertInstanceOf(
              Plan.Rewrite.class, Dragoman.SHIPPED.plan(recorded.bytes(), target.product()));
      Plan.Rewrite plan = assertInstanceOf(Plan.Rewrite.class, judgement.plans().get(target));
      assertEquals(
          expected.edits().stream().map(edit -> edit.removeHex() + edit.insertHex()).toList(),
          plan.edits().stream().map(edit -> edit.removeHex() + edit.insertHex()).toList());
      assertEquals(
          stream.state(),
          GuestState.loadedBy(
              target.loader(), Dragoman.apply(changed, plan.edits()), stream.configuredDevices()));
    }
  }

  /** Cirrus memory that no guest frame holds and that is mapped nowhere is in the stream. */
  private static byte[] withCirrusMemory(String recorded, int from, int to, int size) {
    return changed(
        recorded,
        raw -> {
          RawStream.Section cirrus = raw.section("cirrus_vga");
          // vga_acc, a word of ones, lfb_addr, a word of ones, lfb_end, vram_gmfn.
          ByteBuffer.wrap(cirrus.payload)
              .put(CIRRUS_TAIL, (byte) 0)
              .putInt(CIRRUS_TAIL + 5, from)
              .putInt(CIRRUS_TAIL + 13, to)
              .putLong(CIRRUS_TAIL + 17, 0);
          cirrus.payload = concat(cirrus.payload, noise(size));
        });
  }

  /** Of PM1, of the general purpose events, and how many of these there are in each half. */
  private static byte[] withPorts(String recorded, long... ports) {
    return changed(
        recorded,
        raw -> {
          ByteBuffer.wrap(raw.section("piix4acpi").payload).putInt(278, (int) ports[0]);
          ByteBuffer.wrap(raw.section("gpe").payload)
              .putInt(9, (int) ports[1])
              .putInt(13, (int) ports[2]);
        });
  }

  private static byte[] withRamParts(int... types) {
    return changed(
        "xen-4.2.standard",
        raw -> {
          RawStream.Section start = raw.sections.get(0);
          raw.sections.subList(0, 3).clear();
          for (int i = 0; i < types.length; i++) {
            RawStream.Section part = RawStream.Section.full(start.id, "ram", 0, 3, new byte[0]);
            part.type = types[i];
            raw.sections.add(i, part);
          }
        });
  }

  private static byte[] changed(String recorded, Consumer<RawStream> change) {
    RawStream stream = RawStream.of(RecordedStreams.named(recorded));
    change.accept(stream);
    return stream.bytes();
  }

  /** What every PCI device saves, or as much of it. */
  private static byte[] pciDevice(int length) {
    byte[] payload = new byte[PCI];
    payload[3] = 2;
    return Arrays.copyOf(payload, length);
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] concat(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    ByteBuffer whole = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      whole.put(part);
    }
    return whole.array();
  }
}
