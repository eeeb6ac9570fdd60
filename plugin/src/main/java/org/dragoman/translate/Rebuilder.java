package org.dragoman.translate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dragoman.policy.Product;
import org.dragoman.policy.Rebuilding;
import org.dragoman.stream.Device;
import org.dragoman.stream.Field;
import org.dragoman.stream.FieldPlace;
import org.dragoman.stream.Form;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.SectionType;
import org.dragoman.stream.Text;
import org.dragoman.stream.UnrolledField;

/**
 * The edits that make a stream of the traditional device model one of QEMU's own: each section gets
 * the header and the fields that QEMU has for it, and a footer behind it, without which QEMU takes
 * a section of another length than its own for the end of the stream, and begins the guest with the
 * rest of its devices as after a reset.
 */
final class Rebuilder {
  private static final int FOOTER = 0x7e;

  private final Octets octets;
  private final OldGuest guest;
  private final Product target;
  private final Rebuilding rebuilding;
  private final String footerReason;
  private final List<Edit> edits = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private final Set<String> taken = new HashSet<>();

  /** Devices of which bits have to be others. */
  private final Set<String> changed = new HashSet<>();

  private Rebuilder(Octets octets, OldGuest guest, Product target) {
    this.octets = octets;
    this.guest = guest;
    this.target = target;
    this.rebuilding = target.rebuilding();
    this.footerReason = "the footer, by which " + target.id() + " sees that the section ends there";
  }

  static Plan plan(Octets octets, Explanation explanation, Product target, boolean startsAtOnce) {
    OldGuest guest = new OldGuest(octets, explanation.walk(), target, startsAtOnce);
    Rebuilder rebuilder = new Rebuilder(octets, guest, target);
    for (Section section : explanation.walk().sections()) {
      rebuilder.section(section);
    }
    rebuilder.added();
    rebuilder.padding();
    TopologyOf topology = TopologyOf.old(guest);
    rebuilder.reasons.addAll(topology.reasons());
    List<Product> from = List.of(explanation.product());
    return rebuilder.reasons.isEmpty()
        ? new Plan.Rewrite(
            target, from, rebuilder.edits, rebuilder.warnings(topology), topology.topology())
        : new Plan.Refusal(target, from, rebuilder.reasons);
  }

  private void section(Section section) {
    String device = section.device().name();
    Rebuilding.Rebuilt rebuilt = rebuilding.sections().get(device);
    if (rebuilt != null) {
      rebuild(section, rebuilt);
      return;
    }
    String because = target.drops().get(device);
    String into = rebuilding.merged().get(device);
    if (because == null
        && into != null
        && guest.first(into) != null
        && guest.first(device).equals(section)) {
      because = "it goes into that of " + into;
    }
    if (because != null) {
      edits.add(
          new Edit(
              octets,
              section.headerAt(),
              section.end() - section.headerAt(),
              new byte[0],
              section.idstr(),
              target.id() + " has no such section: " + because));
    } else if (section.named()) {
      String reason = rebuilding.refused().get(device);
      refuse(
          section,
          reason == null
              ? "has no place in " + target.id() + ", which has no such device"
              : reason);
    }
  }

  private void rebuild(Section section, Rebuilding.Rebuilt rebuilt) {
    Form form = form(rebuilt.into(), rebuilt.label());
    int slot = OldGuest.isPci(section) ? guest.slot(section) : 0;
    if (slot < 0) {
      refuse(section, "is not on the first PCI bus: " + target.id() + " cannot have it there");
      return;
    }
    String idstr = idstr(form, slot);
    long instance = instance(section, form);
    if (!taken.add(idstr + " " + instance)) {
      refuse(section, "would be '" + idstr + "', as another section of the stream is");
      return;
    }
    edits.add(
        new Edit(
            octets,
            section.headerAt(),
            section.payloadAt() - section.headerAt(),
            header(section.sectionId(), form, idstr, instance),
            section.idstr(),
            target.id() + " has it as '" + Text.printable(idstr) + "', label " + form.label()));
    try {
      Payload payload = new Payload(section, rebuilt, RebuildRule.named(rebuilt.by()));
      payload.fields(form.content().layout().unrolled());
      payload.end();
    } catch (NothingGivesItException e) {
      refuse(section, "cannot be read by " + target.id() + ": " + e.getMessage());
      return;
    }
    footer(section.end(), section.sectionId(), section.idstr());
  }

