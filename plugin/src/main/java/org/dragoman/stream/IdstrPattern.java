package org.dragoman.stream;

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

  IdstrPattern(String idstr) {
    String regex = Pattern.quote(idstr);
    for (Map.Entry<String, String> word : WORDS.entrySet()) {
      regex = regex.replace(word.getKey(), "\\E" + word.getValue() + "\\Q");
    }
    this.pattern = Pattern.compile(regex);
  }

  /** Whether an idstr of a policy stands for several of a stream. */
  static boolean isOne(String idstr) {
    return WORDS.keySet().stream().anyMatch(idstr::contains);
  }

  boolean matches(String idstr) {
    return pattern.matcher(idstr).matches();
  }
}
