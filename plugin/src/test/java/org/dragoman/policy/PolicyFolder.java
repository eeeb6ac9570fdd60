package org.dragoman.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dragoman.yaml.YamlException;

/** A folder of policies, for tests. It begins with a part, a device and a product. */
public final class PolicyFolder {
  static final String PART = "devices/parts/bus.yaml";
  static final String DEVICE = "devices/clock.yaml";
  static final String PRODUCT = "products/alpha.yaml";

  private final Path root;

  /** No file yet. */
  public static PolicyFolder empty(Path root) {
    return new PolicyFolder(root);
  }

  /** A folder that loads. */
  static PolicyFolder valid(Path root) {
    return empty(root)
        .file(
            PART,
            """
            part: bus
            title: a bus
            sources: [bus.c]
            fields:
              - {name: config, width: 1, repeat: 4}
            """)
        .file(
            DEVICE,
            """
            device: clock
            title: a clock
            idstr: clock
            instance: 0
            contents:
              v1:
                size: 4
                sources: [clock.c]
                fields:
                  - {name: ticks, width: 4}
            """)
        .file(
            PRODUCT,
            """
            product: alpha
            versions: {first: "1.0", last: "1.9"}
            title: Alpha
            sources:
              seen: {sure: seen, from: here}
            sections:
              clock: {writes: {1: v1}, reads: {1: v1}, per: seen}
            section_ids: unknown
            """);
  }

  private PolicyFolder(Path root) {
    this.root = root;
  }

  /** Writes a file. */
  public PolicyFolder file(String name, String text) {
    try {
      Path path = root.resolve(name);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes a file: text that stands in it once. */
  PolicyFolder change(String name, String from, String to) {
    String text = text(name);
    if (text.indexOf(from) < 0 || text.indexOf(from) != text.lastIndexOf(from)) {
      throw new IllegalArgumentException("not there once: " + from);
    }
    return file(name, text.replace(from, to));
  }

  PolicyFolder append(String name, String more) {
    return file(name, text(name) + more);
  }

  String text(String name) {
    try {
      return Files.readString(root.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path(String name) {
    return root.resolve(name);
  }

  public Path root() {
    return root;
  }

  public Policies load() throws YamlException {
    return Policies.loadOnly(root);
  }
}
