package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.stream.Collectors;
import org.dragoman.container.GuestConfig;
import org.dragoman.container.GuestMemory;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.Image;
import org.dragoman.stream.Text;

/** What a save file says of itself and its guest, in two renderings. */
final class ContainerText {
  private ContainerText() {}

  static void describe(PrintStream out, Input input) {
    Image image = input.image();
    out.println(input.name() + ": " + image.kind().title() + ", " + input.file().size() + " bytes");
    if (image.config() != null) {
      out.println("Guest: " + guest(image.config()));
    }
    if (image.memory() != null) {
      out.println("Memory: " + memory(image.memory()));
    }
    if (image.records().isEmpty()) {
      // Neither libxc nor libxl says whether a guest with hardware support is HVM or PVH.
      out.println(
          image.memory() != null && image.memory().hardware()
              ? "No device-model stream: a PVH guest has none; an HVM guest cannot be restored so."
              : "No device-model stream: a guest of this kind has none.");
    }
    if (image.end() < input.file().size()) {
      out.println(
          "After its end at "
              + Text.offset(image.end())
              + ": "
              + (input.file().size() - image.end())
              + " bytes that are not part of it");
    }
  }

  static String guest(GuestConfig config) {
    String keys =
        config.deviceModel().entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining(", "));
    return Text.withoutControls(
        (config.name() == null ? "without a name" : config.name())
            + (config.uuid() == null ? "" : ", uuid " + config.uuid())
            + (keys.isEmpty() ? "" : ", " + keys)
            + " (from "
            + config.form().title()
            + ")");
  }

  static String memory(GuestMemory memory) {
    String writer =
        memory.version() == 1
            ? "of a " + memory.wordBits() + "-bit toolstack, Xen 4.5 or older"
            : memory.xen() == null
                ? "converted from an older one"
                : "written by Xen " + memory.xen();
    return "libxc stream version "
        + memory.version()
        + ", "
        + writer
        + ", "
        + (memory.hardware() ? "HVM" : "PV");
  }

  /** Tells each change of a configuration, indented. */
  static void changes(PrintStream out, ConfigEdit edit) {
    for (ConfigEdit.Change change : edit.changes()) {
      out.println("  " + Text.withoutControls(change.inWords()));
      out.println("    " + change.reason());
    }
  }

  /** Writes the fields "config" and "configReasons". */
  static void json(JsonGenerator json, ConfigEdit edit) throws IOException {
    json.writeArrayFieldStart("config");
    for (ConfigEdit.Change change : edit.changes()) {
      json.writeStartObject();
      json.writeStringField("key", change.key());
      json.writeStringField("before", change.before());
      json.writeStringField("after", change.after());
      json.writeStringField("reason", change.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
    Json.strings(json, "configReasons", edit.reasons());
  }

  /** Writes the field "container". */
  static void json(JsonGenerator json, Image image) throws IOException {
    json.writeObjectFieldStart("container");
    json.writeStringField("kind", image.kind().name());
    json.writeStringField("title", image.kind().title());
    json.writeNumberField("end", image.end());
    if (image.config() == null) {
      json.writeNullField("config");
    } else {
      json.writeObjectFieldStart("config");
      json.writeStringField("form", image.config().form().name());
      json.writeStringField("name", image.config().name());
      json.writeStringField("uuid", image.config().uuid());
      json.writeObjectFieldStart("deviceModel");
      for (Map.Entry<String, String> key : image.config().deviceModel().entrySet()) {
        json.writeStringField(key.getKey(), key.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    if (image.memory() == null) {
      json.writeNullField("memory");
    } else {
      GuestMemory memory = image.memory();
      json.writeObjectFieldStart("memory");
      json.writeNumberField("libxcVersion", memory.version());
      json.writeStringField("guest", memory.hardware() ? "HVM" : "PV");
      json.writeStringField("xen", memory.xen());
      json.writeNumberField("wordBits", memory.wordBits());
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
