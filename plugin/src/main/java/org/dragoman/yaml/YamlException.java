package org.dragoman.yaml;

import java.util.List;

/** Files that cannot be used. Holds every problem that was found, not only the first. */
public final class YamlException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** With everything that is wrong, in the order of the files. */
  public YamlException(List<Problem> problems) {
    super(String.join("\n", problems.stream().map(Problem::toString).toList()));
    this.problems = List.copyOf(problems);
  }

  /** All problems, in the order of the files. */
  public List<Problem> problems() {
    return problems;
  }
}
