package org.dragoman.stream;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An idstr with the address of a device in it, as QEMU writes it: {@code 0000:00:{slot}.0/rtl8139}.
 * Source: QEMU 7.2 hw/pci/pci.c pcibus_get_dev_path, hw/usb/bus.c usb_get_dev_path.
 */
final class IdstrPattern {
  /** What may stand for each word in braces: a PCI slot, and the way through hubs to a USB port. */
  private static final Map<String, String> WORDS =
      Map.of("{slot}", "[01][0-9a-f]", "{port}", "[1-9][0-9]?(?:[.][1-9][0-9]?){0,4}");

  private final Pattern pattern;

  /** What each one ends with. Most of others end otherwise, which is soon seen. */
  private final byte[] ending;

  IdstrPattern(String idstr) {
    this.ending = idstr.substring(idstr.lastIndexOf('}') + 1).getBytes(StandardCharsets.ISO_8859_1);
    String regex = Pattern.quote(idstr);
    for (Map.Entry<String, String> word : WORDS.entrySet()) {
      regex = regex.replace(word.getKey(), "\\E" + word.getValue() + "\\Q");
    }
    this.pattern = Pattern.compile(regex);
  }

  /** Whether an idstr of a policy stands for several of a stream. */
  static boolean isOne(String idstr) {
    return idstr.indexOf('{') >= 0 && WORDS.keySet().stream().anyMatch(idstr::contains);
  }

  /** Whether the idstr at an offset is one of these. */
  boolean matches(Octets octets, int at, int length) {
    return length > ending.length
        && octets.holds(at + length - ending.length, ending)
        && pattern.matcher(Text.idstr(octets.copy(at, length))).matches();
  }
}
