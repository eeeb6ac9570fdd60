package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Mode;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Pump;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman filter}: translates a save file or a migration stream on its way in a pipe. */
final class FilterCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "filter",
            "Pass a save file or a migration stream from standard input to standard output, and"
                + " write the device-model streams in it so that another product reads what their"
                + " writer meant. One that cannot be ends it before its reader takes it for whole.");
    Filtering.options(
        spec,
        Options.product(
            Options.TO,
            "The product that shall read it. Without it, this host's configuration says what is"
                + " done, and the audit log gets a line for each stream.",
            false));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (arguments.hasMatchedOption(Options.TO)) {
      if (arguments.hasMatchedOption(HostOptions.CONFIG)) {
        throw new Failure(Exit.USAGE, "either --to or --config: the configuration has a target");
      }
      return run(Filtering.of(arguments), err);
    }
    if (arguments.hasMatchedOption(Options.POLICIES)) {
      throw new Failure(
          Exit.USAGE, "--policies goes with --to: the host's configuration has its own");
    }
    if (arguments.hasMatchedOption(Options.TOPOLOGY)) {
      throw new Failure(
          Exit.USAGE, "--topology goes with --to: the host's configuration has its own");
    }
    HostConfiguration configuration = HostOptions.load(arguments);
    if (configuration.settings().mode() == Mode.OFF) {
      return pass();
    }
    HostChoice choice = HostChoice.of(configuration, arguments, err);
    return run(Filtering.of(arguments, choice.translator(), choice, choice), err);
  }

  private static Exit run(Filtering filtering, PrintStream err) throws Failure {
    try (Pump pump = new Pump(OwnedFd.inherited(0), OwnedFd.inherited(1))) {
      return filtering.run(pump, err);
    }
  }

  private static Exit pass() throws Failure {
    try (Pump pump = new Pump(OwnedFd.inherited(0), OwnedFd.inherited(1))) {
      pump.move(Long.MAX_VALUE);
      return Exit.DONE;
    } catch (Pump.NobodyReadsException e) {
      // How much its reader wanted is not known here.
      return Exit.DONE;
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }
}
