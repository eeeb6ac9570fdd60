package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.dragoman.container.DamagedException;
import org.dragoman.container.GuestConfig;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.Filter;
import org.dragoman.image.Rewriting;
import org.dragoman.os.Pump;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Text;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What the commands that translate in a pipe have in common. One line goes to standard error for
 * each device-model stream; standard output belongs to the stream.
 *
 * @param wordBits as --width says, or 0
 * @param listener learns of each stream besides
 */
record Filtering(
    Translator translator,
    Filter.Choice choice,
    Filter.Listener listener,
    int wordBits,
    boolean quiet) {
  static void options(CommandSpec spec, OptionSpec to) {
    spec.addOption(to);
    spec.addOption(Options.from());
    spec.addOption(Options.topology());
    spec.addOption(Options.flag(Options.QUIET, "Say nothing of what went well."));
    spec.addOption(Options.width());
    spec.addOption(Options.policies());
  }

  /** As the command line says. */
  static Filtering of(ParseResult arguments) throws Failure {
    Policies policies = Options.load(arguments);
    Product from = Options.product(policies, arguments, Options.FROM);
    Product to = Options.product(policies, arguments, Options.TO);
    boolean keepsTopology = Options.keepsTopology(arguments);
    return of(
        arguments,
        new Translator(policies, Options.FROM),
        new Filter.Choice() {
          @Override
          public Product from(GuestConfig guest) {
            return from;
          }

          @Override
          public Product to() {
            return to;
          }

          @Override
          public boolean keepsTopology() {
            return keepsTopology;
          }

          @Override
          public boolean carriesOut() {
            return true;
          }
        },
        (planned, guest) -> {});
  }

  static Filtering of(
      ParseResult arguments, Translator translator, Filter.Choice choice, Filter.Listener listener)
      throws Failure {
    return new Filtering(
        translator,
        choice,
        listener,
        Options.width(arguments),
        arguments.hasMatchedOption(Options.QUIET));
  }

  Exit run(Pump pump, PrintStream err) throws Failure {
    AtomicInteger checkpoints = new AtomicInteger();
    try {
      Filter.run(
          pump,
          translator,
          choice,
          wordBits,
          new Filter.Listener() {
            @Override
            public void planned(Rewriting.Planned planned, GuestConfig guest) {
              listener.planned(planned, guest);
              say(planned, err);
            }

            @Override
            public void configured(ConfigEdit edit, Product target, GuestConfig guest) {
              listener.configured(edit, target, guest);
              say(edit, target, err);
            }

            @Override
            public void checkpoint() {
              checkpoints.incrementAndGet();
            }
          });
      return Exit.DONE;
    } catch (Filter.RefusedException e) {
      sayCheckpoints(checkpoints.get(), err);
      if (e.getMessage() != null) {
        throw new Failure(Exit.REFUSED, e.getMessage());
      }
      return Exit.REFUSED;
    } catch (DamagedException e) {
      sayCheckpoints(checkpoints.get(), err);
      throw new Failure(Exit.DAMAGED, "standard input: " + e.getMessage(), e.at());
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
  }

  /** A checkpointed stream has no other end than to break off; whoever reads it knows. */
  private static void sayCheckpoints(int count, PrintStream err) {
    if (count > 0) {
      err.println(
          "dragoman: "
              + (count == 1 ? "a checkpoint was" : count + " checkpoints were")
              + " passed on whole before: the other side may run the guest now. Look there, and let"
              + " it not run on both");
    }
  }

  private void say(Rewriting.Planned planned, PrintStream err) {
    boolean refused = planned.plan() instanceof Plan.Refusal;
    if (quiet && !refused) {
      return;
    }
    err.println(line(planned));
    if (planned.plan() instanceof Plan.Rewrite rewrite && !planned.isLeft()) {
      rewrite
          .warnings()
          .forEach(warning -> err.println("dragoman:   " + Text.withoutControls(warning)));
    }
    if (planned.plan() instanceof Plan.Refusal refusal) {
      refusal
          .reasons()
          .forEach(reason -> err.println("dragoman:   " + Text.withoutControls(reason)));
      err.println("dragoman: " + Plan.Refusal.WHAT_TO_DO);
    }
  }

  private void say(ConfigEdit edit, Product target, PrintStream err) {
    boolean refused = edit instanceof ConfigEdit.Refused;
    if (quiet && !refused) {
      return;
    }
    err.println(
        "dragoman: the guest's configuration: "
            + (choice.carriesOut() ? "" : "dry run, passed on as it is; otherwise ")
            + (refused ? "refused" : "changed")
            + " for "
            + target.id());
    edit.changes()
        .forEach(
            one ->
                err.println(
                    "dragoman:   " + Text.withoutControls(one.inWords()) + ": " + one.reason()));
    edit.warnings().forEach(warning -> err.println("dragoman:   " + Text.withoutControls(warning)));
    if (refused) {
      edit.reasons().forEach(reason -> err.println("dragoman:   " + Text.withoutControls(reason)));
      err.println("dragoman: " + Plan.Refusal.WHAT_TO_DO);
    }
  }

  private String line(Rewriting.Planned planned) {
    String where = "dragoman: device-model stream at " + Text.offset(planned.record().place().at());
    Plan plan = planned.plan();
    if (planned.isLeft()) {
      return where
          + ": not translated, passed on as it is: "
          + planned.record().kind().description();
    }
    return where
        + ": "
        + (choice.carriesOut() ? "" : "dry run, passed on as it is; otherwise ")
        + Rewriting.outcome(plan)
        + (plan.target() == null ? "" : " for " + plan.target().id())
        + (plan instanceof Plan.Rewrite rewrite && !rewrite.from().isEmpty()
            ? " from " + rewrite.from().get(0).id()
            : "");
  }
}
