package org.dragoman.policy;

import java.util.List;
import java.util.stream.Collectors;
import org.dragoman.stream.Text;

/** A product that no policy covers. The message lists those that come near. */
public final class UnknownProductException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With all that is to be said. */
  public UnknownProductException(String message) {
    super(message);
  }

  UnknownProductException(String asked, String why, List<Product> near) {
    super(
        "'"
            + Text.printable(asked)
            + "': "
            + why
            + "; there are "
            + near.stream()
                .map(product -> product.namedAlone() ? product.name() : product.id())
                .collect(Collectors.joining(", ")));
  }
}
