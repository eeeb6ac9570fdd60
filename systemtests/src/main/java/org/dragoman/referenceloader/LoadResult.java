package org.dragoman.referenceloader;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What one loader did with one stream, and what its device model then held.
 *
 * @param ending how the load ended
 * @param power the state of piix4acpi after the load; empty if the load stopped with an error
 *     before its load function was called
 * @param gpeBlock the general purpose event block after the load; empty for a loader that has no
 *     such field
 * @param bytesLeft bytes of the stream that were never read
 * @param leftIsZero whether all of these are zero; true if there are none
 * @param piix4acpiReturned what piix4acpi's load function returned; empty if it was never called.
 *     The loader ignores it
 * @param sections the sections whose load function was called, in order
 * @param continued what would have happened next had the process survived; only after a death
 */
public record LoadResult(
    Ending ending,
    Optional<PowerManagement> power,
    Optional<GpeBlock> gpeBlock,
    int bytesLeft,
    boolean leftIsZero,
    OptionalInt piix4acpiReturned,
    List<LoadedSection> sections,
    Optional<LoadResult> continued) {

  /**
   * The return code that the recording harness noted for a load function that never returned: no
   * errno, just its own mark.
   */
  static final int NEVER_RETURNED = -9999;

  /**
   * The state of piix4acpi.
   *
   * @param control pm1_control, 16 bits
   * @param eventBlockAddress pm1a_evt_blk_address, the I/O port of the PM1a event block, 32 bits
   *     unsigned; empty for a loader that has no such field
   */
  public record PowerManagement(int control, OptionalLong eventBlockAddress) {
    @Override
    public String toString() {
      String address =
          eventBlockAddress.isPresent()
              ? String.format("0x%08x", eventBlockAddress.getAsLong())
              : "none";
      return String.format("pm1=0x%04x pm1a=%s", control, address);
    }
  }

  /**
   * Where the general purpose events are served.
   *
   * @param address the first I/O port, 32 bits unsigned
   * @param halfLength the number of ports of each half (status, enable), 32 bits unsigned
   */
  public record GpeBlock(long address, long halfLength) {}

  /** Refuses missing parts and keeps its own copy of the sections. */
  public LoadResult {
    Objects.requireNonNull(ending);
    Objects.requireNonNull(power);
    Objects.requireNonNull(gpeBlock);
    Objects.requireNonNull(piix4acpiReturned);
    Objects.requireNonNull(continued);
    sections = List.copyOf(sections);
  }

  /** The loader's return code: 0 or a negative errno; empty if the process died. */
  public OptionalInt returnCode() {
    if (ending instanceof Ending.Success) {
      return OptionalInt.of(0);
    }
    if (ending instanceof Ending.ReadPastEnd) {
      return OptionalInt.of(Loading.EIO);
    }
    if (ending instanceof Ending.Refused refused) {
      return OptionalInt.of(refused.code());
    }
    return OptionalInt.empty();
  }

  /** Whether piix4acpi's load function was called and took its record. */
  public boolean piix4acpiLoaded() {
    return piix4acpiReturned.isPresent() && piix4acpiReturned.getAsInt() == 0;
  }

  /**
   * Whether the guest got all of its devices back: success reported, no load function that refused
   * its record, and nothing unread but zeros. A record of piix4acpi that the loader stepped over is
   * among the unread bytes.
   */
  public boolean healthy() {
    return ending instanceof Ending.Success
        && leftIsZero
        && sections.stream().allMatch(section -> section.returned() == 0);
  }

  /**
   * The outcome in the words of the recorded manifests ({@code vectors/MANIFEST.tsv}, columns
   * {@code loader:*}).
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (ending instanceof Ending.Died died) {
      text.append("DIED sig=").append(died.signal()).append(" in ").append(died.device());
      power.ifPresent(state -> text.append(' ').append(state));
      return text.toString();
    }
    text.append("ret=").append(returnCode().orElseThrow());
    if (ending instanceof Ending.Refused refused) {
      text.append(" (").append(refused.message()).append(')');
    } else if (ending instanceof Ending.ReadPastEnd) {
      text.append(" (io-error)");
    }
    power.ifPresent(state -> text.append(' ').append(state).append(" left=").append(bytesLeft));
    if (piix4acpiReturned.orElse(0) != 0) {
      text.append(" piix4acpi_load_ret=")
          .append(piix4acpiReturned.getAsInt())
          .append("(ignored,state not loaded)");
    }
    return text.toString();
  }

  /**
   * The outcome as one sentence without its full stop, for a reader who does not know the device
   * model.
   */
  public String sentence() {
    if (ending instanceof Ending.Died died) {
      return (died.signal() == IoPorts.ABORTED ? "the process aborts: " : "the process crashes: ")
          + died.reason();
    }
    if (ending instanceof Ending.Refused) {
      return "the loader stops with an error; nothing from there on was loaded";
    }
    if (ending instanceof Ending.ReadPastEnd) {
      return "the stream ends too early: what is missing was read as zeros, and the load is reported as failed";
    }
    Optional<LoadedSection> refused =
        sections.stream().filter(section -> section.returned() != 0).findFirst();
    if (refused.isPresent()) {
      return "the loader reports success, but "
          + refused.get().idstr()
          + " refused its record and keeps its power-on state; "
          + bytesLeft
          + " bytes were never read";
    }
    if (!leftIsZero) {
      return "the loader reports success, but "
          + bytesLeft
          + " bytes after what it took for the end were never read, and they are not padding";
    }
    return bytesLeft == 0
        ? "everything was loaded"
        : "everything was loaded; " + bytesLeft + " zero bytes of padding follow";
  }
}
