package org.dragoman.cli;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;

/** What matters in a payload, by the device's own template. */
final class Summary {
  /** Behind a field of the PCI configuration, whose bytes are in the other order. */
  private static final String LITTLE_ENDIAN = ":little";

  private Summary() {}

  /** One line, or nothing. */
  static String of(Octets octets, Section section) {
    String template = section.device().summary();
    if (template == null || !section.named()) {
      return "";
    }
    Map<String, String> values = new HashMap<>();
    section
        .content()
        .layout()
        .visit(
            octets,
            section.payloadAt(),
            (path, field, at, count) -> {
              if (template.contains("{" + path + "}")) {
                String hex = HexFormat.of().formatHex(octets.copy(at, count * field.width()));
                values.put(path, count == 1 ? "0x" + hex : pairs(hex));
              } else if (template.contains("{" + path + LITTLE_ENDIAN + "}")) {
                long value = Long.reverseBytes(octets.number(at, field.width()));
                values.put(
                    path + LITTLE_ENDIAN,
                    Text.hex(value >>> (64 - 8 * field.width()), field.width()));
              }
            });
    return filled(template, values);
  }

  private static String pairs(String hex) {
    return hex.replaceAll("(..)(?=.)", "$1:");
  }

  /** Puts the values in. A part in brackets is left out where one of its values is not there. */
  private static String filled(String template, Map<String, String> values) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < template.length(); ) {
      char character = template.charAt(at);
      int close = template.indexOf(character == '[' ? ']' : '}', at);
      if (character == '[' && close > 0) {
        String part = filled(template.substring(at + 1, close), values);
        text.append(part.contains("?") ? "" : part);
        at = close + 1;
      } else if (character == '{' && close > 0) {
        text.append(values.getOrDefault(template.substring(at + 1, close), "?"));
        at = close + 1;
      } else {
        text.append(character);
        at++;
      }
    }
    return text.toString();
  }
}
