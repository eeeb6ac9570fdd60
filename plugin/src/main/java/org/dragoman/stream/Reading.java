package org.dragoman.stream;

import java.util.Collections;
import java.util.List;

/**
 * What came of reading a stream under a dialect: all of it, or the first thing that does not fit.
 */
public sealed interface Reading {

  /** The dialect accounts for every byte. */
  record Complete(Walk walk) implements Reading {}

  /**
   * It does not.
   *
   * @param before the sections before the mismatch
   */
  record Failed(Mismatch mismatch, List<Section> before) implements Reading {
    /** Takes the list over: most mismatches are never looked at, and a copy each would be waste. */
    public Failed {
      before = Collections.unmodifiableList(before);
    }
  }
}
