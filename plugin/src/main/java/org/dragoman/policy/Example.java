package org.dragoman.policy;

import java.nio.file.Path;
import java.util.List;

/**
 * What must come out for a stream and a target.
 *
 * @param place file, line and column, for messages
 * @param stream the file
 * @param to the target, as {@code --to} takes it
 * @param from the source, as {@code --from} takes it, or null
 * @param explainedBy the ids of the products that must explain the stream; null: not said
 * @param outcome {@code translated}, {@code unchanged} or {@code refused}
 * @param edits what must change; null: not said
 * @param reason words that a refusal must say, or null
 */
public record Example(
    String place,
    Path stream,
    String to,
    String from,
    List<String> explainedBy,
    String outcome,
    List<Edit> edits,
    String reason) {

  /**
   * A change.
   *
   * @param offset in the source, in bytes
   * @param remove lower-case hexadecimal
   * @param insert lower-case hexadecimal
   */
  public record Edit(int offset, String remove, String insert) {}
}
