package org.dragoman.translate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.dragoman.policy.Product;
import org.dragoman.stream.Device;
import org.dragoman.stream.Form;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;
import org.dragoman.stream.Walk;

/** The fewest edits that make a target read what an explanation says the source wrote. */
final class Planner {
  private final Octets octets;
  private final Walk walk;
  private final Product target;
  private final List<Edit> edits = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();

  /** How many sections got a PCI address that the stream does not tell. */
  private int guessed;

  /** Names and instances that sections have in the result. */
  private final Set<String> taken = new HashSet<>();

  private Planner(Octets octets, Walk walk, Product target) {
    this.octets = octets;
    this.walk = walk;
    this.target = target;
  }

  static Plan plan(Octets octets, Explanation explanation, Product target) {
    Planner planner = new Planner(octets, explanation.walk(), target);
    for (Section section : explanation.walk().sections()) {
      planner.section(section);
    }
    planner.sharedInstances();
    planner.guessedAddresses();
    int padding = explanation.walk().padding();
    if (padding > 0) {
      planner.warnings.add(
          padding
              + (padding == 1 ? " zero byte follows" : " zero bytes follow")
              + " the end marker: padding, which stays");
    }
    List<Product> from = List.of(explanation.product());
    return planner.reasons.isEmpty()
        ? new Plan.Rewrite(target, from, planner.edits, planner.warnings)
        : new Plan.Refusal(target, from, planner.reasons);
  }

  private void section(Section section) {
    List<Form> forms = target.reads().formsOf(section.device());
    if (forms.isEmpty()) {
      withoutDevice(section);
      return;
    }
    if (!section.named()) {
      // A PART or END has no header of its own to change, and live sections have one content.
      return;
    }
    Form form = formFor(section, forms);
    List<Edit> conversion = List.of();
    if (form == null) {
      String reason = null;
      for (Form candidate : forms) {
        Conversion converted = Conversion.of(octets, section, candidate.content());
        if (converted instanceof Conversion.Possible possible) {
          form = preferred(forms, candidate.content());
          conversion = possible.edits();
          break;
        }
        reason = reason == null ? ((Conversion.Impossible) converted).reason() : reason;
      }
      if (form == null) {
        refuse(section, "cannot be read by " + target.id() + ": " + reason);
        return;
      }
    }
    idstr(section, form);
    instance(section, form);
    if (form.label() != section.label()) {
      edits.add(
          new Edit(
              octets,
              section.labelAt(),
              4,
              be32(form.label()),
              section.idstr(),
              labelReason(section, form, forms)));
    }
    edits.addAll(conversion);
  }

  /** The form under which the target reads the content as it is; the label stays if it can. */
  private Form formFor(Section section, List<Form> forms) {
    for (Form form : forms) {
      if (form.content().equals(section.content()) && form.label() == section.label()) {
        return form;
      }
    }
    return preferred(forms, section.content());
  }

  private Form preferred(List<Form> forms, Device.Content content) {
    for (Form form : forms) {
      OptionalLong label = target.label(form.device(), content);
      if (form.content().equals(content)
          && label.isPresent()
          && label.getAsLong() == form.label()) {
        return form;
      }
    }
    return null;
  }

  private String labelReason(Section section, Form form, List<Form> forms) {
    String said = "label " + section.label();
    for (Form other : forms) {
      if (other.label() == section.label()) {
        return target.id()
            + " reads "
            + said
            + " as content "
            + other.content().name()
            + "; this is "
            + form.content().name()
            + ", its label "
            + form.label();
      }
    }
    return target.id()
        + " does not read "
        + said
        + "; content "
        + form.content().name()
        + " is its label "
        + form.label();
  }

  private void withoutDevice(Section section) {
    String because = target.drops().get(section.device().name());
    if (because == null) {
      if (section.named()) {
        refuse(section, "has no place in " + target.id() + ", which has no such device");
      }
      return;
    }
    edits.add(
        new Edit(
            octets,
            section.headerAt(),
            section.end() - section.headerAt(),
            new byte[0],
            section.idstr(),
            target.id() + " has no such section: " + because));
    warnings.add("section " + section.inWords() + " is left out: " + because);
  }

