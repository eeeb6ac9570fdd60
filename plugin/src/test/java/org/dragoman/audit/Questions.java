package org.dragoman.audit;

import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.translate.Translator;
import org.dragoman.yaml.YamlException;

/** Questions with the shipped policies. */
final class Questions {
  private static final Policies POLICIES = policies();
  private static final Translator TRANSLATOR = new Translator(POLICIES, "--from");

  private Questions() {}

  static Question to(String product) {
    try {
      return Question.of(TRANSLATOR, null, POLICIES.product(product), 0, "test", "0123");
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
