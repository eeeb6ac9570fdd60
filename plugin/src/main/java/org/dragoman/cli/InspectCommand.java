package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;
import org.dragoman.translate.Explanation;
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
            "Show the sections of a device-model stream, who could have written it, and who could"
                + " not and why.");
    spec.addOption(Options.json());
    spec.addOption(Options.policies());
    spec.addPositional(Options.file("FILE", "0", "The stream."));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Input input = Input.open(arguments.matchedPositionalValue(0, null));
    Policies policies = Options.load(arguments);
    Verdict verdict = new Translator(policies, Options.FROM).judge(input.octets());
    input.refuseDamaged(verdict);
    Inspection inspection = new Inspection(input, verdict);
    if (arguments.hasMatchedOption(Options.JSON)) {
      Json.print(out, inspection::json);
    } else {
      inspection.text(out);
    }
    return verdict.explanations().isEmpty() ? Exit.REFUSED : Exit.DONE;
  }

  /** The result, in two renderings. */
  private record Inspection(Input input, Verdict verdict) {

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
      out.println(input.name() + ": " + input.octets().size() + " bytes");
      out.println();
      String row = "%-8s  %-5s  %3s  %-22s %8s  %8s  %-7s  %7s  %s%n";
      out.printf(
          row, "offset", "type", "id", "idstr", "instance", "label", "content", "length", "");
      boolean mislabelled = false;
      for (Section section : sections()) {
        boolean wrong = isMislabelled(section);
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
            Summary.of(input.octets(), section));
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
                  + verdict.survey().mismatch().inWords(input.octets()));
        }
      } else {
        Explanation first = verdict.explanations().get(0);
        int padding = first.walk().padding();
        if (padding > 0) {
          out.println("After the end marker: " + padding + " bytes of zero padding");
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
      if (!verdict.mismatches().isEmpty()) {
        out.println("Not written by:");
        // As in a refusal: the product that got furthest is the likeliest.
        List<Verdict.Contradiction> furthestFirst = new ArrayList<>(verdict.mismatches());
        furthestFirst.sort(Comparator.comparingInt(one -> -one.mismatch().at()));
        for (Verdict.Contradiction contradiction : furthestFirst) {
          out.println(
              "  "
                  + contradiction.product().id()
                  + ": "
                  + contradiction.mismatch().inWords(input.octets()));
        }
      }
    }

    /** Whether the label is that of another content of the device. */
    private static boolean isMislabelled(Section section) {
      String honest = "v" + section.label();
      return !section.content().name().equals(honest)
          && section.device().contents().containsKey(honest);
    }

    void json(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeStringField("file", input.path().toString());
      json.writeNumberField("size", input.octets().size());
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
        json.writeStringField("summary", Summary.of(input.octets(), section));
        json.writeEndObject();
      }
      json.writeEndArray();
      Json.strings(
          json,
          "explanations",
          verdict.explanations().stream().map(one -> one.product().id()).toList());
      json.writeBooleanField("rewritten", !writers().isEmpty());
      Json.strings(json, "rewrittenFrom", writers());
      json.writeArrayFieldStart("mismatches");
      for (Verdict.Contradiction contradiction : verdict.mismatches()) {
        json.writeStartObject();
        json.writeStringField("product", contradiction.product().id());
        json.writeNumberField("offset", contradiction.mismatch().at());
        json.writeStringField("bytes", contradiction.mismatch().bytes(input.octets()));
        json.writeStringField("reason", contradiction.mismatch().reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }
}
