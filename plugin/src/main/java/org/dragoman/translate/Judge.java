package org.dragoman.translate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Form;
import org.dragoman.stream.Framing;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;

/** Asks of every product: could it have written these bytes? */
public final class Judge {
  private final List<Product> products;
  private final Framing framing;

  /** A judge of the traditional device model's streams, who knows the products of some policies. */
  public Judge(Policies policies) {
    this(policies.products(), Framing.TRADITIONAL);
  }

  private Judge(List<Product> products, Framing framing) {
    this.products = products;
    this.framing = framing;
  }

  /** The same for the streams of QEMU itself. */
  public static Judge ofUpstream(Policies policies) {
    return new Judge(policies.upstream(), Framing.UPSTREAM);
  }

  /**
   * Walks a stream under every product's dialect. A stream that none of them wrote as it stands may
   * still be one that was rewritten for another product before: it then has the section ids and the
   * contents of its writer, and the names and labels of its target.
   */
  public Verdict judge(Octets octets) {
    List<Explanation> explanations = new ArrayList<>();
    List<Verdict.Contradiction> mismatches = new ArrayList<>();
    for (Product product : products) {
      Reading reading = Walk.under(product.writes(), octets);
      if (reading instanceof Reading.Failed failed) {
        mismatches.add(new Verdict.Contradiction(product, failed.mismatch()));
      } else if (reading instanceof Reading.Complete complete) {
        Mismatch mismatch = product.habits().brokenBy(complete.walk(), octets);
        if (mismatch == null) {
          explanations.add(new Explanation(product, complete.walk(), List.of()));
        } else {
          mismatches.add(new Verdict.Contradiction(product, mismatch));
        }
      }
    }
    if (explanations.isEmpty()) {
      for (Product product : products) {
        Explanation rewritten = rewrittenFor(product, octets);
        if (rewritten != null) {
          explanations.add(rewritten);
        }
      }
    }
    if (explanations.isEmpty() && framing == Framing.UPSTREAM) {
      for (Product product : products) {
        // One that was rebuilt for it has older labels, and footers, and no device model wrote it.
        if (Walk.under(product.reads(), octets) instanceof Reading.Complete complete
            && complete.walk().footers()) {
          explanations.add(new Explanation(product, complete.walk(), List.of()));
        }
      }
    }
    return new Verdict(
        explanations,
        mismatches,
        explanations.isEmpty() ? Survey.of(products, framing, octets) : null);
  }

  private Explanation rewrittenFor(Product target, Octets octets) {
    if (!(Walk.under(target.reads(), octets) instanceof Reading.Complete complete)) {
      return null;
    }
    List<Product> writers = new ArrayList<>();
    for (Product writer : products) {
      if (couldBecome(writer, complete.walk())
          && writer.habits().brokenBy(complete.walk(), octets, dropped(writer)) == null) {
        writers.add(writer);
      }
    }
    return writers.isEmpty() ? null : new Explanation(target, complete.walk(), writers);
  }

  /** The devices of a product whose sections a rewrite may have left out, for whomever it was. */
  private Set<String> dropped(Product writer) {
    return writer.writes().forms().stream()
        .map(form -> form.device().name())
        .filter(device -> products.stream().anyMatch(one -> one.drops().containsKey(device)))
        .collect(Collectors.toSet());
  }

  /**
   * Whether every section has a content of the writer's, under a label that the writer gives it or
   * that a rewrite gives it. A builder whose section ids are not known leaves too little to tell it
   * by.
   */
  private boolean couldBecome(Product writer, Walk walk) {
    if (writer.habits().sectionIds() == null) {
      return false;
    }
    for (Section section : walk.sections()) {
      List<Form> written =
          writer.writes().formsOf(section.device()).stream()
              .filter(form -> form.content().equals(section.content()))
              .toList();
      boolean labelled =
          written.stream().anyMatch(form -> form.label() == section.label())
              || products.stream()
                  .map(product -> product.label(section.device(), section.content()))
                  .anyMatch(label -> label.isPresent() && label.getAsLong() == section.label());
      if (written.isEmpty() || !labelled) {
        return false;
      }
    }
    return true;
  }
}
