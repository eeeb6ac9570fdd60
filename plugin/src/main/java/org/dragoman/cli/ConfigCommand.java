package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.dragoman.host.Feasibility;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Settings;
import org.dragoman.host.SourceRule;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.Text;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman config}: whether the host's configuration is right, and what it comes to. */
final class ConfigCommand implements Command {
  private static final int MS = 1000;

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Options.command("config", "Check the host's configuration.");
    CommandSpec check =
        HostOptions.command(
            "check",
            "Check the host's configuration and its policies, and print what holds. Nothing is"
                + " changed.");
    check.addOption(Options.json());
    check.addPositional(
        Options.file("[FILE]", "0", "The configuration. Default: that of --config.").toBuilder()
            .arity("0..1")
            .required(false)
            .build());
    spec.addSubcommand("check", check);
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (!arguments.hasSubcommand()) {
      throw new Failure(Exit.USAGE, "config: say check");
    }
    ParseResult sub = arguments.subcommand();
    Path file = sub.matchedPositionalValue(0, HostOptions.file(sub)).toAbsolutePath();
    HostConfiguration configuration;
    try {
      configuration = HostConfiguration.read(file);
    } catch (YamlException e) {
      throw new Failure(Exit.POLICY, e.getMessage());
    }
    Feasibility feasibility;
    try {
      feasibility = Feasibility.of(configuration.settings());
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
    if (!feasibility.problems().isEmpty()) {
      throw new Failure(Exit.POLICY, file + ": " + String.join("; ", feasibility.problems()));
    }
    if (sub.hasMatchedOption(Options.JSON)) {
      Json.print(out, json -> json(json, configuration, feasibility.warnings()));
    } else {
      text(out, configuration);
    }
    feasibility
        .warnings()
        .forEach(warning -> err.println("dragoman: warning: " + Text.withoutControls(warning)));
    return Exit.DONE;
  }

  private static void text(PrintStream out, HostConfiguration configuration) {
    Settings settings = configuration.settings();
    out.println("mode: " + settings.mode().word());
    out.println("target: " + configuration.targetInWords());
    out.println("source:");
    out.println("  default: " + id(settings.source(), "none"));
    if (!settings.sourceRules().isEmpty()) {
      out.println("  rules:");
      for (SourceRule rule : settings.sourceRules()) {
        out.println(
            "    - {"
                + (rule.name() == null ? "" : "name: \"" + rule.name() + "\", ")
                + (rule.uuid() == null ? "" : "uuid: \"" + rule.uuid() + "\", ")
                + "product: "
                + rule.product().id()
                + "}");
      }
    }
    out.println("on-failure: " + settings.onFailure().word());
    out.println("topology: " + settings.topology().word());
    out.println("every-stream: " + settings.everyStream());
    out.println("deadline-seconds: " + seconds(settings.deadlineMs()));
    out.println("helper:");
    out.println("  socket: " + settings.socket());
    out.println("  user: " + settings.helperUser());
    out.println("  seconds: " + seconds(settings.helperMs()));
    out.println("limits:");
    out.println("  stream-mib: " + (settings.maxStreamBytes() >> 20));
    out.println("  parallel: " + settings.parallel());
    out.println("audit-log: " + (settings.auditLog() == null ? "none" : settings.auditLog()));
    out.println("policies: " + settings.policyFolders());
    out.println("device-models: " + settings.deviceModels());
  }

  private static String seconds(int ms) {
    return ms % MS == 0 ? Integer.toString(ms / MS) : Double.toString(ms / (double) MS);
  }

  private static String id(Product product, String otherwise) {
    return product == null ? otherwise : product.id();
  }

  private static void json(
      JsonGenerator json, HostConfiguration configuration, List<String> warnings)
      throws IOException {
    Settings settings = configuration.settings();
    json.writeStartObject();
    json.writeStringField("file", configuration.file().toString());
    json.writeStringField("mode", settings.mode().word());
    json.writeObjectFieldStart("target");
    json.writeStringField("configured", id(settings.target(), "auto"));
    try {
      json.writeStringField("product", configuration.target().id());
    } catch (UnknownProductException e) {
      json.writeStringField("product", null);
    }
    json.writeEndObject();
    json.writeObjectFieldStart("source");
    json.writeStringField("default", id(settings.source(), null));
    json.writeArrayFieldStart("rules");
    for (SourceRule rule : settings.sourceRules()) {
      json.writeStartObject();
      json.writeStringField("name", rule.name());
      json.writeStringField("uuid", rule.uuid());
      json.writeStringField("product", rule.product().id());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeStringField("onFailure", settings.onFailure().word());
    json.writeStringField("topology", settings.topology().word());
    json.writeBooleanField("everyStream", settings.everyStream());
    json.writeNumberField("deadlineMs", settings.deadlineMs());
    json.writeObjectFieldStart("helper");
    json.writeStringField("socket", settings.socket().toString());
    json.writeStringField("user", settings.helperUser());
    json.writeNumberField("ms", settings.helperMs());
    json.writeEndObject();
    json.writeObjectFieldStart("limits");
    json.writeNumberField("streamBytes", settings.maxStreamBytes());
    json.writeNumberField("parallel", settings.parallel());
    json.writeEndObject();
    json.writeStringField(
        "auditLog", settings.auditLog() == null ? null : settings.auditLog().toString());
    Json.strings(json, "policies", texts(settings.policyFolders()));
    Json.strings(json, "deviceModels", texts(settings.deviceModels()));
    Json.strings(json, "warnings", warnings);
    json.writeEndObject();
  }

  private static List<String> texts(List<Path> paths) {
    return paths.stream().map(Path::toString).toList();
  }
}
