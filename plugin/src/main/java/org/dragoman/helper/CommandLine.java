package org.dragoman.helper;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dragoman.stream.Text;
import org.dragoman.translate.Topology;

/**
 * What has to be changed in qemu-xen's arguments, as libxl makes them, so that it has the devices
 * of a traditional guest where that has them; or why it cannot be. Pure. Source of the arguments:
 * libxl_dm.c libxl__build_device_model_args_new of Xen 4.17; of what they become: measured with
 * QEMU 7.2 on Xen 4.17, machine xenfv, whose built-in adapter comes before its platform device as
 * in the traditional device model. The shim takes no words but those that are made here
 * (native-shim/edit.c).
 *
 * @param edits for the shim, ascending; none where it is refused, or nothing is to be changed
 * @param refusals why not, a sentence each; none where it can be
 * @param diff the edits in words, a line each; what goes has "- " before it, what comes "+ "
 */
record CommandLine(
    List<Answer.Action.EditArguments> edits, List<String> refusals, List<String> diff) {

  /** Copies the lists. */
  CommandLine {
    edits = List.copyOf(edits);
    refusals = List.copyOf(refusals);
    diff = List.copyOf(diff);
  }

  /**
   * Finds out.
   *
   * @param arguments all of them, the device model's name first
   * @param topology what the guest has
   * @param again whether the guest was translated before, and has been running on qemu-xen since
   */
  static CommandLine of(List<String> arguments, Topology topology, boolean again) {
    Editor editor = new Editor(arguments, topology, again);
    editor.run();
    return editor.conclude();
  }

  /** What is left of the shim's room for actions beside a stream and a relocation, in bytes. */
  private static final int MOST_SIZE = Answer.MOST_ACTIONS_SIZE - 64;

  private static final int MOST_EDITS = Answer.MOST_ACTIONS - 2;

  /**
   * One option.
   *
   * @param at its index
   * @param name without its hyphens
   * @param value what follows it, or null
   */
  private record Option(int at, String name, String value) {
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

    /** As it is in the arguments. */
    String words(List<String> arguments) {
      return arguments.get(at) + (value == null ? "" : " " + value);
    }
  }

  /** Finds the edits of one command line. */
  private static final class Editor {
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

    private static final Set<String> MACHINES = Set.of("xenfv", "xenfv-3.1");
    private static final Set<String> DISPLAYS =
        Set.of("cirrus-vga", "VGA", "qxl-vga", "virtio-vga", "vmware-svga", "bochs-display");
    private static final Set<String> SOUND =
        Set.of("AC97", "ES1370", "intel-hda", "ich9-intel-hda", "sb16", "adlib", "cs4231a", "gus");
    private static final Pattern USB_CONTROLLER = Pattern.compile(".*-(uhci|ehci|xhci|ohci)\\d*");
    private static final Pattern TPM = Pattern.compile("tpm-.*");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final Pattern SLOT = Pattern.compile("(?:0[xX])?([0-9a-fA-F]{1,2})(?:\\.0+)?");

    private static final String TABLET = "usb-tablet,bus=usb-bus.0,port=2";
    private static final String VENDOR_DEVICE =
        "xen-pvdevice,device-id=0xc000,revision=1,size=16777216,addr=0x";
    private static final int OLD_GPE_PORT = 0x1f68;
    private static final int GPE_PORTS = 8;

    /** MiB that libxl gives an adapter at least, which is what it has without a property. */
    private static final int LEAST_CIRRUS = 8;

    private static final int LEAST_STD = 16;

    private final List<String> arguments;
    private final Topology topology;
    private final boolean again;
    private final List<Option> options = new ArrayList<>();
    private final List<Answer.Action.EditArguments> edits = new ArrayList<>();
    private final List<String> appended = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    /** What the options that stay use of {@code -chardev} and {@code -device}. */
    private final Set<String> kept = new HashSet<>();

    Editor(List<String> arguments, Topology topology, boolean again) {
      this.again = again;
      this.arguments = List.copyOf(arguments);
      this.topology = topology;
      for (int i = 1; i < arguments.size(); i++) {
        String word = arguments.get(i);
        if (!word.startsWith("-")) {
          continue;
        }
        String name = word.substring(word.startsWith("--") ? 2 : 1);
        String value = null;
        if (i + 1 < arguments.size() && !FLAGS.contains(name)) {
          String next = arguments.get(i + 1);
          value = !next.startsWith("-") || FREE_TEXT.contains(name) ? next : null;
        }
        options.add(new Option(i, name, value));
        i += value == null ? 0 : 1;
      }
      options.stream()
          .filter(option -> option.value() != null)
          .forEach(option -> kept.add(option.name() + " " + option.value()));
    }

    void run() {
      machine();
      display();
      cards();
      usb();
      vendorDevice();
      unwanted();
      if (topology.oldPorts()) {
        global("PIIX4_PM.s4_val", "7");
        for (int i = 0; i < GPE_PORTS; i++) {
          keepOrAppend("chardev", "null,id=dragoman-gpe" + i);
          keepOrAppend(
              "device",
              "isa-debugcon,iobase=0x"
                  + Integer.toHexString(OLD_GPE_PORT + i)
                  + ",chardev=dragoman-gpe"
                  + i
                  + ",readback=0");
        }
      }
      global("migration.send-section-footer", "on");
      if (topology.relocation() != null && last("xen-domid") == null) {
        refusals.add(
            "the guest's video memory has to be moved, and the device model's arguments do not say"
                + " in which domain: they have no -xen-domid");
      }
    }

    CommandLine conclude() {
      if (!appended.isEmpty()) {
        edits.add(new Answer.Action.EditArguments(arguments.size(), 0, appended));
      }
      edits.sort(Comparator.comparingInt(Answer.Action.EditArguments::first));
      int size = edits.stream().mapToInt(Answer.Action::size).sum();
      if (size > MOST_SIZE || edits.size() > MOST_EDITS) {
        refusals.add(
            edits.size()
                + " changes of the device model's arguments would be needed, of "
                + size
                + " bytes, and the shim takes "
                + MOST_EDITS
                + " and "
                + MOST_SIZE);
      }
      return refusals.isEmpty()
          ? new CommandLine(edits, List.of(), diff())
          : new CommandLine(
              List.of(), refusals.stream().map(Text::withoutControls).toList(), List.of());
    }

    private List<String> diff() {
      List<String> lines = new ArrayList<>();
      for (Answer.Action.EditArguments edit : edits) {
        if (edit.removed() > 0) {
          int end = edit.first() + edit.removed();
          lines.add("- " + String.join(" ", arguments.subList(edit.first(), end)));
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
      return lines.stream().map(Text::withoutControls).toList();
    }

    private List<Option> all(String name) {
      return options.stream().filter(option -> option.is(name) && option.value() != null).toList();
    }

    private List<Option> devices(Set<String> drivers) {
      return all("device").stream().filter(option -> drivers.contains(option.driver())).toList();
    }

    /** The one that counts of several. */
    private Option last(String name) {
      List<Option> found = all(name);
      return found.isEmpty() ? null : found.get(found.size() - 1);
    }

    /** The shim leaves alone what could then be taken for the value of another option. */
    private void replace(Option option, String... words) {
      int next = option.at() + 2;
      if (next < arguments.size() && !arguments.get(next).startsWith("-")) {
        refusals.add(
            "the device model's argument "
                + arguments.get(next)
                + " belongs to no option; leave it out of the domain's configuration");
      }
      edits.add(new Answer.Action.EditArguments(option.at(), 2, List.of(words)));
    }

    private void keepOrAppend(String name, String value) {
      if (!kept.contains(name + " " + value)) {
        appended.addAll(List.of("-" + name, value));
      }
    }

    /** Sets a property for all devices of a driver. */
    private void global(String property, String value) {
      String wanted = property + "=" + value;
      List<Option> found =
          all("global").stream()
              .filter(option -> option.value().startsWith(property + "="))
              .toList();
      if (found.isEmpty()) {
        appended.addAll(List.of("-global", wanted));
      }
      found.stream()
          .filter(option -> !option.value().equals(wanted))
          .forEach(option -> replace(option, "-global", wanted));
    }

    private void machine() {
      List<String> types = new ArrayList<>();
      for (Option option : options) {
        if ((option.is("machine") || option.is("M")) && option.value() != null) {
          String first = option.value().split(",", 2)[0];
          String type = option.property("type");
          if (type != null || !first.contains("=")) {
            types.add(type != null ? type : first);
          }
          if (option.value().contains("passthru=on")) {
            refusals.add(
                "the device model is to pass a graphics card through (-machine "
                    + option.value()
                    + "), which a saved guest cannot have had; set gfx_passthru=0");
          }
        }
      }
      if (types.isEmpty() || !MACHINES.containsAll(types)) {
        refusals.add(
            "the device model is to be "
                + (types.isEmpty()
                    ? "no machine in particular"
                    : "the machine " + String.join(" and ", types))
                + ", and a traditional guest goes on only in xenfv, or xenfv-3.1, which is the"
                + " same; set xen_platform_pci=1 in the domain's configuration");
      }
    }

    private static String words(Topology.Vga vga) {
      return vga == null ? "none" : vga == Topology.Vga.CIRRUS ? "cirrus" : "stdvga";
    }

    private static Topology.Vga builtIn(String value) {
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

    private void display() {
      List<Option> devices = devices(DISPLAYS);
      Option option = last("vga");
      boolean hasBuiltIn = option != null && !option.value().equals("none");
      List<String> found = new ArrayList<>(devices.stream().map(Option::driver).toList());
      Set<Topology.Vga> kinds = new HashSet<>();
      devices.forEach(device -> kinds.add(ofDriver(device.driver())));
      if (hasBuiltIn) {
        found.add("-vga " + option.value());
        kinds.add(builtIn(option.value()));
      }
      boolean agrees =
          topology.vga() == null
              ? found.isEmpty()
              : found.size() == 1 && kinds.contains(topology.vga());
      if (!agrees) {
        refusals.add(
            "the guest's display adapter is "
                + words(topology.vga())
                + ", and the device model's arguments have "
                + (found.isEmpty() ? "none" : String.join(" and ", found))
                + "; set "
                + (topology.vga() == null ? "vga=\"none\"" : "vga=\"" + words(topology.vga()) + '"')
                + " in the domain's configuration");
        return;
      }
      if (topology.vga() == null) {
        return;
      }
      boolean cirrus = topology.vga() == Topology.Vga.CIRRUS;
      String property = (cirrus ? "cirrus-vga" : "VGA") + ".vgamem_mb";
      if (hasBuiltIn) {
        global(property, String.valueOf(topology.vramMib()));
        return;
      }
      Option device = devices.get(0);
      // Where -vga none is last, it would count.
      if (option != null) {
        refusals.add(
            "the device model's arguments have -vga none beside a display adapter; leave it out");
      }
      if (all("global").stream().anyMatch(global -> global.value().startsWith(property + "="))) {
        replace(device, "-vga", cirrus ? "cirrus" : "std");
        global(property, String.valueOf(topology.vramMib()));
      } else {
        replace(
            device,
            "-vga",
            cirrus ? "cirrus" : "std",
            "-global",
            property + "=" + topology.vramMib());
      }
      memory(device, cirrus ? LEAST_CIRRUS : LEAST_STD);
    }

    /**
     * libxl takes what it thinks that the adapter has off the guest's memory; what the guest has is
     * less, and without the rest the device model would not reach the end of the memory.
     */
    private void memory(Option display, int least) {
      String said = display.property("vgamem_mb");
      Option memory = last("m");
      if ((said != null && !NUMBER.matcher(said).matches())
          || memory == null
          || !NUMBER.matcher(memory.value()).matches()) {
        refusals.add(
            "the device model's arguments say "
                + (memory == null ? "no memory size" : "-m " + memory.value())
                + " and "
                + display.value()
                + ", expected both sizes in MiB");
        return;
      }
      int before = Integer.parseInt(memory.value());
      int after = before - topology.vramMib() + (said == null ? least : Integer.parseInt(said));
      if (after <= 0) {
        refusals.add(
            "the guest has "
                + topology.vramMib()
                + " MiB of video memory, and the device model's arguments only "
                + before
                + " MiB of memory beside "
                + display.value());
      } else if (after != before) {
        replace(memory, "-m", String.valueOf(after));
      }
    }

    private static boolean isCard(Option device) {
      return device.property("netdev") != null
          || device.property("mac") != null
          || device.driver().equals("rtl8139")
          || device.driver().startsWith("e1000");
    }

    private void cards() {
      List<Option> found = all("device").stream().filter(Editor::isCard).toList();
      List<Topology.Card> wanted =
          topology.cards().stream().sorted(Comparator.comparingInt(Topology.Card::slot)).toList();
      List<String> models = found.stream().map(Option::driver).toList();
      if (again && wanted.isEmpty()) {
        // A guest with paravirtual drivers unplugged them, and does it again when it goes on.
        return;
      }
      if (!models.equals(wanted.stream().map(Topology.Card::model).toList())) {
        refusals.add(
            "the guest's network cards are "
                + (wanted.isEmpty()
                    ? "none"
                    : String.join(
                        ", ",
                        wanted.stream()
                            .map(card -> card.model() + " (slot " + card.slot() + ")")
                            .toList()))
                + ", in this order, and the device model's arguments have "
                + (models.isEmpty() ? "none" : String.join(", ", models))
                + "; give the domain's configuration as many of vif, with these models and"
                + " type=ioemu");
        return;
      }
      for (int i = 0; i < wanted.size(); i++) {
        place(found.get(i), wanted.get(i).slot());
      }
    }

    private void place(Option card, int slot) {
      String said = card.property("addr");
      if (said == null) {
        replace(card, "-device", card.value() + ",addr=0x" + Integer.toHexString(slot));
        return;
      }
      Matcher matcher = SLOT.matcher(said);
      if (!matcher.matches() || Integer.parseInt(matcher.group(1), 16) != slot) {
        refusals.add(
            "the guest's network card "
                + card.driver()
                + " is at slot "
                + slot
                + ", and the device model's arguments have it at addr="
                + said
                + "; leave addr out");
      }
    }

    private void usb() {
      List<Option> devices =
          all("device").stream().filter(option -> option.driver().startsWith("usb-")).toList();
      List<Option> legacy = all("usbdevice");
      boolean controller = options.stream().anyMatch(option -> option.is("usb"));
      if (!topology.usb()) {
        if (controller || !devices.isEmpty() || !legacy.isEmpty()) {
          refusals.add(
              "the guest has no USB controller, and the device model's arguments have one (-usb): it"
                  + " would begin anew at a slot that the guest does not know; set usb=0 and no"
                  + " usbdevice in the domain's configuration");
        }
        return;
      }
      if (!controller) {
        appended.add("-usb");
      }
      boolean good =
          legacy.size() + devices.size() <= 1
              && legacy.stream().allMatch(option -> option.value().equals("tablet"))
              && devices.stream()
                  .allMatch(
                      option ->
                          option.value().equals("usb-tablet") || option.value().equals(TABLET));
      if (!good) {
        List<String> found = new ArrayList<>();
        legacy.forEach(option -> found.add("-usbdevice " + option.value()));
        devices.forEach(option -> found.add("-device " + option.value()));
        refusals.add(
            "of USB devices, only one tablet can be at the port where the guest has it; found "
                + String.join(", ", found)
                + "; set usbdevice=\"tablet\", or none, in the domain's configuration");
        return;
      }
      legacy.forEach(option -> replace(option, "-device", TABLET));
      devices.stream()
          .filter(option -> !option.value().equals(TABLET))
          .forEach(option -> replace(option, "-device", TABLET));
    }

    private void vendorDevice() {
      List<Option> found = devices(Set.of("xen-pvdevice"));
      int slot = topology.vendorDeviceSlot();
      if (slot < 0 ? !found.isEmpty() : found.size() > 1) {
        refusals.add(
            "the guest has "
                + (slot < 0 ? "no" : "one")
                + " device for Windows Update (xen-pvdevice), and the device model's arguments have "
                + found.size()
                + "; set vendor_device=\"none\" in the domain's configuration");
        return;
      }
      if (slot < 0) {
        return;
      }
      String wanted = VENDOR_DEVICE + Integer.toHexString(slot);
      if (found.isEmpty()) {
        appended.addAll(List.of("-device", wanted));
      } else if (!found.get(0).value().equals(wanted)) {
        replace(found.get(0), "-device", wanted);
      }
    }

    /** What the guest cannot have had, or what nobody could tell where it would be. */
    private void unwanted() {
      for (Option option : options) {
        if (option.is("soundhw")) {
          refusals.add(sound(option));
        } else if (option.is("tpmdev")) {
          refusals.add(tpm(option));
        } else if (option.is("nic")
            || (option.is("net") && option.value() != null && option.value().startsWith("nic"))) {
          refusals.add(
              "a network card that is given by "
                  + option.words(arguments)
                  + " cannot be put at the guest's slot; give it by vif in the domain's"
                  + " configuration");
        } else if (option.is("device") && option.value() != null) {
          unwantedDevice(option);
        }
      }
    }

    private String sound(Option option) {
      return "the device model's arguments have a sound card ("
          + option.words(arguments)
          + "), which is not translated; set no soundhw in the domain's configuration";
    }

    private String tpm(Option option) {
      return "the device model's arguments have a TPM ("
          + option.words(arguments)
          + "), which the guest did not have; leave it out";
    }

    private void unwantedDevice(Option device) {
      String driver = device.driver();
      String lower = driver.toLowerCase(Locale.ROOT);
      if (DISPLAYS.contains(driver)
          || isCard(device)
          || driver.equals("xen-pvdevice")
          || lower.startsWith("usb-")
          || device.value().matches("isa-debugcon,.*chardev=dragoman-gpe\\d,.*")) {
        return;
      }
      if (SOUND.contains(driver)) {
        refusals.add(sound(device));
      } else if (TPM.matcher(lower).matches()) {
        refusals.add(tpm(device));
      } else if (lower.contains("passthrough") || lower.startsWith("vfio-")) {
        refusals.add(
            "the device model's arguments pass a device of the host through ("
                + device.words(arguments)
                + "), which a saved guest cannot have had; attach it when the guest runs");
      } else if (USB_CONTROLLER.matcher(lower).matches()) {
        refusals.add(
            "the device model's arguments have a USB controller of their own ("
                + device.words(arguments)
                + "), which the guest does not know; set no usbversion in the domain's"
                + " configuration");
      } else {
        refusals.add(
            "the device model's arguments have a device that the guest did not have ("
                + device.words(arguments)
                + "); leave it out of the domain's configuration");
      }
    }
  }
}
