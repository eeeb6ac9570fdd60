package org.dragoman.referenceloader;

/**
 * The device model's table of I/O ports, as far as it decides whether moving a device's ports kills
 * the process.
 *
 * <p>A port belongs to the first device that registers it; a second device's claim is fatal. The
 * table has 65536 entries and its index is not checked. Source: qemu-xen-traditional vl.c
 * register_ioport_read, register_ioport_write; the owners from hw/dma.c, hw/pc.c, hw/vga.c,
 * hw/ide.c, hw/piix4acpi.c.
 *
 * <p>Seen for real: port 4 (DMA controller) ends in signal 6; every address from 0x00038601 up to
 * 0x04000000 that was tried ends in signal 11. That the first addresses beyond the table end in
 * signal 11 too is a simplification: what follows the table in memory depends on the build.
 */
final class IoPorts {
  /** SIGABRT: the device model noticed and aborted itself. */
  static final int ABORTED = 6;

  /** SIGSEGV: it wrote beyond its table. */
  static final int SEGMENTATION_FAULT = 11;

  private static final int PORTS = 0x10000;

  private final String[] owners = new String[PORTS];

  /** A claim that kills the process. */
  static final class FatalClaim extends Exception {
    private static final long serialVersionUID = 1L;

    private final int signal;

    FatalClaim(int signal, String reason) {
      super(reason);
      this.signal = signal;
    }

    int signal() {
      return signal;
    }
  }

  /** The ports of an HVM guest's machine before the ACPI device takes its own. */
  IoPorts(TargetMachine machine) {
    own("the DMA controller", 0x00, 0x10);
    own("the DMA controller", 0x81, 3);
    own("the DMA controller", 0x87, 1);
    own("the DMA controller", 0x89, 3);
    own("the DMA controller", 0x8f, 1);
    for (int port = 0xc0; port < 0xe0; port += 2) {
      own("the DMA controller", port, 1);
    }
    own("the keyboard controller", 0x60, 1);
    own("the keyboard controller", 0x64, 1);
    own("the real-time clock", 0x70, 2);
    own("the IDE controller", 0x170, 8);
    own("the IDE controller", 0x1f0, 8);
    own("the IDE controller", 0x376, 1);
    own("the graphics card", 0x3b4, 2);
    own("the graphics card", 0x3ba, 1);
    own("the graphics card", 0x3c0, 16);
    own("the graphics card", 0x3d4, 2);
    own("the graphics card", 0x3da, 1);
    own("the floppy controller", 0x3f1, 5);
    own("the floppy controller", 0x3f7, 1);
    own("the IDE controller", 0x3f6, 1);
    own("the PCI host bridge", 0xcf8, 1);
    own("the PCI host bridge", 0xcfc, 4);
    own("the PCI hotplug controller", 0x10c0, 130);
    own("gpe", 0xaf00, 32);
    if (machine.platform()) {
      own("the Xen platform device", 0x10, 16);
    }
    for (int i = 0; i < machine.serialPorts(); i++) {
      own("a serial port", TargetMachine.SERIAL_BASES.get(i), 8);
    }
  }

  private void own(String device, int first, int count) {
    for (int port = first; port < first + count; port++) {
      owners[port] = device;
    }
  }

  /**
   * Frees a device's own ports; what another device owns or what lies beyond the table stays as it
   * is.
   */
  void release(String device, long first, long count) {
    for (long port = first; port < first + count && port < PORTS; port++) {
      if (device.equals(owners[(int) port])) {
        owners[(int) port] = null;
      }
    }
  }

  /**
   * Takes ports for a device, in rising order.
   *
   * @param first the first port, 32 bits unsigned
   * @param count how many; none if zero or less, like the original's loop over ints
   * @throws FatalClaim at the first port that does not exist or that another device owns
   */
  void claim(String device, String what, long first, long count) throws FatalClaim {
    for (long port = first; port < first + count; port++) {
      if (port >= PORTS) {
        throw new FatalClaim(
            SEGMENTATION_FAULT,
            what + " goes to port " + hex(first) + ", far beyond the 64K that there are");
      }
      String owner = owners[(int) port];
      if (owner != null && !owner.equals(device)) {
        throw new FatalClaim(
            ABORTED, what + " lands on port " + hex(port) + ", which belongs to " + owner);
      }
      owners[(int) port] = device;
    }
  }

  private static String hex(long port) {
    return "0x" + Long.toHexString(port);
  }
}
