package org.dragoman.host;

/** What becomes of a stream when neither the helper nor the fallback could find out. */
public enum OnFailure {
  /** The device model is not started. */
  REFUSE(0, "refuse"),
  /** The device model gets the stream as it is. */
  PASS_THROUGH(1, "pass-through");

  private final int number;
  private final String word;

  OnFailure(int number, String word) {
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
