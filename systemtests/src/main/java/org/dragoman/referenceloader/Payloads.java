package org.dragoman.referenceloader;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How many bytes each device's record takes in a QEVM version 3 stream, from the load functions of
 * qemu-xen-traditional (master, 2a1354d6) and of XenServer's qemu-trad.pg. All numbers are bytes.
 *
 * <p>A label below the registered one is taken where its layout is known; any other is refused. No
 * product wrote one into a version 3 stream, except those of gpe and piix4acpi, which are in {@link
 * AcpiDevices}.
 */
final class Payloads {
  /**
   * Its length was never stored: the cirrus card of these device models always has 4 MiB. Source:
   * hw/cirrus_vga.c.
   */
  private static final int CIRRUS_VRAM = 4 * 1024 * 1024;

  /**
   * Devices that these products can have and that this room does not know; guessing would make a
   * wrong judge.
   */
  private static final Set<String> NOT_MODELLED =
      Set.of("eeprom", "i82551", "i82557b", "i82559er", "mc146818rtc-td", "slirp");

  private static final Map<String, Payload> BY_NAME = new HashMap<>();

  static {
    put("timer", bytes(8).onlyFor(2));
    put("ram", bytes(0).onlyFor(3));
    put("fw_cfg", bytes(4).onlyFor(1));
    put("PCIBUS", ((Payload) Payloads::pciBus).onlyFor(1));
    put("I440FX", pciAnd(0).onlyFor(2));
    put("PIIX3", pciAnd(0).onlyFor(2));
    put("cirrus_vga", ((Payload) Payloads::cirrus).onlyFor(3));
    put("vga", Payloads::vga);
    put("mc146818rtc", bytes(197).onlyFor(1));
    put("platform", Payloads::platform);
    put("platform_fixed_ioport", bytes(1).onlyFor(1));
    put("serial", bytes(11).onlyFor(2));
    put("rtl8139", Payloads::rtl8139);
    put("e1000", Payloads::e1000);
    put("ne2000", Payloads::ne2000);
    put("pcnet", pciAnd(4480).onlyFor(2));
    put("ide", ((Payload) Payloads::ide).onlyFor(3));
    put("tpm-tis", bytes(4172).onlyFor(1));
    put("pckbd", bytes(4).onlyFor(3));
    put("ps2kbd", Payloads::ps2Keyboard);
    put("ps2mouse", bytes(291).onlyFor(2));
    put("dma", bytes(75).onlyFor(1));
    put("audio", bytes(0).onlyFor(1));
    put("es1370", pciAnd(80).onlyFor(2));
    put("ac97", pciAnd(343).onlyFor(2));
    put("sb16", bytes(707).onlyFor(1));
    put("fdc", ((Payload) Payloads::floppy).onlyFor(2));
    put("uhci", ((Payload) Payloads::uhci).onlyFor(1));
    put("UHCI usb controller", ((Payload) Payloads::uhci).onlyFor(1));
    put("pci_devfn", bytes(130).onlyFor(1));
    put("pcislots", bytes(34).onlyFor(1));
    put("xen-pvdevice", pciDevice());
    for (String device : new String[] {"cirrus_vga", "ide", "piix4acpi", "rtl8139", "UHCI_usb"}) {
      put(device + "_pci", bytes(256).onlyFor(1));
    }
  }

  private Payloads() {}

  /** The load function of a section, or null if there is none by this name. */
  static Payload named(String idstr) {
    return BY_NAME.get(idstr);
  }

  /** Whether a product's loader may know this section while this room does not. */
  static boolean isNotModelled(String idstr) {
    return NOT_MODELLED.contains(idstr);
  }

  /** A record of nothing but a PCI device, label 1: what -pciemulation and xen-pvdevice write. */
  static Payload pciDevice() {
    return pciAnd(0).onlyFor(1);
  }

