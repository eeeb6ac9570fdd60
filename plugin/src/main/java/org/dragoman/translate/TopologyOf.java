package org.dragoman.translate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;
import org.dragoman.stream.Walk;

/**
 * What a stream says about the device model that it needs.
 *
 * @param topology null where there are reasons
 * @param warnings what an administrator should know
 * @param reasons why there is no such device model
 */
record TopologyOf(Topology topology, List<String> warnings, List<String> reasons) {
  /** Source: qemu-xen-traditional hw/cirrus_vga.c, master at 2a1354d6. */
  static final int CIRRUS_MIB = 4;

  static final int MOST_STD_MIB = 128;
  private static final int FRAME = 4096;

  /** A bank of a standard VGA has 64 KiB. */
  private static final int BANK_SHIFT = 16;

  /** The label of PIIX3 in a stream that was rebuilt, and not saved by qemu-xen since. */
  private static final int REBUILT_PIIX3 = 2;

  /**
   * Where the traditional device model keeps the video memory while the guest is in text mode.
   * Source: qemu-xen-traditional hw/vga.c, VRAM_RESERVED_ADDRESS.
   */
  static final long RESERVED = 0xff00_0000L;

  /** SLP_EN: a guest that is going to sleep at this moment. Source: ACPI 1.0b, 4.7.3.2.1. */
  private static final int SLEEP_ENABLE = 1 << 13;

  /** Copies the lists. */
  TopologyOf {
    warnings = List.copyOf(warnings);
    reasons = List.copyOf(reasons);
  }

  /** What a stream of the traditional device model says. */
  static TopologyOf old(OldGuest guest) {
    List<String> warnings = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    Section cirrus = guest.first("cirrus_vga");
    Section std = guest.first("vga");
    int vram = vramMib(guest);
    if (std != null) {
      long size = guest.number(std, "vram_size").orElse(0);
      if (Long.bitCount(size) != 1 || vram == 0 || vram > MOST_STD_MIB) {
        reasons.add("the video memory has " + size + " bytes, expected 1 to 128 MiB");
      }
    }
    Section vga = guest.displayAdapter();
    Section platform = guest.first("platform");
    if (vga == null || platform == null) {
      reasons.add(
          "it has no "
              + (vga == null ? "display adapter" : "Xen platform device")
              + ", which qemu-xen always has with the machine xenfv: shut the guest down, and start"
              + " it there");
    }
    if (cirrus != null && std != null) {
      reasons.add("it has two display adapters, and qemu-xen has one");
    }
    if (vga != null && guest.slot(vga) != 2) {
      reasons.add(
          "its display adapter is at PCI slot " + guest.slot(vga) + ", and qemu-xen has it at 2");
    }
    if (platform != null && vga != null && guest.slot(platform) != 3) {
      reasons.add(
          "its Xen platform device is at PCI slot "
              + guest.slot(platform)
              + ", and qemu-xen has it at 3");
    }
    Topology.Relocation relocation =
        vga == null ? null : relocation(guest, vga, vram, warnings, reasons);
    Section power = guest.first("piix4acpi");
    if (power != null && (guest.number(power, "pm1_control").orElse(0) & SLEEP_ENABLE) != 0) {
      reasons.add(
          "pm1_control is "
              + Text.hex(guest.number(power, "pm1_control").getAsLong(), 2)
              + ": no guest can be seen with bit 13 set");
    }
    List<Topology.Card> cards = new ArrayList<>();
    int vendorDevice = -1;
    boolean guessed = false;
    for (Section section : guest.walk().sections()) {
      String device = section.named() ? section.device().name() : "";
      if (device.equals("rtl8139") || device.equals("e1000")) {
        cards.add(new Topology.Card(device, guest.slot(section)));
        guessed |= !OldGuest.saysSlot(section);
      } else if (device.equals("xen-pvdevice")) {
        vendorDevice = guest.slot(section);
      }
    }
    if (guessed && cards.size() > 1) {
      warnings.add(
          "the network cards get the PCI slots of neighbours; if the VM's vif numbers had gaps, the"
              + " stream cannot tell, and their slots on the source were others");
    }
    return new TopologyOf(
        reasons.isEmpty()
            ? new Topology(
                cirrus != null ? Topology.Vga.CIRRUS : std != null ? Topology.Vga.STD : null,
                vram,
                sorted(cards),
                guest.first("uhci") != null,
                power != null,
                guest.hasOldPorts(),
                vendorDevice,
                relocation)
            : null,
        warnings,
        reasons);
  }

