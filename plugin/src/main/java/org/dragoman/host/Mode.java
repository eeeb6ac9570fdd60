package org.dragoman.host;

/** What a host wants done. The order is that of the numbers in {@code protocol.h}. */
public enum Mode {
  /** Each device model starts at once. */
  OFF,
  /** What would be done is logged; each device model gets the original. */
  DRY_RUN,
  /** Streams are translated or refused. */
  ENFORCE;

  /** As the configuration spells it. */
  public String word() {
    return switch (this) {
      case OFF -> "off";
      case DRY_RUN -> "dry-run";
      case ENFORCE -> "enforce";
    };
  }
}
