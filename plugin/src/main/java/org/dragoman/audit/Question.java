package org.dragoman.audit;

import java.util.StringJoiner;
import org.dragoman.policy.Product;
import org.dragoman.translate.Translator;

/**
 * What an audit asks of each image.
 *
 * @param translator judges and plans
 * @param from the product that the operator says wrote them, or null
 * @param to the product that shall read them
 * @param wordBits of the toolstack that wrote libxc streams of Xen 4.5 or older, or 0
 * @param basis all that an answer depends on but for the file and the target, in words
 */
public record Question(
    Translator translator, Product from, Product to, int wordBits, String basis) {

  /**
   * A question.
   *
   * @param version of this program
   * @param policies their digest
   */
  public static Question of(
      Translator translator,
      Product from,
      Product to,
      int wordBits,
      String version,
      String policies) {
    StringJoiner basis = new StringJoiner(", ").add(version).add("policies " + policies);
    if (from != null) {
      basis.add("from " + from.id());
    }
    if (wordBits != 0) {
      basis.add("width " + wordBits);
    }
    return new Question(translator, from, to, wordBits, basis.toString());
  }
}