  private void footer(int at, long sectionId, String idstr) {
    edits.add(new Edit(octets, at, 0, footer(sectionId), idstr, footerReason));
  }

  private static byte[] footer(long sectionId) {
    return ByteBuffer.allocate(5).put((byte) FOOTER).putInt((int) sectionId).array();
  }

  private Form form(Device device, long label) {
    for (Form form : target.reads().formsOf(device)) {
      if (form.label() == label) {
        return form;
      }
    }
    throw new IllegalStateException("the policy was built with " + device.name() + " " + label);
  }

  private static String idstr(Form form, int slot) {
    return form.idstr().replace("{slot}", HexFormat.of().toHexDigits((byte) slot));
  }

  /** Ports by which the traditional device model counts are numbers in their order in QEMU. */
  private static long instance(Section section, Form form) {
    if (section.device().instance() instanceof InstanceRule.OneOf had
        && form.instance() instanceof InstanceRule.OneOf has
        && had.ids().contains(section.instance())
        && had.ids().size() == has.ids().size()) {
      return has.ids().get(had.ids().indexOf(section.instance()));
    }
    return 0;
  }

  private static byte[] header(long sectionId, Form form, String idstr, long instance) {
    byte[] name = idstr.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer header = ByteBuffer.allocate(6 + name.length + 8);
    header.put((byte) SectionType.FULL.code()).putInt((int) sectionId);
    header.put((byte) name.length).put(name).putInt((int) instance).putInt((int) form.label());
    byte[] bytes = new byte[header.flip().remaining()];
    header.get(bytes);
    return bytes;
  }

  /** Sections that only the target has stand before the end marker. */
  private void added() {
    long id = 1;
    for (Section section : guest.walk().sections()) {
      id = Math.max(id, section.sectionId() + 1);
    }
    for (Rebuilding.Added added : rebuilding.added()) {
      Form form = form(added.device(), added.label());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(header(id, form, form.idstr(), 0));
      RebuildRule rule = RebuildRule.named(added.by());
      for (Field field : form.content().layout().fields()) {
        if (field instanceof Field.Numbers numbers) {
          bytes.writeBytes(rule.field(numbers.name(), guest, null));
        }
      }
      bytes.writeBytes(footer(id++));
      edits.add(
          new Edit(
              octets,
              guest.walk().endAt(),
              0,
              bytes.toByteArray(),
              form.idstr(),
              target.id() + " has a section of what the traditional device model works out anew"));
    }
  }

  /** QEMU's stream ends with its marker. */
  private void padding() {
    int padding = guest.walk().padding();
    if (padding > 0) {
      edits.add(
          new Edit(
              octets,
              guest.walk().endAt() + 1,
              padding,
              new byte[0],
              "",
              "nothing follows the end marker of " + target.id()));
    }
  }

  private List<String> warnings(TopologyOf topology) {
    List<String> warnings = new ArrayList<>(topology.warnings());
    for (Rebuilding.Loss loss : rebuilding.losses()) {
      boolean with =
          loss.with() == null
              || (loss.changed()
                  ? changed.contains(loss.with())
                  : guest.first(loss.with()) != null);
      boolean ports =
          loss.oldPorts() == null
              || (guest.first("piix4acpi") != null && loss.oldPorts() == guest.hasOldPorts());
      if (with && ports) {
        warnings.add("lost: " + loss.what());
      }
    }
    return warnings;
  }

  private void refuse(Section section, String reason) {
    reasons.add(Planner.refusal(section, reason));
  }

  /** A field that nothing gives. */
  private static final class NothingGivesItException extends Exception {
    private static final long serialVersionUID = 1L;

    NothingGivesItException(String message) {
      super(message, null, false, false);
    }
  }

  /** The payload of one section, field by field; what stays where it is becomes no edit. */
  private final class Payload {
    private final Section section;
    private final Rebuilding.Rebuilt rebuilt;
    private final RebuildRule rule;
    private final Map<String, FieldPlace> places;
    private final String reason;
    private final BitSet used = new BitSet();
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private final Map<String, Long> values = new HashMap<>();

    /** Everything before it is done. */
    private int cursor;

