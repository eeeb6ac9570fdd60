package org.dragoman.policy;

import java.util.List;

/** Policies that cannot be used. Holds every problem that was found, not only the first. */
public final class PolicyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * One thing that is wrong.
   *
   * @param file the policy file, as the user named it
   * @param line from 1; 0 where the whole file is meant
   * @param column from 1; 0 where the whole file is meant
   * @param message what is wrong, and what would be right
   */
  public record Problem(String file, int line, int column, String message) {
    @Override
    public String toString() {
      return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
    }
  }

  PolicyException(List<Problem> problems) {
    super(String.join("\n", problems.stream().map(Problem::toString).toList()));
    this.problems = List.copyOf(problems);
  }

  PolicyException(String file, String message) {
    this(List.of(new Problem(file, 0, 0, message)));
  }

  /** All problems, in the order of the files. */
  public List<Problem> problems() {
    return problems;
  }
}
