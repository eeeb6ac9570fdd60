package org.dragoman.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.dragoman.os.Durable;

/**
 * The record of what {@code enable} did, for {@code disable} and for people. It is written before
 * the first device model is touched.
 *
 * @param configuration the file that the settings were made from
 * @param entries one for each device model
 */
record EnabledRecord(Path configuration, List<Entry> entries) {
  private static final int MODE = 0644;

  EnabledRecord {
    entries = List.copyOf(entries);
  }

  /** How the real device model was put aside. */
  enum Method {
    /** Its name is diverted for dpkg. */
    DPKG_DIVERT("dpkg-divert"),
    /** It has another name, of which no package manager knows. */
    RENAME("rename"),
    /** It was not; single domains name the shim. */
    PER_DOMAIN("per-domain");

    private final String word;

    Method(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }

    private static Method of(String word) throws IOException {
      for (Method method : values()) {
        if (method.word.equals(word)) {
          return method;
        }
      }
      throw new IOException("unknown method '" + word + "'");
    }
  }

  /**
   * One device model.
   *
   * @param path where the shim is
   * @param real where the real one is
   * @param owner the package that it is from; empty: not known
   * @param sha256 of the real one, when it was put aside
   * @param mode its permissions, octal
   * @param uid its owner
   * @param gid its group
   */
  record Entry(
      Path path,
      Path real,
      Method method,
      String owner,
      String sha256,
      String mode,
      String uid,
      String gid) {
    private static final int PERMISSIONS = 0777;

    /**
     * An entry with the facts of a file.
     *
     * @param program the real one, under the name that it has now
     */
    static Entry of(Path path, Path real, Method method, String owner, Path program)
        throws IOException {
      Map<String, Object> facts = Files.readAttributes(program, "unix:mode,uid,gid");
      return new Entry(
          path,
          real,
          method,
          owner,
          HexFormat.of().formatHex(Sha256.of(program)),
          Integer.toOctalString((Integer) facts.get("mode") & PERMISSIONS),
          facts.get("uid").toString(),
          facts.get("gid").toString());
    }

    /** Whether a file is the one that was put aside. */
    boolean wasPutAside(Path file) throws IOException {
      return Files.isRegularFile(file) && HexFormat.of().formatHex(Sha256.of(file)).equals(sha256);
    }
  }

  /** No device model. */
  static EnabledRecord empty(Path configuration) {
    return new EnabledRecord(configuration, List.of());
  }

  /** The entry of a device model, or null. */
  Entry of(Path path) {
    for (Entry entry : entries) {
      if (entry.path().equals(path)) {
        return entry;
      }
    }
    return null;
  }

  /**
   * Reads a record.
   *
   * @return null where there is none
   * @throws IOException if it cannot be read or is damaged
   */
  static EnabledRecord read(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return null;
    }
    try (JsonParser json = new JsonFactory().createParser(text)) {
      Path configuration = null;
      List<Entry> entries = new ArrayList<>();
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(file + ": not a record of `dragoman enable`");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        if (key.equals("configuration")) {
          configuration = Path.of(json.getText());
        } else if (key.equals("deviceModels")) {
          while (json.nextToken() == JsonToken.START_OBJECT) {
            entries.add(entry(json));
          }
        } else {
          json.skipChildren();
        }
      }
      return new EnabledRecord(configuration, entries);
    } catch (JsonProcessingException | RuntimeException e) {
      throw new IOException(
          file + ": damaged: " + e.getMessage() + "; move it away and run `dragoman enable`", e);
    }
  }

  private static Entry entry(JsonParser json) throws IOException {
    Map<String, String> values = new HashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      values.put(key, json.getText());
    }
    return new Entry(
        Path.of(values.get("path")),
        Path.of(values.get("real")),
        Method.of(values.get("method")),
        values.getOrDefault("package", ""),
        values.getOrDefault("sha256", ""),
        values.getOrDefault("mode", ""),
        values.getOrDefault("uid", ""),
        values.getOrDefault("gid", ""));
  }

  /** Writes it, in the place of an older one. */
  void write(Path file) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("version", Installation.version());
      json.writeStringField("configuration", configuration.toString());
      json.writeArrayFieldStart("deviceModels");
      for (Entry entry : entries) {
        json.writeStartObject();
        json.writeStringField("path", entry.path().toString());
        json.writeStringField("real", entry.real().toString());
        json.writeStringField("method", entry.method().word());
        json.writeStringField("package", entry.owner());
        json.writeStringField("sha256", entry.sha256());
        json.writeStringField("mode", entry.mode());
        json.writeStringField("uid", entry.uid());
        json.writeStringField("gid", entry.gid());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    Durable.write(file, (text + "\n").getBytes(StandardCharsets.UTF_8), MODE);
  }
}
