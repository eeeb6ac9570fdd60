package org.dragoman.translate;

import org.dragoman.stream.Section;

/**
 * The flags of the Xen platform device, which the traditional device model saves in a section of
 * their own, platform_fixed_ioport; before that, in the device's own section. Sources:
 * qemu-xen-traditional hw/xen_platform.c, master at 2a1354d6; QEMU 7.2 hw/i386/xen/xen_platform.c.
 *
 * <p>Two things are in no section of QEMU's: how much memory a standard VGA has, which has to be
 * the same whenever the guest is restored, and that video memory has yet to be brought to its place
 * where a stream is rebuilt long before its device model starts. They are noted at the end of the
 * platform device's PCI configuration, which QEMU keeps and nobody uses.
 */
final class Platform implements RebuildRule {
  /** The note is "DR", the size in MiB, and flags. */
  static final int NOTE_AT = 0xfc;

  /** The flag: the video memory is still where the traditional device model had it. */
  static final int RELOCATION_DUE = 1;

  /** Whether a guest's platform device gets a note. */
  static boolean isNoted(OldGuest guest) {
    return guest.first("vga") != null || guest.leavesRelocation();
  }

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
    if (!isNoted(guest)) {
      return null;
    }
    byte[] config = guest.octets().copy(section.payloadAt() + OldGuest.PCI_CONFIG_AT, 256);
    config[NOTE_AT] = 'D';
    config[NOTE_AT + 1] = 'R';
    config[NOTE_AT + 2] = (byte) TopologyOf.vramMib(guest);
    config[NOTE_AT + 3] = (byte) (guest.leavesRelocation() ? RELOCATION_DUE : 0);
    return config;
  }
}
