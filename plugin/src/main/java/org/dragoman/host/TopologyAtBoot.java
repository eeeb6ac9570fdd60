package org.dragoman.host;

/** Which PCI slots a guest gets when it boots whose configuration says that it keeps them. */
public enum TopologyAtBoot {
  /** Those that it knows. */
  KEEP("keep"),
  /** Those of its toolstack. */
  MODERN("modern");

  private final String word;

  TopologyAtBoot(String word) {
    this.word = word;
  }

  /** As the configuration spells it. */
  public String word() {
    return word;
  }
}