  private void idstr(Section section, Form form) {
    if (form.idstr().equals(section.idstr()) || form.idstr().equals(Device.ANY_IDSTR)) {
      return;
    }
    int at = section.idstrLengthAt();
    byte[] name = form.idstr().getBytes(StandardCharsets.ISO_8859_1);
    byte[] insert = new byte[name.length + 1];
    insert[0] = (byte) name.length;
    System.arraycopy(name, 0, insert, 1, name.length);
    edits.add(
        new Edit(
            octets,
            at,
            1 + section.idstr().length(),
            insert,
            section.idstr(),
            target.id() + " calls it '" + Text.printable(form.idstr()) + "'"));
  }

  private void instance(Section section, Form form) {
    long instance =
        keepsInstance(section, form) ? section.instance() : instanceFor(section, form.instance());
    if (instance < 0) {
      refuse(
          section,
          "has instance "
              + section.instance()
              + ", and "
              + target.id()
              + " wants "
              + form.instance().inWords()
              + ", which the stream does not tell");
      return;
    }
    String name = form.idstr().equals(Device.ANY_IDSTR) ? section.idstr() : form.idstr();
    if (!taken.add(name + " " + instance)
        && !(form.instance() instanceof InstanceRule.AlwaysZero)) {
      refuse(
          section,
          "would be '"
              + Text.printable(name)
              + "' instance "
              + instance
              + " for "
              + target.id()
              + ", as another section is already");
      return;
    }
    if (instance == section.instance()) {
      return;
    }
    edits.add(
        new Edit(
            octets,
            section.instanceAt(),
            4,
            be32(instance),
            section.idstr(),
            form.instance() instanceof InstanceRule.PciAddress
                ? target.id()
                    + " finds it by its PCI address: slot "
                    + (instance >> 3)
                    + ", by its place among the cards"
                : target.id() + " finds it as instance " + instance));
  }

  /** Numbers that mean the same to both are kept; a count is no PCI address, whatever its value. */
  private static boolean keepsInstance(Section section, Form form) {
    InstanceRule had = section.form().instance();
    InstanceRule wanted = form.instance();
    boolean comparable =
        had.getClass() == wanted.getClass()
            || !(wanted instanceof InstanceRule.Counted
                || wanted instanceof InstanceRule.PciAddress);
    return comparable && wanted.admits(section.instance());
  }

  private long instanceFor(Section section, InstanceRule rule) {
    if (rule instanceof InstanceRule.AlwaysZero) {
      return 0;
    }
    if (rule instanceof InstanceRule.OneOf oneOf) {
      return oneOf.ids().size() == 1 ? oneOf.ids().get(0) : -1;
    }
    if (rule instanceof InstanceRule.Counted) {
      return walk.sections().stream()
          .filter(other -> other.named() && other.device().equals(section.device()))
          .filter(other -> other.sectionId() < section.sectionId())
          .count();
    }
    if (!target.pciSlots().contains(section.device().name())) {
      return -1;
    }
    guessed++;
    return walk.sections().stream()
            .filter(other -> other.named() && other.sectionId() < section.sectionId())
            .filter(other -> target.pciSlots().contains(other.device().name()))
            .count()
        << 3;
  }

  /** Cards that had no address of their own get those of neighbours, which is a guess. */
  private void guessedAddresses() {
    if (guessed > 1) {
      warnings.add(
          guessed
              + " network cards get the PCI slots of neighbours; if the VM's vif numbers had gaps,"
              + " the stream cannot tell, and their slots on the source were others");
    }
  }

  /** Several sections under one name: the target's loader gives them all to one device. */
  private void sharedInstances() {
    Set<Device> shared = new HashSet<>();
    for (Form form : target.reads().forms()) {
      if (!(form.instance() instanceof InstanceRule.AlwaysZero) || !shared.add(form.device())) {
        continue;
      }
      long sections =
          walk.sections().stream()
              .filter(section -> section.named() && section.device().equals(form.device()))
              .count();
      if (sections > 1) {
        warnings.add(
            sections
                + " sections of "
                + form.device().name()
                + " share instance 0 on "
                + target.id()
                + ", as they do in its own streams: its loader gives them all to the first device,"
                + " and the others begin as after a reset");
      }
    }
  }

  private void refuse(Section section, String reason) {
    reasons.add(refusal(section, reason));
  }

  /** Why a section stands in the way, with where and what it is. */
  static String refusal(Section section, String reason) {
    return "at "
        + Text.offset(section.headerAt())
        + ": section "
        + section.inWords()
        + " (label "
        + section.label()
        + ", content "
        + section.content().name()
        + ") "
        + reason;
  }

  private static byte[] be32(long value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }
}
