package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dragoman.os.WholeFile;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman rewrite}: makes of a stream one that another product reads. */
final class RewriteCommand implements Command {
  private static final String DRY_RUN = "--dry-run";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "rewrite",
            "Write a device-model stream so that another product reads what its writer meant, or"
                + " refuse with the reasons. OUTPUT appears complete or not at all; INPUT is never"
                + " changed.");
    spec.addOption(Options.product(Options.TO, "The product that shall read it.", true));
    spec.addOption(
        Options.product(
            Options.FROM,
            "The product that wrote it, where you know. It is refused if the bytes say otherwise.",
            false));
    spec.addOption(
        Options.flag(DRY_RUN, "Show every edit and touch nothing. OUTPUT may be left out."));
    spec.addOption(Options.json());
    spec.addOption(Options.policies());
    spec.addPositional(Options.file("INPUT", "0", "The stream."));
    spec.addPositional(
        Options.file("[OUTPUT]", "1", "The file for the result; an existing one is replaced.")
            .toBuilder()
            .arity("0..1")
            .required(false)
            .build());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    boolean dryRun = arguments.hasMatchedOption(DRY_RUN);
    Path inputPath = arguments.matchedPositionalValue(0, null);
    Path output = arguments.matchedPositionalValue(1, null);
    if (output == null && !dryRun) {
      throw new Failure(Exit.USAGE, "rewrite needs an OUTPUT, or " + DRY_RUN);
    }
    Policies policies = Options.load(arguments);
    Product to = Options.product(policies, arguments, Options.TO);
    Product from = Options.product(policies, arguments, Options.FROM);
    if (output != null) {
      checkOutput(output, inputPath);
    }
    Plan plan;
    Input input = null;
    try {
      input = Input.open(inputPath);
      plan = plan(policies, input, from, to);
    } catch (Failure e) {
      if (e.exit() != Exit.REFUSED) {
        throw e;
      }
      plan = new Plan.Refusal(to, List.of(), List.of(e.getMessage()));
    }
    if (plan instanceof Plan.Rewrite rewrite && !dryRun) {
      write(input, output, rewrite.edits());
    }
    if (arguments.hasMatchedOption(Options.JSON)) {
      Plan result = plan;
      Json.print(out, json -> json(json, result));
    } else if (plan instanceof Plan.Rewrite rewrite) {
      text(out, inputPath, dryRun ? null : output, rewrite);
    } else if (plan instanceof Plan.Refusal refusal) {
      err.println(title(inputPath, refusal));
      err.println("Refused; nothing was written:");
      refusal.reasons().forEach(reason -> err.println("  " + reason));
      err.println("What to do: docs/translate.md, \"When it says no\"");
    }
    return plan instanceof Plan.Rewrite ? Exit.DONE : Exit.REFUSED;
  }

  private static Plan plan(Policies policies, Input input, Product from, Product to)
      throws Failure {
    Translator translator = new Translator(policies, Options.FROM);
    Verdict verdict = translator.judge(input.octets());
    input.refuseDamaged(verdict);
    return translator.plan(input.octets(), verdict, from, to);
  }

  private static void checkOutput(Path output, Path input) throws Failure {
    Options.refuseOddName(output);
    try {
      WholeFile.check(output, input);
    } catch (WholeFile.SameFileException e) {
      throw new Failure(Exit.USAGE, Text.withoutControls(e.getMessage()));
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  /** Unchanged runs go from the mapping to the file without a stop in between. */
  private static void write(Input input, Path output, List<Edit> edits) throws Failure {
    List<ByteBuffer> runs = new ArrayList<>();
    int at = 0;
    for (Edit edit : edits) {
      runs.add(input.octets().slice(at, edit.offset() - at));
      runs.add(ByteBuffer.wrap(edit.insertedBytes()));
      at = edit.end();
    }
    runs.add(input.octets().slice(at, input.octets().size() - at));
    try {
      WholeFile.write(output, input.file(), runs);
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  /** The word for a plan in results and examples. */
  static String outcome(Plan plan) {
    if (plan instanceof Plan.Rewrite rewrite) {
      return rewrite.edits().isEmpty() ? "unchanged" : "translated";
    }
    return "refused";
  }

  private static List<Product> from(Plan plan) {
    return plan instanceof Plan.Rewrite rewrite ? rewrite.from() : ((Plan.Refusal) plan).from();
  }

  private static String title(Path input, Plan plan) {
    String from =
        from(plan).isEmpty()
            ? "an unknown product"
            : from(plan).stream().map(Product::id).collect(Collectors.joining(" or "));
    return Text.withoutControls(input.toString()) + ": from " + from + " to " + plan.target().id();
  }

  private static void text(PrintStream out, Path input, Path output, Plan.Rewrite rewrite) {
    out.println(title(input, rewrite));
    for (Edit edit : rewrite.edits()) {
      out.println(
          "  at "
              + Text.offset(edit.offset())
              + " ("
              + Text.printable(edit.section())
              + "): "
              + bytes(edit.removeHex())
              + " becomes "
              + bytes(edit.insertHex()));
      out.println("    " + edit.reason());
    }
    rewrite.warnings().forEach(warning -> out.println("  note: " + warning));
    String count = rewrite.edits().size() == 1 ? "1 edit" : rewrite.edits().size() + " edits";
    String what = rewrite.edits().isEmpty() ? "Unchanged: it can be read as it is" : count;
    out.println(
        what
            + (output == null
                ? "; nothing was written (dry run)"
                : "; written to " + Text.withoutControls(output.toString())));
  }

  private static String bytes(String hex) {
    if (hex.isEmpty()) {
      return "nothing";
    }
    return hex.length() <= 64 ? hex : hex.substring(0, 64) + "… (" + hex.length() / 2 + " bytes)";
  }

  private static void json(JsonGenerator json, Plan plan) throws IOException {
    json.writeStartObject();
    json.writeStringField("outcome", outcome(plan));
    Json.strings(json, "from", from(plan).stream().map(Product::id).toList());
    json.writeStringField("to", plan.target().id());
    json.writeArrayFieldStart("edits");
    if (plan instanceof Plan.Rewrite rewrite) {
      for (Edit edit : rewrite.edits()) {
        json.writeStartObject();
        json.writeNumberField("offset", edit.offset());
        json.writeStringField("remove", edit.removeHex());
        json.writeStringField("insert", edit.insertHex());
        json.writeStringField("section", edit.section());
        json.writeStringField("reason", edit.reason());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    Json.strings(
        json, "reasons", plan instanceof Plan.Refusal refusal ? refusal.reasons() : List.of());
    Json.strings(
        json, "warnings", plan instanceof Plan.Rewrite rewrite ? rewrite.warnings() : List.of());
    json.writeEndObject();
  }
}