  /** The display adapter's memory; 0: there is none. */
  static int vramMib(OldGuest guest) {
    return guest.first("cirrus_vga") != null
        ? CIRRUS_MIB
        : (int) (guest.number(guest.first("vga"), "vram_size").orElse(0) >> 20);
  }

  /** The address in BAR 0 of a PCI device's section, without the bits that say its kind. */
  private static long bar0(Octets octets, Section section) {
    int at = section.payloadAt() + OldGuest.PCI_CONFIG_AT + 0x10;
    return Integer.toUnsignedLong(Integer.reverseBytes((int) octets.u32(at))) & 0xffff_fff0L;
  }

  /** Whether a display adapter answers at the address in its BAR 0. */
  static boolean isMapped(Octets octets, Section adapter) {
    long bar = bar0(octets, adapter);
    boolean decodes = (octets.u8(adapter.payloadAt() + OldGuest.PCI_CONFIG_AT + 4) & 2) != 0;
    return decodes && bar != 0 && bar != 0xffff_fff0L;
  }

  private static Topology.Relocation toBar0(
      Octets octets, Section adapter, int vram, List<String> reasons) {
    long bar = bar0(octets, adapter);
    long size = (long) vram << 20;
    if (Math.abs(bar - RESERVED) < size || bar % FRAME != 0) {
      reasons.add(
          "its display adapter is at "
              + Text.offset(bar)
              + ", where its video memory cannot be brought from "
              + Text.offset(RESERVED));
    }
    return new Topology.Relocation(RESERVED / FRAME, bar / FRAME, (int) (size / FRAME));
  }

  private static Topology.Relocation relocation(
      OldGuest guest, Section vga, int vram, List<String> warnings, List<String> reasons) {
    long place = guest.number(vga, "vram_gmfn").orElse(0);
    long bar = bar0(guest.octets(), vga);
    boolean mapped = isMapped(guest.octets(), vga);
    if (place == 0) {
      reasons.add(
          "the video memory is in the stream itself, as device models before Xen 3.4 have it");
    } else if (place == bar && mapped) {
      return null;
    } else if (place != RESERVED) {
      reasons.add(
          "the video memory is at "
              + Text.offset(place)
              + ", expected it at the display adapter's BAR 0, "
              + Text.offset(bar)
              + ", or at "
              + Text.offset(RESERVED));
    } else if (mapped) {
      return toBar0(guest.octets(), vga, vram, reasons);
    } else {
      warnings.add(
          "lost: what is on the screen, until the guest draws it anew: its display adapter has no"
              + " memory address yet");
    }
    return null;
  }