    Payload(Section section, Rebuilding.Rebuilt rebuilt, RebuildRule rule) {
      this.section = section;
      this.rebuilt = rebuilt;
      this.rule = rule;
      this.places = guest.places(section);
      this.cursor = section.payloadAt();
      this.reason =
          "as "
              + target.id()
              + " has it in content "
              + rebuilt.into().name()
              + " "
              + rebuilt.label();
    }

    /** Subsections hold what the traditional device model does not save, and may be missing. */
    void fields(List<UnrolledField> fields) throws NothingGivesItException {
      for (UnrolledField field : fields) {
        if (field instanceof UnrolledField.Numbers numbers) {
          numbers(numbers);
        } else if (field instanceof UnrolledField.Conditional conditional
            && holds(conditional.field())) {
          fields(conditional.fields());
        }
      }
    }

    private boolean holds(Field.Conditional conditional) {
      for (Map.Entry<String, Long> one : conditional.when().entrySet()) {
        long value = values.getOrDefault(one.getKey(), 0L);
        if (one.getValue() == Field.Conditional.NONZERO ? value == 0 : value != one.getValue()) {
          return false;
        }
      }
      return true;
    }

    private void numbers(UnrolledField.Numbers unrolled) throws NothingGivesItException {
      String path = unrolled.path();
      String name = unrolled.name();
      Field.Numbers field = unrolled.field();
      int length = ((Field.Repeat.Times) field.repeat()).count() * field.width();
      byte[] ruled = rule == null ? null : rule.field(path, guest, section);
      FieldPlace place = places.get(path);
      List<Rebuilding.Bits> bits = rebuilt.bits().getOrDefault(name, List.of());
      if (place != null) {
        used.set(place.index());
      }
      if (ruled == null && place != null) {
        boolean shorter = place.length() > length && rebuilt.gone().containsKey(name);
        if (place.width() != field.width() || (place.length() != length && !shorter)) {
          throw new NothingGivesItException(path + " has another size there");
        }
        int at = section.payloadAt() + place.offset();
        if (bits.isEmpty() && at >= cursor) {
          if (unrolled.asked()) {
            values.put(field.name(), octets.number(at, length));
          }
          flush(at);
          cursor = at + length;
          return;
        }
      }
      byte[] bytes;
      if (ruled != null) {
        bytes = withBits(bits, ruled);
      } else if (place != null) {
        bytes = withBits(bits, octets.copy(section.payloadAt() + place.offset(), length));
      } else if (rebuilt.fresh().containsKey(name)) {
        bytes = filled(rebuilt.fresh().get(name), field.width(), length);
      } else {
        throw new NothingGivesItException("nothing says what its " + path + " should be");
      }
      if (bytes.length != length) {
        throw new IllegalStateException(path + " of " + bytes.length + " bytes, not " + length);
      }
      if (unrolled.asked()) {
        long value = 0;
        for (byte one : bytes) {
          value = (value << 8) | (one & 0xff);
        }
        values.put(field.name(), value);
      }
      if (place == null) {
        pending.writeBytes(bytes);
      } else {
        put(section.payloadAt() + place.offset(), bytes);
      }
    }

    private byte[] withBits(List<Rebuilding.Bits> bits, byte[] bytes) {
      for (Rebuilding.Bits one : bits) {
        int had = bytes[one.at()] & 0xff;
        bytes[one.at()] = (byte) one.of(had);
        if (one.of(had) != had) {
          changed.add(section.device().name());
        }
      }
      return bytes;
    }

    private byte[] filled(long value, int width, int length) {
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (value >>> (8 * (width - 1 - i % width)));
      }
      return bytes;
    }

    /** Runs of the source stay where they are; what comes goes in the place of what is between. */
    private void put(int from, byte[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        int at = from + i;
        if (at < cursor || octets.u8(at) != (bytes[i] & 0xff)) {
          pending.write(bytes[i]);
        } else {
          flush(at);
          cursor = at + 1;
        }
      }
    }

    private void flush(int until) {
      if (pending.size() > 0 || until > cursor) {
        edits.add(
            new Edit(
                octets, cursor, until - cursor, pending.toByteArray(), section.idstr(), reason));
      }
      pending.reset();
      cursor = until;
    }

    void end() throws NothingGivesItException {
      flush(section.end());
      for (FieldPlace place : places.values()) {
        if (!used.get(place.index()) && !rebuilt.gone().containsKey(place.name())) {
          throw new NothingGivesItException("there is no place for its " + place.path());
        }
      }
    }
  }
}
