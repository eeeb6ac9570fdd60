package org.dragoman.audit;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import org.dragoman.stream.Text;

/** Findings as JSON, one on a line. */
public final class FindingJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ObjectWriter WRITER = MAPPER.writerFor(AuditFinding.class);
  private static final ObjectReader READER = MAPPER.readerFor(AuditFinding.class);

  private FindingJson() {}

  /** One line, without the newline. */
  public static String line(AuditFinding finding) {
    try {
      return Text.jsonWithoutControls(WRITER.writeValueAsString(finding));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * What {@link #line} wrote.
   *
   * @throws IOException if it is something else
   */
  static AuditFinding read(byte[] line) throws IOException {
    return READER.readValue(line);
  }

  /** What a line is about, told from its start. */
  record Head(String path, String basis, String to) {}

  /**
   * The first keys of a line.
   *
   * @throws IOException if it is no finding
   */
  static Head head(byte[] line) throws IOException {
    try (JsonParser json = MAPPER.createParser(line)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        String path = text(json, "path");
        String basis = text(json, "basis");
        String to = text(json, "to");
        if (path != null && basis != null && to != null) {
          return new Head(path, basis, to);
        }
      }
      throw new IOException("not a finding of an audit");
    }
  }

  private static String text(JsonParser json, String key) throws IOException {
    boolean there =
        json.nextToken() == JsonToken.FIELD_NAME
            && json.currentName().equals(key)
            && json.nextToken() == JsonToken.VALUE_STRING;
    return there ? json.getText() : null;
  }
}
