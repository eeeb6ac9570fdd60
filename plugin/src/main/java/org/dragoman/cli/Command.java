package org.dragoman.cli;

import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** One command of the command line. */
interface Command {

  /** Its name, options and help. Built without annotations, whose reading costs a cold start. */
  CommandSpec spec();

  /**
   * Does it.
   *
   * @param out for the result
   * @param err for a refusal, unless it is printed as JSON
   */
  ExitCode run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure;
}
