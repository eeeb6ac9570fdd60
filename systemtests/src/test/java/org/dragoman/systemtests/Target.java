package org.dragoman.systemtests;

import java.util.List;
import org.dragoman.referenceloader.LoaderModel;

/** A product to translate for, and the loader that judges what came out. */
enum Target {
  XEN_3_4("xen-3.4", LoaderModel.XEN_3_4),
  XEN_4_0("xen-4.0", LoaderModel.XEN_4_0),
  XEN_4_1("xen-4.1", LoaderModel.XEN_4_2),
  XEN_4_4("xen-4.4", LoaderModel.XEN_4_2),
  XEN_4_20("xen-4.20", LoaderModel.XEN_4_2),
  XEN_PROPOSAL_2013("xen-proposal-2013", LoaderModel.XEN_PROPOSAL_2013),
  XENSERVER_5_6("xenserver-5.6", LoaderModel.XENSERVER_5_6),
  XENSERVER_6_0("xenserver-6.0", LoaderModel.XENSERVER_6_2),
  XENSERVER_6_2("xenserver-6.2", LoaderModel.XENSERVER_6_2),
  XENSERVER_6_5("xenserver-6.5", LoaderModel.XENSERVER_6_5),
  XENSERVER_7_0("xenserver-7.0", LoaderModel.XENSERVER_7_0),
  XENSERVER_7_4("xenserver-7.4", LoaderModel.XENSERVER_7_0);

  private final String product;
  private final LoaderModel loader;

  Target(String product, LoaderModel loader) {
    this.product = product;
    this.loader = loader;
  }

  /** As an administrator names it. */
  String product() {
    return product;
  }

  /** The product's own loader. */
  LoaderModel loader() {
    return loader;
  }

  boolean isXenServer() {
    return product.startsWith("xenserver-");
  }

  /** Whether it has no such device, and its policy lets the section be left out. */
  boolean doesWithout(String section) {
    return switch (section) {
      case "xen-pvdevice" -> this != XENSERVER_7_0 && this != XENSERVER_7_4;
      // XenServer keeps it loadable.
      case "pcislots" -> !isXenServer() && this != XEN_3_4;
      default -> false;
    };
  }

  /** Whether it comes before pci_devfn, which took the place of pcislots. */
  boolean isBeforePciDevfn() {
    return this == XEN_3_4 || this == XENSERVER_5_6;
  }

  /** One for each product: those that stand for the same dialect are left out. */
  static List<Target> oneForEachProduct() {
    return List.of(
        XEN_3_4,
        XEN_4_0,
        XEN_4_4,
        XEN_PROPOSAL_2013,
        XENSERVER_5_6,
        XENSERVER_6_2,
        XENSERVER_6_5,
        XENSERVER_7_0);
  }

  @Override
  public String toString() {
    return product;
  }
}
