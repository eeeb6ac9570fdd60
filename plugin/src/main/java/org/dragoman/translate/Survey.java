package org.dragoman.translate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dragoman.policy.Product;
import org.dragoman.stream.Device;
import org.dragoman.stream.Dialect;
import org.dragoman.stream.Form;
import org.dragoman.stream.Framing;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;

/**
 * A look at a stream that no product explains: its sections as far as they can be told, whoever
 * labelled them. It says what is there; it is never a reason to translate.
 *
 * @param sections up to the mismatch, or all of them
 * @param mismatch the first thing that no product writes or reads; null where the whole stream can
 *     be told into sections
 */
public record Survey(List<Section> sections, Mismatch mismatch) {
  /** Two labels with two contents each make four readings; more than this is not tried. */
  private static final int MOST_READINGS = 64;

  /** Copies the list. */
  public Survey {
    sections = List.copyOf(sections);
  }

  /** The reading that gets furthest, of all that some product's labels allow. */
  public static Survey of(List<Product> products, Framing framing, Octets octets) {
    Set<String> claimed = new LinkedHashSet<>();
    Map<String, List<Form>> choices = new LinkedHashMap<>();
    for (Product product : products) {
      for (Dialect dialect : List.of(product.writes(), product.reads())) {
        for (Form form : dialect.forms()) {
          List<Form> choice =
              choices.computeIfAbsent(form.label() + " " + form.idstr(), any -> new ArrayList<>());
          if (choice.stream().noneMatch(other -> other.content().equals(form.content()))) {
            choice.add(
                new Form(
                    form.device(),
                    form.idstr(),
                    new InstanceRule.Any(),
                    form.label(),
                    form.content()));
          }
          if (!form.idstr().equals(Device.ANY_IDSTR)) {
            claimed.add(form.idstr());
          }
        }
      }
    }
    int readings = 1;
    for (List<Form> choice : choices.values()) {
      readings = Math.min(MOST_READINGS, readings * choice.size());
    }
    Survey best = null;
    for (int reading = 0; reading < readings; reading++) {
      List<Form> forms = new ArrayList<>();
      int digits = reading;
      for (List<Form> choice : choices.values()) {
        forms.add(choice.get(digits % choice.size()));
        digits /= choice.size();
      }
      Survey survey = under(new Dialect(framing, forms, claimed), octets);
      if (survey.mismatch == null) {
        return survey;
      }
      if (best == null || survey.isFurtherThan(best)) {
        best = survey;
      }
    }
    return best;
  }

  /** More sections told, or as many and more bytes. */
  private boolean isFurtherThan(Survey other) {
    return sections.size() != other.sections.size()
        ? sections.size() > other.sections.size()
        : mismatch.at() > other.mismatch.at();
  }

  private static Survey under(Dialect dialect, Octets octets) {
    Reading reading = Walk.under(dialect, octets);
    return reading instanceof Reading.Failed failed
        ? new Survey(failed.before(), failed.mismatch())
        : new Survey(((Reading.Complete) reading).walk().sections(), null);
  }
}
