package org.dragoman.helper;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dragoman.helper.Arguments.Option;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Topology;

/**
 * What a guest that boots has to find where it knows it. It brings no state along: its
 * configuration may have changed since it was saved, and whatever it has besides boots with it.
 * Refused is only what keeps the adapter, the platform device and the cards from their slots: the
 * configuration then says two things, and nobody but its administrator knows which one is meant.
 */
final class BootEditor extends ArgumentEditor {
  /** With or without a function behind it. */
  private static final Pattern SLOT =
      Pattern.compile("(?:0[xX])?([0-9a-fA-F]{1,2})(?:\\.[0-7])?(?:\\.0+)?");

  private static final Set<String> MODELS = Set.of("rtl8139", "e1000");
  private static final Set<String> ISA_SOUND = Set.of("sb16", "adlib", "cs4231a", "gus");

  private final KeptTopology kept;
  private final Set<Integer> taken = new HashSet<>();

  BootEditor(List<String> arguments, KeptTopology kept) {
    super(arguments);
    this.kept = kept;
  }

  BootEditor run() {
    checkMachine();
    display();
    cards();
    // A tablet on another controller than libxl's is where its administrator put it.
    String usb = arguments.has("usb") ? placeTablet() : null;
    if (usb != null) {
      notRestored(usb);
    }
    cardsWithoutPlace().forEach(this::refuse);
    unwanted().forEach(this::notRestored);
    footers();
    return this;
  }

  /** The guest boots with it; what is saved of it then is another matter. */
  private void notRestored(String sentence) {
    warn("the guest boots, and what is saved of it is not restored so: " + sentence);
  }

  private void display() {
    Adapters adapters = adapters();
    Topology.Vga only = adapters.only();
    if (only != null) {
      // The guest's memory is populated up to where libxl has the adapter's begin.
      int most = libxlsVramMib(adapters);
      int wanted = kept.vramMib(only);
      if (wanted > most) {
        warn(
            "the standard VGA has "
                + most
                + " MiB from now on, and had "
                + wanted
                + "; set videoram="
                + wanted
                + " in the domain's configuration");
      }
      buildIn(adapters, Math.min(wanted, most));
    } else if (!adapters.words().isEmpty()) {
      refuse(
          "a guest keeps its PCI slots with one display adapter, cirrus or stdvga, or with none, and"
              + " the device model's arguments have "
              + adapters.inWords()
              + "; set vga=\"cirrus\" or vga=\"stdvga\" in the domain's configuration");
    }
  }

  /**
   * Each has a slot above that of the card before it: a stream says later which card is which by
   * the order alone.
   */
  private void cards() {
    List<Option> devices = arguments.all("device");
    devices.stream().mapToInt(BootEditor::saidSlot).filter(slot -> slot > 0).forEach(taken::add);
    List<Option> cards =
        devices.stream().filter(device -> device.isCard() && !device.isUsb()).toList();
    int before = 0;
    for (int i = 0; i < cards.size(); i++) {
      Option card = cards.get(i);
      if (!MODELS.contains(card.driver())) {
        notRestored(
            "the device model's arguments have a network card that the traditional device model had"
                + " not ("
                + arguments.words(card)
                + "); set model=rtl8139 or model=e1000 in its vif");
      }
      int said = saidSlot(card);
      int slot = said < 0 ? kept.slot(i, before) : said;
      if (said < 0 ? taken.contains(slot) : said <= before) {
        refuse(
            "the guest's network card "
                + (i + 1)
                + " ("
                + arguments.words(card)
                + ") "
                + (said < 0
                    ? "belongs at PCI slot " + slot + ", which another device is given"
                    : "is given PCI slot " + said + ", below the card before it")
                + "; leave addr= out of the domain's device_model_args_hvm");
      } else if (said < 0 && slot > 0) {
        giveSlot(card, slot);
        taken.add(slot);
      }
      before = Math.max(before, slot);
    }
    if (!cards.isEmpty() && arguments.all("soundhw").stream().anyMatch(BootEditor::isPciSound)) {
      refuse(
          "-soundhw gives a sound card the first network card's PCI slot; set no soundhw in the"
              + " domain's configuration");
    }
    if (!cards.isEmpty()) {
      keepClear(devices, cards.get(cards.size() - 1).at(), before);
    }
  }

  /** QEMU gives what comes before a card the first slot that is free, which may be the card's. */
  private void keepClear(List<Option> devices, int lastCardAt, int highest) {
    int slot = highest;
    for (Option device : devices) {
      if (device.at() > lastCardAt || saidSlot(device) >= 0 || !isOnPciBus(device)) {
        continue;
      }
      do {
        slot = kept.slot(Integer.MAX_VALUE, slot);
      } while (taken.contains(slot));
      if (slot > 0) {
        giveSlot(device, slot);
        taken.add(slot);
      }
    }
  }

  private static boolean isPciSound(Option soundhw) {
    return !ISA_SOUND.containsAll(List.of(soundhw.value().split(",", -1)));
  }

  /** Those that libxl gives a guest; a display adapter is built in. */
  private static boolean isOnPciBus(Option device) {
    return device.isUsbController()
        || device.driver().equals("xen-pvdevice")
        || (isSound(device) && !ISA_SOUND.contains(device.driver()));
  }

  /** The slot that the arguments say; -1: they say none, 0: nobody knows which. */
  private static int saidSlot(Option device) {
    String said = device.property("addr");
    if (said == null) {
      return -1;
    }
    Matcher matcher = SLOT.matcher(said);
    return matcher.matches() ? Integer.parseInt(matcher.group(1), 16) : 0;
  }
}
