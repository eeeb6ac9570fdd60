package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.dragoman.host.Enabling;
import org.dragoman.host.Installation;
import org.dragoman.host.Outcome;
import org.dragoman.stream.Text;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman enable}: puts the shim in front of the host's device models. */
final class EnableCommand implements Command {
  private static final String PER_DOMAIN = "--per-domain";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "enable",
            "Put the shim in front of the device models, so that every restore and every incoming"
                + " migration goes through Dragoman; or bring it and its settings up to date.");
    spec.addOption(
        Options.flag(
            PER_DOMAIN,
            "Divert nothing; install the shim aside, and print the lines by which single domains"
                + " name it."));
    spec.addPositional(
        PositionalParamSpec.builder()
            .index("0..*")
            .arity("0..*")
            .required(false)
            .paramLabel("DEVICE_MODEL")
            .type(List.class)
            .auxiliaryTypes(Path.class)
            .description(
                "The programs that the toolstack starts. Default: those that the configuration"
                    + " names, or else those that it was run for before, or else those in the known"
                    + " places.")
            .build());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    try {
      return print(
          Enabling.enable(
              Installation.ofThisProgram(),
              HostOptions.file(arguments),
              arguments.matchedPositionalValue(0, List.<Path>of()),
              arguments.hasMatchedOption(PER_DOMAIN)),
          out,
          err);
    } catch (YamlException e) {
      throw new Failure(Exit.POLICY, e.getMessage());
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }

  /** Prints what came of a change of the host. */
  static Exit print(Outcome outcome, PrintStream out, PrintStream err) {
    outcome.done().forEach(line -> out.println(Text.withoutControls(line)));
    if (!outcome.next().isEmpty()) {
      out.println("Next:");
      outcome.next().forEach(line -> out.println("  " + Text.withoutControls(line)));
    }
    outcome.problems().forEach(line -> err.println("dragoman: " + Text.withoutControls(line)));
    return outcome.problems().isEmpty() ? Exit.DONE : Exit.FILE;
  }
}