  /**
   * What a stream of QEMU's says that was rebuilt once, and saved again by the device model, or of
   * a guest that has booted since. Its footers say that; null: it was not.
   *
   * @param kept what the guest booted with, or null where nobody says
   */
  static TopologyOf rebuilt(Octets octets, Walk walk, KeptTopology kept) {
    if (!walk.footers()) {
      return null;
    }
    Topology.Vga vga = null;
    int vram = 0;
    List<Topology.Card> cards = new ArrayList<>();
    boolean usb = false;
    boolean acpi = false;
    boolean oldPorts = false;
    int vendorDevice = -1;
    Section adapter = null;
    Section platform = null;
    boolean inPlace = true;
    boolean savedByQemu = true;
    for (Section section : walk.sections()) {
      int slot = slot(section.idstr());
      switch (section.device().name()) {
        case "qemu-cirrus_vga", "qemu-vga" -> {
          boolean cirrus = section.device().name().equals("qemu-cirrus_vga");
          vga = cirrus ? Topology.Vga.CIRRUS : Topology.Vga.STD;
          inPlace &= slot == 2 && adapter == null;
          adapter = section;
        }
        case "platform" -> platform = section;
        case "rtl8139" -> cards.add(new Topology.Card("rtl8139", slot));
        case "qemu-e1000" -> cards.add(new Topology.Card("e1000", slot));
        case "xen-pvdevice" -> vendorDevice = slot;
        case "uhci" -> usb = true;
        case "PIIX3" -> savedByQemu = section.label() > REBUILT_PIIX3;
        case "piix4_pm" -> {
          acpi = true;
          oldPorts =
              section.content().layout().value(octets, section.payloadAt(), "pmba").orElse(0)
                  == 0x411f_0000L;
        }
        default -> {}
      }
    }
    List<String> reasons = new ArrayList<>();
    Topology.Relocation relocation = null;
    // A guest that boots without an adapter has its platform device where that would be.
    inPlace &= platform != null && slot(platform.idstr()) == (adapter == null ? 2 : 3);
    if (inPlace && adapter != null) {
      int note = note(octets, platform);
      vram = vga == Topology.Vga.CIRRUS ? CIRRUS_MIB : stdMib(octets, adapter, note >> 8, kept);
      // What a guest writes there itself, it writes while qemu-xen has it.
      if ((note & Platform.RELOCATION_DUE) != 0 && !savedByQemu) {
        if (isMapped(octets, adapter)) {
          relocation = toBar0(octets, adapter, vram, reasons);
        } else {
          reasons.add(
              "its video memory has to be brought to its display adapter, which has no address");
        }
      }
    }
    if (!inPlace) {
      reasons.add(
          "its sections have footers, as only those of guests have that came from the traditional"
              + " device model, but its display adapter and its Xen platform device are not at PCI"
              + " slots 2 and 3");
    } else if (vga != null && vram == 0) {
      reasons.add("nothing says how much video memory its standard VGA has");
    }
    return new TopologyOf(
        reasons.isEmpty()
            ? new Topology(vga, vram, sorted(cards), usb, acpi, oldPorts, vendorDevice, relocation)
            : null,
        List.of(),
        reasons);
  }

  /**
   * A standard VGA's memory; 0: nothing says it. The note is gone once the guest has booted, and
   * what the configuration says may have been changed since: the record itself has it in the bits
   * that select one of its banks. Source: QEMU 7.2 hw/display/vga.c, vga_common_reset.
   */
  private static int stdMib(Octets octets, Section std, int noted, KeptTopology kept) {
    if (noted != 0) {
      return noted;
    }
    long banks =
        1 + std.content().layout().value(octets, std.payloadAt(), "vbe_bank_mask").orElse(0);
    int mib = (int) (banks >> (20 - BANK_SHIFT));
    boolean known = Long.bitCount(banks) == 1 && mib > 0 && mib <= MOST_STD_MIB;
    return known ? mib : kept == null ? 0 : kept.stdMib();
  }

  /** The size in MiB in bits 8 to 15, the flags below; 0: there is no note. */
  private static int note(Octets octets, Section platform) {
    int at = noteAt(platform);
    boolean noted = octets.u8(at) == 'D' && octets.u8(at + 1) == 'R';
    return noted && Integer.bitCount(octets.u8(at + 2)) == 1 ? octets.u16(at + 2) : 0;
  }

  private static int noteAt(Section platform) {
    return platform.payloadAt() + OldGuest.PCI_CONFIG_AT + Platform.NOTE_AT;
  }

  /** What takes back the note that video memory has to be relocated, once that is done. */
  static Edit relocated(Octets octets, Walk walk) {
    for (Section section : walk.sections()) {
      if (section.device().name().equals("platform")) {
        int at = noteAt(section) + 3;
        return new Edit(
            octets,
            at,
            1,
            new byte[] {(byte) (octets.u8(at) & ~Platform.RELOCATION_DUE)},
            section.idstr(),
            "the video memory is brought to its place before the device model starts");
      }
    }
    throw new IllegalStateException("the note stands in the section of the platform device");
  }

  /** From 0000:00:NN.0/name. */
  private static int slot(String idstr) {
    return idstr.startsWith("0000:00:") ? HexFormat.fromHexDigits(idstr, 8, 10) : -1;
  }

  private static List<Topology.Card> sorted(List<Topology.Card> cards) {
    return cards.stream().sorted(Comparator.comparingInt(Topology.Card::slot)).toList();
  }
}
