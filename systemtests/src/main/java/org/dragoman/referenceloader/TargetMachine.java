package org.dragoman.referenceloader;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * How the receiving device model was started: what it has decides which instances it knows.
 *
 * @param display the graphics card's section name, {@code cirrus_vga} or {@code vga}
 * @param platform whether it has the Xen platform device, which takes a PCI slot
 * @param nics its network cards, in the order in which they take PCI slots
 * @param serialPorts how many serial ports it has, 0 to 4: at 0x3f8, 0x2f8, 0x3e8 and 0x2e8
 * @param extraSections further sections of one PCI device each that it was built or configured for,
 *     such as {@code -pciemulation} devices; registered with label 1
 */
public record TargetMachine(
    String display,
    boolean platform,
    List<NicModel> nics,
    int serialPorts,
    List<SectionKey> extraSections) {

  /** First I/O ports of the serial ports. Source: qemu-xen-traditional hw/pc.c serial_io. */
  static final List<Integer> SERIAL_BASES = List.of(0x3f8, 0x2f8, 0x3e8, 0x2e8);

  private static final Set<String> DISPLAYS = Set.of("cirrus_vga", "vga");

  /**
   * Checks the parts and keeps its own copies of the lists.
   *
   * @throws IllegalArgumentException if the display is unknown or the number of serial ports is not
   *     0 to 4
   */
  public TargetMachine {
    Objects.requireNonNull(display);
    nics = List.copyOf(nics);
    extraSections = List.copyOf(extraSections);
    if (!DISPLAYS.contains(display)) {
      throw new IllegalArgumentException("no such display: " + display);
    }
    if (serialPorts < 0 || serialPorts > SERIAL_BASES.size()) {
      throw new IllegalArgumentException("0 to 4 serial ports, not " + serialPorts);
    }
  }

  /**
   * The machine that an administrator would configure for a stream: the same graphics card, as many
   * serial ports, the same network cards in the same order. Only kinds and numbers come from the
   * stream; the instances follow from them by the target's own rules, so that a wrong instance in
   * the stream stays wrong.
   *
   * @param stream a whole device-model save stream
   * @param extraSections as in {@link #extraSections()}
   */
  public static TargetMachine matching(byte[] stream, List<SectionKey> extraSections) {
    String display = "cirrus_vga";
    boolean platform = false;
    int serialPorts = 0;
    List<NicModel> nics = new ArrayList<>();
    for (SectionKey section : survey(stream)) {
      switch (section.idstr()) {
        case "vga" -> display = "vga";
        case "platform" -> platform = true;
        case "serial" -> serialPorts = Math.min(serialPorts + 1, SERIAL_BASES.size());
        case "rtl8139" -> nics.add(NicModel.RTL8139);
        case "e1000" -> nics.add(NicModel.E1000);
        case "pcnet" -> nics.add(NicModel.PCNET);
        // On PCI the instances count from 0; on ISA they are I/O ports.
        case "ne2000" ->
            nics.add(section.instance() < 0x100 ? NicModel.NE2000_PCI : NicModel.NE2000_ISA);
        default -> {}
      }
    }
    return new TargetMachine(display, platform, nics, serialPorts, extraSections);
  }

  /**
   * The sections up to the first that is not understood; piix4acpi is one, since its length is what
   * loaders disagree about.
   */
  private static List<SectionKey> survey(byte[] stream) {
    List<SectionKey> found = new ArrayList<>();
    SaveFile file = new SaveFile(stream);
    file.skip(8);
    String live = "";
    while (!file.hasError()) {
      int type = file.u8();
      switch (type) {
        case 1, 4 -> {
          file.skip(4);
          live = file.cString(file.u8());
          int instance = file.be32();
          Payload payload = Payloads.named(live);
          if (payload == null || payload.load(file, file.be32()) != 0) {
            return found;
          }
          found.add(new SectionKey(live, instance));
        }
        case 2, 3 -> {
          // Only ram is live, and its parts are empty.
          file.skip(4);
          if (!live.equals("ram")) {
            return found;
          }
        }
        default -> {
          return found;
        }
      }
    }
    return found;
  }
}
