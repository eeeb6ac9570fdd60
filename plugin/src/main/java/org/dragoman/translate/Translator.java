package org.dragoman.translate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Walk;

/** Judge, plan and check, in this order, for one stream and one target. */
public final class Translator {
  private final Policies policies;
  private final Judge judge;
  private final String word;
  private final boolean startsAtOnce;

  /**
   * A translator between these products.
   *
   * @param word where an operator says who wrote a stream, for sentences: {@code --from}
   */
  public Translator(Policies policies, String word) {
    this(policies, word, false);
  }

  /**
   * The same.
   *
   * @param startsAtOnce whether what a plan's topology says is done now, and the device model
   *     started with the result; otherwise the result says itself what is to be done then
   */
  public Translator(Policies policies, String word, boolean startsAtOnce) {
    this.startsAtOnce = startsAtOnce;
    this.policies = policies;
    this.judge = new Judge(policies);
    this.word = word;
  }

  /** Who could have written a stream. */
  public Verdict judge(Octets octets) {
    return judge.judge(octets);
  }

  /**
   * What to do with a stream for a target.
   *
   * @param from the product that the operator says wrote it, or null
   * @param to the product that shall read it
   */
  public Plan plan(Octets octets, Product from, Product to) {
    return plan(octets, judge.judge(octets), from, to);
  }

  /** The same for a verdict that was reached before, on the same bytes. */
  public Plan plan(Octets octets, Verdict verdict, Product from, Product to) {
    List<Explanation> explanations = verdict.explanations();
    if (from != null) {
      explanations = explanations.stream().filter(one -> one.names(from)).toList();
      if (explanations.isEmpty()) {
        return new Plan.Refusal(
            to, products(verdict.explanations()), contradicted(octets, verdict, from));
      }
    }
    if (explanations.isEmpty()) {
      List<String> reasons = new ArrayList<>();
      reasons.add("no product that a policy describes wrote this stream");
      // The product that got furthest is the likeliest to have written it.
      verdict.mismatches().stream()
          .sorted(Comparator.comparingInt(one -> -one.mismatch().at()))
          .forEach(mismatch -> reasons.add(mismatch.inWords(octets)));
      return new Plan.Refusal(to, List.of(), reasons);
    }
    List<Plan> plans = new ArrayList<>();
    for (Explanation explanation : explanations) {
      Plan plan =
          to.isUpstream()
              ? Rebuilder.plan(octets, explanation, to, startsAtOnce)
              : Planner.plan(octets, explanation, to);
      if (plan instanceof Plan.Rewrite rewrite) {
        String failure =
            to.isUpstream()
                ? RebuiltCheck.failure(octets, explanation.walk(), rewrite, startsAtOnce)
                : Check.failure(octets, explanation.walk(), rewrite);
        if (failure != null) {
          plan =
              new Plan.Refusal(
                  to,
                  List.of(explanation.product()),
                  List.of(
                      "this is a bug in Dragoman or in its policies, please report it: the planned"
                          + " stream does not pass its own check: "
                          + failure));
        }
      }
      plans.add(plan);
    }
    return agreed(explanations, plans, to);
  }

  /**
   * What a stream of QEMU's own needs of its own device model. Nothing in it is changed; one that
   * was rebuilt from the traditional device model's needs that topology whenever it is restored.
   *
   * @param kept what the domain's configuration says that its guest booted with, or null
   */
  public Plan planUpstream(Octets octets, Product to, KeptTopology kept) {
    Verdict verdict = Judge.ofUpstream(policies).judge(octets);
    if (verdict.explanations().isEmpty()) {
      return new Plan.Refusal(
          to,
          List.of(),
          verdict.mismatches().stream().map(mismatch -> mismatch.inWords(octets)).toList());
    }
    Explanation explanation = verdict.explanations().get(0);
    List<Product> from = products(verdict.explanations());
    TopologyOf topology = TopologyOf.rebuilt(octets, explanation.walk(), kept);
    if (topology == null) {
      return new Plan.Rewrite(to, from, List.of(), List.of());
    }
    if (topology.topology() == null) {
      return new Plan.Refusal(to, from, topology.reasons());
    }
    List<Edit> edits =
        startsAtOnce && topology.topology().relocation() != null
            ? List.of(TopologyOf.relocated(octets, explanation.walk()))
            : List.of();
    return new Plan.Rewrite(to, from, edits, topology.warnings(), topology.topology());
  }

