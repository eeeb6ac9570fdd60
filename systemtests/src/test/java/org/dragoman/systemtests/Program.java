package org.dragoman.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of this project as a user would, and says what came of it. */
final class Program {
  /** The project's folder. */
  static final Path ROOT = root();

  /** No run may take longer: a second is promised, the rest is for a machine under load. */
  private static final int SECONDS = 20;

  private Program() {}

  /** What a run printed, and how it ended. */
  record Result(int exit, String out, String err) {
    /** Both outputs, for a message. */
    String all() {
      return "exit " + exit + "\n" + out + err;
    }
  }

  static Result dragoman(Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(ROOT.resolve("bin/dragoman").toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(command);
  }

  static Result run(List<String> command) {
    return run(command, SECONDS);
  }

  /** The same for a run that may take longer. */
  static Result run(List<String> command, int seconds) {
    try {
      Path out = Files.createTempFile("dragoman-test", ".out");
      Path err = Files.createTempFile("dragoman-test", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(command + " hangs");
        }
        return new Result(
            process.exitValue(),
            Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A stream of the vectors, copied into a folder. */
  static Path stream(String name, Path into) throws IOException {
    Path copy = into.resolve(name + ".qemu-save");
    Files.write(copy, stream(name));
    return copy;
  }

  /** A stream of the vectors. */
  static byte[] stream(String name) throws IOException {
    try (var in = Program.class.getResourceAsStream("/vectors/" + name + ".qemu-save")) {
      return in.readAllBytes();
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("bin/dragoman"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
