package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.container.DamagedException;
import org.dragoman.container.GuestConfig;
import org.dragoman.image.Filter;
import org.dragoman.image.Rewriting;
import org.dragoman.os.Pump;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Text;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * What the commands that translate in a pipe have in common. One line goes to standard error for
 * each device-model stream; standard output belongs to the stream.
 */
record Filtering(Translator translator, Product from, Product to, int wordBits, boolean quiet) {
  static void options(CommandSpec spec) {
    spec.addOption(Options.to());
    spec.addOption(Options.from());
    spec.addOption(Options.flag(Options.QUIET, "Say nothing of what went well."));
    spec.addOption(Options.width());
    spec.addOption(Options.policies());
  }

  static Filtering of(ParseResult arguments) throws Failure {
    Policies policies = Options.load(arguments);
    return new Filtering(
        new Translator(policies, Options.FROM),
        Options.product(policies, arguments, Options.FROM),
        Options.product(policies, arguments, Options.TO),
        Options.width(arguments),
        arguments.hasMatchedOption(Options.QUIET));
  }

  Exit run(Pump pump, PrintStream err) throws Failure {
    try {
      Filter.run(
          pump,
          translator,
          new Filter.Choice() {
            @Override
            public Product from(GuestConfig guest) {
              return from;
            }

            @Override
            public Product to() {
              return to;
            }
          },
          wordBits,
          planned -> {
            if (!quiet) {
              err.println(line(planned));
            }
          });
      return Exit.DONE;
    } catch (Filter.RefusedException e) {
      err.println(line(e.planned()));
      ((Plan.Refusal) e.planned().plan())
          .reasons()
          .forEach(reason -> err.println("dragoman:   " + Text.withoutControls(reason)));
      err.println("dragoman: What to do: docs/translate.md, \"When it says no\"");
      return Exit.REFUSED;
    } catch (DamagedException e) {
      throw new Failure(Exit.DAMAGED, "standard input: " + e.getMessage(), e.at());
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }

  private static String line(Rewriting.Planned planned) {
    String what = "dragoman: device-model stream at " + Text.offset(planned.record().place().at());
    String forTarget = " for " + planned.plan().target().id();
    return what
        + ": "
        + Rewriting.outcome(planned.plan())
        + forTarget
        + (planned.plan() instanceof Plan.Rewrite rewrite && !rewrite.from().isEmpty()
            ? " from " + rewrite.from().stream().map(Product::id).toList().get(0)
            : "");
  }
}
