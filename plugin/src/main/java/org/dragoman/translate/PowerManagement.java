package org.dragoman.translate;

import java.util.Arrays;
import org.dragoman.stream.Section;

/**
 * QEMU's piix4_pm out of piix4acpi and gpe.
 *
 * <p>The traditional device model has its ports at fixed places and its PCI configuration says
 * nothing of them. QEMU maps them by PMBA (0x40) where bit 0 of PMREGMISC (0x80) is set, so these
 * are set as the guest's firmware would have. The general purpose events of the traditional device
 * model are bytes, status and enable by turns; QEMU has two numbers of 16 bits, with the first byte
 * in the low half. Sources: qemu-xen-traditional hw/piix4acpi.c, master at 2a1354d6; QEMU 7.2
 * hw/acpi/piix4.c pm_io_space_update and vmstate_acpi.
 */
final class PowerManagement implements RebuildRule {
  private static final int REVISION = 8;
  private static final int PMBA = 0x40;
  private static final int PMREGMISC = 0x80;

  @Override
  public byte[] field(String name, OldGuest guest, Section section) {
    return switch (name) {
      case "pci_config_00" -> {
        byte[] config = config(guest, section, 0, PMBA);
        config[REVISION] = 3;
        yield config;
      }
      case "pmba" -> {
        int address = guest.powerManagementPort();
        yield new byte[] {(byte) (address | 1), (byte) (address >> 8), 0, 0};
      }
      case "pci_config_44" -> config(guest, section, PMBA + 4, PMREGMISC);
      case "pmregmisc" -> new byte[] {(byte) (guest.pciConfig(section, PMREGMISC) | 1)};
      case "pci_config_81" -> config(guest, section, PMREGMISC + 1, 256);
      case "timer" -> {
        byte[] notArmed = new byte[8];
        Arrays.fill(notArmed, (byte) 0xff);
        yield notArmed;
      }
      case "gpe_status" -> new byte[] {event(guest, "sts", 1), event(guest, "sts", 0)};
      case "gpe_enable" -> new byte[] {event(guest, "en", 1), event(guest, "en", 0)};
      default -> null;
    };
  }

  private static byte[] config(OldGuest guest, Section section, int from, int to) {
    byte[] bytes = new byte[to - from];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) guest.pciConfig(section, from + i);
    }
    return bytes;
  }

  /**
   * A guest with the old ports finds its events at others than QEMU's, which are fixed. What it
   * enabled stays off: an event that comes could never be acknowledged, and would hold SCI.
   */
  private static byte event(OldGuest guest, String which, int index) {
    Section events = guest.first("gpe");
    if (events == null || guest.hasOldPorts()) {
      return 0;
    }
    int offset = guest.places(events).get("gpe0[" + index + "]." + which).offset();
    return (byte) guest.octets().u8(events.payloadAt() + offset);
  }
}
