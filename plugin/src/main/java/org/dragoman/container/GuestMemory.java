package org.dragoman.container;

/**
 * What the part with the guest's memory says of itself.
 *
 * @param version of the libxc stream: 1 (Xen 4.5 or older), 2 or 3
 * @param hardware whether the guest is of a kind that can have a device model: HVM or PVH
 * @param xenMajor of the Xen that wrote it; -1 where the stream does not say, 0 where it was
 *     converted from version 1
 * @param xenMinor of the same; -1 where the stream does not say
 * @param wordBits 32 or 64, of the toolstack that wrote version 1; 0 for later ones, which have no
 *     such thing
 */
public record GuestMemory(int version, boolean hardware, int xenMajor, int xenMinor, int wordBits) {

  /** The Xen that wrote it as "4.17", or null. */
  public String xen() {
    return xenMajor <= 0 ? null : xenMajor + "." + xenMinor;
  }
}
