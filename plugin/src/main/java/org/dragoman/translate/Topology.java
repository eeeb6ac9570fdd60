package org.dragoman.translate;

import java.util.ArrayList;
import java.util.List;

/**
 * How the device model that reads a stream has to be set up, where the stream does not set it up by
 * itself: qemu-xen finds each device's section by the slot that its command line gave the device,
 * and its own choice of slots is not the traditional device model's. Everything here follows from
 * the stream. Immutable.
 *
 * @param vga the display adapter, at slot 2; null: none
 * @param vramMib the display adapter's memory in MiB, exactly; 0 where there is no adapter
 * @param cards the network cards, by their slots
 * @param usb whether there is a USB controller
 * @param acpi whether there is a power management controller, which a guest without ACPI has not
 * @param oldPorts whether the guest's firmware has its power management at port 0x1f40, where it
 *     was before Xen 4.1; otherwise at 0xb000
 * @param vendorDeviceSlot the slot of XenServer's device for Windows Update; -1: none
 * @param relocation what of the guest's memory has to lie elsewhere before the device model starts;
 *     null: nothing
 */
public record Topology(
    Vga vga,
    int vramMib,
    List<Card> cards,
    boolean usb,
    boolean acpi,
    boolean oldPorts,
    int vendorDeviceSlot,
    Relocation relocation) {

  /** A display adapter. */
  public enum Vga {
    /** Cirrus Logic GD5446. */
    CIRRUS,
    /** Standard VGA with Bochs extensions. */
    STD
  }

  /**
   * An emulated network card.
   *
   * @param model {@code rtl8139} or {@code e1000}
   * @param slot its PCI slot, 0 to 31
   */
  public record Card(String model, int slot) {}

  /**
   * Frames of the guest that hold video memory, and where they have to lie: the traditional device
   * model keeps them outside the adapter's BAR while the guest is in text mode, qemu-xen never.
   * Source: qemu-xen-traditional hw/vga.c set_vram_mapping, master at 2a1354d6; QEMU 7.2
   * hw/i386/xen/xen-hvm.c xen_add_to_physmap.
   *
   * @param from the first guest frame
   * @param to the guest frame that the first of them becomes
   * @param frames how many, of 4 KiB
   */
  public record Relocation(long from, long to, int frames) {}

  /** This, or where the relocation is done, what is still to be done. */
  Topology withoutRelocationIf(boolean done) {
    return done
        ? new Topology(vga, vramMib, cards, usb, acpi, oldPorts, vendorDeviceSlot, null)
        : this;
  }

  /** What the device model has to have, a line each, with the words of xl's configuration. */
  public List<String> inWords() {
    List<String> lines = new ArrayList<>();
    if (vga != null) {
      lines.add(
          (vga == Vga.CIRRUS ? "a Cirrus display adapter" : "a standard VGA")
              + " with "
              + vramMib
              + " MiB at PCI slot 2 (vga = \""
              + (vga == Vga.CIRRUS ? "cirrus" : "stdvga")
              + "\")");
    } else {
      lines.add("no display adapter (vga = \"none\")");
    }
    cards.forEach(
        card ->
            lines.add(
                "an "
                    + card.model()
                    + " at PCI slot "
                    + card.slot()
                    + " (a vif with type=ioemu, model="
                    + card.model()
                    + ")"));
    if (cards.isEmpty()) {
      lines.add("no emulated network card (no vif with type=ioemu)");
    }
    lines.add(usb ? "a USB controller" : "no USB controller (usb = 0, and no usbdevice)");
    if (!acpi) {
      lines.add("no power management controller (acpi = 0)");
    }
    if (vendorDeviceSlot >= 0) {
      lines.add("XenServer's device for Windows Update at PCI slot " + vendorDeviceSlot);
    }
    if (relocation != null) {
      lines.add("its video memory brought to the display adapter");
    }
    lines.add(
        "dragoman-dm in front of qemu-xen, which does this at every restore, but for what is in"
            + " parentheses: that has to be in the domain's configuration");
    lines.add(
        KeptTopology.of(this).line()
            + " in its configuration, where it shall keep its PCI slots when it reboots");
    return lines;
  }

  /** Copies the list. */
  public Topology {
    cards = List.copyOf(cards);
  }
}
