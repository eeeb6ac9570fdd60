package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.host.Disabling;
import org.dragoman.host.Installation;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman disable}: takes the shim away again. */
final class DisableCommand implements Command {
  private static final String FORCE = "--force";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "disable",
            "Take the shim away, and put each device model back where it was, as it was.");
    spec.addOption(
        Options.flag(
            FORCE,
            "Also where the real device model is lost, or something else stands in its place; run"
                + " it without first, and read what it says."));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    try {
      return EnableCommand.print(
          Disabling.disable(Installation.ofThisProgram(), arguments.hasMatchedOption(FORCE)),
          out,
          err);
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }
}
