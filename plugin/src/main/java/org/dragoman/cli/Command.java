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
   * @param out for the result; messages of failures go elsewhere
   */
  Exit run(ParseResult arguments, PrintStream out) throws Failure;
}
