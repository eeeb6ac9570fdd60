package org.dragoman.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest that runs on this host with its devices where the shim put them.
 *
 * @param domid the domain's number, as its device model was told it
 * @param name what its device model calls it; empty where it calls it nothing
 */
record DependentGuest(String domid, String name) {
  /** What the shim gives each of them, and nobody else gives. */
  private static final List<String> MARK = List.of("-global", "migration.send-section-footer=on");

  /** In bytes. libxl's arguments have some thousands, and any process may say that it has more. */
  private static final int MOST_ARGUMENTS = 256 << 10;

  /**
   * Those that run now, by the arguments of their device models.
   *
   * @param proc where the kernel has the processes: {@code /proc}
   * @throws IOException if they cannot be listed; the message is for people
   */
  static List<DependentGuest> running(Path proc) throws IOException {
    List<DependentGuest> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path process : processes) {
        DependentGuest guest = of(arguments(process));
        if (guest != null) {
          found.add(guest);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new IOException(proc + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
    return found;
  }

  private static List<String> arguments(Path process) {
    try (InputStream in = Files.newInputStream(process.resolve("cmdline"))) {
      String all = new String(in.readNBytes(MOST_ARGUMENTS), StandardCharsets.UTF_8);
      return List.of(all.split("\0", -1));
    } catch (IOException e) {
      // It has ended meanwhile.
      return List.of();
    }
  }

  private static DependentGuest of(List<String> arguments) {
    int domid = arguments.indexOf("-xen-domid") + 1;
    if (domid == 0 || domid >= arguments.size() || !containsMark(arguments)) {
      return null;
    }
    int name = arguments.indexOf("-name") + 1;
    return new DependentGuest(
        arguments.get(domid), name > 0 && name < arguments.size() ? arguments.get(name) : "");
  }

  private static boolean containsMark(List<String> arguments) {
    for (int i = 0; i + MARK.size() <= arguments.size(); i++) {
      if (arguments.subList(i, i + MARK.size()).equals(MARK)) {
        return true;
      }
    }
    return false;
  }

  String inWords() {
    return "domain " + domid + (name.isEmpty() ? "" : " '" + name + "'");
  }
}
