package org.dragoman.translate;

import org.dragoman.stream.Section;

/**
 * The flags of the Xen platform device, which the traditional device model saves in a section of
 * their own, platform_fixed_ioport; before that, in the device's own section. Sources:
 * qemu-xen-traditional hw/xen_platform.c, master at 2a1354d6; QEMU 7.2 hw/i386/xen/xen_platform.c.
 *
 * <p>Where the display adapter is a standard VGA, the size of its memory is not in any section of
 * QEMU's, but has to be the same whenever the guest is restored: it is noted at the end of the
 * platform device's PCI configuration, which QEMU keeps and nobody uses.
 */
final class Platform implements RebuildRule {
  /** The note is "DRG" and the size in MiB. */
  static final int NOTE_AT = 0xfc;

  @Override
  public byte[] field(String name, OldGuest guest, Section section) {
    return switch (name) {
      case "flags" -> flags(guest, section);
      case "pci_config" -> noted(guest, section);
      default -> null;
    };
  }

  private static byte[] flags(OldGuest guest, Section section) {
    Section fixed = guest.first("platform_fixed_ioport");
    return new byte[] {
      (byte)
          (fixed == null
              ? guest.number(section, "flags").orElse(0)
              : guest.number(fixed, "platform_flags").getAsLong())
    };
  }

  private static byte[] noted(OldGuest guest, Section section) {
    Section vga = guest.first("vga");
    if (vga == null) {
      return null;
    }
    byte[] config = guest.octets().copy(guest.spans(section).get("pci_config").at(), 256);
    config[NOTE_AT] = 'D';
    config[NOTE_AT + 1] = 'R';
    config[NOTE_AT + 2] = 'G';
    config[NOTE_AT + 3] = (byte) (guest.number(vga, "vram_size").orElse(0) >> 20);
    return config;
  }
}
