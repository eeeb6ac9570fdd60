package org.dragoman.cli;

import java.io.PrintStream;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Pump;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman filter}: translates a save file or a migration stream on its way in a pipe. */
final class FilterCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "filter",
            "Pass a save file or a migration stream from standard input to standard output, and"
                + " write the device-model streams in it so that another product reads what their"
                + " writer meant. One that cannot be ends it before its reader takes it for whole.");
    Filtering.options(spec);
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Filtering filtering = Filtering.of(arguments);
    try (Pump pump = new Pump(OwnedFd.inherited(0), OwnedFd.inherited(1))) {
      return filtering.run(pump, err);
    }
  }
}
