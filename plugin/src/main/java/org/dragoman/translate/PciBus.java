package org.dragoman.translate;

import java.nio.ByteBuffer;
import org.dragoman.stream.Section;

/**
 * How many devices hold each interrupt line of Xen's PCI bus: 4 for each of 32 slots. The
 * traditional device model does not save it; each device's own pins say it. Without it, the first
 * device that lets go of its pin would count to minus one, and the line would be held for ever.
 * Source: QEMU 7.2 hw/pci/pci.c pci_change_irq_level and vmstate_pcibus, hw/xen/xen-hvm-common.c
 * xen_pci_slot_get_pirq.
 */
final class PciBus implements RebuildRule {
  private static final int PINS = 4;
  private static final int LINES = 32 * PINS;

  @Override
  public byte[] field(String name, OldGuest guest, Section none) {
    return switch (name) {
      case "nirq" -> ByteBuffer.allocate(4).putInt(0, LINES).array();
      case "irq_count" -> counts(guest);
      default -> null;
    };
  }

  private static byte[] counts(OldGuest guest) {
    int[] counts = new int[LINES];
    for (Section section : guest.walk().sections()) {
      int slot = section.named() && OldGuest.isPci(section) ? guest.slot(section) : -1;
      for (int pin = 0; slot >= 0 && pin < PINS; pin++) {
        if (guest.asserts(section, pin)) {
          counts[slot * PINS + pin]++;
        }
      }
    }
    byte[] bytes = new byte[4 * LINES];
    for (int i = 0; i < LINES; i++) {
      bytes[4 * i + 3] = (byte) counts[i];
    }
    return bytes;
  }
}
