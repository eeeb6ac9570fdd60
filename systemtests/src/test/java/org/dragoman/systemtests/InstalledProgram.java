package org.dragoman.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The program as {@code bin/install} puts it on a host, below a folder of its own that everybody
 * may read: the helper and the fallback run as a user who may not look into the project.
 */
final class InstalledProgram {
  /** Installed once for all tests of a run. */
  static final InstalledProgram HERE = install();

  private final Path prefix;

  private InstalledProgram(Path prefix) {
    this.prefix = prefix;
  }

  private static InstalledProgram install() {
    try {
      Path folder = readableFolder();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      Program.Result result =
          Program.run(
              List.of(
                  Program.ROOT.resolve("bin/install").toString(),
                  "--prefix",
                  folder.resolve("prefix").toString()),
              120);
      if (result.exit() != 0) {
        throw new IllegalStateException(result.all());
      }
      return new InstalledProgram(folder.resolve("prefix"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new folder that everybody may look into, and only this user write. */
  static Path readableFolder() throws IOException {
    Path folder = Files.createTempDirectory("dragoman-host");
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Removes a folder with all that is in it. */
  static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code dragoman}. */
  Path program() {
    return prefix.resolve("bin/dragoman");
  }

  /** The shim. */
  Path shim() {
    return prefix.resolve("lib/dragoman/dragoman-dm");
  }

  /** The fallback. */
  Path fallback() {
    return prefix.resolve("lib/dragoman/dragoman-answer");
  }

  /** Where the fallback finds its configuration. */
  Path configuration() {
    return prefix.resolve("etc/dragoman/dragoman.yaml");
  }
}
