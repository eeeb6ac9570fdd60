package org.dragoman.translate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dragoman.policy.Rebuilding;
import org.dragoman.stream.FieldPlace;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;

/**
 * Reads a rebuilt stream as qemu-xen would, and compares what it then holds, field by field, with
 * what the source held. QEMU itself notices next to nothing. What a rule gave is worked out here a
 * second time, in another way; a plan that fails is never handed over.
 */
final class RebuiltCheck {
  /** Fields that are looked at by themselves, by their devices. */
  private static final Map<String, Set<String>> RULED =
      Map.of(
          "piix4acpi",
          Set.of(
              "pci_config_00",
              "pmba",
              "pci_config_44",
              "pmregmisc",
              "pci_config_81",
              "timer",
              "gpe_status",
              "gpe_enable"),
          "serial",
          Set.of("lsr"),
          "platform",
          Set.of("pci_config", "flags"));

  private final OldGuest guest;
  private final Rebuilding rebuilding;
  private final OldGuest result;

  private RebuiltCheck(OldGuest guest, Rebuilding rebuilding, OldGuest result) {
    this.guest = guest;
    this.rebuilding = rebuilding;
    this.result = result;
  }

  /** What is wrong with a plan, or null. */
  static String failure(Octets source, Walk sourceWalk, Plan.Rewrite plan, boolean startsAtOnce) {
    String overlap = Check.overlap(source, plan.edits());
    if (overlap != null) {
      return overlap;
    }
    Octets result = new EditedOctets(source, plan.edits());
    Reading reading = Walk.under(plan.target().reads(), result);
    if (!(reading instanceof Reading.Complete complete)) {
      return plan.target().id() + " does not read it: " + ((Reading.Failed) reading).mismatch();
    }
    if (!complete.walk().footers()) {
      return "its sections have no footers";
    }
    if (!Translator.isRebuilt(result)) {
      return "its first section is not the one by which the shim knows it";
    }
    Topology said = TopologyOf.rebuilt(result, complete.walk(), null).topology();
    if (!plan.topology().withoutRelocationIf(startsAtOnce).equals(said)) {
      return "it says " + said + " of itself, and needs " + plan.topology();
    }
    return new RebuiltCheck(
            new OldGuest(source, sourceWalk, plan.target(), startsAtOnce),
            plan.target().rebuilding(),
            new OldGuest(result, complete.walk(), plan.target(), startsAtOnce))
        .difference();
  }

  private String difference() {
    Map<Long, Section> rebuilt = new HashMap<>();
    for (Section section : result.walk().sections()) {
      if (rebuilt.put(section.sectionId(), section) != null) {
        return "section id " + section.sectionId() + " is there twice";
      }
    }
    for (Section section : guest.walk().sections()) {
      Rebuilding.Rebuilt table = rebuilding.sections().get(section.device().name());
      if (table == null) {
        continue;
      }
      Section after = rebuilt.remove(section.sectionId());
      if (after == null) {
        return "section " + section.inWords() + " is missing";
      }
      if (!after.device().equals(table.into())) {
        return "section " + section.inWords() + " is read as " + after.inWords();
      }
      String place = otherPlace(section, after);
      String difference = place != null ? place : difference(section, after, table);
      if (difference != null) {
        return "section " + section.inWords() + ": " + difference;
      }
    }
    for (Section section : rebuilt.values()) {
      if (!section.device().name().equals("qemu-PCIBUS")) {
        return "section " + section.inWords() + " is new";
      }
    }
    return interrupts();
  }

  private String otherPlace(Section before, Section after) {
    // QEMU counts from 0 what the traditional device model calls by its port.
    int instance =
        before.device().instance() instanceof InstanceRule.OneOf known
            ? known.ids().indexOf(before.instance())
            : 0;
    if (after.instance() != instance) {
      return "it is instance " + after.instance() + ", expected " + instance;
    }
    int slash = after.idstr().indexOf('.');
    if (slash < 0 || !OldGuest.isPci(before)) {
      return null;
    }
    int slot = Integer.parseInt(after.idstr().substring(slash - 2, slash), 16);
    return slot == guest.slot(before)
        ? null
        : "it is at PCI slot " + slot + ", expected " + guest.slot(before);
  }

