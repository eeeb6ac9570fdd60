package org.dragoman.host;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * What was decided about one stream, or about a guest that boots: one line of the audit log. Its
 * keys are an interface; {@code dragoman log} and others read them. References are null where
 * something is not known.
 *
 * @param time when the question came
 * @param domid the domain's number, or null
 * @param name the domain's name
 * @param uuid the domain's uuid
 * @param kind {@code incoming} or {@code loadvm}, as the device model was to read it; {@code
 *     filter}: in a pipe, before there is one; {@code start}: there is none, a guest boots
 * @param deviceModel the device model's program, or null
 * @param mode enforce or dry-run
 * @param helper {@code resident}, {@code fallback} or {@code filter}
 * @param target id of the product that shall read the stream
 * @param saidSource id of the product that the configuration says wrote it
 * @param explanations ids of the products that can have written it
 * @param edits what changes
 * @param arguments what changes in the device model's arguments, and what else is done before it
 *     starts, in words
 * @param reasons why not
 * @param warnings what an administrator should know though it is done
 * @param size of the stream in bytes
 * @param sizeAfter of the result in bytes
 * @param sha256 of the stream, hexadecimal
 * @param sha256After of the result, hexadecimal
 * @param phases how long what took, or null
 * @param version Dragoman's
 */
public record Decision(
    Instant time,
    Integer domid,
    String name,
    String uuid,
    String kind,
    String deviceModel,
    Mode mode,
    String helper,
    Outcome outcome,
    String target,
    String saidSource,
    List<String> explanations,
    List<Change> edits,
    List<String> arguments,
    List<String> reasons,
    List<String> warnings,
    Long size,
    Long sizeAfter,
    String sha256,
    String sha256After,
    Phases phases,
    String version) {
  /** Making one takes longer than a line does. */
  private static final JsonFactory JSON = new JsonFactory();

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** What was decided. */
  public enum Outcome {
    /** The device model gets another stream. */
    TRANSLATED("translated"),
    /** The device model gets the stream as it is. */
    UNCHANGED("unchanged"),
    /** The device model is not started. */
    REFUSED("refused"),
    /** It could not be found out; the host's configuration says what becomes of it. */
    FAILED("failed"),
    /** A dry run, in which the device model gets the stream as it is. */
    WOULD_TRANSLATE("would-translate"),
    /** A dry run, in which the device model gets the stream as it is. */
    WOULD_REFUSE("would-refuse"),
    /** A guest boots, and its devices get the PCI slots that it knows. */
    KEPT("kept"),
    /** A dry run, in which they get those of the toolstack. */
    WOULD_KEEP("would-keep");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /** As the audit log has it. */
    public String word() {
      return word;
    }
  }

  /**
   * One edit.
   *
   * @param offset in the source, in bytes
   * @param remove the bytes that go, hexadecimal
   * @param insert the bytes that come, hexadecimal
   * @param section the idstr
   * @param reason why, in a clause
   */
  public record Change(int offset, String remove, String insert, String section, String reason) {}

  /** Nanoseconds: reading question and stream, judge, plan with its check, result, all. */
  public record Phases(long receive, long judge, long plan, long write, long total) {}

  /** Copies the lists. */
  public Decision {
    explanations = List.copyOf(explanations);
    edits = List.copyOf(edits);
    arguments = List.copyOf(arguments);
    reasons = List.copyOf(reasons);
    warnings = List.copyOf(warnings);
  }

  /** One JSON value on one line, with a newline after it. */
  String line() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("time", TIME.format(time));
      json.writeObjectField("domid", domid);
      json.writeStringField("name", name);
      json.writeStringField("uuid", uuid);
      json.writeStringField("kind", kind);
      json.writeStringField("deviceModel", deviceModel);
      json.writeStringField("mode", mode.word());
      json.writeStringField("helper", helper);
      json.writeStringField("outcome", outcome.word());
      json.writeStringField("target", target);
      json.writeStringField("saidSource", saidSource);
      strings(json, "explanations", explanations);
      json.writeArrayFieldStart("edits");
      for (Change edit : edits) {
        json.writeStartObject();
        json.writeNumberField("offset", edit.offset());
        json.writeStringField("remove", edit.remove());
        json.writeStringField("insert", edit.insert());
        json.writeStringField("section", edit.section());
        json.writeStringField("reason", edit.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      strings(json, "arguments", arguments);
      strings(json, "reasons", reasons);
      strings(json, "warnings", warnings);
      json.writeObjectField("size", size);
      json.writeObjectField("sizeAfter", sizeAfter);
      json.writeStringField("sha256", sha256);
      json.writeStringField("sha256After", sha256After);
      if (phases == null) {
        json.writeNullField("ms");
      } else {
        json.writeObjectFieldStart("ms");
        milliseconds(json, "receive", phases.receive());
        milliseconds(json, "judge", phases.judge());
        milliseconds(json, "plan", phases.plan());
        milliseconds(json, "write", phases.write());
        milliseconds(json, "total", phases.total());
        json.writeEndObject();
      }
      json.writeStringField("version", version);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString();
  }

  private static void strings(JsonGenerator json, String name, List<String> values)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private static void milliseconds(JsonGenerator json, String name, long nanoseconds)
      throws IOException {
    // Thousandths are as much as the clock is worth.
    json.writeNumberField(name, Math.round(nanoseconds / 1e3) / 1e3);
  }
}
