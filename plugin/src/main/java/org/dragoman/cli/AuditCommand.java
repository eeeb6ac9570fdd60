package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.dragoman.audit.Audit;
import org.dragoman.audit.AuditFinding;
import org.dragoman.audit.AuditOutcome;
import org.dragoman.audit.Ledger;
import org.dragoman.audit.Question;
import org.dragoman.audit.Report;
import org.dragoman.audit.Tally;
import org.dragoman.os.WholeFile;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman audit}: what would become of every image in a directory. */
final class AuditCommand implements Command {
  private static final String OUTPUT = "--output";
  private static final String HTML = "--html";
  private static final String JOBS = "--jobs";

  private static final int MOST_JOBS = 256;

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Options.command(
            "audit",
            "Go through a directory of save files and streams, and say of each what it is and"
                + " whether another product can restore it. Changes none of them.");
    spec.addOption(Options.product(Options.TO, "The product that shall read them.", true));
    spec.addOption(
        Options.product(
            Options.FROM,
            "The product that wrote all of them, where you know. One is refused if its bytes say"
                + " otherwise.",
            false));
    spec.addOption(
        file(
            OUTPUT,
            "Keep the findings here, one line of JSON for each image. An audit that was"
                + " interrupted goes on from it, and a later one reads only what changed."));
    spec.addOption(file(HTML, "Write a report with a map of each stream, one file of HTML."));
    spec.addOption(
        OptionSpec.builder(JOBS)
            .paramLabel("N")
            .type(Integer.class)
            .description("How many files to read at once; one for each processor by default.")
            .build());
    spec.addOption(
        Options.flag(
            Options.QUIET,
            "No progress, no summary, and only the images that cannot be restored."));
    spec.addOption(Options.flag(Options.JSON, "Print one line of JSON for each image."));
    spec.addOption(Options.width());
    spec.addOption(Options.policies());
    spec.addPositional(Options.file("DIR", "0", "The directory."));
    return spec;
  }

  private static OptionSpec file(String name, String description) {
    return OptionSpec.builder(name)
        .paramLabel("FILE")
        .type(Path.class)
        .description(description)
        .build();
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Path root = arguments.matchedPositionalValue(0, null);
    Path output = arguments.matchedOptionValue(OUTPUT, (Path) null);
    Path html = arguments.matchedOptionValue(HTML, (Path) null);
    Options.refuseOddName(root);
    int jobs = arguments.matchedOptionValue(JOBS, Runtime.getRuntime().availableProcessors());
    if (jobs < 1 || jobs > MOST_JOBS) {
      throw new Failure(Exit.USAGE, JOBS + " " + jobs + ": expected 1 to " + MOST_JOBS);
    }
    if (!Files.isDirectory(root)) {
      throw new Failure(
          Exit.FILE,
          Text.withoutControls(root.toString())
              + (Files.exists(root)
                  ? ": not a directory; of one file, dragoman rewrite --dry-run says what would"
                      + " become of it"
                  : ": no such directory"));
    }
    Question question = question(arguments);
    try {
      check(output, root);
      check(html, root);
      if (output != null && html != null && isOneFile(output, html)) {
        throw new Failure(
            Exit.USAGE,
            Text.withoutControls(html.toString())
                + ": "
                + OUTPUT
                + " and "
                + HTML
                + " are one file; give two");
      }
      try (Ledger ledger = output == null ? null : Ledger.open(output, question);
          Report report = html == null ? null : new Report(html, root, question)) {
        return run(arguments, root, question, ledger, report, jobs, out, err);
      }
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  private static void check(Path file, Path root) throws IOException, Failure {
    if (file != null) {
      Options.refuseOddName(file);
      WholeFile.check(file, root);
    }
  }

  /** Whether two names are of one file, or will be when it is written. */
  private static boolean isOneFile(Path one, Path other) throws IOException {
    if (Files.exists(one) && Files.exists(other)) {
      return Files.isSameFile(one, other);
    }
    return toBe(one).equals(toBe(other));
  }

  private static Path toBe(Path file) throws IOException {
    return file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
  }

  private static Question question(ParseResult arguments) throws Failure {
    List<Path> folders = arguments.matchedOptionValue(Options.POLICIES, List.of());
    Policies policies = Options.load(folders);
    Product to = Options.product(policies, arguments, Options.TO);
    Product from = Options.product(policies, arguments, Options.FROM);
    try {
      return Question.of(
          policies,
          Options.FROM,
          from,
          to,
          Options.releases(arguments, Options.TO, to),
          Options.width(arguments),
          Main.version(),
          Policies.digest(folders));
    } catch (IOException e) {
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  private static Exit run(
      ParseResult arguments,
      Path root,
      Question question,
      Ledger ledger,
      Report report,
      int jobs,
      PrintStream out,
      PrintStream err)
      throws IOException {
    boolean json = arguments.hasMatchedOption(Options.JSON);
    boolean quiet = arguments.hasMatchedOption(Options.QUIET);
    PrintStream terminal = !quiet && Progress.isWatched() ? err : null;
    AtomicLong total = new AtomicLong();
    if (terminal != null) {
      count(root, total);
    }
    long start = System.nanoTime();
    Tally tally;
    try (Progress progress = new Progress(terminal, "files")) {
      tally =
          new Audit(question, ledger, jobs, json)
              .run(
                  root,
                  new Audit.Listener() {
                    @Override
                    public void finding(AuditFinding finding, String line) throws IOException {
                      if (!quiet || finding.outcome().isTrouble()) {
                        progress.hide();
                        out.println(json ? line : AuditText.line(finding));
                      }
                      if (report != null) {
                        report.add(finding);
                      }
                    }

                    @Override
                    public void done(long files) {
                      progress.at(files, total.get());
                    }
                  });
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
    if (report != null) {
      report.complete(tally, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
    if (!json && !quiet) {
      AuditText.summary(out, tally, question, System.nanoTime() - start);
    }
    if (tally.images() == 0) {
      err.println(
          "dragoman: "
              + Text.withoutControls(root.toString())
              + ": there is no image in it; is it the right directory?");
      return Exit.FILE;
    }
    return exit(tally);
  }

  /** Counts the files meanwhile, for the share that is done. */
  private static void count(Path root, AtomicLong total) {
    Thread counter =
        new Thread(
            () -> {
              try {
                total.set(Audit.count(root));
              } catch (IOException e) {
                // Then there is no share, and the audit itself says what is wrong.
                total.set(0);
              }
            },
            "count");
    counter.setDaemon(true);
    counter.start();
  }

  /** That of the worst that was found. */
  private static Exit exit(Tally tally) {
    if (tally.unknown() > 0) {
      return Exit.FILE;
    }
    if (tally.of(AuditOutcome.DAMAGED) > 0) {
      return Exit.DAMAGED;
    }
    return tally.of(AuditOutcome.REFUSED) > 0 ? Exit.REFUSED : Exit.DONE;
  }
}
