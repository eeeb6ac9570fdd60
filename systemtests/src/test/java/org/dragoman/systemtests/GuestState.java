package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.referenceloader.LoadResult;
import org.dragoman.referenceloader.LoadedSection;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.referenceloader.ReferenceLoader;
import org.dragoman.referenceloader.SectionKey;
import org.dragoman.referenceloader.SectionType;

/**
 * What a guest's devices hold after a load, whoever loaded it: without the names, labels and
 * RTL8139 instances, in which products differ.
 *
 * @param control pm1_control
 * @param address where PM1 is served
 * @param gpeAddress where general purpose events are served
 * @param gpeHalfLength how many ports each half of them takes
 * @param devices every section that was loaded, in order
 */
record GuestState(
    int control, long address, long gpeAddress, long gpeHalfLength, List<Device> devices) {
  /** The PM1 event block up to Xen 4.0 and XenServer 6.2. */
  static final long OLD_PORTS = 0x1f40;

  /** The PM1 event block of guests started on later ones. */
  static final long NEW_PORTS = 0xb000;

  /** What a section holds of piix4acpi and of gpe besides the addresses. */
  private static final int PIIX4ACPI = 278;

  private static final int GPE = 9;

  /**
   * A loaded section.
   *
   * @param sectionId as its header has it
   * @param payload in hexadecimal
   */
  record Device(SectionType type, String name, int instance, int sectionId, String payload) {}

  /** Loads a stream, and fails unless all of it but for zero padding is loaded. */
  static GuestState loadedBy(LoaderModel model, byte[] stream, List<SectionKey> configured) {
    LoadResult result = ReferenceLoader.load(model, stream, configured);
    assertEquals(0, result.returnCode().orElse(-1), () -> model.key() + ": " + result);
    assertTrue(result.piix4acpiLoaded(), () -> model.key() + " did not load piix4acpi: " + result);
    assertTrue(result.healthy(), () -> model.key() + ": " + result + ": " + result.sentence());
    return of(result, stream);
  }

  /** The state after a load. */
  static GuestState of(LoadResult result, byte[] stream) {
    LoadResult.PowerManagement power = result.power().orElseThrow();
    // A device model without these fields serves the old ports and no others.
    LoadResult.GpeBlock gpe = result.gpeBlock().orElse(new LoadResult.GpeBlock(0x1f68, 4));
    List<Device> devices = new ArrayList<>();
    for (LoadedSection section : result.sections()) {
      devices.add(device(section, stream));
    }
    return new GuestState(
        power.control(),
        power.eventBlockAddress().orElse(OLD_PORTS),
        gpe.address(),
        gpe.halfLength(),
        devices);
  }

  private static Device device(LoadedSection section, byte[] stream) {
    int length =
        switch (section.idstr()) {
          case "piix4acpi" -> Math.min(PIIX4ACPI, section.length());
          case "gpe" -> Math.min(GPE, section.length());
          default -> section.length();
        };
    return new Device(
        section.type(),
        section.idstr().equals("UHCI usb controller") ? "uhci" : section.idstr(),
        section.idstr().equals("rtl8139") ? 0 : section.instance(),
        ByteBuffer.wrap(stream).getInt(RawStream.headerAt(section) + 1),
        HexFormat.of()
            .formatHex(Arrays.copyOfRange(stream, section.offset(), section.offset() + length)));
  }

  /** The same guest on a target that does without some of its devices. */
  GuestState on(Target target) {
    return new GuestState(
        control,
        address,
        gpeAddress,
        gpeHalfLength,
        devices.stream().filter(one -> !target.doesWithout(one.name())).toList());
  }

  /** The same guest, whatever numbers its sections have. */
  GuestState withoutSectionIds() {
    return new GuestState(
        control,
        address,
        gpeAddress,
        gpeHalfLength,
        devices.stream()
            .map(one -> new Device(one.type(), one.name(), one.instance(), 0, one.payload()))
            .toList());
  }
}
