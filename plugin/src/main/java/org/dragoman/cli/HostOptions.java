package org.dragoman.cli;

import java.nio.file.Path;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Installation;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** What the commands that are about the host have in common. */
final class HostOptions {
  static final String CONFIG = "--config";

  private HostOptions() {}

  /** A command with the option that all of them have. */
  static CommandSpec command(String name, String description) {
    CommandSpec spec = Options.command(name, description);
    spec.addOption(
        OptionSpec.builder(CONFIG)
            .paramLabel("FILE")
            .type(Path.class)
            .arity("1")
            .description("The host's configuration. Default: /etc/dragoman/dragoman.yaml.")
            .build());
    return spec;
  }

  static Path file(ParseResult arguments) {
    return arguments.matchedOptionValue(CONFIG, Installation.configuration()).toAbsolutePath();
  }

  static HostConfiguration load(ParseResult arguments) throws Failure {
    try {
      return HostConfiguration.load(file(arguments), Installation.ofThisProgram().state());
    } catch (YamlException e) {
      throw new Failure(Exit.POLICY, e.getMessage());
    }
  }
}
