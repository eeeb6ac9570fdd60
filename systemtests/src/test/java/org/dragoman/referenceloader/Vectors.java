package org.dragoman.referenceloader;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The recorded streams and what the products' own loaders did with them. */
final class Vectors {
  private Vectors() {}

  /** A stream by its path below the vectors folder. */
  static byte[] stream(String path) {
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + path)) {
      if (in == null) {
        throw new IllegalArgumentException("no vector " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of a manifest, each as column name to value; tab separated, nothing quoted. */
  static List<Map<String, String>> manifest(String path) {
    List<String> lines = new String(stream(path), StandardCharsets.UTF_8).lines().toList();
    String[] columns = lines.get(0).split("\t", -1);
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] values = line.split("\t", -1);
      if (values.length != columns.length) {
        throw new IllegalStateException(path + ": " + line);
      }
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < columns.length; i++) {
        row.put(columns[i], values[i]);
      }
      rows.add(row);
    }
    return rows;
  }
}
