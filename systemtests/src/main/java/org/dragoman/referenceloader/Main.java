package org.dragoman.referenceloader;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The reference loader on the command line: {@code Main MODEL FILE [MODEL FILE ...]} prints one
 * line per pair.
 *
 * <p>Exit status: 0 if every load was healthy ({@link LoadResult#healthy}), 1 if any was not, 2 if
 * the arguments make no sense, 6 if a file cannot be read or cannot be judged; 6 wins over 1.
 */
public final class Main {
  private static final int HEALTHY = 0;
  private static final int NOT_HEALTHY = 1;
  private static final int USAGE = 2;
  private static final int UNREADABLE = 6;

  private Main() {}

  /**
   * Runs and exits with one of the documented statuses.
   *
   * @param args pairs of a {@link LoaderModel#key()} and a file
   */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /** Everything but the exit. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 0 || args.length % 2 != 0) {
      return usage(err);
    }
    for (int i = 0; i < args.length; i += 2) {
      if (LoaderModel.forKey(args[i]).isEmpty()) {
        err.println("No loader is called " + args[i] + ".");
        return usage(err);
      }
    }
    int status = HEALTHY;
    for (int i = 0; i < args.length; i += 2) {
      status =
          Math.max(status, judge(LoaderModel.forKey(args[i]).orElseThrow(), args[i + 1], out, err));
    }
    return status;
  }

  private static int judge(LoaderModel model, String name, PrintStream out, PrintStream err) {
    Optional<byte[]> stream = read(name, err);
    if (stream.isEmpty()) {
      return UNREADABLE;
    }
    LoadResult result;
    try {
      result = ReferenceLoader.load(model, stream.get());
    } catch (UnsupportedOperationException e) {
      err.println(
          printable(name + " on " + model.key() + ": cannot judge: " + e.getMessage() + "."));
      return UNREADABLE;
    }
    out.println(
        printable(name + " on " + model.key() + ": " + result + ": " + result.sentence() + "."));
    return result.healthy() ? HEALTHY : NOT_HEALTHY;
  }

  private static Optional<byte[]> read(String name, PrintStream err) {
    try {
      return Optional.of(Files.readAllBytes(Path.of(name)));
    } catch (IOException | InvalidPathException e) {
      err.println(printable(name + ": cannot be read: " + e + "."));
      return Optional.empty();
    }
  }

  private static int usage(PrintStream err) {
    String models =
        Arrays.stream(LoaderModel.values()).map(LoaderModel::key).collect(Collectors.joining(", "));
    err.println("Usage: MODEL FILE [MODEL FILE ...], where MODEL is one of " + models + ".");
    return USAGE;
  }

  /**
   * A damaged stream's section names go to a terminal: no control characters, and one line stays
   * one line.
   */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
