package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dragoman.image.RecordInside;
import org.dragoman.image.Restoring;
import org.dragoman.image.Rewriting;
import org.dragoman.os.InPlace;
import org.dragoman.os.Replacement;
import org.dragoman.os.WholeFile;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman rewrite}: makes of a stream one that another product reads. */
final class RewriteCommand implements Command {
  private static final String DRY_RUN = "--dry-run";
  private static final String IN_PLACE = "--in-place";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "rewrite",
            "Write a save file or a device-model stream so that another product reads what its"
                + " writer meant, or refuse with the reasons. OUTPUT appears complete or not at"
                + " all; INPUT is never changed, but with "
                + IN_PLACE
                + ".");
    spec.addOption(Options.to());
    spec.addOption(Options.from());
    spec.addOption(Options.topology());
    spec.addOption(
        Options.flag(DRY_RUN, "Show every edit and touch nothing. OUTPUT may be left out."));
    spec.addOption(
        Options.flag(
            IN_PLACE,
            "Change INPUT itself, and write nothing but what changes. Interrupted at any point, the"
                + " next run with this option finishes it."));
    spec.addOption(Options.json());
    spec.addOption(
        Options.flag(Options.QUIET, "Say nothing of what went well; --json is printed."));
    spec.addOption(Options.width());
    spec.addOption(Options.policies());
    spec.addPositional(Options.file("INPUT", "0", "The save file or stream."));
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
    boolean inPlace = arguments.hasMatchedOption(IN_PLACE);
    boolean quiet = arguments.hasMatchedOption(Options.QUIET);
    if (inPlace && output != null) {
      throw new Failure(Exit.USAGE, IN_PLACE + " and an OUTPUT do not go together");
    }
    if (output == null && !dryRun && !inPlace) {
      throw new Failure(Exit.USAGE, "rewrite needs an OUTPUT, " + IN_PLACE + " or " + DRY_RUN);
    }
    Policies policies = Options.load(arguments);
    Product to = Options.product(policies, arguments, Options.TO);
    Product from = Options.product(policies, arguments, Options.FROM);
    boolean replaces = false;
    if (output != null) {
      checkOutput(output, inputPath);
      replaces = Files.exists(output);
    }
    if (inPlace && !dryRun) {
      finish(inputPath, err);
    }
    Translator translator = new Translator(policies, Options.FROM);
    try (Input input =
        Input.open(
            inputPath, translator, Options.width(arguments), Options.keepsTopology(arguments))) {
      Rewriting rewriting = Rewriting.of(input.image(), translator, from, to);
      if (!rewriting.isRefused() && !dryRun) {
        write(
            input, inPlace ? null : output, rewriting, Progress.isWatched() && !quiet ? err : null);
      }
      List<String> notes = new ArrayList<>(rewriting.config().warnings());
      notes.addAll(Restoring.notes(input.image(), to, Options.releases(arguments, Options.TO, to)));
      if (arguments.hasMatchedOption(Options.JSON)) {
        Json.print(out, json -> json(json, input, rewriting, notes));
      } else if (rewriting.isRefused()) {
        refusal(err, input, rewriting);
      } else if (!quiet) {
        String written =
            dryRun
                ? "nothing was written (dry run)"
                : inPlace
                    ? rewriting.edits() == 0 ? "nothing was written" : "written to " + input.name()
                    : (replaces ? "replaced " : "written to ")
                        + Text.withoutControls(output.toString());
        text(out, input, rewriting, notes, written);
      }
      return rewriting.isRefused() ? Exit.REFUSED : Exit.DONE;
    }
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

  private static void finish(Path input, PrintStream err) throws Failure {
    try {
      if (InPlace.finish(input)) {
        err.println(
            "dragoman: "
                + Text.withoutControls(input.toString())
                + ": finished what an interrupted run had begun");
      }
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  /** To an output, or in place. */
  private static void write(Input input, Path output, Rewriting rewriting, PrintStream terminal)
      throws Failure {
    List<Replacement> replacements = rewriting.replacements();
    try {
      if (output != null) {
        long total = Replacement.sizeAfter(input.file().size(), replacements) >> 20;
        try (Progress progress = new Progress(terminal, "MiB")) {
          WholeFile.write(
              output, input.file(), replacements, done -> progress.at(done >> 20, total));
        }
      } else if (!replacements.isEmpty()) {
        InPlace.write(input.file(), rewriting.basis(), replacements);
      }
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  private static List<Product> from(Plan plan) {
    return plan instanceof Plan.Rewrite rewrite ? rewrite.from() : ((Plan.Refusal) plan).from();
  }

  private static String title(Plan plan) {
    String from =
        from(plan).isEmpty()
            ? "an unknown product"
            : from(plan).stream().map(Product::id).collect(Collectors.joining(" or "));
    return "from " + from + " to " + plan.target().id();
  }

  private static void text(
      PrintStream out, Input input, Rewriting rewriting, List<String> notes, String written) {
    if (!input.isBare()) {
      ContainerText.describe(out, input);
    }
    if (!rewriting.config().changes().isEmpty()) {
      out.println("Configuration: for " + rewriting.target().id());
      ContainerText.changes(out, rewriting.config());
    }
    for (Rewriting.Planned one : rewriting.records()) {
      out.println(
          subject(input, one) + ": " + (one.isLeft() ? "not translated" : title(one.plan())));
      if (one.plan() instanceof Plan.Rewrite rewrite) {
        edits(out, one.record().place().at(), rewrite);
      }
    }
    notes.forEach(note -> out.println("Note: " + note));
    int count = rewriting.edits();
    out.println(
        switch (rewriting.outcome()) {
              case "translated" -> count == 1 ? "1 edit" : count + " edits";
              case "unchanged" ->
                  rewriting.records().isEmpty()
                      ? "Unchanged: there is nothing to translate"
                      : "Unchanged: it can be read as it is";
              default -> "Not translated: left as it is";
            }
            + "; "
            + written);
  }

  private static void refusal(PrintStream err, Input input, Rewriting rewriting) {
    if (!input.isBare()) {
      ContainerText.describe(err, input);
    }
    if (!rewriting.config().reasons().isEmpty()) {
      err.println("Configuration: for " + rewriting.target().id());
      err.println("Refused; nothing was written:");
      rewriting
          .config()
          .reasons()
          .forEach(reason -> err.println("  " + Text.withoutControls(reason)));
    }
    for (Rewriting.Planned one : rewriting.records()) {
      err.println(
          subject(input, one) + ": " + (one.isLeft() ? "not translated" : title(one.plan())));
      if (one.plan() instanceof Plan.Refusal refusal) {
        err.println(
            one.record().isBare()
                ? "Refused; nothing was written:"
                : "Refused; nothing was written (offsets from the start of this stream):");
        refusal.reasons().forEach(reason -> err.println("  " + reason));
      }
    }
    err.println(Plan.Refusal.WHAT_TO_DO);
  }

  private static String subject(Input input, Rewriting.Planned one) {
    RecordInside stream = one.record();
    return stream.isBare()
        ? input.name()
        : "Device-model stream at " + Text.offset(stream.place().at());
  }

  private static void edits(PrintStream out, long start, Plan.Rewrite rewrite) {
    for (Edit edit : rewrite.edits()) {
      out.println(
          "  at "
              + Text.offset(start + edit.offset())
              + " ("
              + Text.printable(edit.section())
              + "): "
              + bytes(edit.removeHex())
              + " becomes "
              + bytes(edit.insertHex()));
      out.println("    " + edit.reason());
    }
    rewrite.warnings().forEach(warning -> out.println("  note: " + warning));
    if (rewrite.topology() != null) {
      rewrite.topology().inWords().forEach(line -> out.println("  needs: " + line));
    }
  }

  private static String bytes(String hex) {
    if (hex.isEmpty()) {
      return "nothing";
    }
    return hex.length() <= 64 ? hex : hex.substring(0, 64) + "… (" + hex.length() / 2 + " bytes)";
  }

  private static void json(JsonGenerator json, Input input, Rewriting rewriting, List<String> notes)
      throws IOException {
    json.writeStartObject();
    if (input.isBare()) {
      json(json, rewriting.records().get(0));
    } else {
      json.writeStringField("outcome", rewriting.outcome());
      json.writeStringField("to", rewriting.target().id());
      ContainerText.json(json, input.image());
      ContainerText.json(json, rewriting.config());
      Json.strings(json, "notes", notes);
      json.writeArrayFieldStart("records");
      for (Rewriting.Planned one : rewriting.records()) {
        json.writeStartObject();
        json.writeNumberField("offset", one.record().place().at());
        json.writeNumberField("length", one.record().octets().size());
        json(json, one);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  /** The fields of one stream; its edits' offsets are from its own start, and from the file's. */
  private static void json(JsonGenerator json, Rewriting.Planned one) throws IOException {
    Plan plan = one.plan();
    json.writeStringField("outcome", one.outcome());
    Json.strings(json, "from", from(plan).stream().map(Product::id).toList());
    json.writeStringField("to", plan.target().id());
    json.writeArrayFieldStart("edits");
    if (plan instanceof Plan.Rewrite rewrite) {
      for (Edit edit : rewrite.edits()) {
        json.writeStartObject();
        json.writeNumberField("offset", edit.offset());
        json.writeNumberField("fileOffset", one.record().place().at() + edit.offset());
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
  }
}
