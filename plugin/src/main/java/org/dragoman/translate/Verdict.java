package org.dragoman.translate;

import java.util.List;
import org.dragoman.policy.Product;
import org.dragoman.stream.Mismatch;

/**
 * Who could have written a stream, and who could not.
 *
 * @param explanations every product that could have
 * @param mismatches for every other product, why not
 */
public record Verdict(List<Explanation> explanations, List<Contradiction> mismatches) {

  /** Copies both. */
  public Verdict {
    explanations = List.copyOf(explanations);
    mismatches = List.copyOf(mismatches);
  }

  /** A product that did not write the stream, and the first byte that shows it. */
  public record Contradiction(Product product, Mismatch mismatch) {
    /** One sentence. */
    public String inWords() {
      return product.id() + " did not write this: " + mismatch;
    }
  }
}
