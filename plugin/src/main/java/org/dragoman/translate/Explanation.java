package org.dragoman.translate;

import java.util.List;
import org.dragoman.policy.Product;
import org.dragoman.stream.Walk;

/**
 * A product's dialect that accounts for every byte of a stream.
 *
 * @param product whose dialect it is
 * @param walk the stream under it
 * @param rewrittenFrom empty where the product wrote the stream as it stands; otherwise the
 *     products that can have written it before it was rewritten for {@code product}
 */
public record Explanation(Product product, Walk walk, List<Product> rewrittenFrom) {
  /** Copies the list. */
  public Explanation {
    rewrittenFrom = List.copyOf(rewrittenFrom);
  }

  /** Whether the stream was changed after it was written. */
  public boolean isRewritten() {
    return !rewrittenFrom.isEmpty();
  }

  /** Whether this says that a product wrote the stream, before it was rewritten or as it stands. */
  boolean names(Product writer) {
    return product.id().equals(writer.id())
        || rewrittenFrom.stream().anyMatch(one -> one.id().equals(writer.id()));
  }
}
