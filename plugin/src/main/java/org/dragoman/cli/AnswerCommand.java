package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.helper.Helper;
import org.dragoman.host.Installation;
import org.dragoman.os.MessageSocket;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman answer}: the fallback, one question from the standard input. */
final class AnswerCommand implements Command {
  private static final String REHEARSAL = "--rehearsal";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "answer",
            "Answer one question of dragoman-dm, which starts this where the helper does not"
                + " answer. Standard input is its socket.");
    spec.usageMessage().hidden(true);
    spec.addOption(
        Options.flag(REHEARSAL, "Answer a sample instead, and print what the shim would be told."));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (arguments.hasMatchedOption(REHEARSAL)) {
      out.println(helper(arguments, err).rehearse());
      return Exit.DONE;
    }
    try (MessageSocket connection = MessageSocket.inherited(0)) {
      try {
        helper(arguments, err).answerOne(connection);
        return Exit.DONE;
      } catch (Failure e) {
        Helper.fail(connection, e.getMessage().lines().toList());
        throw e;
      }
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }

  private static Helper helper(ParseResult arguments, PrintStream err) throws Failure {
    return new Helper(HostOptions.load(arguments), err, Installation.version());
  }
}
