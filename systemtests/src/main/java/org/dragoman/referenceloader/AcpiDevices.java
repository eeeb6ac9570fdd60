package org.dragoman.referenceloader;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The two devices whose records are at stake: piix4acpi (PM1 control) and gpe (general purpose
 * events), with the I/O ports that their load functions move.
 *
 * <p>Source: qemu-xen-traditional hw/piix4acpi.c before and after ce3b7ce6 (2010-11-09); XenServer
 * qemu-trad.pg piix4acpi-pm-compat.patch and fix-migrate-from-Boston-thru-Clearwater.patch.
 */
final class AcpiDevices {
  private static final long OLD_EVENT_BLOCK = 0x1f40;
  private static final long NEW_EVENT_BLOCK = 0xb000;
  private static final LoadResult.GpeBlock OLD_GPE_BLOCK = new LoadResult.GpeBlock(0x1f68, 4);
  private static final LoadResult.GpeBlock NEW_GPE_BLOCK = new LoadResult.GpeBlock(0xafe0, 2);

  /** SCI_EN: the power-on value. */
  private static final int POWER_ON_CONTROL = 0x0001;

  /** PM1 control is two ports wide and starts this many ports after the PM1a event block. */
  private static final int CONTROL_OFFSET = 4;

  private static final int CONTROL_PORTS = 2;

  private final LoaderModel model;
  private final IoPorts ports;
  private int control = POWER_ON_CONTROL;
  private long eventBlock;
  private LoadResult.GpeBlock gpeBlock;
  private OptionalInt piix4acpiReturned = OptionalInt.empty();

  AcpiDevices(LoaderModel model, TargetMachine machine) {
    this.model = model;
    this.ports = new IoPorts(machine);
    boolean moved = model.acpi().hasAddress();
    eventBlock = moved ? NEW_EVENT_BLOCK : OLD_EVENT_BLOCK;
    gpeBlock = moved ? NEW_GPE_BLOCK : OLD_GPE_BLOCK;
    try {
      mapControl();
      mapGpe();
    } catch (IoPorts.FatalClaim e) {
      throw new IllegalStateException("the machine does not even start", e);
    }
  }

  LoadResult.PowerManagement power() {
    return new LoadResult.PowerManagement(
        control, model.acpi().hasAddress() ? OptionalLong.of(eventBlock) : OptionalLong.empty());
  }

  LoadResult.GpeBlock gpeBlock() {
    return gpeBlock;
  }

  OptionalInt piix4acpiReturned() {
    return piix4acpiReturned;
  }

  /** piix4acpi's load function. */
  int loadPiix4acpi(SaveFile file, int label) throws IoPorts.FatalClaim {
    // If the process dies in here, this is what the recording harness noted.
    piix4acpiReturned = OptionalInt.of(LoadResult.NEVER_RETURNED);
    int returned = readPiix4acpi(file, label);
    piix4acpiReturned = OptionalInt.of(returned);
    return returned;
  }

  private int readPiix4acpi(SaveFile file, int label) throws IoPorts.FatalClaim {
    if (label > model.acpi().accepted()) {
      return Payload.EINVAL;
    }
    if (Payloads.pci(file) != 0) {
      return Payload.EINVAL;
    }
    control = file.be16();
    if (!model.acpi().hasAddress()) {
      return 0;
    }
    long before = eventBlock;
    eventBlock =
        label <= model.acpi().shortUpTo() ? OLD_EVENT_BLOCK : Integer.toUnsignedLong(file.be32());
    if (eventBlock != before) {
      ports.release("piix4acpi", before + CONTROL_OFFSET, CONTROL_PORTS);
      mapControl();
    }
    return 0;
  }

  /** gpe's load function. */
  int loadGpe(SaveFile file, int label) throws IoPorts.FatalClaim {
    if (!model.acpi().hasAddress() && label != 1) {
      return Payload.EINVAL;
    }
    file.skip(4 * 2 + 1);
    if (!model.acpi().hasAddress()) {
      return 0;
    }
    LoadResult.GpeBlock before = gpeBlock;
    gpeBlock =
        label <= 1
            ? OLD_GPE_BLOCK
            : new LoadResult.GpeBlock(
                Integer.toUnsignedLong(file.be32()), Integer.toUnsignedLong(file.be32()));
    if (!gpeBlock.equals(before)) {
      ports.release("gpe", before.address(), 2 * before.halfLength());
      mapGpe();
    }
    return 0;
  }

  private void mapControl() throws IoPorts.FatalClaim {
    // The sum is a 32-bit one in the original and wraps.
    ports.claim(
        "piix4acpi", "PM1 control", (eventBlock + CONTROL_OFFSET) & 0xffffffffL, CONTROL_PORTS);
  }

  private void mapGpe() throws IoPorts.FatalClaim {
    ports.claim("gpe", "the event block", gpeBlock.address(), 2L * (int) gpeBlock.halfLength());
  }
}
