package org.dragoman.translate;

import java.util.List;
import org.dragoman.policy.Product;

/** What to do with a stream for a target. */
public sealed interface Plan {

  /** The product that the stream is for. */
  Product target();

  /** The products that explain the stream. */
  List<Product> from();

  /**
   * The stream can be given to the target after these edits; none: as it is.
   *
   * @param from the products whose explanation it rests on
   * @param edits in the order of their offsets, not overlapping
   * @param warnings what an administrator should know though it is done
   * @param topology what the target's device model needs beyond the stream; null: nothing
   */
  record Rewrite(
      Product target,
      List<Product> from,
      List<Edit> edits,
      List<String> warnings,
      Topology topology)
      implements Plan {
    /** For a target that needs nothing beyond the stream. */
    public Rewrite(Product target, List<Product> from, List<Edit> edits, List<String> warnings) {
      this(target, from, edits, warnings, null);
    }

    /** Copies the lists. */
    public Rewrite {
      from = List.copyOf(from);
      edits = List.copyOf(edits);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * The stream cannot be given to the target.
   *
   * @param from the products that explain the stream; may be empty
   * @param reasons all of them, each a sentence
   */
  record Refusal(Product target, List<Product> from, List<String> reasons) implements Plan {
    /** Where an administrator reads on; as installed. */
    public static final String WHAT_TO_DO =
        "What to do: /usr/share/doc/dragoman/translate.md, \"When it says no\"";

    /** Copies the lists. */
    public Refusal {
      from = List.copyOf(from);
      reasons = List.copyOf(reasons);
    }
  }
}
