package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.helper.Helper;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Installation;
import org.dragoman.os.MessageSocket;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman answer}: the fallback, one question from the standard input. */
final class AnswerCommand implements Command {
  private static final String REHEARSAL = "--rehearsal";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "answer",
            "Answer one question of dragoman-dm, which starts this where the helper does not"
                + " answer. Standard input is its socket.");
    spec.addOption(
        Options.flag(REHEARSAL, "Answer a sample instead, and print what the shim would be told."));
    spec.addOption(Options.config());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (arguments.hasMatchedOption(REHEARSAL)) {
      out.println(new Helper(configuration(arguments), err, Installation.version()).rehearse());
      return Exit.DONE;
    }
    try (MessageSocket connection = MessageSocket.inherited(0)) {
      try {
        HostConfiguration configuration =
            HostConfiguration.load(Options.config(arguments), Installation.ofThisProgram().state());
        new Helper(configuration, err, Installation.version()).answerOne(connection);
        return Exit.DONE;
      } catch (YamlException e) {
        Helper.fail(connection, e.getMessage().lines().toList());
        throw new Failure(Exit.POLICY, e.getMessage());
      }
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }

  private static HostConfiguration configuration(ParseResult arguments) throws Failure {
    try {
      return HostConfiguration.load(
          Options.config(arguments), Installation.ofThisProgram().state());
    } catch (YamlException e) {
      throw new Failure(Exit.POLICY, e.getMessage());
    }
  }
}
