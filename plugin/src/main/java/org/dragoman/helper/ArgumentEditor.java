package org.dragoman.helper;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.dragoman.helper.Arguments.Option;
import org.dragoman.stream.Text;
import org.dragoman.translate.Topology;

/**
 * Edits of one command line of qemu-xen's, whether its guest is restored or boots.
 *
 * <p>Measured with QEMU 7.2 on Xen 4.17, machine xenfv, whose built-in adapter comes before its
 * platform device as in the traditional device model.
 */
abstract class ArgumentEditor {
  /** What is left of the shim's room for actions beside a stream and a relocation, in bytes. */
  private static final int MOST_SIZE = Answer.MOST_ACTIONS_SIZE - 64;

  private static final int MOST_EDITS = Answer.MOST_ACTIONS - 2;

  private static final Set<String> MACHINES = Set.of("xenfv", "xenfv-3.1");
  private static final Set<String> SOUND =
      Set.of("AC97", "ES1370", "intel-hda", "ich9-intel-hda", "sb16", "adlib", "cs4231a", "gus");
  private static final Pattern TPM = Pattern.compile("tpm-.*");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private static final String TABLET = "usb-tablet,bus=usb-bus.0,port=2";

  /** MiB that libxl gives an adapter at least, which is what it has without a property. */
  private static final int LEAST_CIRRUS = 8;

  private static final int LEAST_STD = 16;

  protected final Arguments arguments;
  private final List<Answer.Action.EditArguments> edits = new ArrayList<>();
  private final List<String> appended = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  ArgumentEditor(List<String> arguments) {
    this.arguments = new Arguments(arguments);
  }

  protected final void refuse(String sentence) {
    refusals.add(sentence);
  }

  protected final void warn(String sentence) {
    warnings.add(sentence);
  }

  /** What comes of all that was said before. */
  final CommandLine conclude() {
    if (!appended.isEmpty()) {
      edits.add(new Answer.Action.EditArguments(arguments.words().size(), 0, appended));
    }
    edits.sort(Comparator.comparingInt(Answer.Action.EditArguments::first));
    int size = edits.stream().mapToInt(Answer.Action::size).sum();
    if (size > MOST_SIZE || edits.size() > MOST_EDITS) {
      refuse(
          edits.size()
              + " changes of the device model's arguments would be needed, of "
              + size
              + " bytes, and the shim takes "
              + MOST_EDITS
              + " and "
              + MOST_SIZE);
    }
    return refusals.isEmpty()
        ? new CommandLine(edits, List.of(), cleaned(warnings), diff())
        : new CommandLine(List.of(), cleaned(refusals), cleaned(warnings), List.of());
  }

  private static List<String> cleaned(List<String> sentences) {
    return sentences.stream().map(Text::withoutControls).toList();
  }

