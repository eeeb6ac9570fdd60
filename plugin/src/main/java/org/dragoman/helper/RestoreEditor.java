package org.dragoman.helper;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dragoman.helper.Arguments.Option;
import org.dragoman.translate.Topology;

/** What a guest that goes on has to find as it left it: its stream says all of it. */
final class RestoreEditor extends ArgumentEditor {
  private static final Pattern SLOT = Pattern.compile("(?:0[xX])?([0-9a-fA-F]{1,2})(?:\\.0+)?");
  private static final String VENDOR_DEVICE =
      "xen-pvdevice,device-id=0xc000,revision=1,size=16777216,addr=0x";
  private static final int OLD_GPE_PORT = 0x1f68;
  private static final int GPE_PORTS = 8;

  private final Topology topology;
  private final boolean again;

  RestoreEditor(List<String> arguments, Topology topology, boolean again) {
    super(arguments);
    this.topology = topology;
    this.again = again;
  }

  RestoreEditor run() {
    checkMachine();
    display();
    cards();
    usb();
    acpi();
    vendorDevice();
    cardsWithoutPlace().forEach(this::refuse);
    unwanted().forEach(this::refuse);
    if (topology.oldPorts()) {
      oldPorts();
    }
    footers();
    if (topology.relocation() != null && arguments.last("xen-domid") == null) {
      refuse(
          "the guest's video memory has to be moved, and the device model's arguments do not say"
              + " in which domain: they have no -xen-domid");
    }
    return this;
  }

  private void oldPorts() {
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

  private static String words(Topology.Vga vga) {
    return vga == null ? "none" : vga == Topology.Vga.CIRRUS ? "cirrus" : "stdvga";
  }

  private void display() {
    Adapters adapters = adapters();
    boolean agrees =
        topology.vga() == null ? adapters.words().isEmpty() : adapters.only() == topology.vga();
    if (!agrees) {
      refuse(
          "the guest's display adapter is "
              + words(topology.vga())
              + ", and the device model's arguments have "
              + adapters.inWords()
              + "; set "
              + (topology.vga() == null ? "vga=\"none\"" : "vga=\"" + words(topology.vga()) + '"')
              + " in the domain's configuration");
    } else if (topology.vga() != null) {
      buildIn(adapters, topology.vramMib());
    }
  }

  private void cards() {
    List<Option> found = arguments.all("device").stream().filter(Option::isCard).toList();
    List<Topology.Card> wanted =
        topology.cards().stream().sorted(Comparator.comparingInt(Topology.Card::slot)).toList();
    List<String> models = found.stream().map(Option::driver).toList();
    if (again && wanted.isEmpty()) {
      // A guest with paravirtual drivers unplugged them, and does it again when it goes on.
      return;
    }
    if (!models.equals(wanted.stream().map(Topology.Card::model).toList())) {
      refuse(
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
      giveSlot(card, slot);
      return;
    }
    Matcher matcher = SLOT.matcher(said);
    if (!matcher.matches() || Integer.parseInt(matcher.group(1), 16) != slot) {
      refuse(
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
    boolean controller = arguments.has("usb");
    if (!topology.usb()) {
      if (controller || !usbDevices().isEmpty() || !arguments.all("usbdevice").isEmpty()) {
        refuse(
            "the guest has no USB controller, and the device model's arguments have one (-usb): it"
                + " would begin anew at a slot that the guest does not know; set usb=0 and no"
                + " usbdevice in the domain's configuration");
      }
      return;
    }
    if (!controller) {
      append("-usb");
    }
    String problem = placeTablet();
    if (problem != null) {
      refuse(problem);
    }
  }

  private void acpi() {
    Option off = acpiOff();
    if ((off == null) != topology.acpi()) {
      refuse(
          topology.acpi()
              ? "the guest has ACPI, and the device model's arguments leave its power management"
                  + " controller out ("
                  + arguments.words(off)
                  + "); set acpi=1 in the domain's configuration, and leave that out of"
                  + " device_model_args_hvm"
              : "the stream has no power management controller, and the device model would have one;"
                  + " set acpi=0 in the domain's configuration, if it was so when the guest was"
                  + " saved: otherwise the stream has lost a section");
    }
  }

  /**
   * What turns ACPI off, or null. -no-acpi is another word for a property of the machine, and the
   * last one counts.
   */
  private Option acpiOff() {
    Option off = null;
    for (Option option : arguments.options()) {
      if (option.is("no-acpi")) {
        off = option;
      } else if (isMachine(option) && option.property("acpi") != null) {
        off = option.property("acpi").equals("off") ? option : null;
      }
    }
    return off;
  }

  private void vendorDevice() {
    List<Option> found =
        arguments.all("device").stream()
            .filter(option -> option.driver().equals("xen-pvdevice"))
            .toList();
    int slot = topology.vendorDeviceSlot();
    if (slot < 0 ? !found.isEmpty() : found.size() > 1) {
      refuse(
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
      append("-device", wanted);
    } else if (!found.get(0).value().equals(wanted)) {
      replace(found.get(0), "-device", wanted);
    }
  }
}
