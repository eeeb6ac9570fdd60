package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What dpkg knows of files, and the diversions that make it install over none of ours. */
final class Dpkg {
  private static final String PACKAGE = "dragoman";
  private static final Pattern DIVERSION =
      Pattern.compile("diversion of (.*) to (.*\\.real) by dragoman");

  private Dpkg() {}

  /** The package that owns a file; null where none does, or no dpkg is there. */
  static String owner(Path file) throws IOException {
    Tool.Result result = Tool.run("dpkg-query", "--search", file.toString());
    if (result == null || !result.succeeded()) {
      return null;
    }
    for (String line : result.out().lines().toList()) {
      int colon = line.lastIndexOf(": " + file);
      if (colon > 0 && !line.startsWith("diversion by ")) {
        return line.substring(0, colon);
      }
    }
    return null;
  }

  /** The files that are diverted for us. */
  static List<Path> diverted() throws IOException {
    List<Path> files = new ArrayList<>();
    Tool.Result result = Tool.run("dpkg-divert", "--list");
    if (result != null) {
      for (String line : result.out().lines().toList()) {
        Matcher diversion = DIVERSION.matcher(line);
        if (diversion.matches() && diversion.group(2).equals(diversion.group(1) + ".real")) {
          files.add(Path.of(diversion.group(1)));
        }
      }
    }
    return files;
  }

  /** What to do about a diversion of a file that is not ours; null where there is none. */
  static String foreignDiversion(Path file) throws IOException {
    Tool.Result result = Tool.run("dpkg-divert", "--listpackage", file.toString());
    String who = result == null || !result.succeeded() ? "" : result.out().strip();
    return who.isEmpty() || who.equals(PACKAGE)
        ? null
        : "dpkg diverts it already, "
            + (who.equals("LOCAL") ? "by an administrator's word" : "for the package " + who)
            + ": see `dpkg-divert --list "
            + file
            + "`; take that diversion away and run `dragoman enable` again, or take"
            + " `dragoman enable --per-domain`";
  }

  /** Has packages install the file beside its name; what is there is not touched. */
  static void divert(Path file) throws IOException {
    change("--divert", DeviceModel.real(file).toString(), "--add", file.toString());
  }

  /** Takes that back. */
  static void undivert(Path file) throws IOException {
    change("--remove", file.toString());
  }

  private static void change(String... what) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("dpkg-divert", "--quiet", "--package", PACKAGE, "--no-rename"));
    command.addAll(List.of(what));
    Tool.Result result = Tool.run(command.toArray(String[]::new));
    if (result == null || !result.succeeded()) {
      throw new IOException(
          String.join(" ", command)
              + ": "
              + (result == null ? "no such program" : result.problem()));
    }
  }
}
