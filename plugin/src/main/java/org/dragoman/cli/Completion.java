package org.dragoman.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes the completion for bash. The build runs it, so that it always fits the commands. */
final class Completion {
  private Completion() {}

  /**
   * Writes it.
   *
   * @param arguments the file to write
   */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(
        Path.of(arguments[0]), AutoComplete.bash("dragoman", new CommandLine(Main.spec())));
  }
}
