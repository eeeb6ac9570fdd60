package org.dragoman.helper;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The options of a device model's command line, as libxl makes it. Immutable. */
final class Arguments {
  /** Those of libxl's options, and of qemu-xen's usual ones, that take no value. */
  private static final Set<String> FLAGS =
      Set.of(
          "S",
          "daemonize",
          "enable-kvm",
          "no-acpi",
          "no-fd-bootchk",
          "no-hpet",
          "no-reboot",
          "no-shutdown",
          "no-user-config",
          "nodefaults",
          "nographic",
          "snapshot",
          "usb",
          "xen-attach",
          "xen-domid-restrict");

  /** Options whose value may begin with a hyphen: a guest is called what it is called. */
  private static final Set<String> FREE_TEXT = Set.of("name", "domain-name", "append");

  private static final Set<String> DISPLAYS =
      Set.of("cirrus-vga", "VGA", "qxl-vga", "virtio-vga", "vmware-svga", "bochs-display");

  private static final Pattern USB_CONTROLLER = Pattern.compile(".*-(uhci|ehci|xhci|ohci)\\d*");

  /**
   * One option.
   *
   * @param at its index
   * @param name without its hyphens
   * @param value what follows it, or null
   */
  record Option(int at, String name, String value) {
    boolean is(String wanted) {
      return name.equals(wanted);
    }

    /** Of a -device: its driver. */
    String driver() {
      return value.split(",", 2)[0];
    }

    /** A property of the value, the last one of the name; null where it has none. */
    String property(String property) {
      String found = null;
      for (String part : value.split(",", -1)) {
        if (part.startsWith(property + "=")) {
          found = part.substring(property.length() + 1);
        }
      }
      return found;
    }

    /** Of a -device: whether it is a network card. */
    boolean isCard() {
      return property("netdev") != null
          || property("mac") != null
          || driver().equals("rtl8139")
          || driver().startsWith("e1000");
    }

    /** Of a -device: whether it is a display adapter. */
    boolean isDisplay() {
      return DISPLAYS.contains(driver());
    }

    /** Of a -device: whether USB devices are attached to it. */
    boolean isUsbController() {
      return USB_CONTROLLER.matcher(driver()).matches();
    }

    /** Of a -device: whether it is attached to a USB controller. */
    boolean isUsb() {
      return driver().startsWith("usb-");
    }
  }

  private final List<String> words;
  private final List<Option> options = new ArrayList<>();

  /** All of them, the device model's name first. */
  Arguments(List<String> words) {
    this.words = List.copyOf(words);
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith("-")) {
        continue;
      }
      String name = word.substring(word.startsWith("--") ? 2 : 1);
      String value = null;
      if (i + 1 < words.size() && !FLAGS.contains(name)) {
        String next = words.get(i + 1);
        value = !next.startsWith("-") || FREE_TEXT.contains(name) ? next : null;
      }
      options.add(new Option(i, name, value));
      i += value == null ? 0 : 1;
    }
  }

  /** As they are. */
  List<String> words() {
    return words;
  }

  /** An option as it is written. */
  String words(Option option) {
    return words.get(option.at()) + (option.value() == null ? "" : " " + option.value());
  }

  List<Option> options() {
    return options;
  }

  boolean has(String name) {
    return options.stream().anyMatch(option -> option.is(name));
  }

  /** Those of a name that have a value. */
  List<Option> all(String name) {
    return options.stream().filter(option -> option.is(name) && option.value() != null).toList();
  }

  /** The one that counts of several; null: there is none. */
  Option last(String name) {
    List<Option> found = all(name);
    return found.isEmpty() ? null : found.get(found.size() - 1);
  }

  /** Whether there is an option with this value. */
  boolean has(String name, String value) {
    return all(name).stream().anyMatch(option -> option.value().equals(value));
  }
}