  private static final byte[] TIMER = {5, 't', 'i', 'm', 'e', 'r'};
  private static final int TIMER_END = 51;

  /** Whether a stream is QEMU's own and has the footers of one that was rebuilt. */
  public static boolean isRebuilt(Octets octets) {
    // A section of 24 bytes that is called timer is the first of all, as the shim knows it, too.
    return octets.size() > TIMER_END
        && octets.u8(Walk.FIRST_SECTION_AT) == 4
        && octets.holds(Walk.FIRST_SECTION_AT + 5, TIMER)
        && octets.u8(TIMER_END) == 0x7e;
  }

  private static List<Product> products(List<Explanation> explanations) {
    return explanations.stream().map(Explanation::product).toList();
  }

  private List<String> contradicted(Octets octets, Verdict verdict, Product from) {
    List<String> reasons = new ArrayList<>();
    reasons.add(word + " says " + from.id() + ", and the bytes say otherwise");
    verdict.mismatches().stream()
        .filter(mismatch -> mismatch.product().id().equals(from.id()))
        .forEach(mismatch -> reasons.add(mismatch.inWords(octets)));
    if (!verdict.explanations().isEmpty()) {
      boolean rewritten = verdict.explanations().get(0).isRewritten();
      reasons.add(
          (rewritten ? "it reads as a stream that was rewritten for " : "it was written by ")
              + ids(products(verdict.explanations()))
              + ": leave "
              + word
              + " out, or give one of these");
    }
    return reasons;
  }

  private static String ids(List<Product> products) {
    return products.stream().map(Product::id).collect(Collectors.joining(" or "));
  }

  /** One plan out of those of all explanations, which must come to the same bytes. */
  private Plan agreed(List<Explanation> explanations, List<Plan> plans, Product to) {
    Plan first = plans.get(0);
    for (Plan plan : plans) {
      if (!sameBytes(first, plan)) {
        List<String> reasons = new ArrayList<>();
        reasons.add("several products explain this stream, and it means something else for each");
        for (int i = 0; i < plans.size(); i++) {
          reasons.add(
              "if "
                  + explanations.get(i).product().id()
                  + " wrote it: "
                  + (plans.get(i) instanceof Plan.Rewrite rewrite
                      ? rewrite.edits().isEmpty()
                          ? "no change"
                          : rewrite.edits().size()
                              + (rewrite.edits().size() == 1 ? " edit" : " edits")
                      : String.join("; ", ((Plan.Refusal) plans.get(i)).reasons())));
        }
        reasons.add("say which one with " + word);
        return new Plan.Refusal(to, products(explanations), reasons);
      }
    }
    return first instanceof Plan.Rewrite rewrite
        ? new Plan.Rewrite(
            to, products(explanations), rewrite.edits(), rewrite.warnings(), rewrite.topology())
        : new Plan.Refusal(
            to,
            products(explanations),
            plans.stream()
                .flatMap(plan -> ((Plan.Refusal) plan).reasons().stream())
                .distinct()
                .toList());
  }

  private static boolean sameBytes(Plan one, Plan other) {
    if (one instanceof Plan.Rewrite first && other instanceof Plan.Rewrite second) {
      List<Edit> edits = first.edits();
      if (edits.size() != second.edits().size()) {
        return false;
      }
      for (int i = 0; i < edits.size(); i++) {
        if (!edits.get(i).sameBytesAs(second.edits().get(i))) {
          return false;
        }
      }
      return true;
    }
    return one instanceof Plan.Refusal && other instanceof Plan.Refusal;
  }
}
