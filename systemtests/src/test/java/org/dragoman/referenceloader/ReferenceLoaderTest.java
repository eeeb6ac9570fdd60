package org.dragoman.referenceloader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the recorded streams do not show: cut streams, wrong instances, odd addresses, the loaders
 * that were not run.
 */
class ReferenceLoaderTest {
  private static final String PLAIN = "xen-4.2.standard.pm1-1401.qemu-save";
  private static final String SHORT = "xen-4.0.standard.pm1-1401.qemu-save";
  private static final String XENSERVER = "xenserver-6.5.standard.pm1-1401.qemu-save";

  @Test
  void aStreamCutAtAnyByteNeverLoadsHealthily() {
    byte[] whole = Vectors.stream(PLAIN);
    for (int length = 0; length < whole.length; length++) {
      LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, Arrays.copyOf(whole, length));
      assertFalse(result.healthy(), "cut to " + length + " bytes: " + result);
    }
  }

  @Test
  void aStreamWithoutItsEndMarkerIsLoadedAndReportedAsFailed() {
    byte[] whole = Vectors.stream(PLAIN);
    LoadResult result =
        ReferenceLoader.load(LoaderModel.XEN_4_2, Arrays.copyOf(whole, whole.length - 1));
    assertEquals("ret=-5 (io-error) pm1=0x1401 pm1a=0x0000b000 left=0", result.toString());
    assertTrue(result.piix4acpiLoaded());
  }

  @Test
  void aMissingTailOfTheAddressReadsAsZerosAndKillsTheProcess() {
    byte[] whole = Vectors.stream(PLAIN);
    // The address is 0000b000: without its last three bytes only a zero is left of it.
    LoadResult result =
        ReferenceLoader.load(LoaderModel.XEN_4_2, Arrays.copyOf(whole, whole.length - 4));
    assertEquals("DIED sig=6 in piix4acpi pm1=0x1401 pm1a=0x00000000", result.toString());
    assertEquals(
        "the process aborts: PM1 control lands on port 0x4, which belongs to the DMA controller",
        result.sentence());
  }

  @Test
  void aCutHeaderIsAnUnknownSectionHiddenByTheReadError() {
    byte[] whole = Vectors.stream(PLAIN);
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, Arrays.copyOf(whole, 47));
    assertEquals("ret=-5 (io-error)", result.toString());
    assertEquals(Optional.empty(), result.power());
  }

  @Test
  void aStreamWithoutMagicIsRefused() {
    assertEquals(
        -22, ReferenceLoader.load(LoaderModel.XEN_4_2, new byte[0]).returnCode().orElseThrow());
    assertEquals(
        -22, ReferenceLoader.load(LoaderModel.XEN_4_2, new byte[64]).returnCode().orElseThrow());
  }

  @Test
  void fileVersionsOtherThanThreeAreRefusedOrNotJudged() {
    byte[] stream = Vectors.stream(PLAIN);
    stream[7] = 4;
    assertEquals(-95, ReferenceLoader.load(LoaderModel.XEN_4_2, stream).returnCode().orElseThrow());
    stream[7] = 2;
    assertThrows(
        UnsupportedOperationException.class,
        () -> ReferenceLoader.load(LoaderModel.XEN_4_2, stream));
    stream[7] = 1;
    assertEquals(-95, ReferenceLoader.load(LoaderModel.XEN_4_2, stream).returnCode().orElseThrow());
    assertThrows(
        UnsupportedOperationException.class,
        () -> ReferenceLoader.load(LoaderModel.XENSERVER_6_5, stream));
  }

  @Test
  void aNetworkCardAtASlotThatTheTargetDoesNotUseIsUnknown() {
    byte[] stream = Vectors.stream(PLAIN);
    LoadedSection nic = section(ReferenceLoader.load(LoaderModel.XEN_4_2, stream), "rtl8139");
    assertEquals(0x20, nic.instance());
    ByteBuffer.wrap(stream).putInt(nic.offset() - 8, 0x28);
    assertEquals(
        "ret=-22 (Unknown savevm section or instance 'rtl8139' 40)",
        ReferenceLoader.load(LoaderModel.XEN_4_2, stream).toString());
  }

  @Test
  void withoutAPlatformDeviceTheFirstNetworkCardMovesUpASlot() {
    TargetMachine machine =
        new TargetMachine("cirrus_vga", false, List.of(NicModel.RTL8139), 1, List.of());
    byte[] stream =
        new Stream().full("rtl8139", 0x18, 4).pci(2).zeros(366).full("rtl8139", 0x20, 4).end();
    assertEquals(
        "ret=-22 (Unknown savevm section or instance 'rtl8139' 32)",
        ReferenceLoader.load(LoaderModel.XEN_4_2, stream, machine).toString());
  }

  @Test
  void mixedNetworkCardsShareTheSlotsAndCountTheirOwnKind() {
    byte[] stream =
        new Stream()
            .full("platform", 0, 3)
            .pci(2)
            .zeros(8)
            .full("rtl8139", 0x20, 4)
            .pci(2)
            .zeros(366)
            .full("e1000", 0, 2)
            .pci(2)
            .zeros(67332)
            .full("pcnet", 0x30, 2)
            .pci(2)
            .zeros(4480)
            .full("e1000", 1, 2)
            .pci(2)
            .zeros(67332)
            .full("ne2000", 0, 3)
            .pci(2)
            .zeros(49196)
            .full("ne2000", 0x300, 2)
            .zeros(49196)
            .full("rtl8139", 0x48, 4)
            .pci(2)
            .zeros(366)
            .end();
    assertTrue(ReferenceLoader.load(LoaderModel.XEN_4_2, stream).healthy());
  }

  @Test
  void anExtraSectionIsUnknownUnlessTheTargetWasBuiltForIt() {
    byte[] stream =
        Vectors.stream("xen-4.2-pciemulation.no-nic-piix4acpi-not-last.pm1-1401.qemu-save");
    assertEquals(
        "Unknown savevm section or instance 'pe-dev1' 32",
        refusal(ReferenceLoader.load(LoaderModel.XEN_4_2, stream)));
    List<SectionKey> wrongSlot =
        List.of(new SectionKey("pe-dev1", 40), new SectionKey("pe-dev0", 40));
    assertEquals(
        "Unknown savevm section or instance 'pe-dev1' 32",
        refusal(ReferenceLoader.load(LoaderModel.XEN_4_2, stream, wrongSlot)));
    List<SectionKey> right = List.of(new SectionKey("pe-dev1", 32), new SectionKey("pe-dev0", 40));
    assertTrue(ReferenceLoader.load(LoaderModel.XEN_4_2, stream, right).healthy());
  }

  @Test
  void whatALoadFunctionReturnsIsIgnoredAndItsUnreadBytesBecomeSections() {
    byte[] stream = new Stream().full("pckbd", 0, 2).bytes(0, 1, 2, 3).end();
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, stream);
    assertEquals("ret=0 pm1=0x0001 pm1a=0x0000b000 left=4", result.toString());
    assertEquals(-22, section(result, "pckbd").returned());
    assertFalse(result.healthy());
  }

  @Test
  void aPciRecordOfAnUnknownVersionIsRefusedAfterItsFirstWord() {
    byte[] stream = new Stream().full("I440FX", 0, 2).pci(3).end();
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, stream);
    assertEquals(4, section(result, "I440FX").length());
    assertEquals(-22, section(result, "I440FX").returned());
  }

  @Test
  void aPartOfASectionThatWasNeverStartedIsRefused() {
    assertEquals(
        "Unknown savevm section 9",
        refusal(
            ReferenceLoader.load(LoaderModel.XEN_4_2, new Stream().bytes(2, 0, 0, 0, 9).end())));
  }

  @Test
  void identifiedDrivesAndAppendedVideoMemoryLengthenTheirRecords() {
    byte[] stream =
        new Stream()
            .full("vga", 0, 4)
            .pci(2)
            .zeros(1096)
            .bytes(1)
            .zeros(40)
            .bytes(0, 0, 0x10, 0)
            .zeros(8)
            .zeros(0x1000)
            .full("ide", 0, 3)
            .pci(2)
            .zeros(38 + 4 + 4)
            .bytes(0, 0, 0, 1)
            .zeros(512 + 20)
            .zeros(3 * 28)
            .full("fdc", 0x3f0, 2)
            .zeros(538)
            .bytes(1)
            .zeros(3)
            .end();
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, stream);
    assertTrue(result.healthy(), result.toString());
    assertEquals(1425 + 0x1000, section(result, "vga").length());
    assertEquals(430 + 512, section(result, "ide").length());
    assertEquals(542, section(result, "fdc").length());
  }

  @Test
  void unmappedCirrusVideoMemoryIsFourMebibytesThatNoFieldAnnounces() {
    byte[] mapped =
        new Stream().full("cirrus_vga", 0, 3).pci(2).zeros(1594).bytes(1).zeros(24).end();
    byte[] unmapped =
        new Stream().full("cirrus_vga", 0, 3).pci(2).zeros(1594 + 25 + 4 * 1024 * 1024).end();
    assertEquals(
        1895, section(ReferenceLoader.load(LoaderModel.XEN_4_2, mapped), "cirrus_vga").length());
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, unmapped);
    assertEquals(1895 + 4 * 1024 * 1024, section(result, "cirrus_vga").length());
    assertTrue(result.healthy());
  }

  @Test
  void anAddressOnFreePortsIsTakenAsItIs() {
    assertEquals("ret=0 pm1=0x0001 pm1a=0x0000d000 left=0", loadAddress(0xd000).toString());
  }

  @Test
  void anAddressWhoseSecondPortIsTakenKillsTheProcess() {
    // PM1 control is the address + 4 and + 5. Ports 0x3af to 0x3b3 are free; 0x3b4 is the graphics
    // card's.
    assertEquals("ret=0 pm1=0x0001 pm1a=0x000003ab left=0", loadAddress(0x3ab).toString());
    assertEquals(
        "DIED sig=6 in piix4acpi pm1=0x0001 pm1a=0x000003af", loadAddress(0x3af).toString());
  }

  @Test
  void anAddressBeyondThePortTableKillsTheProcess() {
    assertEquals(
        "DIED sig=11 in piix4acpi pm1=0x0001 pm1a=0x0000fffc", loadAddress(0xfffc).toString());
    assertEquals(
        "DIED sig=11 in piix4acpi pm1=0x0001 pm1a=0x80000000", loadAddress(0x80000000).toString());
  }

  @Test
  void anEventBlockOnTakenPortsKillsTheProcessInGpe() {
    byte[] stream = new Stream().full("gpe", 0, 2).zeros(9).bytes(0, 0, 0, 0, 0, 0, 0, 2).end();
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2, stream);
    assertTrue(result.ending() instanceof Ending.Died died && died.device().equals("gpe"));
  }

  @Test
  void theEventBlockFollowsTheGpeRecord() {
    assertEquals(
        new LoadResult.GpeBlock(0xafe0, 2),
        ReferenceLoader.load(LoaderModel.XEN_4_2, Vectors.stream(PLAIN)).gpeBlock().orElseThrow());
    assertEquals(
        new LoadResult.GpeBlock(0x1f68, 4),
        ReferenceLoader.load(LoaderModel.XEN_4_2, Vectors.stream(SHORT)).gpeBlock().orElseThrow());
    assertEquals(
        Optional.empty(),
        ReferenceLoader.load(LoaderModel.XEN_4_0, Vectors.stream(SHORT)).gpeBlock());
  }

  @ParameterizedTest
  @EnumSource(
      value = LoaderModel.class,
      names = {"XEN_4_2", "XEN_4_2_WITH_FIX", "XEN_PROPOSAL_2013"})
  void theProposalOf2013ReadsTwoAndThreeAsLongRecords(LoaderModel model) {
    String labelTwo = ReferenceLoader.load(model, Vectors.stream(PLAIN)).toString();
    String labelThree =
        ReferenceLoader.load(model, Vectors.stream("xen-4.2-with-fix.standard.pm1-1401.qemu-save"))
            .toString();
    String complete = "ret=0 pm1=0x1401 pm1a=0x0000b000 left=0";
    switch (model) {
      case XEN_4_2 -> {
        assertEquals(complete, labelTwo);
        assertEquals("ret=-22 (savevm: unsupported version 3 for 'piix4acpi' v2)", labelThree);
      }
      case XEN_4_2_WITH_FIX -> {
        assertEquals("ret=0 pm1=0x1401 pm1a=0x00001f40 left=4", labelTwo);
        assertEquals(complete, labelThree);
      }
      default -> {
        assertEquals(complete, labelTwo);
        assertEquals(complete, labelThree);
      }
    }
  }

  @Test
  void theProposalOf2013DiesOfTheMistakenLabelLikePlainXen() {
    byte[] stream = Vectors.stream("xen-4.2-with-bug.standard.pm1-1401.qemu-save");
    assertEquals(
        ReferenceLoader.load(LoaderModel.XEN_4_2, stream).toString(),
        ReferenceLoader.load(LoaderModel.XEN_PROPOSAL_2013, stream).toString());
  }

  @Test
  void xen34KnowsPcislotsWhereLaterOnesKnowPciDevfn() {
    assertEquals(
        "Unknown savevm section or instance 'pci_devfn' 0",
        refusal(ReferenceLoader.load(LoaderModel.XEN_3_4, Vectors.stream(SHORT))));
    byte[] old = new Stream().full("gpe", 0, 1).zeros(9).full("pcislots", 0, 1).zeros(34).end();
    assertTrue(ReferenceLoader.load(LoaderModel.XEN_3_4, old).healthy());
    assertTrue(ReferenceLoader.load(LoaderModel.XENSERVER_5_6, old).healthy());
    assertTrue(ReferenceLoader.load(LoaderModel.XENSERVER_6_5, old).healthy());
    assertEquals(
        "Unknown savevm section or instance 'pcislots' 0",
        refusal(ReferenceLoader.load(LoaderModel.XEN_4_0, old)));
    assertTrue(
        ReferenceLoader.load(
                LoaderModel.XEN_3_4, Vectors.stream("xen-4.0-nopassthrough.standard.qemu-save"))
            .healthy());
  }

  @Test
  void onlyXenServer70KnowsItsVendorDevice() {
    byte[] stream = Vectors.stream("xenserver-7.0.standard-vendor-device.pm1-1401.qemu-save");
    assertEquals(
        "ret=0 pm1=0x1401 pm1a=0x0000b000 left=0",
        ReferenceLoader.load(LoaderModel.XENSERVER_7_0, stream).toString());
    assertEquals(
        "Unknown savevm section or instance 'xen-pvdevice' 0",
        refusal(ReferenceLoader.load(LoaderModel.XENSERVER_6_5, stream)));
    assertTrue(
        ReferenceLoader.load(LoaderModel.XENSERVER_7_0, Vectors.stream(XENSERVER)).healthy());
  }

  @Test
  void xenServer62ReportsSuccessForItsOwnRecordWithoutLoadingIt() {
    LoadResult result =
        ReferenceLoader.load(
            LoaderModel.XENSERVER_6_2, Vectors.stream("xenserver-6.2.standard.pm1-1401.qemu-save"));
    assertEquals(0, result.returnCode().orElseThrow());
    assertFalse(result.piix4acpiLoaded());
    assertFalse(result.healthy());
    assertEquals(
        "the loader reports success, but piix4acpi refused its record and keeps its power-on state; 278 bytes were never"
            + " read",
        result.sentence());
  }

  @Test
  void aLostAddressIsNotPadding() {
    LoadResult result = ReferenceLoader.load(LoaderModel.XEN_4_2_WITH_FIX, Vectors.stream(PLAIN));
    assertEquals(0, result.returnCode().orElseThrow());
    assertFalse(result.leftIsZero());
    assertFalse(result.healthy());
  }

  @Test
  void devicesWithoutALayoutAreNotJudged() {
    byte[] stream = new Stream().full("i82551", 0, 3).end();
    assertThrows(
        UnsupportedOperationException.class,
        () -> ReferenceLoader.load(LoaderModel.XEN_4_2, stream));
  }

  private static LoadResult loadAddress(int address) {
    byte[] stream =
        new Stream()
            .full("piix4acpi", 0, 2)
            .pci(2)
            .bytes(0, 1)
            .bytes(address >>> 24, address >>> 16, address >>> 8, address)
            .end();
    return ReferenceLoader.load(LoaderModel.XEN_4_2, stream);
  }

  private static String refusal(LoadResult result) {
    return ((Ending.Refused) result.ending()).message();
  }

  private static LoadedSection section(LoadResult result, String idstr) {
    return result.sections().stream()
        .filter(s -> s.idstr().equals(idstr))
        .findFirst()
        .orElseThrow();
  }

  /** Writes small streams. */
  private static final class Stream {
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(buffer);
    private int sectionId;

    Stream() {
      be32(0x5145564d).be32(3);
    }

    Stream full(String idstr, int instance, int label) {
      byte[] name = idstr.getBytes(StandardCharsets.ISO_8859_1);
      bytes(4).be32(sectionId++).bytes(name.length);
      buffer.writeBytes(name);
      return be32(instance).be32(label);
    }

    Stream pci(int version) {
      return be32(version).zeros(272);
    }

    Stream zeros(int count) {
      buffer.writeBytes(new byte[count]);
      return this;
    }

    Stream bytes(int... values) {
      for (int value : values) {
        buffer.write(value);
      }
      return this;
    }

    byte[] end() {
      return bytes(0).buffer.toByteArray();
    }

    private Stream be32(int value) {
      try {
        out.writeInt(value);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
