package org.dragoman.policy;

/**
 * The releases that an operator means: the one that he names, or all that a policy covers where he
 * gives its id. A policy is about device models; other things change between its releases.
 *
 * @param product the name before the version: {@code xen}
 * @param first the first of them
 * @param last the last of them, with all its point releases
 */
public record Releases(String product, Version first, Version last) {

  /**
   * Those that are meant.
   *
   * @param asked a name and a version that the product's policy covers, the product's id, or its
   *     name alone
   */
  public static Releases of(Product product, String asked) {
    if (asked.equalsIgnoreCase(product.id()) || asked.equals(product.name())) {
      return new Releases(product.name(), product.first(), product.last());
    }
    Version version = Version.of(asked.substring(asked.lastIndexOf('-') + 1));
    return new Releases(product.name(), version, version);
  }

  /**
   * Whether all of them lie from one version to another, with all point releases of the last.
   *
   * @param from digits and dots
   * @param to digits and dots, or null: without end
   */
  public boolean areWithin(String from, String to) {
    return first.compareTo(Version.of(from)) >= 0 && (to == null || last.isUpTo(Version.of(to)));
  }
}
