package org.dragoman.systemtests;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dragoman.referenceloader.LoadedSection;

/** The bytes of a stream that no product constrains: registers, clocks, memory of devices. */
final class FreeBytes {
  /**
   * One of them set to something.
   *
   * @param place which of them; taken modulo their number
   */
  record Change(int place, byte value) {}

  private static final Map<String, int[]> OFFSETS = new ConcurrentHashMap<>();

  private FreeBytes() {}

  /** The stream of a guest that had other values in its devices. */
  static RecordedStream changed(RecordedStream stream, List<Change> changes) {
    int[] free = OFFSETS.computeIfAbsent(stream.name(), name -> offsets(stream));
    byte[] bytes = stream.bytes();
    for (Change change : changes) {
      bytes[free[change.place() % free.length]] = change.value();
    }
    return stream.with(bytes);
  }

  private static int[] offsets(RecordedStream stream) {
    List<Integer> free = new ArrayList<>();
    for (LoadedSection section : stream.loadedSections()) {
      int[] ranges = ranges(section.idstr());
      for (int i = 0; i < ranges.length; i += 2) {
        for (int at = ranges[i]; at < ranges[i + 1]; at++) {
          free.add(section.offset() + at);
        }
      }
    }
    return free.stream().mapToInt(Integer::intValue).toArray();
  }

  /** From, to, from, to, in a payload. A PCI device begins with a version and its identity. */
  private static int[] ranges(String idstr) {
    return switch (idstr) {
      case "ram", "audio" -> new int[] {};
      case "timer" -> new int[] {0, 8};
      case "fw_cfg", "pckbd" -> new int[] {0, 4};
      case "mc146818rtc" -> new int[] {0, 197};
      case "platform_fixed_ioport" -> new int[] {0, 1};
      case "serial" -> new int[] {0, 11};
      case "ps2kbd" -> new int[] {0, 284};
      case "ps2mouse" -> new int[] {0, 291};
      // Around the width of its transfers, which is the controller's own.
      case "dma" -> new int[] {0, 3, 7, 75};
      case "gpe" -> new int[] {0, 9};
      case "pcislots" -> new int[] {0, 34};
      case "pci_devfn" -> new int[] {0, 130};
      // Up to the number of drives.
      case "fdc" -> new int[] {0, 538};
      // Up to the addresses of the frame buffer.
      case "cirrus_vga" -> new int[] {8, 276 + 1594};
      case "vga" -> new int[] {8, 276 + 1096};
      // Around a word that is always zero.
      case "rtl8139" -> new int[] {8, 379, 383, 642};
      case "e1000" -> new int[] {8, 276, 280, 67608};
      // Up to the drives, whose length depends on a word in them.
      case "ide" -> new int[] {8, 318};
      // Around the number of ports.
      case "uhci", "UHCI usb controller" -> new int[] {8, 276, 277, 303};
      // The command, the base address and pm1_control.
      case "piix4acpi" -> new int[] {8, 10, 68, 72, 276, 278};
      case "I440FX", "PIIX3", "platform", "xen-pvdevice", "pe-dev0", "pe-dev1" ->
          new int[] {8, 276};
      default -> throw new IllegalStateException(idstr);
    };
  }
}