  private String difference(Section before, Section after, Rebuilding.Rebuilt table) {
    Map<String, FieldPlace> had = guest.places(before);
    Map<String, FieldPlace> has = result.places(after);
    Set<String> ruled = RULED.getOrDefault(before.device().name(), Set.of());
    Kept kept = new Kept(before, after, has);
    for (FieldPlace now : has.values()) {
      if (ruled.contains(now.path())) {
        continue;
      }
      FieldPlace then = had.get(now.path());
      List<Rebuilding.Bits> bits = table.bits().getOrDefault(now.name(), List.of());
      if (then == null) {
        Long fresh = table.fresh().get(now.name());
        if (fresh == null || !isFilled(after, now, fresh)) {
          return now.path() + " is new, with a value that nothing says";
        }
      } else if (then.length() < now.length()
          || (then.length() > now.length() && !table.gone().containsKey(now.name()))) {
        return now.path() + " has another size";
      } else if (bits.isEmpty()) {
        kept.add(then, now);
      } else if (!hasBits(before, then, after, now, bits)) {
        return now.path() + " changed";
      }
    }
    String difference = kept.difference();
    if (difference != null) {
      return difference;
    }
    for (FieldPlace then : had.values()) {
      if (!has.containsKey(then.path())
          && !table.gone().containsKey(then.name())
          && !ruled.contains(then.path())) {
        return then.path() + " is lost";
      }
    }
    return switch (before.device().name()) {
      case "piix4acpi" -> powerManagement(before, after);
      case "serial" -> lineStatus(before, after);
      case "platform" -> platform(before, after, table);
      default -> null;
    };
  }

  /** Fields of one section that are to be as they were. Those side by side are compared at once. */
  private final class Kept {
    private final Section before;
    private final Section after;
    private final Map<String, FieldPlace> has;
    private int from;
    private int to;
    private int length;
    private String difference;

    Kept(Section before, Section after, Map<String, FieldPlace> has) {
      this.before = before;
      this.after = after;
      this.has = has;
    }

    void add(FieldPlace then, FieldPlace now) {
      if (then.offset() != from + length || now.offset() != to + length) {
        compare();
        from = then.offset();
        to = now.offset();
        length = 0;
      }
      length += now.length();
    }

    /** The first field that is not, or null. */
    String difference() {
      compare();
      return difference;
    }

    private void compare() {
      int at = before.payloadAt() + from;
      int resultAt = after.payloadAt() + to;
      if (difference != null || result.octets().sameAs(resultAt, guest.octets(), at, length)) {
        return;
      }
      int same = 0;
      while (same < length && result.octets().u8(resultAt + same) == guest.octets().u8(at + same)) {
        same++;
      }
      difference = "what is copied changed at byte " + (to + same) + " of the payload";
      for (FieldPlace place : has.values()) {
        if (place.offset() <= to + same && to + same < place.offset() + place.length()) {
          difference = place.path() + " changed at byte " + (to + same - place.offset());
          break;
        }
      }
    }
  }

  private boolean hasBits(
      Section before, FieldPlace then, Section after, FieldPlace now, List<Rebuilding.Bits> bits) {
    int from = before.payloadAt() + then.offset();
    int to = after.payloadAt() + now.offset();
    for (int i = 0; i < now.length(); i++) {
      if (result.octets().u8(to + i) != expected(bits, i, guest.octets().u8(from + i))) {
        return false;
      }
    }
    return true;
  }

  private static int expected(List<Rebuilding.Bits> bits, int at, int value) {
    for (Rebuilding.Bits one : bits) {
      if (one.at() == at) {
        return one.of(value);
      }
    }
    return value;
  }

  private boolean isFilled(Section section, FieldPlace place, long value) {
    int at = section.payloadAt() + place.offset();
    for (int i = 0; i < place.count(); i++) {
      if (result.octets().number(at + i * place.width(), place.width()) != value) {
        return false;
      }
    }
    return true;
  }