  private List<String> diff() {
    List<String> lines = new ArrayList<>();
    for (Answer.Action.EditArguments edit : edits) {
      if (edit.removed() > 0) {
        int end = edit.first() + edit.removed();
        lines.add("- " + String.join(" ", arguments.words().subList(edit.first(), end)));
        lines.add("+ " + String.join(" ", edit.added()));
        continue;
      }
      StringBuilder line = new StringBuilder();
      for (String word : edit.added()) {
        if (word.startsWith("-") && !line.isEmpty()) {
          lines.add("+ " + line);
          line.setLength(0);
        }
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
      lines.add("+ " + line);
    }
    return cleaned(lines);
  }

  // Edits

  /** The shim leaves alone what could then be taken for the value of another option. */
  protected final void replace(Option option, String... words) {
    int next = option.at() + 2;
    if (next < arguments.words().size() && !arguments.words().get(next).startsWith("-")) {
      refuse(
          "the device model's argument "
              + arguments.words().get(next)
              + " belongs to no option; leave it out of the domain's configuration");
    }
    edits.add(new Answer.Action.EditArguments(option.at(), 2, List.of(words)));
  }

  protected final void append(String... words) {
    appended.addAll(List.of(words));
  }

  protected final void keepOrAppend(String name, String value) {
    if (!arguments.has(name, value)) {
      append("-" + name, value);
    }
  }

  /** Sets a property for all devices of a driver. */
  protected final void global(String property, String value) {
    String wanted = property + "=" + value;
    List<Option> found =
        arguments.all("global").stream()
            .filter(option -> option.value().startsWith(property + "="))
            .toList();
    if (found.isEmpty()) {
      append("-global", wanted);
    }
    found.stream()
        .filter(option -> !option.value().equals(wanted))
        .forEach(option -> replace(option, "-global", wanted));
  }

  /** What the guest's streams are known by when it is restored. */
  protected final void footers() {
    global("migration.send-section-footer", "on");
  }

  protected final void giveSlot(Option device, int slot) {
    replace(device, "-device", device.value() + ",addr=0x" + Integer.toHexString(slot));
  }

  // Machine

  protected final void checkMachine() {
    List<String> types = new ArrayList<>();
    for (Option option : machines()) {
      String first = option.value().split(",", 2)[0];
      String type = option.property("type");
      if (type != null || !first.contains("=")) {
        types.add(type != null ? type : first);
      }
    }
    if (types.isEmpty() || !MACHINES.containsAll(types)) {
      refuse(
          "the device model is to be "
              + (types.isEmpty()
                  ? "no machine in particular"
                  : "the machine " + String.join(" and ", types))
              + ", and a traditional guest goes on only in xenfv, or xenfv-3.1, which is the"
              + " same; set xen_platform_pci=1 in the domain's configuration");
    }
  }

  private List<Option> machines() {
    return arguments.options().stream().filter(ArgumentEditor::isMachine).toList();
  }

  protected static boolean isMachine(Option option) {
    return (option.is("machine") || option.is("M")) && option.value() != null;
  }

  // Display adapter

  /**
   * The display adapters of the arguments.
   *
   * @param devices those that are given by -device
   * @param words all of them
   * @param kinds all of them; null stands for those that a traditional guest cannot have
   */
  protected record Adapters(List<Option> devices, List<String> words, Set<Topology.Vga> kinds) {
    /** The one that there is; null where it is another one, or not one. */
    Topology.Vga only() {
      return words.size() == 1 ? kinds.iterator().next() : null;
    }

    String inWords() {
      return words.isEmpty() ? "none" : String.join(" and ", words);
    }
  }

  protected final Adapters adapters() {
    List<Option> devices = arguments.all("device").stream().filter(Option::isDisplay).toList();
    List<String> words = new ArrayList<>(devices.stream().map(Option::driver).toList());
    Set<Topology.Vga> kinds = new HashSet<>();
    devices.forEach(device -> kinds.add(ofDriver(device.driver())));
    Option builtIn = arguments.last("vga");
    if (builtIn != null && !builtIn.value().equals("none")) {
      words.add("-vga " + builtIn.value());
      kinds.add(ofBuiltIn(builtIn.value()));
    }
    return new Adapters(devices, words, kinds);
  }

  private static Topology.Vga ofBuiltIn(String value) {
    return switch (value) {
      case "cirrus" -> Topology.Vga.CIRRUS;
      case "std" -> Topology.Vga.STD;
      default -> null;
    };
  }

  private static Topology.Vga ofDriver(String driver) {
    return switch (driver) {
      case "cirrus-vga" -> Topology.Vga.CIRRUS;
      case "VGA" -> Topology.Vga.STD;
      default -> null;
    };
  }

  /** Has the only adapter built in, so that it is at slot 2, with exactly so much memory. */
  protected final void buildIn(Adapters adapters, int vramMib) {
    boolean cirrus = adapters.only() == Topology.Vga.CIRRUS;
    String property = (cirrus ? "cirrus-vga" : "VGA") + ".vgamem_mb";
    if (adapters.devices().isEmpty()) {
      global(property, String.valueOf(vramMib));
      return;
    }
    Option device = adapters.devices().get(0);
    // Where -vga none is last, it would count.
    if (arguments.last("vga") != null) {
      refuse("the device model's arguments have -vga none beside a display adapter; leave it out");
    }
    if (arguments.all("global").stream()
        .anyMatch(global -> global.value().startsWith(property + "="))) {
      replace(device, "-vga", cirrus ? "cirrus" : "std");
      global(property, String.valueOf(vramMib));
    } else {
      replace(device, "-vga", cirrus ? "cirrus" : "std", "-global", property + "=" + vramMib);
    }
    memory(device, vramMib, cirrus ? LEAST_CIRRUS : LEAST_STD);
  }

  /** The MiB that libxl has for the only adapter, and no bound where that is not libxl's. */
  protected final int libxlsVramMib(Adapters adapters) {
    if (adapters.devices().isEmpty()) {
      return Integer.MAX_VALUE;
    }
    String said = adapters.devices().get(0).property("vgamem_mb");
    if (said == null || !NUMBER.matcher(said).matches()) {
      return adapters.only() == Topology.Vga.CIRRUS ? LEAST_CIRRUS : LEAST_STD;
    }
    return Integer.parseInt(said);
  }

  /**
   * libxl takes what it thinks that the adapter has off the guest's memory; where the guest has
   * less, the device model would not reach the end of the memory without the rest.
   */
  private void memory(Option display, int vramMib, int least) {
    String said = display.property("vgamem_mb");
    Option memory = arguments.last("m");
    if ((said != null && !NUMBER.matcher(said).matches())
        || memory == null
        || !NUMBER.matcher(memory.value()).matches()) {
      refuse(
          "the device model's arguments say "
              + (memory == null ? "no memory size" : "-m " + memory.value())
              + " and "
              + display.value()
              + ", expected both sizes in MiB");
      return;
    }
    int before = Integer.parseInt(memory.value());
    int after = before - vramMib + (said == null ? least : Integer.parseInt(said));
    if (after <= 0) {
      refuse(
          "the guest has "
              + vramMib
              + " MiB of video memory, and the device model's arguments only "
              + before
              + " MiB of memory beside "
              + display.value());
    } else if (after != before) {
      replace(memory, "-m", String.valueOf(after));
    }
  }

  // USB

  protected final List<Option> usbDevices() {
    return arguments.all("device").stream().filter(Option::isUsb).toList();
  }

  /**
   * Puts the tablet at the port where the traditional device model has it.
   *
   * @return why not, or null
   */
  protected final String placeTablet() {
    List<Option> devices = usbDevices();
    List<Option> legacy = arguments.all("usbdevice");
    boolean good =
        legacy.size() + devices.size() <= 1
            && legacy.stream().allMatch(option -> option.value().equals("tablet"))
            && devices.stream()
                .allMatch(
                    option -> option.value().equals("usb-tablet") || option.value().equals(TABLET));
    if (!good) {
      List<String> found = new ArrayList<>();
      legacy.forEach(option -> found.add("-usbdevice " + option.value()));
      devices.forEach(option -> found.add("-device " + option.value()));
      return "of USB devices, only one tablet can be at the port where the guest has it; found "
          + String.join(", ", found)
          + "; set usbdevice=\"tablet\", or none, in the domain's configuration";
    }
    legacy.forEach(option -> replace(option, "-device", TABLET));
    devices.stream()
        .filter(option -> !option.value().equals(TABLET))
        .forEach(option -> replace(option, "-device", TABLET));
    return null;
  }

  // What a traditional guest has not

  protected static boolean isSound(Option device) {
    return SOUND.contains(device.driver());
  }

  /** Network cards that QEMU puts where it wants, before all others; a sentence each. */
  protected final List<String> cardsWithoutPlace() {
    return arguments.options().stream()
        .filter(
            option ->
                option.is("nic")
                    || (option.is("net")
                        && option.value() != null
                        && option.value().startsWith("nic")))
        .map(
            option ->
                "a network card that is given by "
                    + arguments.words(option)
                    + " cannot be put at the guest's slot; give it by vif in the domain's"
                    + " configuration")
        .toList();
  }

  /**
   * What the guest cannot have had, or what nobody could tell where it would be; a sentence each.
   */
  protected final List<String> unwanted() {
    List<String> sentences = new ArrayList<>();
    machines().stream()
        .filter(option -> option.value().contains("passthru=on"))
        .forEach(
            option ->
                sentences.add(
                    "the device model is to pass a graphics card through (-machine "
                        + option.value()
                        + "), which a saved guest cannot have had; set gfx_passthru=0"));
    for (Option option : arguments.options()) {
      if (option.is("soundhw")) {
        sentences.add(sound(option));
      } else if (option.is("tpmdev")) {
        sentences.add(tpm(option));
      } else if (option.is("device") && option.value() != null && isUnwanted(option)) {
        sentences.add(unwanted(option));
      }
    }
    return sentences;
  }

  private static boolean isUnwanted(Option device) {
    return !device.isDisplay()
        && !device.isCard()
        && !device.driver().equals("xen-pvdevice")
        && !device.driver().toLowerCase(Locale.ROOT).startsWith("usb-")
        && !device.value().matches("isa-debugcon,.*chardev=dragoman-gpe\\d,.*");
  }

  private String unwanted(Option device) {
    String driver = device.driver().toLowerCase(Locale.ROOT);
    if (isSound(device)) {
      return sound(device);
    } else if (TPM.matcher(driver).matches()) {
      return tpm(device);
    } else if (driver.contains("passthrough") || driver.startsWith("vfio-")) {
      return "the device model's arguments pass a device of the host through ("
          + arguments.words(device)
          + "), which a saved guest cannot have had; attach it when the guest runs";
    } else if (device.isUsbController()) {
      return "the device model's arguments have a USB controller of their own ("
          + arguments.words(device)
          + "), which the guest does not know; set no usbversion in the domain's configuration";
    }
    return "the device model's arguments have a device that the guest did not have ("
        + arguments.words(device)
        + "); leave it out of the domain's configuration";
  }

  private String sound(Option option) {
    return "the device model's arguments have a sound card ("
        + arguments.words(option)
        + "), which is not translated; set no soundhw in the domain's configuration";
  }

  private String tpm(Option option) {
    return "the device model's arguments have a TPM ("
        + arguments.words(option)
        + "), which the guest did not have; leave it out";
  }
}
