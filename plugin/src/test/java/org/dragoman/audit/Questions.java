package org.dragoman.audit;

import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.Releases;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.yaml.YamlException;

/** Questions with the shipped policies. */
final class Questions {
  private static final Policies POLICIES = policies();

  private Questions() {}

  static Question to(String product) {
    try {
      Product to = POLICIES.product(product);
      return Question.of(POLICIES, "--from", null, to, Releases.of(to, product), 0, "test", "0123");
    } catch (UnknownProductException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Policies policies() {
    try {
      return Policies.load(List.of());
    } catch (YamlException e) {
      throw new IllegalStateException(e);
    }
  }
}
