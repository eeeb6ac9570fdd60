package org.dragoman.translate;

import org.dragoman.stream.Section;

/** What of a rebuilt section no table of fields can say. */
interface RebuildRule {
  /**
   * The bytes of a field of the new section; null: its table says them, or they are those of the
   * field of that name.
   *
   * @param section that is rebuilt; null where there is none, and a new one is made
   */
  byte[] field(String name, OldGuest guest, Section section);

  /** The rule that a policy names; null for null. */
  static RebuildRule named(String name) {
    if (name == null) {
      return null;
    }
    return switch (name) {
      case "power-management" -> new PowerManagement();
      case "platform" -> new Platform();
      case "serial-port" -> new SerialPort();
      case "pci-bus" -> new PciBus();
      default -> throw new IllegalStateException("the schema lets no '" + name + "' through");
    };
  }
}
