package org.dragoman.container;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a container's configuration says of its guest. It is told for people to recognise the guest
 * by; nothing is decided by it, and one that cannot be read tells nothing.
 *
 * @param form how it is written
 * @param name the guest's, or null
 * @param uuid the guest's, or null
 * @param deviceModel the keys about the device model that it has, by their names
 */
public record GuestConfig(Form form, String name, String uuid, Map<String, String> deviceModel) {

  /** How a configuration is written. */
  public enum Form {
    /** xl.cfg, of xl up to 4.4. */
    TEXT("xl.cfg text"),
    /** libxl's domain configuration, since 4.5. */
    JSON("JSON"),
    /** xend's s-expression. */
    SXP("an s-expression"),
    /** libvirt's domain. */
    XML("libvirt XML"),
    /** What xenopsd writes of the VM, an s-expression. */
    XENOPS("a xenops record");

    private final String title;

    Form(String title) {
      this.title = title;
    }

    /** Its name for people. */
    public String title() {
      return title;
    }
  }

  private static final Set<String> KEYS =
      Set.of(
          "device_model_version",
          "device_model_override",
          "device_model",
          "device_model_stubdomain",
          "device_model_stubdomain_override",
          "device_model_user",
          "dm_restrict",
          "bios");

  /** Copies the keys. */
  public GuestConfig {
    deviceModel = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(deviceModel));
  }

  /** Whether it has the device model run in a domain of its own. */
  public boolean startsStubDomain() {
    String says =
        deviceModel.getOrDefault(
            "device_model_stubdomain_override", deviceModel.get("device_model_stubdomain"));
    return says != null && !says.equals("0") && !says.equals("false");
  }

  /** Reads what it needs of a configuration. */
  static GuestConfig read(Form form, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return switch (form) {
      case JSON -> json(text);
      case TEXT ->
          of(
              form,
              text,
              "(?m)^[ \\t]*+(\\w++)[ \\t]*+=[ \\t]*+(?:\"([^\"\\n]*+)\"|'([^'\\n]*+)'|(\\S++))");
      case SXP, XENOPS ->
          of(
              form,
              text,
              "\\((\\w[\\w-]*) (?:\\\\?\"([^\"\\\\)]*)\\\\?\"|'([^')]*)'|([^()\\s\"]+))\\)");
      case XML -> xml(text);
    };
  }

  private static GuestConfig of(Form form, String text, String pattern) {
    String name = null;
    String uuid = null;
    Map<String, String> keys = new LinkedHashMap<>();
    Matcher found = Pattern.compile(pattern).matcher(text);
    while (found.find()) {
      String key = found.group(1);
      String value =
          found.group(2) != null
              ? found.group(2)
              : found.group(3) != null ? found.group(3) : found.group(4);
      if (key.equals("name") && name == null) {
        name = value;
      } else if ((key.equals("uuid") || (form == Form.XENOPS && key.equals("id")))
          && uuid == null) {
        uuid = value;
      } else if (KEYS.contains(key) || key.equals("device-model")) {
        keys.putIfAbsent(key, value);
      }
    }
    return new GuestConfig(form, name, uuid, keys);
  }

  private static GuestConfig xml(String text) {
    String name = first(text, "<name>([^<]*)</name>");
    String uuid = first(text, "<uuid>([^<]*)</uuid>");
    String emulator = first(text, "<emulator>([^<]*)</emulator>");
    return new GuestConfig(
        Form.XML, name, uuid, emulator == null ? Map.of() : Map.of("emulator", emulator));
  }

  private static String first(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    return found.find() ? found.group(1).strip() : null;
  }

  private static GuestConfig json(String text) {
    String name = null;
    String uuid = null;
    Map<String, String> keys = new LinkedHashMap<>();
    int end = text.indexOf('\0');
    try (JsonParser json =
        new JsonFactory().createParser(end < 0 ? text : text.substring(0, end))) {
      while (json.nextToken() != null) {
        if (!json.currentToken().isScalarValue() || json.currentToken() == JsonToken.VALUE_NULL) {
          continue;
        }
        String key = json.currentName();
        var parent = json.getParsingContext().getParent();
        boolean aboutItself = parent != null && "c_info".equals(parent.getCurrentName());
        if (aboutItself && "name".equals(key)) {
          name = json.getText();
        } else if (aboutItself && "uuid".equals(key)) {
          uuid = json.getText();
        } else if (key != null && KEYS.contains(key)) {
          keys.putIfAbsent(key, json.getText());
        }
      }
    } catch (IOException e) {
      // libxl will say what is wrong with it; what was read up to there still helps people.
      return new GuestConfig(Form.JSON, name, uuid, keys);
    }
    return new GuestConfig(Form.JSON, name, uuid, keys);
  }
}
