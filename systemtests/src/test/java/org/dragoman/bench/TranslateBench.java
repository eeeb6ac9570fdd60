package org.dragoman.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@code bin/bench translate}: the core warm, and the whole program cold beside an empty one. The
 * last line is JSON.
 */
final class TranslateBench {
  private static final int COLD_RUNS = 21;

  private TranslateBench() {}

  /** Arguments: the project's folder, and where this class and {@link Empty} are. */
  public static void main(String[] arguments)
      throws RunnerException, IOException, InterruptedException {
    Path root = Path.of(arguments[0]);
    Collection<RunResult> warm =
        new Runner(
                new OptionsBuilder()
                    .include(TranslateBenchmark.class.getSimpleName())
                    .addProfiler("gc")
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    List<String> empty =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            arguments[1],
            Empty.class.getName());
    List<String> inspect =
        List.of(
            root.resolve("bin/dragoman").toString(),
            "inspect",
            root.resolve("policies/examples/streams/xenserver-6.2.standard.qemu-save").toString());
    List<Double> emptyTimes = new ArrayList<>();
    List<Double> inspectTimes = new ArrayList<>();
    for (int run = -2; run < COLD_RUNS; run++) {
      // In turn, so that a slow moment of the machine meets both.
      double first = milliseconds(empty);
      double second = milliseconds(inspect);
      if (run >= 0) {
        emptyTimes.add(first);
        inspectTimes.add(second);
      }
    }
    String row = "%-58s %12s%n";
    System.out.printf(row, "judge, plan and check, xen-4.4, against all shipped products", "");
    double microseconds = 0;
    double allocated = 0;
    for (RunResult result : warm) {
      String stream = result.getParams().getParam("stream");
      double time = result.getPrimaryResult().getScore();
      double bytes = result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
      System.out.printf(row, "  " + stream + ", µs", number(time));
      System.out.printf(row, "  " + stream + ", bytes allocated", number(bytes));
      if (stream.equals("xenserver-6.2.standard")) {
        microseconds = time;
        allocated = bytes;
      }
    }
    double emptyMedian = median(emptyTimes);
    double inspectMedian = median(inspectTimes);
    System.out.printf(row, "whole process, cold, median of " + COLD_RUNS, "");
    System.out.printf(row, "  an empty Java program, ms", number(emptyMedian));
    System.out.printf(row, "  dragoman inspect, ms", number(inspectMedian));
    System.out.println(
        "{\"translate_us\": "
            + number(microseconds)
            + ", \"alloc_bytes_per_op\": "
            + number(allocated)
            + ", \"cold_vs_empty_jvm\": "
            + number(inspectMedian / emptyMedian)
            + "}");
  }

  private static double milliseconds(List<String> command)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int exit = process.waitFor();
    long end = System.nanoTime();
    if (exit != 0) {
      throw new IllegalStateException(command + " ended with " + exit);
    }
    return (end - start) / 1e6;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
