package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.RecordInside;
import org.dragoman.image.Restoring;
import org.dragoman.image.Rewriting;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.stream.Walk;
import org.dragoman.translate.Explanation;
import org.dragoman.translate.Judge;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman inspect}: what is in a stream, who could have written it, and who could not. */
final class InspectCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "inspect",
            "Show what a save file or a device-model stream is: its guest, its sections, who could"
                + " have written it, and who could not and why.");
    spec.addOption(Options.json());
    spec.addOption(
        Options.product(
            Options.TO, "Say also whether this product can have it, and what it loses.", false));
    spec.addOption(Options.width());
    spec.addOption(Options.policies());
    spec.addPositional(Options.file("FILE", "0", "The save file or stream."));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Policies policies = Options.load(arguments);
    Product to = Options.product(policies, arguments, Options.TO);
    Translator translator = new Translator(policies, Options.FROM);
    try (Input input =
        Input.open(
            arguments.matchedPositionalValue(0, null), translator, Options.width(arguments))) {
      List<Inspection> inspections = new ArrayList<>();
      for (RecordInside stream : input.image().records()) {
        inspections.add(inspection(input, stream, policies, translator, to));
      }
      if (input.isBare() && inspections.get(0).verdict() == null) {
        RecordInside stream = input.bare();
        throw new Failure(Exit.REFUSED, input.name() + ": " + stream.whyNotTranslated(), 4);
      }
      List<String> notes =
          to == null
              ? Restoring.notes(input.image())
              : Restoring.notes(input.image(), to, Options.releases(arguments, Options.TO, to));
      boolean configRefuses =
          to != null && to.isUpstream() && !input.image().forQemuXen().reasons().isEmpty();
      if (arguments.hasMatchedOption(Options.JSON)) {
        Json.print(out, json -> json(json, input, inspections, notes));
      } else {
        text(out, input, inspections, notes);
        if (configRefuses) {
          configRefused(out, input);
        }
      }
      boolean explained =
          inspections.stream()
              .allMatch(one -> one.verdict() != null && !one.verdict().explanations().isEmpty());
      boolean refused =
          inspections.stream().anyMatch(one -> one.plan() instanceof Plan.Refusal) || configRefuses;
      return explained && !refused ? Exit.DONE : Exit.REFUSED;
    }
  }

  /**
   * What was judged when the file was read, and of QEMU's own streams, what is judged only here.
   */
  private static Inspection inspection(
      Input input, RecordInside stream, Policies policies, Translator translator, Product to)
      throws Failure {
    if (stream.kind() != StreamKind.UPSTREAM) {
      boolean planned = to != null && stream.kind() == StreamKind.TRADITIONAL;
      return new Inspection(
          stream, stream.verdict(), planned ? stream.plan(translator, null, to) : null);
    }
    Verdict verdict = Judge.ofUpstream(policies).judge(stream.octets());
    if (verdict.damage() != null) {
      throw new Failure(
          Exit.DAMAGED,
          input.name()
              + ": "
              + (stream.isBare()
                  ? "damaged: "
                  : "the device-model stream that begins at "
                      + Text.offset(stream.place().at())
                      + " is damaged: ")
              + damage(verdict, stream.octets()),
          stream.place().at() + verdict.damage().at());
    }
    // Its own, QEMU reads itself; what was rebuilt for it needs its topology each time.
    boolean planned =
        to != null
            && to.isUpstream()
            && !verdict.explanations().isEmpty()
            && Translator.isRebuilt(stream.octets());
    return new Inspection(
        stream, verdict, planned ? translator.planUpstream(stream.octets(), to, null) : null);
  }

  /** The machines read one device differently, and what comes behind it looks different then. */
  private static String damage(Verdict verdict, Octets octets) {
    Map<String, List<String>> told = new LinkedHashMap<>();
    for (Verdict.Contradiction one : verdict.mismatches()) {
      told.computeIfAbsent(one.mismatch().inWords(octets), any -> new ArrayList<>())
          .add(one.product().id());
    }
    return told.size() < 2
        ? verdict.damage().inWords(octets)
        : told.entrySet().stream()
            .map(one -> "as " + String.join(" or ", one.getValue()) + " " + one.getKey())
            .collect(Collectors.joining("; "));
  }

  private static void text(
      PrintStream out, Input input, List<Inspection> inspections, List<String> notes) {
    if (input.isBare()) {
      out.println(input.name() + ": " + inspections.get(0).octets().size() + " bytes");
      inspections.get(0).text(out);
      return;
    }
    ContainerText.describe(out, input);
    notes.forEach(note -> out.println("Note: " + note));
    ConfigEdit edit = input.image().forQemuXen();
    if (!edit.changes().isEmpty()) {
      out.println("For qemu-xen, its configuration would be changed:");
      ContainerText.changes(out, edit);
    }
    edit.warnings()
        .forEach(warning -> out.println("For qemu-xen: " + Text.withoutControls(warning)));
    edit.reasons()
        .forEach(
            reason -> out.println("Not for qemu-xen with this: " + Text.withoutControls(reason)));
    for (Inspection inspection : inspections) {
      RecordInside stream = inspection.stream();
      out.println(
          "Device-model stream at "
              + Text.offset(stream.place().at())
              + ": "
              + stream.octets().size()
              + " bytes; offsets from its start");
      if (inspection.verdict() == null) {
        out.println("  " + stream.kind().description());
      } else {
        inspection.text(out);
      }
    }
  }

  /** Whatever the streams are: nothing is written for it. */
  private static void configRefused(PrintStream out, Input input) {
    out.println();
    out.println("Not with its configuration:");
    input
        .image()
        .forQemuXen()
        .reasons()
        .forEach(reason -> out.println("  " + Text.withoutControls(reason)));
    out.println(Plan.Refusal.WHAT_TO_DO);
  }

  private static void json(
      JsonGenerator json, Input input, List<Inspection> inspections, List<String> notes)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("file", input.path().toString());
    if (input.isBare()) {
      json.writeNumberField("size", inspections.get(0).octets().size());
      inspections.get(0).json(json);
    } else {
      json.writeNumberField("size", input.file().size());
      ContainerText.json(json, input.image());
      ContainerText.json(json, input.image().forQemuXen());
      Json.strings(json, "notes", notes);
      json.writeArrayFieldStart("records");
      for (Inspection inspection : inspections) {
        RecordInside stream = inspection.stream();
        json.writeStartObject();
        json.writeNumberField("offset", stream.place().at());
        json.writeNumberField("length", stream.octets().size());
        json.writeStringField("kind", stream.kind().name());
        if (inspection.verdict() != null) {
          inspection.json(json);
        }
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  /** The result, in two renderings; the plan is null where nobody asked for one. */
  private record Inspection(RecordInside stream, Verdict verdict, Plan plan) {

    Octets octets() {
      return stream.octets();
    }

    private boolean isUpstream() {
      return stream.kind() == StreamKind.UPSTREAM;
    }

    /** Those of the first explanation, or as far as they can be told. */
    private List<Section> sections() {
      return verdict.explanations().isEmpty()
          ? verdict.survey().sections()
          : verdict.explanations().get(0).walk().sections();
    }

    /** The ids of the products that wrote it before it was rewritten; none if it was not. */
    private List<String> writers() {
      return verdict.explanations().stream()
          .flatMap(one -> one.rewrittenFrom().stream())
          .map(Product::id)
          .distinct()
          .toList();
    }

    void text(PrintStream out) {
      out.println();
      // QEMU's idstrs have a PCI path in them.
      int wide = isUpstream() ? 26 : 22;
      String row = "%-8s  %-5s  %3s  %-" + wide + "s %8s  %8s  %-7s  %7s  %s%n";
      out.printf(
          row, "offset", "type", "id", "idstr", "instance", "label", "content", "length", "");
      boolean mislabelled = false;
      for (Section section : sections()) {
        boolean wrong = section.isMislabelled();
        mislabelled |= wrong;
        out.printf(
            row,
            Text.offset(section.headerAt()),
            section.type(),
            section.sectionId(),
            Text.printable(section.idstr()),
            section.instance() < 10 ? section.instance() : Text.offset(section.instance()),
            section.label(),
            section.content().name() + (wrong ? " *" : ""),
            section.payloadLength(),
            Summary.of(octets(), section));
      }
      if (mislabelled) {
        out.println("* the label says another content than the payload has");
      }
      out.println();
      if (verdict.explanations().isEmpty()) {
        out.println("Written by: no product that a policy describes. The contents above are told");
        out.println("  from lengths and values alone.");
        if (verdict.survey().mismatch() != null) {
          out.println(
              "  The first thing that nobody writes is "
                  + verdict.survey().mismatch().inWords(octets()));
          if (isUpstream() && verdict.survey().mismatch().kind() == Mismatch.Kind.SECTION) {
            whatToDo(out);
          }
        }
      } else {
        Explanation first = verdict.explanations().get(0);
        int padding = first.walk().padding();
        if (padding > 0) {
          out.println("After the end marker: " + padding + " bytes of zero padding");
        }
        if (first.walk().machine() != null) {
          out.println("Says that it is of the machine " + Text.printable(first.walk().machine()));
        }
        if (first.walk().footers()) {
          out.println("Behind each section: a footer with its id");
        }
        if (!first.isRewritten()) {
          out.println("Written by:");
        } else {
          out.println(
              "Written by no product as it stands; its section ids and contents are those of");
          out.println("  " + String.join(" or ", writers()) + ".");
          out.println("It was rewritten, and reads as a stream for:");
        }
        for (Explanation explanation : verdict.explanations()) {
          out.println(
              "  "
                  + explanation.product().id()
                  + "  ("
                  + Text.withoutControls(explanation.product().title())
                  + ")");
        }
      }
      // What was rebuilt for a product, that product did not write itself.
      List<Verdict.Contradiction> others =
          verdict.mismatches().stream()
              .filter(
                  one ->
                      verdict.explanations().stream()
                          .noneMatch(by -> by.product().id().equals(one.product().id())))
              .toList();
      if (!others.isEmpty()) {
        out.println("Not written by:");
        // As in a refusal: the product that got furthest is the likeliest.
        List<Verdict.Contradiction> furthestFirst = new ArrayList<>(others);
        furthestFirst.sort(Comparator.comparingInt(one -> -one.mismatch().at()));
        for (Verdict.Contradiction contradiction : furthestFirst) {
          out.println(
              "  "
                  + contradiction.product().id()
                  + ": "
                  + contradiction.mismatch().inWords(octets()));
        }
      }
      if (plan != null) {
        target(out);
      }
    }

    private void target(PrintStream out) {
      out.println();
      if (plan instanceof Plan.Refusal refusal) {
        out.println("Not for " + plan.target().id() + ":");
        refusal.reasons().forEach(reason -> out.println("  " + Text.withoutControls(reason)));
        out.println(Plan.Refusal.WHAT_TO_DO);
      } else if (plan instanceof Plan.Rewrite rewrite) {
        out.println(
            plan.target().id()
                + (rewrite.edits().isEmpty()
                    ? " can have it as it is."
                    : " can have it, changed."));
        rewrite.warnings().forEach(warning -> out.println("  " + Text.withoutControls(warning)));
        if (rewrite.topology() != null) {
          rewrite.topology().inWords().forEach(line -> out.println("  needs: " + line));
        }
      }
    }

    /** QEMU's streams hold what a guest's many devices make of them; not all are described. */
    private void whatToDo(PrintStream out) {
      out.println(
          "  If that is a device or a part of one: nothing says how long it is, so nothing behind it");
      out.println(
          "  can be told. Describe it in a folder of policies (docs/policies.md), or report it.");
    }

    void json(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("sections");
      for (Section section : sections()) {
        json.writeStartObject();
        json.writeStringField("type", section.type().name());
        json.writeNumberField("id", section.sectionId());
        json.writeStringField("idstr", section.idstr());
        json.writeNumberField("instance", section.instance());
        json.writeNumberField("label", section.label());
        json.writeStringField("content", section.content().name());
        json.writeNumberField("offset", section.headerAt());
        json.writeNumberField("payloadOffset", section.payloadAt());
        json.writeNumberField("payloadLength", section.payloadLength());
        json.writeStringField("summary", Summary.of(octets(), section));
        json.writeEndObject();
      }
      json.writeEndArray();
      Json.strings(
          json,
          "explanations",
          verdict.explanations().stream().map(one -> one.product().id()).toList());
      json.writeBooleanField("rewritten", !writers().isEmpty());
      Json.strings(json, "rewrittenFrom", writers());
      if (isUpstream() && !verdict.explanations().isEmpty()) {
        Walk walk = verdict.explanations().get(0).walk();
        json.writeStringField("machine", walk.machine());
        json.writeBooleanField("footers", walk.footers());
      }
      json.writeArrayFieldStart("mismatches");
      for (Verdict.Contradiction contradiction : verdict.mismatches()) {
        json.writeStartObject();
        json.writeStringField("product", contradiction.product().id());
        json.writeNumberField("offset", contradiction.mismatch().at());
        json.writeStringField("bytes", contradiction.mismatch().bytes(octets()));
        json.writeStringField("reason", contradiction.mismatch().reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (plan != null) {
        json.writeObjectFieldStart("plan");
        json.writeStringField("to", plan.target().id());
        json.writeStringField("outcome", Rewriting.outcome(plan));
        Json.strings(
            json, "reasons", plan instanceof Plan.Refusal refusal ? refusal.reasons() : List.of());
        Json.strings(
            json,
            "warnings",
            plan instanceof Plan.Rewrite rewrite ? rewrite.warnings() : List.of());
        Json.strings(
            json,
            "needs",
            plan instanceof Plan.Rewrite rewrite && rewrite.topology() != null
                ? rewrite.topology().inWords()
                : List.of());
        json.writeEndObject();
      }
    }
  }
}
