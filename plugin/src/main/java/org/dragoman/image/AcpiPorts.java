package org.dragoman.image;

import java.util.OptionalLong;
import org.dragoman.translate.Topology;

/**
 * Whether a device-model stream and the guest's memory around it mean the same ports: the device
 * model serves one part of the guest's power management, and Xen the other, each where it was told.
 * The guest looks for both where its firmware says. Pure.
 *
 * <p>Source: Xen xen/include/public/hvm/params.h (HVM_PARAM_ACPI_IOPORTS_LOCATION) and
 * xen/arch/x86/hvm/pmtimer.c, 4.17.
 */
final class AcpiPorts {
  private AcpiPorts() {}

  /**
   * Why they do not go together, in a sentence; null: they do, or nothing is known.
   *
   * @param topology what the device model is set up by; null: by the stream alone
   * @param location HVM parameter 19 of the guest; empty where there is no memory before the stream
   */
  static String disagreement(Topology topology, OptionalLong location) {
    if (topology == null || location.isEmpty()) {
      return null;
    }
    long wanted = topology.oldPorts() ? 0 : 1;
    if (location.getAsLong() == wanted) {
      return null;
    }
    return "the device-model stream says that the guest's firmware has its power management at port "
        + port(wanted)
        + ", and the part with the guest's memory has Xen serve it at "
        + port(location.getAsLong())
        + " (HVM parameter 19 is "
        + Long.toUnsignedString(location.getAsLong())
        + ", expected "
        + wanted
        + "): the guest would lose its PM timer. The two parts are not of one save, or one of them"
        + " was changed: take another copy of the file";
  }

  private static String port(long location) {
    return location == 0 ? "0x1f40" : location == 1 ? "0xb000" : "no port that is known";
  }
}
