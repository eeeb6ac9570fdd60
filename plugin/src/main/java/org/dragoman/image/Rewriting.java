package org.dragoman.image;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.os.Known;
import org.dragoman.os.Replacement;
import org.dragoman.policy.Product;
import org.dragoman.stream.StreamKind;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;

/**
 * What to do with an image for a target: all of its device-model streams and the configuration, or
 * nothing.
 *
 * @param target the product that it is for
 * @param config what to do with its configuration
 * @param records each of its streams, and the plan for it
 */
public record Rewriting(Product target, ConfigEdit config, List<Planned> records) {

  /** A stream and what to do with it. */
  public record Planned(RecordInside record, Plan plan) {
    /** The word for it in results. */
    public String outcome() {
      return isLeft() ? LEFT : Rewriting.outcome(plan);
    }

    /** Whether nobody asks if the target reads it: it is another device model's. */
    public boolean isLeft() {
      return record.kind() == StreamKind.UPSTREAM && plan instanceof Plan.Rewrite;
    }
  }

  private static final String LEFT = "not-translated";

  /** Copies the list. */
  public Rewriting {
    records = List.copyOf(records);
  }

  /**
   * Plans for all streams of an image.
   *
   * @param from the product that the operator says wrote them, or null
   */
  public static Rewriting of(Image image, Translator translator, Product from, Product to) {
    List<Planned> records = new ArrayList<>();
    for (RecordInside record : image.records()) {
      records.add(new Planned(record, record.plan(translator, from, to)));
    }
    return new Rewriting(
        to, to.isUpstream() ? image.forQemuXen() : new ConfigEdit.Unchanged(), records);
  }

  /** Whether a stream of it cannot be given to the target, or not with this configuration. */
  public boolean isRefused() {
    return config instanceof ConfigEdit.Refused
        || records.stream().anyMatch(one -> one.plan() instanceof Plan.Refusal);
  }

  /** How many edits it takes. */
  public int edits() {
    return config.changes().size()
        + records.stream()
            .mapToInt(
                one -> one.plan() instanceof Plan.Rewrite rewrite ? rewrite.edits().size() : 0)
            .sum();
  }

  /** The word for it in results. */
  public String outcome() {
    if (isRefused()) {
      return "refused";
    }
    if (edits() > 0) {
      return "translated";
    }
    return records.stream().anyMatch(Planned::isLeft) ? LEFT : "unchanged";
  }

  /** The word for a plan in results and examples. */
  public static String outcome(Plan plan) {
    if (plan instanceof Plan.Rewrite rewrite) {
      return rewrite.edits().isEmpty() ? "unchanged" : "translated";
    }
    return "refused";
  }

  /** The bytes of the image that the plans rest on, in their order. */
  public List<Known> basis() {
    return Stream.concat(
            config.basis().stream(), records.stream().flatMap(one -> one.record().basis().stream()))
        .toList();
  }

  /**
   * What becomes of the image's bytes, in their order.
   *
   * @throws IllegalStateException if it is refused
   */
  public List<Replacement> replacements() {
    if (config instanceof ConfigEdit.Refused) {
      throw new IllegalStateException("refused");
    }
    List<Replacement> all = new ArrayList<>(config.replacements());
    for (Planned one : records) {
      if (!(one.plan() instanceof Plan.Rewrite rewrite)) {
        throw new IllegalStateException("refused");
      }
      all.addAll(one.record().replacements(rewrite.edits()));
    }
    return all;
  }
}
