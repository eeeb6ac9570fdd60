package org.dragoman.audit;

import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.Releases;
import org.dragoman.translate.Translator;

/**
 * What an audit asks of each image.
 *
 * @param translator judges and plans
 * @param titles of all products, by their ids
 * @param from the product that the operator says wrote them, or null
 * @param to the product that shall read them
 * @param releases which of its releases
 * @param wordBits of the toolstack that wrote libxc streams of Xen 4.5 or older, or 0
 * @param basis all that an answer depends on but for the file and the target, in words
 */
public record Question(
    Translator translator,
    Map<String, String> titles,
    Product from,
    Product to,
    Releases releases,
    int wordBits,
    String basis) {

  /** Copies the map. */
  public Question {
    titles = Map.copyOf(titles);
  }

  /**
   * A question.
   *
   * @param word where an operator says who wrote a stream, for sentences: {@code --from}
   * @param version of this program
   * @param digest of the policies
   */
  public static Question of(
      Policies policies,
      String word,
      Product from,
      Product to,
      Releases releases,
      int wordBits,
      String version,
      String digest) {
    StringJoiner basis = new StringJoiner(", ").add(version).add("policies " + digest);
    if (from != null) {
      basis.add("from " + from.id());
    }
    if (wordBits != 0) {
      basis.add("width " + wordBits);
    }
    if (releases.first().equals(releases.last())) {
      basis.add("release " + releases.first());
    }
    return new Question(
        new Translator(policies, word),
        policies.products().stream().collect(Collectors.toMap(Product::id, Product::title)),
        from,
        to,
        releases,
        wordBits,
        basis.toString());
  }
}
