package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Pump;
import org.dragoman.stream.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman ssh}: ssh with a filter before its standard input, for {@code xl migrate -s}. */
final class SshCommand implements Command {
  private static final String SSH = "--ssh";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "ssh",
            "Run ssh HOST COMMAND, and translate the migration stream that goes to it as dragoman"
                + " filter does. For xl migrate -s 'dragoman ssh --to PRODUCT' DOMAIN HOST.");
    Filtering.options(spec, Options.to());
    // What follows the host is the other side's.
    spec.parser().stopAtPositional(true).unmatchedOptionsArePositionalParams(true);
    spec.addOption(
        OptionSpec.builder(SSH)
            .paramLabel("PROGRAM")
            .type(String.class)
            .description("What is run instead of ssh, with the same arguments; one word.")
            .build());
    spec.addPositional(
        PositionalParamSpec.builder()
            .index("0..*")
            .arity("1..*")
            .required(true)
            .paramLabel("HOST COMMAND")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("What ssh gets, from the first word on that is no option of these.")
            .build());
    return spec;
  }

  @Override
  public ExitCode run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Filtering filtering = Filtering.of(arguments);
    List<String> command = new ArrayList<>();
    command.add(arguments.matchedOptionValue(SSH, "ssh"));
    command.addAll(arguments.matchedPositionalValue(0, List.<String>of()));
    // Whoever ends this one ends that, too, and a migration with it; also one that is just started.
    CompletableFuture<Process> started = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> started.thenAccept(Process::destroy).join()));
    try {
      OwnedFd[] pipe = Pump.pipe();
      Process ssh;
      try (OwnedFd reading = pipe[0]) {
        ssh =
            new ProcessBuilder(command)
                .redirectInput(reading.path().toFile())
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT)
                .start();
      }
      started.complete(ssh);
      FutureTask<ExitCode> filter = new FutureTask<>(() -> filter(filtering, pipe[1], err));
      Thread thread = new Thread(filter);
      thread.setDaemon(true);
      thread.start();
      // Where the filter ends first, ssh sees the end of its input. Where ssh ends first, xl waits
      // for nobody any more but this one, and has nothing to say that would wake the filter.
      int status = ssh.waitFor();
      ExitCode filtered = result(filter);
      // Its own word counts, unless it took what was broken off for all.
      return status == 0 && filtered != null ? filtered : () -> status;
    } catch (IOException e) {
      started.cancel(false);
      throw new Failure(Exit.FILE, e.getMessage());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ExitCode filter(Filtering filtering, OwnedFd output, PrintStream err) {
    try (Pump pump = new Pump(OwnedFd.inherited(0), output)) {
      return filtering.run(pump, err);
    } catch (Failure e) {
      err.println("dragoman: " + Text.withoutControls(e.getMessage()));
      return e.exit();
    }
  }

  /** What became of the filter; null: it still waits for xl. */
  private static ExitCode result(FutureTask<ExitCode> filter) throws InterruptedException {
    try {
      return filter.get(1, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
