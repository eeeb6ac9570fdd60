package org.dragoman.translate;

import org.dragoman.policy.Product;
import org.dragoman.stream.Walk;

/**
 * A product's dialect that accounts for every byte of a stream.
 *
 * @param product whose dialect it is
 * @param walk the stream under it
 * @param rewrittenFrom null where the product wrote the stream as it stands; otherwise the product
 *     that wrote it before it was rewritten for {@code product}
 */
public record Explanation(Product product, Walk walk, Product rewrittenFrom) {}
