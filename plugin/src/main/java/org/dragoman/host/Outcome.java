package org.dragoman.host;

import java.util.List;

/**
 * What came of a change of the host.
 *
 * @param done what is as it was asked for, one line each
 * @param problems what is not, and what to do; empty: all is well
 * @param next what the administrator does now
 */
public record Outcome(List<String> done, List<String> problems, List<String> next) {
  /** Copies the lists. */
  public Outcome {
    done = List.copyOf(done);
    problems = List.copyOf(problems);
    next = List.copyOf(next);
  }
}
