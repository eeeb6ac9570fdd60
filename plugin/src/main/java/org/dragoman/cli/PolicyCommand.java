package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dragoman.image.RecordInside;
import org.dragoman.image.Rewriting;
import org.dragoman.policy.Example;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.Rebuilding;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman policy}: what the policies say, and whether they are right. */
final class PolicyCommand implements Command {
  /** Where the launcher says that the shipped policies and their examples are. */
  private static final String SHIPPED_FOLDER = "dragoman.policies";

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Options.command("policy", "Show, check and test policies.");
    CommandSpec list = Options.command("list", "List the products.");
    CommandSpec show = Options.command("show", "Show what one product writes and reads.");
    show.addPositional(
        PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel("PRODUCT")
            .type(String.class)
            .description("Name and version, like xen-4.4, or an id that `list` prints.")
            .build());
    CommandSpec check =
        Options.command(
            "check",
            "Check a folder of policies: each file, and the set of it and the shipped ones.");
    check.addPositional(folder());
    CommandSpec test =
        Options.command("test", "Run the examples of a folder of policies, or the shipped ones.");
    test.addPositional(folder());
    for (CommandSpec sub : List.of(list, show, check, test)) {
      sub.addOption(Options.json());
      sub.addOption(Options.policies());
      spec.addSubcommand(sub.name(), sub);
    }
    return spec;
  }

  private static PositionalParamSpec folder() {
    return Options.file("[DIR]", "0", "The folder, with devices, products or examples in it.")
        .toBuilder()
        .arity("0..1")
        .required(false)
        .build();
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (!arguments.hasSubcommand()) {
      throw new Failure(Exit.USAGE, "policy: say list, show, check or test");
    }
    ParseResult sub = arguments.subcommand();
    boolean json = sub.hasMatchedOption(Options.JSON);
    return switch (sub.commandSpec().name()) {
      case "list" -> list(Options.load(sub), json, out);
      case "show" -> show(Options.load(sub), sub.matchedPositionalValue(0, ""), json, out);
      case "check" -> check(folders(sub), json, out);
      case "test" -> test(sub, json, out);
      default -> throw new IllegalStateException(sub.commandSpec().name());
    };
  }

  private static List<Path> folders(ParseResult arguments) {
    List<Path> folders =
        new ArrayList<>(arguments.matchedOptionValue(Options.POLICIES, List.<Path>of()));
    Path folder = arguments.matchedPositionalValue(0, (Path) null);
    if (folder != null) {
      folders.add(folder);
    }
    return folders;
  }

  private static Exit list(Policies policies, boolean json, PrintStream out) {
    if (json) {
      Json.print(
          out,
          generator -> {
            generator.writeStartArray();
            for (Product product : policies.all()) {
              generator.writeStartObject();
              identity(generator, product);
              generator.writeEndObject();
            }
            generator.writeEndArray();
          });
      return Exit.DONE;
    }
    for (Product product : policies.all()) {
      out.printf("%-22s %s%n", product.id(), Text.withoutControls(product.title()));
    }
    return Exit.DONE;
  }

  private static void identity(JsonGenerator json, Product product) throws IOException {
    json.writeStringField("id", product.id());
    json.writeStringField("name", product.name());
    json.writeStringField("first", product.first().toString());
    json.writeStringField("last", product.last().toString());
    json.writeStringField("title", product.title());
    json.writeStringField("file", product.file());
  }

  private static Exit show(Policies policies, String name, boolean json, PrintStream out)
      throws Failure {
    Product product;
    try {
      product = policies.described(name);
    } catch (UnknownProductException e) {
      throw new Failure(Exit.USAGE, e.getMessage());
    }
    if (json) {
      Json.print(out, generator -> showJson(generator, product));
      return Exit.DONE;
    }
    out.println(
        product.id() + ": " + Text.withoutControls(product.title() + "  (" + product.file() + ")"));
    if (product.story() != null) {
      out.println();
      out.println(wrapped(Text.withoutControls(product.story()), 96));
    }
    out.println();
    String row =
        "%%-22s %%-%ds %%-%ds %%-12s %%-24s %%s%%n"
            .formatted(
                widest(product, Product.Statement::idstr),
                widest(product, Product.Statement::instance));
    out.printf(row, "device", "idstr", "instance", "writes", "reads", "source");
    for (Product.Statement statement : product.statements()) {
      out.printf(
          row,
          statement.device(),
          statement.idstr(),
          statement.instance(),
          labels(statement.writes()),
          labels(statement.reads()),
          statement.source());
    }
    out.println("(label: content; a device without one is never written, or never read)");
    if (!product.drops().isEmpty()) {
      out.println();
      out.println("left out for it:");
      product
          .drops()
          .forEach(
              (device, because) ->
                  out.println("  " + device + ": " + Text.withoutControls(because)));
    }
    if (product.rebuilding() != null) {
      showRebuilding(product.rebuilding(), out);
    }
    out.println();
    out.println("sources:");
    product
        .sources()
        .forEach(
            (key, source) ->
                out.println(
                    "  "
                        + key
                        + " ("
                        + source.sure()
                        + "): "
                        + Text.withoutControls(source.from())));
    return Exit.DONE;
  }

  private static int widest(Product product, Function<Product.Statement, String> column) {
    return product.statements().stream()
        .mapToInt(statement -> column.apply(statement).length())
        .max()
        .orElse(1);
  }

  private static void showRebuilding(Rebuilding rebuilding, PrintStream out) {
    out.println();
    out.println("rebuilt for it, from what the traditional device model wrote:");
    new TreeMap<>(rebuilding.sections())
        .forEach(
            (device, rebuilt) ->
                out.println(
                    "  "
                        + device
                        + ": as "
                        + rebuilt.into().name()
                        + ", label "
                        + rebuilt.label()));
    new TreeMap<>(rebuilding.merged())
        .forEach((device, into) -> out.println("  " + device + ": goes into " + into));
    rebuilding.added().forEach(added -> out.println("  " + added.device().name() + ": is made"));
    out.println();
    out.println("what it cannot have:");
    new TreeMap<>(rebuilding.refused())
        .forEach(
            (device, reason) -> out.println("  " + device + ": " + Text.withoutControls(reason)));
    out.println();
    out.println("what a guest loses, where it has it:");
    rebuilding.losses().forEach(loss -> out.println("  " + Text.withoutControls(loss.what())));
  }

  private static String labels(Map<Long, String> labels) {
    return labels.isEmpty()
        ? "-"
        : labels.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue())
            .collect(Collectors.joining(", "));
  }

  private static String wrapped(String text, int width) {
    StringBuilder lines = new StringBuilder();
    int column = 0;
    for (String word : text.split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > width) {
        lines.append(System.lineSeparator());
        column = 0;
      }
      lines.append(column == 0 ? "" : " ").append(word);
      column += (column == 0 ? 0 : 1) + word.length();
    }
    return lines.toString();
  }

  private static void showJson(JsonGenerator json, Product product) throws IOException {
    json.writeStartObject();
    identity(json, product);
    json.writeArrayFieldStart("sections");
    for (Product.Statement statement : product.statements()) {
      json.writeStartObject();
      json.writeStringField("device", statement.device());
      json.writeStringField("idstr", statement.idstr());
      json.writeStringField("instance", statement.instance());
      labels(json, "writes", statement.writes());
      labels(json, "reads", statement.reads());
      json.writeStringField("sure", product.sources().get(statement.source()).sure());
      json.writeStringField("source", product.sources().get(statement.source()).from());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("drops");
    for (Map.Entry<String, String> drop : product.drops().entrySet()) {
      json.writeStringField(drop.getKey(), drop.getValue());
    }
    json.writeEndObject();
    if (product.rebuilding() != null) {
      rebuildingJson(json, product.rebuilding());
    }
    json.writeEndObject();
  }

  private static void rebuildingJson(JsonGenerator json, Rebuilding rebuilding) throws IOException {
    json.writeObjectFieldStart("rebuilds");
    for (Map.Entry<String, Rebuilding.Rebuilt> one :
        new TreeMap<>(rebuilding.sections()).entrySet()) {
      json.writeObjectFieldStart(one.getKey());
      json.writeStringField("into", one.getValue().into().name());
      json.writeNumberField("label", one.getValue().label());
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("merges");
    for (Map.Entry<String, String> one : new TreeMap<>(rebuilding.merged()).entrySet()) {
      json.writeStringField(one.getKey(), one.getValue());
    }
    json.writeEndObject();
    json.writeObjectFieldStart("refuses");
    for (Map.Entry<String, String> one : new TreeMap<>(rebuilding.refused()).entrySet()) {
      json.writeStringField(one.getKey(), one.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("loses");
    for (Rebuilding.Loss loss : rebuilding.losses()) {
      json.writeString(loss.what());
    }
    json.writeEndArray();
  }

  private static void labels(JsonGenerator json, String name, Map<Long, String> labels)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<Long, String> label : labels.entrySet()) {
      json.writeStringField(label.getKey().toString(), label.getValue());
    }
    json.writeEndObject();
  }

  private static Exit check(List<Path> folders, boolean json, PrintStream out) throws Failure {
    Policies policies = Options.load(folders);
    List<String> wrong = new ArrayList<>();
    policies.examples().forEach(example -> wrongNames(policies, example, wrong));
    if (!wrong.isEmpty()) {
      throw new Failure(Exit.POLICY, String.join("\n", wrong));
    }
    int devices = policies.devices().size();
    int products = policies.all().size();
    if (json) {
      Json.print(
          out,
          generator -> {
            generator.writeStartObject();
            generator.writeNumberField("devices", devices);
            generator.writeNumberField("products", products);
            generator.writeNumberField("examples", policies.examples().size());
            generator.writeEndObject();
          });
    } else {
      out.println(
          devices
              + " devices, "
              + products
              + " products, "
              + policies.examples().size()
              + " examples: nothing wrong");
    }
    return Exit.DONE;
  }

  /** What an example names and is not there. */
  private static void wrongNames(Policies policies, Example example, List<String> wrong) {
    if (!Files.isRegularFile(example.stream())) {
      wrong.add(example.place() + ": there is no file " + example.stream());
    }
    List<String> products = new ArrayList<>(List.of(example.to()));
    if (example.from() != null) {
      products.add(example.from());
    }
    if (example.explainedBy() != null) {
      products.addAll(example.explainedBy());
    }
    for (String product : products) {
      try {
        policies.product(product);
      } catch (UnknownProductException e) {
        wrong.add(example.place() + ": " + e.getMessage());
      }
    }
  }

  /** What came of one example: null in {@code failure} where it is as it says. */
  private record Tried(Example example, String failure) {}

  private static Exit test(ParseResult arguments, boolean json, PrintStream out) throws Failure {
    List<Path> folders = folders(arguments);
    if (folders.isEmpty()) {
      String shipped = System.getProperty(SHIPPED_FOLDER);
      if (shipped == null || !Files.isDirectory(Path.of(shipped))) {
        throw new Failure(
            Exit.FILE, "the shipped policies' examples are not installed; give a DIR");
      }
      folders.add(Path.of(shipped));
    }
    Policies policies = Options.load(folders);
    if (policies.examples().isEmpty()) {
      throw new Failure(
          Exit.POLICY,
          folders.get(folders.size() - 1)
              + ": no examples: expected files in a folder 'examples' there");
    }
    List<Tried> results = new ArrayList<>();
    for (Example example : policies.examples()) {
      results.add(new Tried(example, failure(policies, example)));
    }
    long failed = results.stream().filter(result -> result.failure() != null).count();
    if (json) {
      Json.print(out, generator -> testJson(generator, results));
    } else {
      for (Tried result : results) {
        Example example = result.example();
        out.println(
            (result.failure() == null ? "ok      " : "FAILED  ")
                + example.stream().getFileName()
                + " to "
                + example.to()
                + ": "
                + example.outcome());
        if (result.failure() != null) {
          out.println("        " + example.place() + ": " + result.failure());
        }
      }
      out.println(results.size() - failed + " passed, " + failed + " failed");
    }
    return failed == 0 ? Exit.DONE : Exit.POLICY;
  }

  private static void testJson(JsonGenerator json, List<Tried> results) throws IOException {
    json.writeStartArray();
    for (Tried result : results) {
      json.writeStartObject();
      json.writeStringField("place", result.example().place());
      json.writeBooleanField("passed", result.failure() == null);
      json.writeStringField("failure", result.failure());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static String failure(Policies policies, Example example) {
    Plan plan;
    Verdict verdict;
    Translator translator = new Translator(policies, "'from'");
    try (Input input = Input.open(example.stream(), translator, 0)) {
      RecordInside stream = input.bare();
      Product from = example.from() == null ? null : policies.product(example.from());
      plan = stream.plan(translator, from, policies.product(example.to()));
      verdict = stream.verdict();
      if (verdict == null) {
        return String.join("; ", ((Plan.Refusal) plan).reasons());
      }
    } catch (Failure | UnknownProductException e) {
      return e.getMessage();
    }
    List<String> explained =
        verdict.explanations().stream().map(one -> one.product().id()).toList();
    if (example.explainedBy() != null
        && !new HashSet<>(explained).equals(new HashSet<>(example.explainedBy()))) {
      return "found explained_by " + explained + ", expected " + example.explainedBy();
    }
    String outcome = Rewriting.outcome(plan);
    if (!outcome.equals(example.outcome())) {
      return "found "
          + outcome
          + ", expected "
          + example.outcome()
          + (plan instanceof Plan.Refusal refusal
              ? ": " + String.join("; ", refusal.reasons())
              : "");
    }
    if (example.reason() != null
        && !(plan instanceof Plan.Refusal refusal
            && refusal.reasons().stream().anyMatch(reason -> reason.contains(example.reason())))) {
      return "no reason says '" + example.reason() + "'";
    }
    return example.edits() == null ? null : differentEdits(example.edits(), plan);
  }

  private static String differentEdits(List<Example.Edit> expected, Plan plan) {
    List<Edit> edits = plan instanceof Plan.Rewrite rewrite ? rewrite.edits() : List.of();
    List<Example.Edit> found =
        edits.stream()
            .map(edit -> new Example.Edit(edit.offset(), edit.removeHex(), edit.insertHex()))
            .toList();
    return found.equals(expected) ? null : "found edits " + found + ", expected " + expected;
  }
}
