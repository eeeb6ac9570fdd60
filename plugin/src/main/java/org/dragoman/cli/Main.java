package org.dragoman.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dragoman.stream.Text;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code dragoman}. */
public final class Main {
  /** By name, in the order of the help. */
  private static final Map<String, Command> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("inspect", new InspectCommand());
    COMMANDS.put("rewrite", new RewriteCommand());
    COMMANDS.put("filter", new FilterCommand());
    COMMANDS.put("ssh", new SshCommand());
    COMMANDS.put("audit", new AuditCommand());
    COMMANDS.put("policy", new PolicyCommand());
    COMMANDS.put("config", new ConfigCommand());
    COMMANDS.put("enable", new EnableCommand());
    COMMANDS.put("disable", new DisableCommand());
    COMMANDS.put("status", new StatusCommand());
    COMMANDS.put("doctor", new DoctorCommand());
    COMMANDS.put("log", new LogCommand());
    COMMANDS.put("serve", new ServeCommand());
    COMMANDS.put("answer", new AnswerCommand());
  }

  private Main() {}

  /** Runs the program and ends the process with its exit code. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code = run(arguments, out, err);
    out.flush();
    if (out.checkError()) {
      err.println(
          "dragoman: standard output cannot be written, and not all of it is there"
              + (code == Exit.DONE.code() ? "; but for that, what was asked for is done" : ""));
      code = Exit.FILE.code();
    }
    System.exit(code);
  }

  /**
   * Runs the program.
   *
   * @param out for results
   * @param err for everything else
   * @return the exit code
   */
  public static int run(String[] arguments, PrintStream out, PrintStream err) {
    CommandLine line = new CommandLine(spec());
    boolean json = Arrays.asList(arguments).contains(Options.JSON);
    try {
      ParseResult parsed = line.parseArgs(arguments);
      Integer helped = CommandLine.executeHelpRequest(parsed);
      if (helped != null) {
        return helped;
      }
      if (!parsed.hasSubcommand()) {
        line.usage(err);
        return Exit.USAGE.code();
      }
      ParseResult sub = parsed.subcommand();
      return COMMANDS.get(sub.commandSpec().name()).run(sub, out, err).code();
    } catch (ParameterException e) {
      int code = failed(new Failure(Exit.USAGE, wrongUsage(e, arguments)), json, out, err);
      err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
      return code;
    } catch (Failure e) {
      return failed(e, json, out, err);
    } catch (RuntimeException | LinkageError | VirtualMachineError e) {
      int code =
          failed(
              new Failure(
                  Exit.BUG, "a bug; please report it with this text and, if you may, the stream"),
              json,
              out,
              err);
      e.printStackTrace(err);
      return code;
    }
  }

  private static String wrongUsage(ParameterException e, String[] arguments) {
    if (e instanceof MissingParameterException) {
      // A file that is taken for an option is missing as a file.
      return e.getMessage()
          + Arrays.stream(arguments)
              .filter(one -> one.matches("-[^-].+"))
              .map(one -> "; for a file named " + one + ", give ./" + one)
              .findFirst()
              .orElse("");
    }
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return e.getMessage();
    }
    String first = unmatched.getUnmatched().get(0);
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    if (spec.parent() == null) {
      return "no command '" + first + "'; there are " + String.join(", ", shown(spec));
    }
    if (!first.startsWith("-")) {
      return spec.subcommands().isEmpty()
          ? "one argument too many: '" + first + "'"
          : e.getMessage();
    }
    return "unknown option '"
        + first
        + "'"
        + (first.startsWith("--") ? "" : "; for a file named " + first + ", give ./" + first);
  }

  /** The commands that are for people. */
  private static List<String> shown(CommandSpec spec) {
    return spec.subcommands().entrySet().stream()
        .filter(one -> !one.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int failed(Failure failure, boolean json, PrintStream out, PrintStream err) {
    failure
        .getMessage()
        .lines()
        .forEach(line -> err.println("dragoman: " + Text.withoutControls(line)));
    if (json) {
      Json.print(
          out,
          generator -> {
            generator.writeStartObject();
            generator.writeObjectFieldStart("error");
            generator.writeNumberField("exit", failure.exit().code());
            generator.writeStringField("message", failure.getMessage());
            if (failure.offset() >= 0) {
              generator.writeNumberField("offset", failure.offset());
            }
            generator.writeEndObject();
            generator.writeEndObject();
          });
    }
    return failure.exit().code();
  }

  /** This program and its version. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return "dragoman " + (version == null ? "(not packaged)" : version);
  }

  /** The whole command line. */
  static CommandSpec spec() {
    CommandSpec spec =
        Options.command("dragoman", "Xen device-model streams, read as their writer meant them.");
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Show the version and exit.")
            .build());
    spec.versionProvider(() -> new String[] {version()});
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    spec.usageMessage()
        .footer(
            "",
            "Exit codes: 0 done; 1 a bug; 2 wrong usage; 3 not a stream, or damaged; 4 refused; 5 a"
                + " policy or the configuration is wrong; 6 input or output failed, or something is"
                + " not well.");
    COMMANDS.forEach((name, command) -> spec.addSubcommand(name, command.spec()));
    return spec;
  }
}