  /** The record that every PCI device starts with. Source: hw/pci.c pci_device_load. */
  static int pci(SaveFile file) {
    int version = file.be32();
    if (Integer.compareUnsigned(version, 2) > 0) {
      return Payload.EINVAL;
    }
    file.skip(256);
    if (version == 2) {
      file.skip(4 * 4);
    }
    return 0;
  }

  private static void put(String idstr, Payload payload) {
    BY_NAME.put(idstr, payload);
  }

  private static Payload bytes(int count) {
    return (file, label) -> {
      file.skip(count);
      return 0;
    };
  }

  private static Payload pciAnd(int count) {
    return (file, label) -> {
      if (pci(file) != 0) {
        return Payload.EINVAL;
      }
      file.skip(count);
      return 0;
    };
  }

  private static int pciBus(SaveFile file, int label) {
    // The original counts with an int: a negative number is none.
    file.skip(4L * Math.max(0, file.be32()));
    return 0;
  }

  private static int cirrus(SaveFile file, int label) {
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip(1594);
    boolean mapped = file.u8() != 0;
    file.skip(4 * 4);
    long guestFrame = file.be64();
    if (!mapped && guestFrame == 0) {
      file.skip(CIRRUS_VRAM);
    }
    return 0;
  }

  /**
   * Label 4 everywhere; XenServer writes the same under 6 and reads 5, which had a mapping address
   * more.
   */
  private static int vga(SaveFile file, int label) {
    if (label < 3 || label > 6) {
      return Payload.EINVAL;
    }
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip(1096);
    boolean hasVbe = file.u8() != 0;
    if (!hasVbe) {
      return Payload.EINVAL;
    }
    file.skip(2 + 13 * 2 + 3 * 4);
    // The real loader also refuses a size other than its own; the matching machine has the
    // stream's.
    long vramSize = Integer.toUnsignedLong(file.be32());
    boolean elsewhere = false;
    if (label == 5) {
      elsewhere = file.be32() != 0;
      file.skip(4);
    }
    if (label > 3) {
      elsewhere |= file.be64() != 0;
    }
    if (!elsewhere) {
      file.skip(vramSize);
    }
    return 0;
  }

  private static int platform(SaveFile file, int label) {
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    if (label == 2) {
      file.skip(1);
    }
    if (label >= 2) {
      file.skip(8);
    }
    return 0;
  }

  private static int rtl8139(SaveFile file, int label) {
    if (label >= 3 && pci(file) != 0) {
      return Payload.EINVAL;
    }
    // 80: two timer words, their base and the tally counters; 4: the receive mode of the C+ unit.
    file.skip(282 + (label >= 2 ? 80 : 0) + (label >= 4 ? 4 : 0));
    return 0;
  }

  private static int e1000(SaveFile file, int label) {
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip((label == 1 ? 4 : 0) + 67332);
    return 0;
  }

  private static int ne2000(SaveFile file, int label) {
    if (label < 2) {
      return Payload.EINVAL;
    }
    if (label >= 3 && pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip(49196);
    return 0;
  }

  private static int ide(SaveFile file, int label) {
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip(2 * (1 + 1 + 4 + 8 + 4 + 1));
    file.skip(2 * (1 + 1));
    for (int drive = 0; drive < 4; drive++) {
      file.skip(4);
      boolean identified = file.be32() != 0;
      file.skip((identified ? 512 : 0) + 3 + 4 + 13);
    }
    return 0;
  }

  private static int ps2Keyboard(SaveFile file, int label) {
    if (label != 2 && label != 3) {
      return Payload.EINVAL;
    }
    file.skip(label == 3 ? 284 : 280);
    return 0;
  }

  private static int floppy(SaveFile file, int label) {
    file.skip(9 + 512 + 4 + 4 + 9);
    file.skip(3L * file.u8());
    return 0;
  }

  private static int uhci(SaveFile file, int label) {
    if (pci(file) != 0) {
      return Payload.EINVAL;
    }
    file.skip(2L * file.u8());
    file.skip(4 * 2 + 4 + 1 + 1 + 8);
    return 0;
  }
}
