package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.dragoman.helper.Helper;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Installation;
import org.dragoman.os.MessageSocket;
import org.dragoman.os.Processes;
import org.dragoman.os.Signals;
import org.dragoman.stream.Text;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman serve}: the helper. */
final class ServeCommand implements Command {
  /** As many restores may wait as a host can have domains. */
  private static final int BACKLOG = 1024;

  /** The first descriptor that systemd hands over. Source: sd_listen_fds(3). */
  private static final int FIRST_HANDED_OVER = 3;

  private static final int MANY = 10_000;
  private static final String REHEARSALS = "--rehearsals";

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "serve",
            "Be the helper: answer the questions of dragoman-dm until the end. SIGHUP reloads the"
                + " configuration and the policies. Not as root.");
    spec.addOption(
        OptionSpec.builder(REHEARSALS)
            .paramLabel("N")
            .type(int.class)
            .description(
                "How often to answer a sample after the start, so that questions find compiled"
                    + " code; for six seconds at most. Default: "
                    + MANY
                    + ".")
            .build());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    if (Processes.effectiveUser() == 0) {
      throw new Failure(
          Exit.USAGE,
          "serve reads bytes that other hosts sent, and must not run as root. Start it with"
              + " systemctl start dragoman, with /etc/init.d/dragoman start, or as another user");
    }
    Path file = HostOptions.file(arguments);
    Path state = Installation.ofThisProgram().state();
    HostConfiguration configuration = HostOptions.load(arguments);
    Path own = handedOver() ? null : configuration.settings().socket();
    if (own != null && !Files.isDirectory(own.toAbsolutePath().getParent())) {
      Path folder = own.toAbsolutePath().getParent();
      throw new Failure(
          Exit.FILE,
          folder
              + ": no such folder, which the helper's socket shall be in: run, as root, `install -d -o "
              + configuration.settings().helperUser()
              + " "
              + folder
              + "`");
    }
    try (MessageSocket listener =
        own == null
            ? MessageSocket.inherited(FIRST_HANDED_OVER)
            : MessageSocket.listen(own, BACKLOG)) {
      CountDownLatch end = new CountDownLatch(1);
      Signals.on("TERM", end::countDown);
      Signals.on("INT", end::countDown);
      Helper helper = new Helper(configuration, err, Installation.version());
      Signals.on("HUP", () -> reload(helper, file, state, err));
      helper.serve(listener);
      say(err, "ready, " + helper.target());
      int rehearsals = helper.warmUp(arguments.matchedOptionValue(REHEARSALS, MANY));
      say(err, "warm, after " + rehearsals + " answers to a sample");
      end.await();
      if (own != null) {
        Files.deleteIfExists(own);
      }
      return Exit.DONE;
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Exit.DONE;
    }
  }

  private static boolean handedOver() {
    return "1".equals(System.getenv("LISTEN_FDS"))
        && Long.toString(ProcessHandle.current().pid()).equals(System.getenv("LISTEN_PID"));
  }

  private static void reload(Helper helper, Path file, Path state, PrintStream err) {
    try {
      helper.reload(HostConfiguration.load(file, state));
      say(err, "reloaded, " + helper.target());
    } catch (YamlException e) {
      e.getMessage().lines().forEach(line -> say(err, line));
      say(err, "not reloaded: what was loaded before stays");
    }
  }

  private static void say(PrintStream err, String message) {
    err.println("dragoman: " + Text.withoutControls(message));
  }
}
