package org.dragoman.yaml;

/**
 * One thing that is wrong with a file.
 *
 * @param file the file, as the user named it
 * @param line from 1; 0 where the whole file is meant
 * @param column from 1; 0 where the whole file is meant
 * @param message what is wrong, and what would be right
 */
public record Problem(String file, int line, int column, String message) {

  /** A problem that no line has. */
  public Problem(String file, String message) {
    this(file, 0, 0, message);
  }

  /** A problem of what stands at a place. */
  public Problem(String file, Node.Mark mark, String message) {
    this(file, mark.line(), mark.column(), message);
  }

  @Override
  public String toString() {
    return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
  }
}
