package org.dragoman.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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
    return run(Map.of(), command);
  }

  /** The same with more in its environment. */
  static Result run(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(List.of(command));
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    builder.redirectInput(Path.of("/dev/null").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return null;
    }
    try {
      StringBuilder err = new StringBuilder();
      Thread reader =
          new Thread(
              () -> {
                try {
                  err.append(
                      new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                  err.append(e.getMessage());
                }
              });
      reader.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " does not come back");
      }
      reader.join();
      return new Result(process.exitValue(), out, err.toString());
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