  /** The configuration as a whole: its parts stand side by side. */
  private String powerManagement(Section before, Section after) {
    boolean oldPorts = guest.hasOldPorts();
    int port = oldPorts ? 0x1f40 : 0xb000;
    for (int at = 0; at < 256; at++) {
      int had = guest.pciConfig(before, at);
      int wanted =
          switch (at) {
            case 8 -> 3;
            case 0x40 -> 1;
            case 0x41 -> port >> 8;
            case 0x42, 0x43 -> 0;
            case 0x80 -> had | 1;
            default -> had;
          };
      if ((at == 0x40 ? wanted | (port & 0xff) : wanted) != result.pciConfig(after, at)) {
        return "PCI configuration changed at " + at;
      }
    }
    Section events = guest.first("gpe");
    boolean none = events == null || oldPorts;
    for (int i = 0; i < 2; i++) {
      int status = none ? 0 : guest.octets().u8(events.payloadAt() + 2 * i);
      int enable = none ? 0 : guest.octets().u8(events.payloadAt() + 2 * i + 1);
      if (((result.number(after, "gpe_status").getAsLong() >> (8 * i)) & 0xff) != status
          || ((result.number(after, "gpe_enable").getAsLong() >> (8 * i)) & 0xff) != enable) {
        return "general purpose events changed in byte " + i;
      }
    }
    return result.number(after, "timer").getAsLong() == -1 ? null : "its timer is armed";
  }

  private String lineStatus(Section before, Section after) {
    long had = guest.number(before, "lsr").getAsLong();
    long has = result.number(after, "lsr").getAsLong();
    return has == had || ((had & 0x40) == 0 && has == (had | 0x60)) ? null : "lsr changed";
  }

  private String platform(Section before, Section after, Rebuilding.Rebuilt table) {
    boolean noted = Platform.isNoted(guest);
    List<Rebuilding.Bits> bits = table.bits().getOrDefault("pci_config", List.of());
    for (int at = 0; at < 256; at++) {
      int expected =
          noted && at >= Platform.NOTE_AT
              ? note(at - Platform.NOTE_AT)
              : expected(bits, at, guest.pciConfig(before, at));
      if (result.pciConfig(after, at) != expected) {
        return "PCI configuration changed at " + at;
      }
    }
    Section fixed = guest.first("platform_fixed_ioport");
    long flags =
        fixed != null
            ? guest.octets().u8(fixed.payloadAt())
            : guest.number(before, "flags").orElse(0);
    return result.number(after, "flags").getAsLong() == flags ? null : "flags changed";
  }

  private int note(int at) {
    return switch (at) {
      case 0 -> 'D';
      case 1 -> 'R';
      case 2 -> TopologyOf.vramMib(guest);
      default -> guest.leavesRelocation() ? Platform.RELOCATION_DUE : 0;
    };
  }

  /** The bus counts what the rebuilt devices say of their pins. */
  private String interrupts() {
    long[] counts = new long[128];
    Section bus = null;
    for (Section section : result.walk().sections()) {
      if (section.device().name().equals("qemu-PCIBUS")) {
        bus = section;
      } else if (section.content().layout().hasValue("pci_version")) {
        int slot = Integer.parseInt(section.idstr().substring(8, 10), 16);
        boolean off = (result.pciConfig(section, 5) & 4) != 0;
        for (int pin = 0; pin < 4; pin++) {
          boolean held = result.octets().u32(section.payloadAt() + 260 + 4 * pin) != 0;
          counts[4 * slot + pin] += held && !off ? 1 : 0;
        }
      }
    }
    if (bus == null) {
      return "the PCI bus is missing";
    }
    for (int line = 0; line < counts.length; line++) {
      if (result.octets().u32(bus.payloadAt() + 4 + 4 * line) != counts[line]) {
        return "the PCI bus counts wrong on line " + line;
      }
    }
    return null;
  }
}
