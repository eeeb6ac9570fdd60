package org.dragoman.image;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.dragoman.container.ConfigText;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.DamagedException;
import org.dragoman.container.DeviceRecord;
import org.dragoman.container.GuestConfig;
import org.dragoman.container.GuestMemory;
import org.dragoman.container.Visitor;
import org.dragoman.os.Pump;
import org.dragoman.policy.Product;
import org.dragoman.stream.StreamKind;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;

/**
 * A migration stream or a save file on its way through a pipe. All of it goes on at once but for
 * the device-model streams, each of which is held until it is translated. A stream that cannot be
 * ends it there, before whatever would tell the reader that all has come.
 */
public final class Filter {
  /** What decides about the traditional device model's streams. */
  public interface Choice {
    /**
     * The product that the operator says wrote the stream of a guest, or null.
     *
     * @param guest null where the container does not describe it
     */
    Product from(GuestConfig guest) throws RefusedException;

    /** The product that shall read them. */
    Product to() throws RefusedException;

    /** Whether a guest that goes to qemu-xen shall have its PCI slots when it reboots, too. */
    boolean keepsTopology();

    /** Whether what is planned is carried out, and not only told. */
    boolean carriesOut();
  }

  /** What becomes of the streams is told to one of these, each before it is sent on. */
  public interface Listener {
    /**
     * A device-model stream, and the plan for it.
     *
     * @param guest null where the container does not describe it
     */
    void planned(Rewriting.Planned planned, GuestConfig guest);

    /**
     * What becomes of the guest's configuration, where that is not nothing; before the streams.
     *
     * @param target the product that it is for
     */
    default void configured(ConfigEdit edit, Product target, GuestConfig guest) {}

    /** A checkpoint has been passed on whole: its reader can run the guest. */
    default void checkpoint() {}
  }

  /** A stream is not passed on. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a sentence that says why; null: the listener knows. */
    public RefusedException(String reason) {
      super(reason, null, false, false);
    }
  }

  private Filter() {}

  /**
   * Passes everything on; from a block device, everything up to the end of the container.
   *
   * @param wordBits as in {@link ContainerWalk#walk}
   * @param listener learns of refusals, too, unless it is the choice that refuses
   * @throws DamagedException if it is none, or damaged; what came before has been passed on
   * @throws RefusedException if a stream cannot be given to the target, or the choice refuses; what
   *     came before has been passed on
   * @throws IOException if it cannot be read, or passed on
   */
  public static void run(
      Pump pump, Translator translator, Choice choice, int wordBits, Listener listener)
      throws IOException, DamagedException, RefusedException {
    PipeSource source = new PipeSource(pump);
    Passing passing = new Passing(source, translator, choice, listener);
    try {
      ContainerWalk.walk(source, passing, wordBits);
    } catch (StopException e) {
      throw e.reason;
    }
    if (pump.readsBlockDevice()) {
      // What follows on a disk is what was there before.
      source.passOnWhatWasTaken();
      return;
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
    private final Listener listener;
    private GuestConfig config;
    private OptionalLong acpiPorts = OptionalLong.empty();

    private Passing(PipeSource source, Translator translator, Choice choice, Listener listener) {
      this.source = source;
      this.translator = translator;
      this.choice = choice;
      this.listener = listener;
    }

    @Override
    public void kind(ContainerKind kind) {}

    @Override
    public void config(GuestConfig config) {
      this.config = config;
    }

    /** A guest that cannot have the target's device model is refused before its memory is sent. */
    @Override
    public void configText(ConfigText text) throws IOException {
      ConfigEdit edit = ConfigEdits.of(text, choice.keepsTopology());
      Product target = edit instanceof ConfigEdit.Unchanged ? null : targetOfConfig();
      if (target == null || !target.isUpstream()) {
        return;
      }
      listener.configured(edit, target, config);
      if (!choice.carriesOut()) {
        return;
      }
      if (edit instanceof ConfigEdit.Refused) {
        throw new StopException(new RefusedException(null));
      }
      // It has been taken, and is sent on when something else is asked for.
      source.replace(edit.replacements());
    }

    /** Null: it is not known, which is said where a stream comes that needs it. */
    private Product targetOfConfig() {
      try {
        return choice.to();
      } catch (RefusedException e) {
        return null;
      }
    }

    @Override
    public void memory(GuestMemory memory) {
      acpiPorts = OptionalLong.of(0);
    }

    @Override
    public void hvmParameter(long index, long value) {
      if (index == ContainerWalk.ACPI_IOPORTS_LOCATION) {
        acpiPorts = OptionalLong.of(value);
      }
    }

    @Override
    public void record(DeviceRecord place) throws IOException, DamagedException {
      source.keepFrom(place.headerAt());
      RecordInside record = RecordInside.take(source, place, translator, acpiPorts);
      Plan plan;
      try {
        // Nobody needs to know where the streams of others shall go: they are not translated.
        plan =
            record.kind() == StreamKind.TRADITIONAL
                ? record.plan(translator, choice.from(config), choice.to())
                : record.plan(translator, null, null);
      } catch (RefusedException e) {
        throw new StopException(e);
      }
      listener.planned(new Rewriting.Planned(record, plan), config);
      if (!choice.carriesOut()) {
        source.replace(List.of());
      } else if (plan instanceof Plan.Rewrite rewrite) {
        source.replace(record.replacements(rewrite.edits()));
      } else {
        throw new StopException(new RefusedException(null));
      }
    }

    @Override
    public void checkpoint() {
      listener.checkpoint();
    }

    @Override
    public void end() {}
  }
}
