package org.dragoman.image;

import java.io.IOException;
import java.util.ArrayList;
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
import org.dragoman.os.InputFile;
import org.dragoman.translate.Translator;

/**
 * A save file or migration stream and the device-model streams in it.
 *
 * @param kind what it is
 * @param config its configuration, or null
 * @param forQemuXen what would become of its configuration so that qemu-xen is started
 * @param memory what the part with the guest's memory says, or null
 * @param records in the order of their places; more than one only in a checkpointed stream
 * @param end the offset after its last byte; what follows in the file is not part of it
 */
public record Image(
    ContainerKind kind,
    GuestConfig config,
    ConfigEdit forQemuXen,
    GuestMemory memory,
    List<RecordInside> records,
    long end) {

  /**
   * Larger than any device-model stream: a dozen network cards are less than a megabyte, and a
   * record with the whole video memory in it has 16 MiB at most. In bytes.
   */
  public static final int MOST_STREAM = 64 << 20;

  /** Each takes a few milliseconds to judge. Nobody keeps a checkpointed stream for long. */
  static final int MOST_RECORDS = 256;

  /** Copies the list. */
  public Image {
    records = List.copyOf(records);
  }

  /**
   * Reads the headers of a file, and its device-model streams.
   *
   * @param wordBits of the toolstack that wrote a libxc stream of Xen 4.5 or older, 32 or 64; 0: as
   *     the bytes say
   * @throws DamagedException if it is none, or damaged
   * @throws IOException if it cannot be read
   */
  public static Image read(InputFile file, Translator translator, int wordBits)
      throws IOException, DamagedException {
    return read(file, translator, wordBits, true);
  }

  /**
   * The same.
   *
   * @param keepsTopology whether the guest shall have its PCI slots when it reboots, too
   */
  public static Image read(
      InputFile file, Translator translator, int wordBits, boolean keepsTopology)
      throws IOException, DamagedException {
    return read(file, translator, wordBits, UNWATCHED, keepsTopology);
  }

  /** Learns of a file while it is read; of one that is damaged, as much as can be told. */
  public interface Watcher {
    /** What it is; not called where nothing begins so. */
    void kind(ContainerKind kind);

    /** The guest's configuration, if there is one. */
    void config(GuestConfig config);

    /**
     * More of it than of nearly every file is about to come into memory. Who reads many files at
     * once can wait here. May be called several times for one file.
     */
    void beforeMuch();
  }

  private static final Watcher UNWATCHED =
      new Watcher() {
        @Override
        public void kind(ContainerKind kind) {}

        @Override
        public void config(GuestConfig config) {}

        @Override
        public void beforeMuch() {}
      };

  /** The same, watched. */
  public static Image read(InputFile file, Translator translator, int wordBits, Watcher watcher)
      throws IOException, DamagedException {
    return read(file, translator, wordBits, watcher, true);
  }

  private static Image read(
      InputFile file, Translator translator, int wordBits, Watcher watcher, boolean keepsTopology)
      throws IOException, DamagedException {
    FileSource source = new FileSource(file, watcher::beforeMuch);
    Reader reader = new Reader(source, translator, watcher, keepsTopology);
    ContainerWalk.walk(source, reader, wordBits);
    return new Image(
        reader.kind, reader.config, reader.edit, reader.memory, reader.records, reader.end);
  }

  private static final class Reader implements Visitor {
    private final FileSource source;
    private final Translator translator;
    private final Watcher watcher;
    private final boolean keepsTopology;
    private ContainerKind kind;
    private GuestConfig config;
    private ConfigEdit edit = new ConfigEdit.Unchanged();
    private GuestMemory memory;
    private OptionalLong acpiPorts = OptionalLong.empty();
    private final List<RecordInside> records = new ArrayList<>();
    private long held;
    private long end;

    private Reader(
        FileSource source, Translator translator, Watcher watcher, boolean keepsTopology) {
      this.keepsTopology = keepsTopology;
      this.source = source;
      this.translator = translator;
      this.watcher = watcher;
    }

    @Override
    public void kind(ContainerKind kind) {
      this.kind = kind;
      watcher.kind(kind);
    }

    @Override
    public void config(GuestConfig config) {
      this.config = config;
      watcher.config(config);
    }

    @Override
    public void configText(ConfigText text) {
      edit = ConfigEdits.of(text, keepsTopology);
    }

    @Override
    public void memory(GuestMemory memory) {
      this.memory = memory;
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
      if (records.size() == MOST_RECORDS) {
        throw new DamagedException(
            place.at(),
            "device-model stream " + (MOST_RECORDS + 1),
            "at most " + MOST_RECORDS + " in one file");
      }
      RecordInside record = RecordInside.take(source, place, translator, acpiPorts);
      held += record.octets().size();
      if (held > MOST_STREAM) {
        throw new DamagedException(
            place.at(),
            held + " bytes of device-model streams up to here",
            "at most " + MOST_STREAM + " in one file");
      }
      records.add(record);
    }

    @Override
    public void end() {
      end = source.position();
    }
  }
}
