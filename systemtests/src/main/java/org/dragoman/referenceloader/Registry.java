package org.dragoman.referenceloader;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sections that a device model has registered when it starts to load.
 *
 * <p>Source: qemu-xen-traditional hw/pc.c pc_init1 and the register_savevm calls of its devices;
 * XenServer qemu-trad.pg fix_savevm_v1_compatibility.patch, fix_rtl_saverestore.patch,
 * savevm_george_compatibility.patch and savevm_dummy_handler_for_pcislots.patch.
 */
final class Registry {
  /** A load function that may move I/O ports and thereby kill the process. */
  @FunctionalInterface
  interface LoadFunction {
    int load(SaveFile file, int label) throws IoPorts.FatalClaim;
  }

  /**
   * One registered section.
   *
   * @param label the highest version that it takes
   */
  record Entry(int label, LoadFunction function) {}

  /** First I/O ports of ISA NE2000 cards. Source: hw/pc.c ne2000_io. */
  private static final int[] NE2000_BASES = {0x300, 0x320, 0x340, 0x360, 0x280, 0x380};

  private final Map<SectionKey, Entry> entries = new HashMap<>();

  Registry(LoaderModel model, TargetMachine machine, AcpiDevices acpi) {
    boolean xenServer = model.family() == LoaderModel.Family.XENSERVER;
    add("timer", 0, 2);
    add("ram", 0, 3);
    add("fw_cfg", 0, 1);
    add("PCIBUS", 0, 1);
    add("I440FX", 0, 2);
    add("PIIX3", 0, 2);
    int vgaLabel = xenServer ? 6 : 4;
    add(machine.display(), 0, machine.display().equals("vga") ? vgaLabel : 3);
    add("mc146818rtc", 0x70, 1);
    if (machine.platform()) {
      add("platform", 0, 3);
      add("platform_fixed_ioport", 0, 1);
    }
    for (int i = 0; i < machine.serialPorts(); i++) {
      add("serial", TargetMachine.SERIAL_BASES.get(i), 2);
    }
    addNics(machine, xenServer);
    add("ide", 0, 3);
    add("tpm-tis", 0, 1);
    add("pckbd", 0, 3);
    add("ps2kbd", 0, 3);
    add("ps2mouse", 0, 2);
    add("dma", 0, 1);
    add("dma", 1, 1);
    add("audio", 0, 1);
    add("es1370", 0, 2);
    add("ac97", 0, 2);
    add("sb16", 0, 1);
    add("fdc", 0x3f0, 2);
    add(xenServer ? "UHCI usb controller" : "uhci", 0, 1);
    put("gpe", 0, model.gpeLabel(), acpi::loadGpe);
    switch (model.hotplug()) {
      case PCISLOTS -> add("pcislots", 0, 1);
      case PCI_DEVFN -> add("pci_devfn", 0, 1);
      case BOTH -> {
        add("pci_devfn", 0, 1);
        add("pcislots", 0, 1);
      }
    }
    put("piix4acpi", 0, model.acpi().registered(), acpi::loadPiix4acpi);
    switch (model) {
      case XENSERVER_6_2, XENSERVER_6_5 -> addOldPciRecords();
      case XENSERVER_7_0 -> {
        addOldPciRecords();
        add("xen-pvdevice", 0, 1);
      }
      case XEN_3_4, XEN_4_0, XEN_4_2, XEN_4_2_WITH_FIX, XEN_PROPOSAL_2013, XENSERVER_5_6 -> {}
    }
    for (SectionKey extra : machine.extraSections()) {
      put(extra.idstr(), extra.instance(), 1, Payloads.pciDevice()::load);
    }
  }

  /** The section by this name and number, or null. */
  Entry find(String idstr, int instance) {
    return entries.get(new SectionKey(idstr, instance));
  }

  /** Registered by XenServer to load the separate PCI records of Xen 3.1; never written. */
  private void addOldPciRecords() {
    for (String device : List.of("cirrus_vga", "ide", "piix4acpi", "rtl8139", "UHCI_usb")) {
      add(device + "_pci", 0, 1);
    }
  }

  private void addNics(TargetMachine machine, boolean xenServer) {
    // Slots are given out in order: 0 host bridge, 1 PIIX3, 2 graphics, 3 platform device if there
    // is one.
    int slot = machine.platform() ? 4 : 3;
    int isaCards = 0;
    Map<NicModel, Integer> count = new HashMap<>();
    for (NicModel nic : machine.nics()) {
      int number = count.merge(nic, 1, Integer::sum) - 1;
      int instance =
          switch (nic) {
            case RTL8139 -> xenServer ? 0 : slot << 3;
            case PCNET -> slot << 3;
            case E1000, NE2000_PCI -> number;
            case NE2000_ISA -> NE2000_BASES[isaCards++ % NE2000_BASES.length];
          };
      add(nic.idstr(), instance, nic.label());
      if (nic != NicModel.NE2000_ISA) {
        slot++;
      }
    }
  }

  private void add(String idstr, int instance, int label) {
    put(idstr, instance, label, Payloads.named(idstr)::load);
  }

  private void put(String idstr, int instance, int label, LoadFunction function) {
    // Of two with the same name and number the loader only ever finds the first.
    entries.putIfAbsent(new SectionKey(idstr, instance), new Entry(label, function));
  }
}
