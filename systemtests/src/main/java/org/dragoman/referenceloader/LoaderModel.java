package org.dragoman.referenceloader;

import java.util.Arrays;
import java.util.Optional;

/**
 * The loaders that this room can be.
 *
 * <p>Run for real and recorded: {@link #XEN_4_0}, {@link #XEN_4_2}, {@link #XEN_4_2_WITH_FIX},
 * {@link #XENSERVER_6_2} and {@link #XENSERVER_6_5}. The others are derived from the products'
 * sources.
 */
public enum LoaderModel {
  /** Xen 3.4's device model: qemu-xen-traditional of 2009-05-08 (b75434dd). */
  XEN_3_4("xen-3.4", Family.PLAIN, Acpi.SHORT_ONLY, 1, Hotplug.PCISLOTS),
  /** Xen 4.0's: qemu-xen-traditional of 2010-03-24 (f1d909f0), before the ports moved. */
  XEN_4_0("xen-4.0", Family.PLAIN, Acpi.SHORT_ONLY, 1, Hotplug.PCI_DEVFN),
  /** Xen 4.1's and later: qemu-xen-traditional from ce3b7ce6 (2010-11-09) to its end. */
  XEN_4_2("xen-4.2", Family.PLAIN, Acpi.LONG_IS_2, 2, Hotplug.PCI_DEVFN),
  /**
   * The same with XenServer's fix-migrate-from-Boston-thru-Clearwater.patch: labels up to 2 are
   * taken for the short record.
   */
  XEN_4_2_WITH_FIX("xen-4.2-with-fix", Family.PLAIN, Acpi.LONG_IS_3, 2, Hotplug.PCI_DEVFN),
  /** The same as proposed for plain Xen in 2013: 2 and 3 are the long record, 1 the short one. */
  XEN_PROPOSAL_2013("xen-proposal-2013", Family.PLAIN, Acpi.LONG_IS_2_OR_3, 2, Hotplug.PCI_DEVFN),
  /** XenServer 5.6's; its own sources were not at hand. */
  XENSERVER_5_6("xenserver-5.6", Family.XENSERVER, Acpi.SHORT_ONLY, 1, Hotplug.PCISLOTS),
  /**
   * XenServer 6.0's to 6.2's: qemu-trad.pg with piix4acpi-pm-compat.patch (7b0e2b1); registered 2,
   * but takes only 1.
   */
  XENSERVER_6_2("xenserver-6.2", Family.XENSERVER, Acpi.SHORT_CALLED_2, 1, Hotplug.BOTH),
  /** XenServer 6.5's: qemu-trad.pg with fix-migrate-from-Boston-thru-Clearwater.patch (65c541a). */
  XENSERVER_6_5("xenserver-6.5", Family.XENSERVER, Acpi.LONG_IS_3, 2, Hotplug.BOTH),
  /**
   * XenServer 7.0's: 6.5's and the xen-pvdevice section of CP-12149-xen-pvdriver.patch (62d1836).
   */
  XENSERVER_7_0("xenserver-7.0", Family.XENSERVER, Acpi.LONG_IS_3, 2, Hotplug.BOTH);

  /** Whose names and numbers the sections carry. */
  enum Family {
    PLAIN,
    XENSERVER
  }

  /** Which of the two hotplug sections are registered. */
  enum Hotplug {
    PCISLOTS,
    PCI_DEVFN,
    BOTH
  }

  /** Which piix4acpi labels a loader takes, and for which content. */
  enum Acpi {
    /** The record has no address, and 1 is its only label. */
    SHORT_ONLY(1, 1, 1, false),
    /** Without an address too, and registered as 2; but the load function refuses every 2. */
    SHORT_CALLED_2(2, 1, 1, false),
    /** 1 is the short record, 2 the one with an address. */
    LONG_IS_2(2, 2, 1, true),
    /** 1 and 2 are the short record, 3 the one with an address. */
    LONG_IS_3(3, 3, 2, true),
    /** 1 is the short record, 2 and 3 are the one with an address. */
    LONG_IS_2_OR_3(3, 3, 1, true);

    private final int registered;
    private final int accepted;
    private final int shortUpTo;
    private final boolean hasAddress;

    Acpi(int registered, int accepted, int shortUpTo, boolean hasAddress) {
      this.registered = registered;
      this.accepted = accepted;
      this.shortUpTo = shortUpTo;
      this.hasAddress = hasAddress;
    }

    /** The highest label that the loader's loop lets through. */
    int registered() {
      return registered;
    }

    /** The highest label that the load function itself lets through. */
    int accepted() {
      return accepted;
    }

    /** The highest label that is read as the record without an address. */
    int shortUpTo() {
      return shortUpTo;
    }

    /** Whether the device can move its ports at all. */
    boolean hasAddress() {
      return hasAddress;
    }
  }

  private final String key;
  private final Family family;
  private final Acpi acpi;
  private final int gpeLabel;
  private final Hotplug hotplug;

  LoaderModel(String key, Family family, Acpi acpi, int gpeLabel, Hotplug hotplug) {
    this.key = key;
    this.family = family;
    this.acpi = acpi;
    this.gpeLabel = gpeLabel;
    this.hotplug = hotplug;
  }

  /** The name used in the manifests and on the command line, such as {@code xen-4.2}. */
  public String key() {
    return key;
  }

  /** The model with this {@link #key()}, if there is one. */
  public static Optional<LoaderModel> forKey(String key) {
    return Arrays.stream(values()).filter(model -> model.key.equals(key)).findFirst();
  }

  Family family() {
    return family;
  }

  Acpi acpi() {
    return acpi;
  }

  int gpeLabel() {
    return gpeLabel;
  }

  Hotplug hotplug() {
    return hotplug;
  }
}
