package org.dragoman.translate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;

/** Asks of every product: could it have written these bytes? */
public final class Judge {
  private final Policies policies;

  /** A judge who knows these products. */
  public Judge(Policies policies) {
    this.policies = policies;
  }

  /**
   * Walks a stream under every product's dialect. A stream that none of them wrote as it stands may
   * still be one that was rewritten for another product before: it then has the section ids and the
   * contents of its writer, and the names and labels of its target.
   */
  public Verdict judge(Octets octets) {
    List<Explanation> explanations = new ArrayList<>();
    List<Verdict.Contradiction> mismatches = new ArrayList<>();
    for (Product product : policies.products()) {
      Reading reading = Walk.under(product.writes(), octets);
      if (reading instanceof Reading.Failed failed) {
        mismatches.add(new Verdict.Contradiction(product, failed.mismatch()));
      } else if (reading instanceof Reading.Complete complete) {
        Mismatch mismatch = product.habits().brokenBy(complete.walk(), octets);
        if (mismatch == null) {
          explanations.add(new Explanation(product, complete.walk(), null));
        } else {
          mismatches.add(new Verdict.Contradiction(product, mismatch));
        }
      }
    }
    if (explanations.isEmpty()) {
      for (Product product : policies.products()) {
        Explanation rewritten = rewrittenFor(product, octets);
        if (rewritten != null) {
          explanations.add(rewritten);
        }
      }
    }
    return new Verdict(
        explanations, mismatches, explanations.isEmpty() ? Survey.of(policies, octets) : null);
  }

  private Explanation rewrittenFor(Product target, Octets octets) {
    if (!(Walk.under(target.reads(), octets) instanceof Reading.Complete complete)) {
      return null;
    }
    for (Product writer : policies.products()) {
      if (holdsContentsOf(writer, complete.walk())) {
        Set<String> dropped =
            target.drops().keySet().stream()
                .filter(device -> writes(writer, device))
                .collect(Collectors.toSet());
        if (writer.habits().brokenBy(complete.walk(), octets, dropped) == null) {
          return new Explanation(target, complete.walk(), writer);
        }
      }
    }
    return null;
  }

  private static boolean writes(Product writer, String device) {
    return writer.writes().forms().stream().anyMatch(form -> form.device().name().equals(device));
  }

  private static boolean holdsContentsOf(Product writer, Walk walk) {
    for (Section section : walk.sections()) {
      if (writer.writes().formsOf(section.device()).stream()
          .noneMatch(form -> form.content().equals(section.content()))) {
        return false;
      }
    }
    return true;
  }
}
