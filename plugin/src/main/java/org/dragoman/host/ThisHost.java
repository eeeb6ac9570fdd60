package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this host says that it is. */
public final class ThisHost {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** Two numbers: point releases have one dialect. */
  private static final Pattern PRODUCT_VERSION =
      Pattern.compile("PRODUCT_VERSION='?([0-9]{1,9}\\.[0-9]{1,9})[0-9.]*'?");

  private ThisHost() {}

  /**
   * The product, as {@code --to} takes it: {@code xenserver-6.5} where the inventory of XenServer
   * says so, {@code xen-4.17} where the hypervisor says so; null where neither can be read.
   */
  public static String product() {
    return product(Path.of("/"));
  }

  /** The same for a host whose files are in a folder. */
  static String product(Path root) {
    for (String line : lines(root.resolve("etc/xensource-inventory"))) {
      Matcher version = PRODUCT_VERSION.matcher(line.strip());
      if (version.matches()) {
        return "xenserver-" + version.group(1);
      }
    }
    Path hypervisor = root.resolve("sys/hypervisor");
    if (!firstLine(hypervisor.resolve("type")).equals("xen")) {
      return null;
    }
    String major = firstLine(hypervisor.resolve("version/major"));
    String minor = firstLine(hypervisor.resolve("version/minor"));
    return NUMBER.matcher(major).matches() && NUMBER.matcher(minor).matches()
        ? "xen-" + major + "." + minor
        : null;
  }

  private static String firstLine(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.get(0).strip();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
