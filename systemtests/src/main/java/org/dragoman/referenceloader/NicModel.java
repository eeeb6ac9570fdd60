package org.dragoman.referenceloader;

/** The network cards whose records this loader knows. */
public enum NicModel {
  /** Realtek RTL8139; plain builds number it by its PCI slot, XenServer calls every one 0. */
  RTL8139("rtl8139", 4),
  /** Intel E1000, numbered from 0. */
  E1000("e1000", 2),
  /** NE2000 on PCI, numbered from 0. */
  NE2000_PCI("ne2000", 3),
  /** NE2000 on ISA, numbered by its first I/O port. */
  NE2000_ISA("ne2000", 2),
  /** AMD PCnet, numbered by its PCI slot. */
  PCNET("pcnet", 2);

  private final String idstr;
  private final int label;

  NicModel(String idstr, int label) {
    this.idstr = idstr;
    this.label = label;
  }

  /** The name of its section. */
  String idstr() {
    return idstr;
  }

  /** The version that it is registered with. */
  int label() {
    return label;
  }
}
