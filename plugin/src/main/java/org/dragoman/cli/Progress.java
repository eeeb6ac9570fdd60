package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * How far a long work is, on one line of a terminal that is written over: how much of it, how fast,
 * and how long it will take. For one thread.
 */
final class Progress implements AutoCloseable {
  private static final long INTERVAL = Duration.ofMillis(200).toNanos();

  /** By the first moments nobody can tell how fast it will be. */
  private static final long UNSTEADY = Duration.ofSeconds(3).toNanos();

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private final PrintStream terminal;
  private final String unit;
  private final long start = System.nanoTime();
  private long last = start;
  private int shown;

  /**
   * A progress.
   *
   * @param terminal where it is shown, or null: nowhere
   * @param unit what is counted, in the plural
   */
  Progress(PrintStream terminal, String unit) {
    this.terminal = terminal;
    this.unit = unit;
  }

  /** Whether what this program says on standard error is read by a person as it is said. */
  static boolean isWatched() {
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.startsWith("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * Says how far it is, a few times a second.
   *
   * @param total of it; 0 as long as that is not known
   */
  void at(long done, long total) {
    if (terminal == null) {
      return;
    }
    long now = System.nanoTime();
    if (now - last >= INTERVAL) {
      last = now;
      show(text(done, total, now - start));
    }
  }

  /** The line for so much after so many nanoseconds. */
  String text(long done, long total, long nanoseconds) {
    boolean ofTotal = total >= done && total > 0;
    String text =
        ofTotal
            ? String.format(
                Locale.ROOT, "%d of %d %s, %d %%", done, total, unit, 100 * done / total)
            : done + " " + unit;
    if (nanoseconds < UNSTEADY || done == 0) {
      return text;
    }
    double rate = done / (nanoseconds / 1e9);
    text += String.format(Locale.ROOT, ", %.0f %s a second", rate, unit);
    return ofTotal ? text + ", " + duration(Math.round((total - done) / rate)) + " left" : text;
  }

  private static String duration(long seconds) {
    return seconds < 60
        ? seconds + " s"
        : seconds < 3600
            ? seconds / 60 + " min"
            : String.format(Locale.ROOT, "%d h %d min", seconds / 3600, seconds / 60 % 60);
  }

  /** Takes the line away, so that something else can be printed. */
  void hide() {
    if (shown > 0) {
      show("");
    }
  }

  private void show(String text) {
    terminal.print("\r" + text + " ".repeat(Math.max(0, shown - text.length())));
    if (text.isEmpty()) {
      terminal.print("\r");
    }
    terminal.flush();
    shown = text.length();
  }

  @Override
  public void close() {
    hide();
  }
}
