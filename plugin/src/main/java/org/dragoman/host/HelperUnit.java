package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What systemd lets the helper do, by its unit and this host's drop-ins. The fallback runs without
 * it, so that what is forbidden here shows only while the helper answers.
 *
 * @param properties as {@code systemctl show} says them
 */
record HelperUnit(Map<String, String> properties) {
  private static final Path SYSTEMD = Path.of("/run/systemd/system");
  private static final String NAME = "dragoman.service";
  private static final String SEE = "docs/host.md, \"What the helper's unit allows\"";

  // Source: systemd.exec(5), 252.
  private static final List<Path> HOMES =
      List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"));
  private static final List<Path> TEMPORARY = List.of(Path.of("/tmp"), Path.of("/var/tmp"));

  /** The heap, the compiled code, and what else the JVM has. */
  private static final long PROGRAM_MIB = 256;

  HelperUnit {
    properties = Map.copyOf(properties);
  }

  /** The unit of this host; null where there is no systemd, or it does not know it. */
  static HelperUnit ofThisHost() throws IOException {
    Tool.Result show =
        Files.isDirectory(SYSTEMD)
            ? Tool.run(
                "systemctl",
                "show",
                "--property=LoadState,ProtectHome,ProtectSystem,PrivateTmp,ReadWritePaths,"
                    + "BindPaths,BindReadOnlyPaths,MemoryMax",
                NAME)
            : null;
    HelperUnit unit = show == null || !show.succeeded() ? null : parse(show.out());
    return unit != null && unit.says("LoadState", "loaded") ? unit : null;
  }

  /** Reads lines {@code NAME=VALUE}. */
  static HelperUnit parse(String text) {
    Map<String, String> properties = new HashMap<>();
    for (String line : text.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        properties.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return new HelperUnit(properties);
  }

  /** What a configuration asks for that the unit does not allow, and what to do. */
  List<String> objections(Settings settings) {
    List<String> objections = new ArrayList<>();
    for (Path folder : settings.policyFolders()) {
      String why = whyHidden(folder);
      if (why != null) {
        objections.add(
            "policies: "
                + folder
                + ": the helper cannot see it, since its unit says "
                + why
                + ": use a folder below /etc/dragoman, or see "
                + SEE);
      }
    }
    Path log = settings.auditLog();
    if (log != null) {
      String why = whyHidden(log);
      if (why == null && !mayWrite(log)) {
        why = "ProtectSystem=strict without it in ReadWritePaths";
      }
      if (why != null) {
        objections.add(
            "audit-log: "
                + log
                + ": the helper cannot write it, since its unit says "
                + why
                + ": use a file in /var/log/dragoman, or see "
                + SEE);
      }
    }
    long mib = PROGRAM_MIB + 2L * settings.parallel() * (settings.maxStreamBytes() >> 20);
    long allowed = memoryMib();
    if (mib > allowed) {
      objections.add(
          "limits: "
              + settings.parallel()
              + " streams of "
              + (settings.maxStreamBytes() >> 20)
              + " MiB and their results take "
              + mib
              + " MiB with the program, and the helper would be killed, since its unit says"
              + " MemoryMax="
              + allowed
              + "M: lower one of them, or see "
              + SEE);
    }
    return objections;
  }

  /** The setting by which a path is not there for the helper; null: it is. */
  private String whyHidden(Path name) {
    Path path = real(name);
    if (isBelow(path, HOMES)) {
      // What is bound into a folder that is `yes` protected is not there either.
      if (says("ProtectHome", "yes")) {
        return "ProtectHome=yes";
      }
      if (says("ProtectHome", "tmpfs") && !isBound(path)) {
        return "ProtectHome=tmpfs";
      }
    }
    return isBelow(path, TEMPORARY) && says("PrivateTmp", "yes") && !isBound(path)
        ? "PrivateTmp=yes"
        : null;
  }

  private boolean mayWrite(Path name) {
    Path path = real(name);
    boolean readOnly =
        says("ProtectSystem", "strict")
            || (says("ProtectHome", "read-only") && isBelow(path, HOMES));
    return !readOnly || isBelow(path, paths("ReadWritePaths")) || isBelow(path, paths("BindPaths"));
  }

  private boolean isBound(Path path) {
    return isBelow(path, paths("BindPaths")) || isBelow(path, paths("BindReadOnlyPaths"));
  }

  private long memoryMib() {
    String most = properties.getOrDefault("MemoryMax", "");
    // It is `infinity`, or in older versions more than fits, where nothing is said.
    return most.matches("[0-9]{1,18}") ? Long.parseLong(most) >> 20 : Long.MAX_VALUE;
  }

  private boolean says(String property, String value) {
    return value.equals(properties.get(property));
  }

  /** The paths of a list; of a bound one, where it is bound to. */
  private List<Path> paths(String property) {
    List<Path> paths = new ArrayList<>();
    for (String word : properties.getOrDefault(property, "").split(" ", -1)) {
      String[] parts = word.replaceFirst("^[-+]+", "").split(":", -1);
      String path = parts.length > 1 ? parts[1] : parts[0];
      if (path.startsWith("/")) {
        paths.add(Path.of(path));
      }
    }
    return paths;
  }

  private static boolean isBelow(Path path, List<Path> folders) {
    return folders.stream().anyMatch(path::startsWith);
  }

  /** Where a path leads; what is not there yet leads nowhere. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      Path folder = path.getParent();
      return folder == null ? path : real(folder).resolve(path.getFileName());
    }
  }
}
