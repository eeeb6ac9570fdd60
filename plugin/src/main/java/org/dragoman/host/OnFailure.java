package org.dragoman.host;

/**
 * What becomes of a stream when neither the helper nor the fallback could find out. The order is
 * that of the numbers in {@code protocol.h}.
 */
public enum OnFailure {
  /** The device model is not started. */
  REFUSE,
  /** The device model gets the stream as it is. */
  PASS_THROUGH;

  /** As the configuration spells it. */
  public String word() {
    return this == REFUSE ? "refuse" : "pass-through";
  }
}
