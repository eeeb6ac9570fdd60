package org.dragoman.host;

/** What a host wants done. */
public enum Mode {
  /** Each device model starts at once. */
  OFF(0, "off"),
  /** What would be done is logged; each device model gets the original. */
  DRY_RUN(1, "dry-run"),
  /** Streams are translated or refused. */
  ENFORCE(2, "enforce");

  private final int number;
  private final String word;

  Mode(int number, String word) {
    this.number = number;
    this.word = word;
  }

  /** Its number in {@code protocol.h}. */
  public int number() {
    return number;
  }

  /** As the configuration spells it. */
  public String word() {
    return word;
  }
}
