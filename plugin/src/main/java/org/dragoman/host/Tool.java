package org.dragoman.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program of the host that does what only it can do: dpkg-divert, id, systemctl. */
final class Tool {
  private static final int SECONDS = 60;

  private Tool() {}

  /** What a run printed, and how it ended. */
  record Result(int exit, String out, String err) {
    boolean succeeded() {
      return exit == 0;
    }

    /** What went wrong, in one line. */
    String problem() {
      String text = err.isBlank() ? out : err;
      return text.isBlank() ? "exit status " + exit : text.strip().replace('\n', ' ');
    }
  }

  /** Runs a program, in the language C; null where there is none of that name. */
  static Result run(String... command) throws IOException {
    return run(SECONDS, command);
  }

  /**
   * The same with another limit.
   *
   * @throws IOException if it has not ended by then, or what it started still holds its output
   */
  static Result run(int seconds, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(List.of(command));
    builder.environment().put("LC_ALL", "C");
    builder.redirectInput(Path.of("/dev/null").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return null;
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Future<String> out = text(process.getInputStream());
    Future<String> err = text(process.getErrorStream());
    try {
      if (process.waitFor(seconds, TimeUnit.SECONDS)) {
        return new Result(process.exitValue(), until(end, out), until(end, err));
      }
      throw new TimeoutException();
    } catch (TimeoutException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new IOException(command[0] + " does not come back", e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** What comes, read at once by a thread of its own: a program whose pipe is full does not end. */
  private static Future<String> text(InputStream stream) {
    FutureTask<String> reading =
        new FutureTask<>(() -> new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    Thread reader = new Thread(reading, "reads a program's output");
    reader.setDaemon(true);
    reader.start();
    return reading;
  }

  private static String until(long end, Future<String> text)
      throws IOException, InterruptedException, TimeoutException {
    try {
      return text.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IOException("its output cannot be read: " + e.getCause().getMessage(), e);
    }
  }
}
