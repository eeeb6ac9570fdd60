package org.dragoman.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Topology;
import org.dragoman.translate.Topology.Card;
import org.dragoman.translate.Topology.Relocation;
import org.dragoman.translate.Topology.Vga;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  private static final String TABLET = "-device usb-tablet,bus=usb-bus.0,port=2";
  private static final String FOOTER = "-global migration.send-section-footer=on";

  /** As libxl 4.17 restores. */
  private static final String LIBXL =
      "qemu -xen-domid 7 -no-shutdown -chardev socket,id=libxl-cmd,fd=11,server=on,wait=off"
          + " -mon chardev=libxl-cmd,mode=control -nodefaults -no-user-config -name g -vnc none"
          + " -display none -serial file:x -device cirrus-vga,vgamem_mb=8 -boot order=cda -usb"
          + " -usbdevice tablet -device rtl8139,id=nic0,netdev=net0,mac=00:16:3e:00:00:01"
          + " -netdev type=tap,id=net0,ifname=vif7.0-emu,script=no,downscript=no -incoming fd:15"
          + " -machine xenfv,suppress-vmdesc=on -m 24"
          + " -drive file=a,if=ide,index=0,media=disk,format=raw,cache=writeback";

  private static final String CARD = "-device rtl8139,id=nic0,netdev=net0,mac=00:16:3e:00:00:01";

  private static final Topology GUEST =
      new Topology(Vga.CIRRUS, 4, List.of(new Card("rtl8139", 4)), true, true, false, -1, null);

  private static List<String> words(String line) {
    return new ArrayList<>(Arrays.asList(line.split(" ", -1)));
  }

  private static CommandLine of(String line, Topology topology) {
    return CommandLine.of(words(line), topology, false);
  }

  /** As the shim does. */
  private static String edited(String line, CommandLine found) {
    assertEquals(List.of(), found.refusals());
    List<String> words = words(line);
    List<Answer.Action.EditArguments> edits = found.edits();
    int end = 0;
    for (Answer.Action.EditArguments edit : edits) {
      assertTrue(edit.first() >= Math.max(1, end), () -> "not ascending: " + edits);
      end = edit.first() + edit.removed();
      assertTrue(end <= words.size(), () -> "past the end: " + edits);
    }
    for (int i = edits.size() - 1; i >= 0; i--) {
      List<String> place =
          words.subList(edits.get(i).first(), edits.get(i).first() + edits.get(i).removed());
      place.clear();
      place.addAll(edits.get(i).added());
    }
    return String.join(" ", words);
  }

  /** Of this, that is made; and where it is there already, nothing. */
  private static void assertEdited(String expected, String line, Topology topology) {
    String edited = edited(line, of(line, topology));
    assertEquals(expected, edited);
    CommandLine again = of(edited, topology);
    assertEquals(List.of(), again.edits());
    assertEquals(List.of(), again.refusals());
    assertEquals(List.of(), again.diff());
  }

  private static void assertRefused(String sentence, String line, Topology topology) {
    CommandLine found = of(line, topology);
    assertEquals(List.of(), found.edits());
    assertEquals(List.of(), found.diff());
    assertEquals(List.of(sentence), found.refusals());
  }

  private static Topology with(Vga vga, int vramMib) {
    return new Topology(vga, vramMib, GUEST.cards(), true, true, false, -1, null);
  }

  private static Topology with(Card... cards) {
    return new Topology(Vga.CIRRUS, 4, List.of(cards), true, true, false, -1, null);
  }

  private static String after(String change, String with) {
    assertTrue(LIBXL.contains(change), change);
    return LIBXL.replace(change, with);
  }

  private static String expected() {
    return LIBXL
            .replace("-device cirrus-vga,vgamem_mb=8", "-vga cirrus -global cirrus-vga.vgamem_mb=4")
            .replace("-usbdevice tablet", TABLET)
            .replace(CARD, CARD + ",addr=0x4")
            .replace("-m 24", "-m 28")
        + " "
        + FOOTER;
  }

  @Test
  void anOrdinaryGuestGetsItsAdapterItsCardItsTabletAndItsMemory() {
    assertEdited(expected(), LIBXL, GUEST);
  }

  @Test
  void theDiffSaysWhatGoesAndWhatComes() {
    assertEquals(
        List.of(
            "- -device cirrus-vga,vgamem_mb=8",
            "+ -vga cirrus -global cirrus-vga.vgamem_mb=4",
            "- -usbdevice tablet",
            "+ " + TABLET,
            "- " + CARD,
            "+ " + CARD + ",addr=0x4",
            "- -m 24",
            "+ -m 28",
            "+ " + FOOTER),
        of(LIBXL, GUEST).diff());
  }

  @Test
  void theDiffHasALineForEachOptionThatIsAppended() {
    String line = after("-usb -usbdevice tablet ", "");
    List<String> diff = of(line, GUEST).diff();
    assertEquals(List.of("+ -usb", "+ " + FOOTER), diff.subList(diff.size() - 2, diff.size()));
  }

  @Test
  void aDiffHasNoControls() {
    String line = after("rtl8139,id=nic0", "rtl8139,id=\033[2J");
    assertTrue(of(line, GUEST).diff().stream().noneMatch(one -> one.contains("\033")));
  }

  @Test
  void anOptionMayHaveTwoHyphens() {
    String line = after(" -device rtl8139", " --device rtl8139").replace(" -m ", " --m ");
    assertEdited(expected(), line, GUEST);
  }

  @Test
  void aGuestMayBeCalledLikeAnOption() {
    for (String name : List.of("-usb", "-device", "-m", "-soundhw")) {
      assertEdited(
          expected().replace("-name g", "-name " + name), after("-name g", "-name " + name), GUEST);
    }
  }

  // Display adapter and memory size

  @Test
  void aStandardAdapterGetsTheMemoryThatItHad() {
    String line = after("-device cirrus-vga,vgamem_mb=8", "-device VGA,vgamem_mb=16");
    assertEdited(
        expected()
            .replace(
                "-vga cirrus -global cirrus-vga.vgamem_mb=4", "-vga std -global VGA.vgamem_mb=8")
            .replace("-m 28", "-m 32"),
        line,
        with(Vga.STD, 8));
  }

  @Test
  void theMemorySizeStaysWhereTheAdapterHasAsMuch() {
    String line = after("-device cirrus-vga,vgamem_mb=8", "-device VGA,vgamem_mb=16");
    String edited = edited(line, of(line, with(Vga.STD, 16)));
    assertTrue(edited.contains(" -m 24 "), edited);
  }

  @Test
  void anAdapterWithoutASizeHasLibxlsLeast() {
    String cirrus = after("cirrus-vga,vgamem_mb=8", "cirrus-vga");
    assertTrue(edited(cirrus, of(cirrus, GUEST)).contains(" -m 28 "));
    String std = after("cirrus-vga,vgamem_mb=8", "VGA");
    assertTrue(edited(std, of(std, with(Vga.STD, 4))).contains(" -m 36 "));
  }

  @Test
  void anAdapterThatIsBuiltInStaysAndGetsItsMemory() {
    String line = after("-device cirrus-vga,vgamem_mb=8", "-vga cirrus");
    assertEdited(
        expected()
                .replace("-vga cirrus -global cirrus-vga.vgamem_mb=4", "-vga cirrus")
                .replace("-m 28", "-m 24")
                .replace(" " + FOOTER, "")
            + " -global cirrus-vga.vgamem_mb=4 "
            + FOOTER,
        line,
        GUEST);
  }

  @Test
  void aBuiltInAdaptersOtherMemoryIsReplaced() {
    String line =
        after("-device cirrus-vga,vgamem_mb=8", "-vga cirrus -global cirrus-vga.vgamem_mb=8");
    assertEdited(expected().replace("-m 28", "-m 24"), line, GUEST);
  }

  @Test
  void aPropertyThatIsSetAlreadyIsReplacedWhereItIs() {
    String line = LIBXL + " -global cirrus-vga.vgamem_mb=16";
    String edited = edited(line, of(line, GUEST));
    assertTrue(edited.contains(" -vga cirrus -boot "), edited);
    assertTrue(edited.contains(" -global cirrus-vga.vgamem_mb=4 "), edited);
    assertTrue(!edited.contains("vgamem_mb=16"), edited);
  }

  @Test
  void anotherAdapterIsRefused() {
    assertRefused(
        "the guest's display adapter is stdvga, and the device model's arguments have cirrus-vga;"
            + " set vga=\"stdvga\" in the domain's configuration",
        LIBXL,
        with(Vga.STD, 8));
    assertRefused(
        "the guest's display adapter is cirrus, and the device model's arguments have qxl-vga; set"
            + " vga=\"cirrus\" in the domain's configuration",
        after("cirrus-vga,vgamem_mb=8", "qxl-vga,vram_size_mb=8"),
        GUEST);
    assertRefused(
        "the guest's display adapter is cirrus, and the device model's arguments have -vga std; set"
            + " vga=\"cirrus\" in the domain's configuration",
        after("-device cirrus-vga,vgamem_mb=8", "-vga std"),
        GUEST);
  }

  @Test
  void twoAdaptersAreRefused() {
    assertRefused(
        "the guest's display adapter is cirrus, and the device model's arguments have cirrus-vga"
            + " and -vga cirrus; set vga=\"cirrus\" in the domain's configuration",
        LIBXL + " -vga cirrus",
        GUEST);
  }

  @Test
  void anAdapterThatIsMissingIsRefused() {
    assertRefused(
        "the guest's display adapter is cirrus, and the device model's arguments have none; set"
            + " vga=\"cirrus\" in the domain's configuration",
        after("-device cirrus-vga,vgamem_mb=8 ", ""),
        GUEST);
  }

  @Test
  void anAdapterThatTheGuestDidNotHaveIsRefused() {
    assertRefused(
        "the guest's display adapter is none, and the device model's arguments have cirrus-vga; set"
            + " vga=\"none\" in the domain's configuration",
        LIBXL,
        with(null, 0));
  }

  @Test
  void aGuestWithoutAnAdapterKeepsItsMemorySize() {
    for (String none : List.of("", "-vga none ")) {
      String line = after("-device cirrus-vga,vgamem_mb=8 ", none);
      assertEdited(
          expected()
              .replace("-vga cirrus -global cirrus-vga.vgamem_mb=4 ", none)
              .replace("-m 28", "-m 24"),
          line,
          with(null, 0));
    }
  }

  @Test
  void aMemorySizeThatIsNoNumberIsRefused() {
    assertRefused(
        "the device model's arguments say -m 24G and cirrus-vga,vgamem_mb=8, expected both sizes in"
            + " MiB",
        after("-m 24", "-m 24G"),
        GUEST);
    assertRefused(
        "the device model's arguments say no memory size and cirrus-vga,vgamem_mb=8, expected both"
            + " sizes in MiB",
        after("-m 24 ", ""),
        GUEST);
    assertRefused(
        "the device model's arguments say -m 24 and cirrus-vga,vgamem_mb=8M, expected both sizes in"
            + " MiB",
        after("vgamem_mb=8", "vgamem_mb=8M"),
        GUEST);
  }

  @Test
  void aMemorySizeBelowTheAdaptersIsRefused() {
    assertRefused(
        "the guest has 64 MiB of video memory, and the device model's arguments only 24 MiB of"
            + " memory beside VGA,vgamem_mb=16",
        after("cirrus-vga,vgamem_mb=8", "VGA,vgamem_mb=16"),
        with(Vga.STD, 64));
  }

  // Network cards

  @Test
  void cardsGetTheirSlotsInOrder() {
    String line = after(CARD, CARD + " -device e1000,netdev=net1");
    assertEdited(
        expected().replace(",addr=0x4", ",addr=0x5 -device e1000,netdev=net1,addr=0x1f"),
        line,
        with(new Card("e1000", 31), new Card("rtl8139", 5)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x4", "4", "04", "0X04", "4.0", "0x04.0"})
  void aSlotThatAgreesStays(String slot) {
    String line = after(CARD, CARD + ",addr=" + slot);
    String edited = edited(line, of(line, GUEST));
    assertTrue(edited.contains(CARD + ",addr=" + slot + " "), edited);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x5", "0x40", "4.1", "", "four"})
  void anotherSlotIsRefused(String slot) {
    assertRefused(
        "the guest's network card rtl8139 is at slot 4, and the device model's arguments have it at"
            + " addr="
            + slot
            + "; leave addr out",
        after(CARD, CARD + ",addr=" + slot),
        GUEST);
  }

  @Test
  void slotsAreHexadecimal() {
    String line = after(CARD, CARD + ",addr=10");
    assertEquals(List.of(), of(line, with(new Card("rtl8139", 16))).refusals());
  }

  @Test
  void otherCardsAreRefused() {
    assertRefused(
        "the guest's network cards are e1000 (slot 4), in this order, and the device model's"
            + " arguments have rtl8139; give the domain's configuration as many of vif, with these"
            + " models and type=ioemu",
        LIBXL,
        with(new Card("e1000", 4)));
    assertRefused(
        "the guest's network cards are rtl8139 (slot 4), in this order, and the device model's"
            + " arguments have virtio-net; give the domain's configuration as many of vif, with"
            + " these models and type=ioemu",
        after("-device rtl8139,", "-device virtio-net,"),
        GUEST);
  }

  @Test
  void moreOrFewerCardsAreRefused() {
    assertRefused(
        "the guest's network cards are none, in this order, and the device model's arguments have"
            + " rtl8139; give the domain's configuration as many of vif, with these models and"
            + " type=ioemu",
        LIBXL,
        with());
    assertRefused(
        "the guest's network cards are rtl8139 (slot 4), in this order, and the device model's"
            + " arguments have none; give the domain's configuration as many of vif, with these"
            + " models and type=ioemu",
        after(CARD + " ", ""),
        GUEST);
  }

  @Test
  void noCardsAreNone() {
    String line = after(CARD, "-net none");
    assertEdited(expected().replace(CARD + ",addr=0x4", "-net none"), line, with());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-net nic,model=rtl8139", "-nic user"})
  void aCardWithoutADeviceOfItsOwnIsRefused(String card) {
    assertRefused(
        "a network card that is given by "
            + card
            + " cannot be put at the guest's slot; give it by vif in the domain's configuration",
        LIBXL + " " + card,
        GUEST);
  }

  // USB

  @Test
  void aControllerIsAddedWhereTheGuestHasOne() {
    String line = after("-usb -usbdevice tablet ", "");
    assertEdited(
        expected().replace("-usb " + TABLET + " ", "").replace(" " + FOOTER, " -usb " + FOOTER),
        line,
        GUEST);
  }

  @Test
  void aTabletWithoutAPortGetsIt() {
    assertEdited(expected(), after("-usbdevice tablet", "-device usb-tablet"), GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-usb", "-usbdevice tablet", "-device usb-tablet"})
  void aControllerThatTheGuestDidNotHaveIsRefused(String option) {
    assertRefused(
        "the guest has no USB controller, and the device model's arguments have one (-usb): it would"
            + " begin anew at a slot that the guest does not know; set usb=0 and no usbdevice in"
            + " the domain's configuration",
        after("-usb -usbdevice tablet", option),
        new Topology(Vga.CIRRUS, 4, GUEST.cards(), false, true, false, -1, null));
  }

  @Test
  void aGuestWithoutAControllerGoesOnWithoutOne() {
    assertEdited(
        expected().replace("-usb " + TABLET + " ", ""),
        after("-usb -usbdevice tablet ", ""),
        new Topology(Vga.CIRRUS, 4, GUEST.cards(), false, true, false, -1, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-usbdevice mouse",
        "-usbdevice tablet -usbdevice tablet",
        "-usbdevice tablet -device usb-kbd",
        "-device usb-tablet,bus=usb-bus.0,port=1"
      })
  void otherUsbDevicesAreRefused(String devices) {
    assertRefused(
        "of USB devices, only one tablet can be at the port where the guest has it; found "
            + devices.replace(" -", ", -")
            + "; set usbdevice=\"tablet\", or none, in the domain's configuration",
        after("-usbdevice tablet", devices),
        GUEST);
  }

  // Machine

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-machine xenfv",
        "-M xenfv-3.1,suppress-vmdesc=on",
        "-machine type=xenfv,max-ram-below-4g=4026531840",
        "-machine accel=xen -machine xenfv"
      })
  void theMachineStays(String machine) {
    assertEdited(
        expected().replace("-machine xenfv,suppress-vmdesc=on", machine),
        after("-machine xenfv,suppress-vmdesc=on", machine),
        GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pc", "xenfv-4.2", "pc-i440fx-3.1", "xenpv"})
  void anotherMachineIsRefused(String machine) {
    assertRefused(
        "the device model is to be the machine "
            + machine
            + ", and a traditional guest goes on only in xenfv, or xenfv-3.1, which is the same; set"
            + " xen_platform_pci=1 in the domain's configuration",
        after("-machine xenfv,", "-machine " + machine + ","),
        GUEST);
  }

  @Test
  void noMachineIsRefused() {
    assertRefused(
        "the device model is to be no machine in particular, and a traditional guest goes on only in"
            + " xenfv, or xenfv-3.1, which is the same; set xen_platform_pci=1 in the domain's"
            + " configuration",
        after("-machine xenfv,", "-machine "),
        GUEST);
  }

  @Test
  void aGraphicsCardOfTheHostIsRefused() {
    assertRefused(
        "the device model is to pass a graphics card through (-machine xenfv,igd-passthru=on), which"
            + " a saved guest cannot have had; set gfx_passthru=0",
        after("xenfv,suppress-vmdesc=on", "xenfv,igd-passthru=on"),
        GUEST);
  }

  // Old ports, vendor device, relocation

  @Test
  void oldFirmwareGetsItsPowerOffAndItsQuietPorts() {
    StringBuilder expected =
        new StringBuilder(expected().replace(FOOTER, "-global PIIX4_PM.s4_val=7"));
    for (int i = 0; i < 8; i++) {
      String id = "dragoman-gpe" + i;
      String port = "68 69 6a 6b 6c 6d 6e 6f".split(" ", -1)[i];
      expected
          .append(" -chardev null,id=" + id)
          .append(" -device isa-debugcon,iobase=0x1f" + port + ",chardev=" + id + ",readback=0");
    }
    assertEdited(
        expected + " " + FOOTER,
        LIBXL,
        new Topology(Vga.CIRRUS, 4, GUEST.cards(), true, true, true, -1, null));
  }

  @Test
  void allThatAGuestCanNeedIsWithinWhatTheShimTakes() {
    List<Card> cards =
        Stream.iterate(4, slot -> slot + 1).limit(8).map(slot -> new Card("e1000", slot)).toList();
    String line = after(CARD, "-device e1000,netdev=net".repeat(8).replace("net-", "net -"));
    CommandLine found =
        of(line, new Topology(Vga.CIRRUS, 4, cards, true, true, true, 12, new Relocation(1, 2, 1)));
    assertEquals(List.of(), found.refusals());
    List<Answer.Action> actions = new ArrayList<>(found.edits());
    actions.add(new Answer.Action.Relocate(1, 2, 1, 7));
    assertTrue(new Answer.Go(actions, List.of()).bytes().remaining() < Answer.MOST);
  }

  @Test
  void moreThanTheShimTakesIsRefused() {
    String line = after(CARD, CARD + ",x=" + "x".repeat(9000));
    List<String> refusals = of(line, GUEST).refusals();
    assertEquals(1, refusals.size());
    assertTrue(refusals.get(0).contains("and the shim takes 62 and 8128"), refusals.get(0));
  }

  @Test
  void xenServersVendorDeviceIsPutAtItsSlot() {
    String device = " -device xen-pvdevice,device-id=0xc000,revision=1,size=16777216,addr=0x1f";
    Topology guest = new Topology(Vga.CIRRUS, 4, GUEST.cards(), true, true, false, 31, null);
    assertEdited(expected().replace(" " + FOOTER, device + " " + FOOTER), LIBXL, guest);
    assertEdited(
        expected().replace(" " + FOOTER, device + " " + FOOTER),
        LIBXL + " -device xen-pvdevice,device-id=0xc000",
        guest);
  }

  @Test
  void aVendorDeviceThatTheGuestDidNotHaveIsRefused() {
    assertRefused(
        "the guest has no device for Windows Update (xen-pvdevice), and the device model's arguments"
            + " have 1; set vendor_device=\"none\" in the domain's configuration",
        LIBXL + " -device xen-pvdevice,device-id=0xc000",
        GUEST);
  }

  @Test
  void aGuestThatHasAcpiGetsIt() {
    assertRefused(
        "the guest has ACPI, and the device model's arguments leave its power management controller"
            + " out (-no-acpi); set acpi=1 in the domain's configuration, and leave that out of"
            + " device_model_args_hvm",
        LIBXL + " -no-acpi",
        GUEST);
  }

  @ParameterizedTest
  @CsvSource({
    "-machine acpi=off, -machine acpi=off",
    "-M acpi=on -no-acpi, -no-acpi",
    "-no-acpi -machine acpi=off, -machine acpi=off"
  })
  void acpiIsWhatTheArgumentsSayLast(String off, String last) {
    CommandLine found = of(LIBXL + " " + off, GUEST);
    assertEquals(1, found.refusals().size());
    assertTrue(found.refusals().get(0).contains(" out (" + last + "); "), found.toString());
    assertEquals(List.of(), of(LIBXL + " " + off + " -machine acpi=on", GUEST).refusals());
  }

  @Test
  void aGuestThatHasNoAcpiGetsNone() {
    Topology guest = new Topology(Vga.CIRRUS, 4, GUEST.cards(), true, false, false, -1, null);
    assertRefused(
        "the stream has no power management controller, and the device model would have one; set"
            + " acpi=0 in the domain's configuration, if it was so when the guest was saved:"
            + " otherwise the stream has lost a section",
        LIBXL,
        guest);
    assertEdited(
        expected().replace(" " + FOOTER, " -no-acpi " + FOOTER), LIBXL + " -no-acpi", guest);
  }

  @Test
  void memoryIsMovedOnlyInADomainThatIsSaid() {
    Topology guest =
        new Topology(
            Vga.CIRRUS,
            4,
            GUEST.cards(),
            true,
            true,
            false,
            -1,
            new Relocation(0xff000, 0xf0000, 1024));
    assertEdited(expected(), LIBXL, guest);
    assertRefused(
        "the guest's video memory has to be moved, and the device model's arguments do not say in"
            + " which domain: they have no -xen-domid",
        after("-xen-domid 7 ", ""),
        guest);
  }

  @Test
  void footersThatAreTurnedOffAreTurnedOn() {
    String line = LIBXL + " -global migration.send-section-footer=off";
    assertEdited(expected(), line, GUEST);
  }

  // What the guest cannot have had

  @ParameterizedTest
  @ValueSource(strings = {"AC97", "ES1370", "intel-hda", "sb16"})
  void aSoundCardIsRefused(String card) {
    assertRefused(
        "the device model's arguments have a sound card (-device "
            + card
            + "), which is not translated; set no soundhw in the domain's configuration",
        LIBXL + " -device " + card,
        GUEST);
    assertRefused(
        "the device model's arguments have a sound card (-soundhw ac97), which is not translated;"
            + " set no soundhw in the domain's configuration",
        LIBXL + " -soundhw ac97",
        GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xen-pci-passthrough,hostaddr=0:1", "vfio-pci,host=1"})
  void aDeviceOfTheHostIsRefused(String device) {
    assertRefused(
        "the device model's arguments pass a device of the host through (-device "
            + device
            + "), which a saved guest cannot have had; attach it when the guest runs",
        LIBXL + " -device " + device,
        GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-device tpm-tis,tpmdev=x", "-tpmdev emulator,id=x"})
  void aTpmIsRefused(String option) {
    assertRefused(
        "the device model's arguments have a TPM ("
            + option
            + "), which the guest did not have; leave it out",
        LIBXL + " " + option,
        GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"piix3-usb-uhci,id=usb", "ich9-usb-ehci1,id=usb", "nec-usb-xhci"})
  void anotherUsbControllerIsRefused(String device) {
    assertRefused(
        "the device model's arguments have a USB controller of their own (-device "
            + device
            + "), which the guest does not know; set no usbversion in the domain's configuration",
        LIBXL + " -device " + device,
        GUEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ahci,id=ahci0",
        "virtio-serial",
        "isa-debugcon,iobase=0xe9,chardev=x",
        "{\"a\":1}"
      })
  void anyOtherDeviceIsRefused(String device) {
    assertRefused(
        "the device model's arguments have a device that the guest did not have (-device "
            + device
            + "); leave it out of the domain's configuration",
        LIBXL + " -device " + device,
        GUEST);
  }

  @Test
  void anArgumentWithoutAnOptionIsRefusedWhereItWouldGetAnother() {
    assertRefused(
        "the device model's argument disk.img belongs to no option; leave it out of the domain's"
            + " configuration",
        after("-m 24", "-m 24 disk.img"),
        GUEST);
  }

  @Test
  void everyReasonIsSaid() {
    assertEquals(
        3, of(LIBXL + " -soundhw all -tpmdev x", with(new Card("e1000", 4))).refusals().size());
  }

  /** A guest with paravirtual drivers has unplugged its emulated cards, and does it again. */
  @Test
  void cardsThatAGuestUnpluggedAreNoReasonToRefuseItLater() {
    Topology unplugged = new Topology(Vga.CIRRUS, 4, List.of(), true, true, false, -1, null);
    String line =
        "qemu -xen-domid 7 -device cirrus-vga,vgamem_mb=8 -usb -usbdevice tablet -incoming fd:9"
            + " -machine xenfv -m 24 "
            + CARD;
    assertFalse(of(line, unplugged).refusals().isEmpty());
    CommandLine again = CommandLine.of(words(line), unplugged, true);
    assertEquals(List.of(), again.refusals());
    assertTrue(edited(line, again).contains(CARD));
  }

  // A guest that boots

  private static final String KEEP = " -dragoman-topology keep";

  private static String booting(String line) {
    assertTrue(line.contains(" -incoming fd:15"), line);
    return line.replace(" -incoming fd:15", KEEP);
  }

  private static CommandLine atBoot(String line, String value) {
    try {
      return CommandLine.atBoot(words(line), KeptTopology.parse(value));
    } catch (KeptTopology.MalformedException e) {
      throw new AssertionError(e);
    }
  }

  /** Edited so, and not once more; without a word, or with these. */
  private static void assertBoots(String expected, String line, String value, String... warnings) {
    CommandLine found = atBoot(line, value);
    assertEquals(expected, edited(line, found));
    assertEquals(warnings.length, found.warnings().size(), () -> "" + found.warnings());
    for (int i = 0; i < warnings.length; i++) {
      assertTrue(
          found.warnings().get(i).startsWith("the guest boots, and what is saved of it is not"),
          found.warnings().get(i));
      assertTrue(found.warnings().get(i).contains(warnings[i]), found.warnings().get(i));
    }
    assertEquals(List.of(), atBoot(expected, value).edits());
  }

  private static void assertDoesNotBoot(String sentence, String line) {
    CommandLine found = atBoot(line, "keep");
    assertEquals(List.of(), found.edits());
    assertEquals(List.of(), found.diff());
    assertEquals(List.of(sentence), found.refusals());
  }

  @Test
  void aGuestThatBootsGetsWhatOneGetsThatIsRestored() {
    assertBoots(booting(expected()), booting(LIBXL), "keep");
    String line = booting(LIBXL);
    assertEquals(
        of(LIBXL, GUEST).diff(), atBoot(line, "keep").diff(), "all but the ports of its firmware");
  }

  @ParameterizedTest
  @CsvSource({"keep, 8, 32", "'keep,vga-mib=16', 16, 24", "'keep,vga-mib=4', 4, 36"})
  void aStandardAdapterHasTheMemoryThatIsKept(String value, int vram, int memory) {
    String line = booting(after("-device cirrus-vga,vgamem_mb=8", "-device VGA,vgamem_mb=16"));
    String edited = edited(line, atBoot(line, value));
    assertTrue(edited.contains(" -vga std -global VGA.vgamem_mb=" + vram + " "), edited);
    assertTrue(edited.contains(" -m " + memory + " "), edited);
    // A Cirrus has what it always has.
    String cirrus = edited(booting(LIBXL), atBoot(booting(LIBXL), value));
    assertTrue(cirrus.contains(" -vga cirrus -global cirrus-vga.vgamem_mb=4 "), cirrus);
  }

  @Test
  void aGuestBootsWithoutAnAdapter() {
    String line = booting(after("-device cirrus-vga,vgamem_mb=8 ", ""));
    assertBoots(
        booting(expected())
            .replace("-vga cirrus -global cirrus-vga.vgamem_mb=4 ", "")
            .replace("-m 28", "-m 24"),
        line,
        "keep");
  }

  @Test
  void whatTakesTheAdaptersSlotDoesNotBoot() {
    assertDoesNotBoot(
        "a guest keeps its PCI slots with one display adapter, cirrus or stdvga, or with none, and"
            + " the device model's arguments have qxl-vga; set vga=\"cirrus\" or vga=\"stdvga\" in the"
            + " domain's configuration",
        booting(after("cirrus-vga,vgamem_mb=8", "qxl-vga")));
    assertDoesNotBoot(
        "a guest keeps its PCI slots with one display adapter, cirrus or stdvga, or with none, and"
            + " the device model's arguments have cirrus-vga and -vga std; set vga=\"cirrus\" or"
            + " vga=\"stdvga\" in the domain's configuration",
        booting(LIBXL) + " -vga std");
    assertDoesNotBoot(
        "the device model is to be the machine pc, and a traditional guest goes on only in xenfv, or"
            + " xenfv-3.1, which is the same; set xen_platform_pci=1 in the domain's configuration",
        booting(after("-machine xenfv,", "-machine pc,")));
    assertDoesNotBoot(
        "a network card that is given by -net nic cannot be put at the guest's slot; give it by vif"
            + " in the domain's configuration",
        booting(LIBXL) + " -net nic");
  }

  /** In any other order, what is saved would not tell which card is which. */
  @ParameterizedTest
  @CsvSource({
    "keep, 4 5 6",
    "keep, ''",
    "keep, 4",
    "'keep,slots=5', 5 6 7",
    "'keep,slots=5:7', 5 7 8",
    "'keep,slots=4:6:9', 4 6 9",
    "'keep,slots=4:6:9', 4 6",
    "'keep,slots=30', 30 31 -",
  })
  void cardsGetTheSlotsThatAreKeptAndThoseBehindThem(String value, String slots) {
    StringBuilder cards = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (String slot : slots.isEmpty() ? new String[0] : slots.split(" ", -1)) {
      String card = "-device " + (expected.length() % 2 == 0 ? "e1000" : "rtl8139") + ",mac=x ";
      cards.append(card);
      expected.append(
          slot.equals("-")
              ? card
              : card.strip() + ",addr=0x" + Integer.toHexString(Integer.parseInt(slot)) + " ");
    }
    assertBoots(
        booting(expected()).replace(CARD + ",addr=0x4 ", expected),
        booting(after(CARD + " ", cards.toString())),
        value);
  }

  @Test
  void aCardThatCannotHaveItsSlotDoesNotBoot() {
    assertDoesNotBoot(
        "the guest's network card 1 ("
            + CARD
            + ") belongs at PCI slot 4, which another device is given; leave addr= out of the"
            + " domain's device_model_args_hvm",
        booting(LIBXL) + " -device xen-pvdevice,addr=4.0");
    assertDoesNotBoot(
        "the guest's network card 2 (-device e1000,mac=x,addr=0x4) is given PCI slot 4, below the"
            + " card before it; leave addr= out of the domain's device_model_args_hvm",
        booting(after(CARD, CARD + ",addr=0x5 -device e1000,mac=x,addr=0x4")));
    assertDoesNotBoot(
        "-soundhw gives a sound card the first network card's PCI slot; set no soundhw in the"
            + " domain's configuration",
        booting(LIBXL) + " -soundhw sb16,es1370");
  }

  @Test
  void aCardMayBeWhereItsAdministratorPutItAboveTheOneBefore() {
    assertBoots(
        booting(expected())
            .replace(CARD + ",addr=0x4", "-device e1000,mac=x,addr=0x5 " + CARD + ",addr=0x6"),
        booting(after(CARD, "-device e1000,mac=x,addr=0x5 " + CARD)),
        "keep");
  }

  @Test
  void aCardThatTheOldDeviceModelHadNotBootsWithAWarning() {
    assertBoots(
        booting(expected())
            .replace(CARD + ",addr=0x4", CARD + ",addr=0x4 -device virtio-net-pci,mac=x,addr=0x5"),
        booting(after(CARD, CARD + " -device virtio-net-pci,mac=x")),
        "keep",
        "-device virtio-net-pci,mac=x");
  }

  /** libxl has populated the guest's memory up to there. */
  @Test
  void anAdapterGetsNoMoreMemoryThanLibxlHasForIt() {
    String line = booting(after("cirrus-vga,vgamem_mb=8", "VGA,vgamem_mb=16"));
    CommandLine found = atBoot(line, "keep,vga-mib=32");
    assertTrue(edited(line, found).contains(" -vga std -global VGA.vgamem_mb=16 "));
    assertTrue(edited(line, found).contains(" -m 24 "));
    assertEquals(
        List.of(
            "the standard VGA has 16 MiB from now on, and had 32; set videoram=32 in the domain's"
                + " configuration"),
        found.warnings());
  }

  @Test
  void aTabletOnAnotherControllerStaysThere() {
    assertBoots(
        booting(expected()).replace("-usb " + TABLET, "-device usb-tablet,bus=usb.0"),
        booting(after("-usb -usbdevice tablet", "-device usb-tablet,bus=usb.0")),
        "keep");
  }

  @Test
  void whatTheGuestHasBesidesIsNotInTheWayOfACard() {
    assertBoots(
        booting(expected())
            .replace("-boot", "-device AC97,addr=0x5 -device nec-usb-xhci,addr=0x6 -boot"),
        booting(LIBXL).replace("-boot", "-device AC97 -device nec-usb-xhci -boot"),
        "keep",
        "a sound card (-device AC97",
        "a USB controller of their own");
    // Behind the card, QEMU finds a slot itself; and one of the ISA bus has none.
    assertBoots(
        booting(expected()).replace("-boot", "-device sb16 -boot").replace(" " + FOOTER, "")
            + " -device AC97 "
            + FOOTER,
        booting(LIBXL).replace("-boot", "-device sb16 -boot") + " -device AC97",
        "keep",
        "(-device sb16)",
        "(-device AC97)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-soundhw sb16",
        "-tpmdev emulator,id=tpm0",
        "-device tpm-tis,tpmdev=tpm0",
        "-device vfio-pci,host=0000:03:00.0",
        "-device xen-pci-passthrough",
        "-device virtio-rng-pci"
      })
  void whatTheGuestDidNotHaveBootsWithAWarning(String option) {
    assertBoots(
        booting(expected()).replace(" " + FOOTER, " " + option + " " + FOOTER),
        booting(LIBXL) + " " + option,
        "keep",
        option.replace("-device ", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-usbdevice mouse", "-usbdevice tablet -device usb-kbd"})
  void otherUsbDevicesBootWithAWarning(String devices) {
    assertBoots(
        booting(expected()).replace(TABLET, devices),
        booting(after("-usbdevice tablet", devices)),
        "keep",
        "only one tablet");
  }

  @Test
  void theUsbControllerIsAsTheArgumentsSay() {
    assertBoots(
        booting(expected()).replace("-usb " + TABLET + " ", ""),
        booting(after("-usb -usbdevice tablet ", "")),
        "keep");
  }

  /** What only the shim knows is nobody's business here, and no value of anything. */
  @Test
  void aRestoreIsTheSameWithAKeptTopology() {
    for (String place : List.of("-boot", "-m 24", "-drive")) {
      String line = after(place, KEEP.substring(1) + " " + place);
      assertEdited(
          expected()
              .replace(
                  place.replace("24", "28"), KEEP.substring(1) + " " + place.replace("24", "28")),
          line,
          GUEST);
    }
  }
}
