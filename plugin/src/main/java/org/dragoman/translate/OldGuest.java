package org.dragoman.translate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.dragoman.policy.Product;
import org.dragoman.stream.FieldPlace;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;

/**
 * The guest of a stream of the traditional device model, as far as other sections than a field's
 * own tell about it.
 */
final class OldGuest {
  /** PCI configuration begins behind the version of a PCI device's record, of 4 bytes. */
  static final int PCI_CONFIG_AT = 4;

  /** The levels of its four interrupt pins are behind the configuration. */
  private static final int PCI_IRQ_STATE_AT = PCI_CONFIG_AT + 256;

  private final Octets octets;
  private final Walk walk;
  private final boolean startsAtOnce;
  private final Map<String, Section> firsts = new HashMap<>();

  /** Section ids of the devices that take PCI slots. */
  private final long[] inSlots;

  /**
   * The guest of a stream.
   *
   * @param walk its sections, as the product that wrote it means them
   * @param target whose table says which devices take PCI slots
   * @param startsAtOnce whether the device model is started with the result now, by somebody who
   *     has brought the video memory to its place; otherwise the result has to say what is to be
   *     done
   */
  OldGuest(Octets octets, Walk walk, Product target, boolean startsAtOnce) {
    this.octets = octets;
    this.walk = walk;
    this.startsAtOnce = startsAtOnce;
    long[] ids = new long[walk.sections().size()];
    int found = 0;
    for (Section section : walk.sections()) {
      if (section.named()) {
        String device = section.device().name();
        firsts.putIfAbsent(device, section);
        if (target.pciSlots().contains(device)) {
          ids[found++] = section.sectionId();
        }
      }
    }
    this.inSlots = Arrays.copyOf(ids, found);
  }

  Octets octets() {
    return octets;
  }

  Walk walk() {
    return walk;
  }

  /** The first section of a device, or null. */
  Section first(String device) {
    return firsts.get(device);
  }

  /** Where each field of a section stands in its payload, by its name with the groups around it. */
  Map<String, FieldPlace> places(Section section) {
    return section.content().layout().placesIn(octets, section.payloadAt());
  }

  /** A single number of a section; empty where it has none of that name. */
  OptionalLong number(Section section, String field) {
    return section == null
        ? OptionalLong.empty()
        : section.content().layout().value(octets, section.payloadAt(), field);
  }

  /** Whether the guest's power management is at port 0x1f40; otherwise at 0xb000. */
  boolean hasOldPorts() {
    Section power = first("piix4acpi");
    return power != null && powerManagementPort() == 0x1f40;
  }

  /** The port at which the guest's firmware has its power management. */
  int powerManagementPort() {
    // A record without the address is of a device model that had no other than this.
    return (int) number(first("piix4acpi"), "pm1a_evt_blk_address").orElse(0x1f40);
  }

  /** A byte of the PCI configuration of a section's device. */
  int pciConfig(Section section, int at) {
    return octets.u8(section.payloadAt() + PCI_CONFIG_AT + at);
  }

  /** Whether a device that is not kept from it holds an interrupt pin, 0 to 3. */
  boolean asserts(Section section, int pin) {
    boolean disabled = (pciConfig(section, 5) & 4) != 0;
    return !disabled && octets.u32(section.payloadAt() + PCI_IRQ_STATE_AT + 4 * pin) != 0;
  }

  /** The PCI slot of a section's device, 0 to 31; -1 where it is on another bus or function. */
  int slot(Section section) {
    if (section.form().instance() instanceof InstanceRule.PciAddress) {
      long address = section.instance();
      return address > 0xff || (address & 7) != 0 ? -1 : (int) address >> 3;
    }
    String device = section.device().name();
    if (ON_PIIX3.contains(device)) {
      return 1;
    }
    int before = 0;
    for (long id : inSlots) {
      before += id < section.sectionId() ? 1 : 0;
    }
    return before < 32 ? before : -1;
  }

  /** The display adapter's section, or null. */
  Section displayAdapter() {
    Section cirrus = first("cirrus_vga");
    return cirrus != null ? cirrus : first("vga");
  }

  /** What happens to the video memory before the device model starts. */
  private boolean hasToBeRelocated() {
    Section adapter = displayAdapter();
    return adapter != null
        && number(adapter, "vram_gmfn").orElse(0) == TopologyOf.RESERVED
        && TopologyOf.isMapped(octets, adapter);
  }

  /** Whether the result has to say that the video memory is still to be brought to its place. */
  boolean leavesRelocation() {
    return !startsAtOnce && hasToBeRelocated();
  }

  private static final List<String> ON_PIIX3 = List.of("PIIX3", "ide", "uhci", "piix4acpi");

  /** Whether the stream itself says which slot a section's device has. */
  static boolean saysSlot(Section section) {
    return section.form().instance() instanceof InstanceRule.PciAddress;
  }

  /** Whether its record begins as those of PCI devices do. */
  static boolean isPci(Section section) {
    return section.content().layout().hasValue("pci_version");
  }
}
