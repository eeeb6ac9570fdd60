package org.dragoman.translate;

import java.util.List;
import org.dragoman.policy.Product;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;

/**
 * Who could have written a stream, and who could not.
 *
 * @param explanations every product that could have
 * @param mismatches for every other product, why not
 * @param survey where no product could have, what can be told of the stream all the same; else null
 */
public record Verdict(
    List<Explanation> explanations, List<Contradiction> mismatches, Survey survey) {

  /** Copies both. */
  public Verdict {
    explanations = List.copyOf(explanations);
    mismatches = List.copyOf(mismatches);
  }

  /**
   * Why no product at all can have written it: cut short, or not a stream. Null: that is not so.
   */
  public Mismatch damage() {
    return survey != null && survey.mismatch() != null && survey.mismatch().isDamage()
        ? survey.mismatch()
        : null;
  }

  /** A product that did not write the stream, and the first byte that shows it. */
  public record Contradiction(Product product, Mismatch mismatch) {
    /** One sentence. */
    public String inWords(Octets octets) {
      return product.id() + " did not write this: " + mismatch.inWords(octets);
    }
  }
}
