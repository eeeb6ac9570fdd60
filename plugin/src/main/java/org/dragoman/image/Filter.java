package org.dragoman.image;

import java.io.IOException;
import java.util.function.Consumer;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.DamagedException;
import org.dragoman.container.DeviceRecord;
import org.dragoman.container.GuestConfig;
import org.dragoman.container.GuestMemory;
import org.dragoman.container.Visitor;
import org.dragoman.os.Pump;
import org.dragoman.policy.Product;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;

/**
 * A migration stream or a save file on its way through a pipe. All of it goes on at once but for
 * the device-model streams, each of which is held until it is translated. A stream that cannot be
 * ends it there, before whatever would tell the reader that all has come.
 */
public final class Filter {
  /** What decides about a stream: which product wrote it and which shall read it. */
  public interface Choice {
    /** The product that the operator says wrote the streams of a guest, or null. */
    Product from(GuestConfig guest);

    /** The product that shall read them. */
    Product to();
  }

  /** A stream that the target cannot be given. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Rewriting.Planned planned;

    RefusedException(Rewriting.Planned planned) {
      super("refused", null, false, false);
      this.planned = planned;
    }

    /** The stream, and the reasons. */
    public Rewriting.Planned planned() {
      return planned;
    }
  }

  private Filter() {}

  /**
   * Passes everything on.
   *
   * @param wordBits as in {@link ContainerWalk#walk}
   * @param told each device-model stream and what became of it, before it is sent on
   * @throws DamagedException if it is none, or damaged; what came before has been passed on
   * @throws RefusedException if a stream cannot be given to the target; what came before has been
   *     passed on
   * @throws IOException if it cannot be read, or passed on
   */
  public static void run(
      Pump pump,
      Translator translator,
      Choice choice,
      int wordBits,
      Consumer<Rewriting.Planned> told)
      throws IOException, DamagedException, RefusedException {
    PipeSource source = new PipeSource(pump);
    Passing passing = new Passing(source, translator, choice, told);
    try {
      ContainerWalk.walk(source, passing, wordBits);
    } catch (StopException e) {
      throw e.reason;
    }
    try {
      source.passOnTheRest();
    } catch (Pump.NobodyReadsException e) {
      // The reader has the whole container, and is free to leave.
      return;
    }
  }

  /** Ends a walk, which knows nothing of refusals. */
  private static final class StopException extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient RefusedException reason;

    StopException(RefusedException reason) {
      this.reason = reason;
    }
  }

  private static final class Passing implements Visitor {
    private final PipeSource source;
    private final Translator translator;
    private final Choice choice;
    private final Consumer<Rewriting.Planned> told;
    private GuestConfig config;

    private Passing(
        PipeSource source, Translator translator, Choice choice, Consumer<Rewriting.Planned> told) {
      this.source = source;
      this.translator = translator;
      this.choice = choice;
      this.told = told;
    }

    @Override
    public void kind(ContainerKind kind) {}

    @Override
    public void config(GuestConfig config) {
      this.config = config;
    }

    @Override
    public void memory(GuestMemory memory) {}

    @Override
    public void record(DeviceRecord place) throws IOException, DamagedException {
      source.keepFrom(place.headerAt());
      RecordInside record = RecordInside.take(source, place, translator);
      Rewriting.Planned planned =
          new Rewriting.Planned(record, record.plan(translator, choice.from(config), choice.to()));
      if (planned.plan() instanceof Plan.Rewrite rewrite) {
        told.accept(planned);
        source.replace(record.replacements(rewrite.edits()));
      } else {
        throw new StopException(new RefusedException(planned));
      }
    }

    @Override
    public void end() {}
  }
}
