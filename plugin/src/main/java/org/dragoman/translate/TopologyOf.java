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
  private static final int CIRRUS_MIB = 4;

  private static final int MOST_STD_MIB = 256;
  private static final int FRAME = 4096;

  /**
   * Where the traditional device model keeps the video memory while the guest is in text mode.
   * Source: qemu-xen-traditional hw/vga.c, VRAM_RESERVED_ADDRESS.
   */
  private static final long RESERVED = 0xff00_0000L;

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
    int vram = cirrus != null ? CIRRUS_MIB : 0;
    if (std != null) {
      long size = guest.number(std, "vram_size").orElse(0);
      vram = (int) (size >> 20);
      if (Long.bitCount(size) != 1 || vram == 0 || vram > MOST_STD_MIB) {
        reasons.add("the video memory has " + size + " bytes, expected 1 to 256 MiB");
      }
    }
    Section vga = cirrus != null ? cirrus : std;
    if (vga != null && guest.slot(vga) != 2) {
      reasons.add(
          "its display adapter is at PCI slot " + guest.slot(vga) + ", and qemu-xen has it at 2");
    }
    Section platform = guest.first("platform");
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
                guest.hasOldPorts(),
                vendorDevice,
                relocation)
            : null,
        warnings,
        reasons);
  }

  private static Topology.Relocation relocation(
      OldGuest guest, Section vga, int vram, List<String> warnings, List<String> reasons) {
    long place = guest.number(vga, "vram_gmfn").orElse(0);
    long bar = guest.bar0(vga);
    boolean mapped = bar != 0 && bar != 0xffff_fff0L && guest.decodesMemory(vga);
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
      return new Topology.Relocation(RESERVED / FRAME, bar / FRAME, (vram << 20) / FRAME);
    } else {
      warnings.add(
          "lost: what is on the screen, until the guest draws it anew: its display adapter has no"
              + " memory address yet");
    }
    return null;
  }

  /**
   * What a stream of QEMU's says that was rebuilt once, and saved again by the device model. Its
   * footers say that; null: it was not.
   */
  static TopologyOf rebuilt(Octets octets, Walk walk) {
    if (!walk.footers()) {
      return null;
    }
    Topology.Vga vga = null;
    int vram = 0;
    List<Topology.Card> cards = new ArrayList<>();
    boolean usb = false;
    boolean oldPorts = false;
    int vendorDevice = -1;
    boolean platform = false;
    for (Section section : walk.sections()) {
      int slot = slot(section.idstr());
      switch (section.device().name()) {
        case "qemu-cirrus_vga" -> {
          if (slot == 2) {
            vga = Topology.Vga.CIRRUS;
            vram = CIRRUS_MIB;
          }
        }
        case "qemu-vga" -> {
          if (slot == 2) {
            vga = Topology.Vga.STD;
          }
        }
        case "platform" -> {
          platform = slot == 3;
          if (vram == 0) {
            vram = notedMib(octets, section);
          }
        }
        case "rtl8139" -> cards.add(new Topology.Card("rtl8139", slot));
        case "qemu-e1000" -> cards.add(new Topology.Card("e1000", slot));
        case "xen-pvdevice" -> vendorDevice = slot;
        case "uhci" -> usb = true;
        case "piix4_pm" ->
            oldPorts =
                section.content().layout().value(octets, section.payloadAt(), "pmba").orElse(0)
                    == 0x411f_0000L;
        default -> {}
      }
    }
    List<String> reasons = new ArrayList<>();
    if (vga == null || !platform) {
      reasons.add(
          "its sections have footers, as only those of guests have that came from the traditional"
              + " device model, but its display adapter and its Xen platform device are not at PCI"
              + " slots 2 and 3");
    } else if (vram == 0) {
      reasons.add("nothing says how much video memory its standard VGA has");
    }
    return new TopologyOf(
        reasons.isEmpty()
            ? new Topology(vga, vram, sorted(cards), usb, oldPorts, vendorDevice, null)
            : null,
        List.of(),
        reasons);
  }

  private static int notedMib(Octets octets, Section platform) {
    int at = platform.payloadAt() + 4 + Platform.NOTE_AT;
    boolean noted = octets.u8(at) == 'D' && octets.u8(at + 1) == 'R' && octets.u8(at + 2) == 'G';
    int mib = octets.u8(at + 3);
    return noted && Integer.bitCount(mib) == 1 ? mib : 0;
  }

  /** From 0000:00:NN.0/name. */
  private static int slot(String idstr) {
    return idstr.startsWith("0000:00:") ? HexFormat.fromHexDigits(idstr, 8, 10) : -1;
  }

  private static List<Topology.Card> sorted(List<Topology.Card> cards) {
    return cards.stream().sorted(Comparator.comparingInt(Topology.Card::slot)).toList();
  }
}
