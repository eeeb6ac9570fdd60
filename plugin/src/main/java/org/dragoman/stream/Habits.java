package org.dragoman.stream;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a builder of a device model always does, beyond the form of each section: the sections that
 * it never leaves out, the fields that it sets together, and the gaps in its section ids.
 *
 * @param always names of devices whose sections every stream holds
 * @param with by device name, the devices without whose sections it is never written
 * @param agreements what fields of different sections have in common
 * @param sectionIds how it numbers sections; null where that is not known
 * @param order the names of its devices in the order in which it registers them
 */
public record Habits(
    Set<String> always,
    Map<String, List<String>> with,
    List<Agreement> agreements,
    SectionIds sectionIds,
    List<String> order) {

  /** Copies all. */
  public Habits {
    always = Set.copyOf(always);
    with = Map.copyOf(with);
    agreements = List.copyOf(agreements);
    order = List.copyOf(order);
  }

  /** One of these rows holds, as far as the fields are in the stream. */
  public record Agreement(List<List<Value>> rows) {
    /** Copies the rows. */
    public Agreement {
      rows = rows.stream().map(List::copyOf).toList();
    }
  }

  /** A field of a device, and the value that it has in one row. */
  public record Value(String device, String field, long value) {}

  /**
   * Section ids are handed out in the order of registration, one each; a handler that only loads
   * uses one up and writes nothing. Maps give, by device name, how many of those stand right before
   * or right after it.
   */
  public record SectionIds(Map<String, Integer> unusedBefore, Map<String, Integer> unusedAfter) {
    /** Copies both. */
    public SectionIds {
      unusedBefore = Map.copyOf(unusedBefore);
      unusedAfter = Map.copyOf(unusedAfter);
    }
  }

  /** The first thing in a stream that this builder does not do, or null. */
  public Mismatch brokenBy(Walk walk, Octets octets) {
    return brokenBy(walk, octets, Set.of());
  }

  /**
   * The same for a stream from which the sections of some devices were taken out after it was
   * written.
   *
   * @param dropped names of devices that may be missing; each may leave the section id unused that
   *     it had at its place
   */
  public Mismatch brokenBy(Walk walk, Octets octets, Set<String> dropped) {
    for (String device : always) {
      if (!dropped.contains(device) && first(walk, device) == null) {
        return new Mismatch(
            Mismatch.Kind.HABIT,
            walk.endAt(),
            "the end marker and no section of " + device,
            "a section of " + device + ", which it always writes");
      }
    }
    for (Section section : walk.sections()) {
      List<String> needed = with.get(section.device().name());
      if (needed == null) {
        continue;
      }
      for (String device : needed) {
        if (!dropped.contains(device) && first(walk, device) == null) {
          return new Mismatch(
              Mismatch.Kind.HABIT,
              section.headerAt(),
              "section " + section.inWords() + " and none of " + device,
              "both, or neither");
        }
      }
    }
    for (Agreement agreement : agreements) {
      Mismatch mismatch = disagreement(agreement, walk, octets);
      if (mismatch != null) {
        return mismatch;
      }
    }
    return sectionIds == null ? repeatedId(walk) : wrongGap(walk, dropped);
  }

  private static Section first(Walk walk, String device) {
    for (Section section : walk.sections()) {
      if (section.device().name().equals(device)) {
        return section;
      }
    }
    return null;
  }

  private static Mismatch disagreement(Agreement agreement, Walk walk, Octets octets) {
    Section last = null;
    for (List<Value> row : agreement.rows()) {
      boolean holds = true;
      for (Value value : row) {
        Section section = first(walk, value.device());
        if (section == null || !section.content().layout().hasValue(value.field())) {
          continue;
        }
        last = last == null || section.headerAt() > last.headerAt() ? section : last;
        holds &=
            section.content().layout().value(octets, section.payloadAt(), value.field()).getAsLong()
                == value.value();
      }
      if (holds) {
        return null;
      }
    }
    return new Mismatch(
        Mismatch.Kind.HABIT,
        last.payloadAt(),
        agreement.rows().get(0).stream()
            .map(value -> found(value, walk, octets))
            .collect(Collectors.joining(" with ")),
        agreement.rows().stream()
            .map(
                row ->
                    row.stream()
                        .map(value -> Text.offset(value.value()))
                        .collect(Collectors.joining(" with ")))
            .collect(Collectors.joining(", or ")));
  }

  private static String found(Value value, Walk walk, Octets octets) {
    Section section = first(walk, value.device());
    return value.device()
        + " "
        + value.field()
        + " "
        + (section == null || !section.content().layout().hasValue(value.field())
            ? "(absent)"
            : Text.offset(
                section
                    .content()
                    .layout()
                    .value(octets, section.payloadAt(), value.field())
                    .getAsLong()));
  }

  private static List<Section> byId(Walk walk) {
    return walk.sections().stream()
        .filter(Section::named)
        .sorted(Comparator.comparingLong(Section::sectionId))
        .toList();
  }

  private static Mismatch repeatedId(Walk walk) {
    List<Section> sections = byId(walk);
    for (int i = 1; i < sections.size(); i++) {
      Section section = sections.get(i);
      if (section.sectionId() == sections.get(i - 1).sectionId()) {
        return new Mismatch(
            Mismatch.Kind.HABIT,
            section.headerAt() + 1,
            "section id " + section.sectionId() + " at " + section.inWords(),
            "an id of its own: " + sections.get(i - 1).inWords() + " has it too");
      }
    }
    return null;
  }

  private Mismatch wrongGap(Walk walk, Set<String> dropped) {
    List<Section> sections = byId(walk);
    for (int i = 1; i < sections.size(); i++) {
      Section before = sections.get(i - 1);
      Section section = sections.get(i);
      long due =
          before.sectionId()
              + 1
              + sectionIds.unusedAfter().getOrDefault(before.device().name(), 0)
              + sectionIds.unusedBefore().getOrDefault(section.device().name(), 0);
      long surplus = section.sectionId() - due;
      if (surplus < 0 || surplus > takenOut(before, section, walk, dropped)) {
        return new Mismatch(
            Mismatch.Kind.HABIT,
            section.headerAt() + 1,
            "section id " + section.sectionId() + " at " + section.inWords(),
            "id " + due + ": " + before.inWords() + " has " + before.sectionId());
      }
    }
    return null;
  }

  /** How many sections that were taken out can have stood between two. */
  private long takenOut(Section before, Section after, Walk walk, Set<String> dropped) {
    int from = order.indexOf(before.device().name());
    int to = order.indexOf(after.device().name());
    return dropped.stream()
        .filter(device -> first(walk, device) == null)
        .filter(device -> order.indexOf(device) > from && order.indexOf(device) < to)
        .filter(device -> stoodWithIts(device, after, walk))
        .count();
  }

  /** Whether those without which a section is never written are there, and on their side of it. */
  private boolean stoodWithIts(String device, Section after, Walk walk) {
    for (String needed : with.getOrDefault(device, List.of())) {
      Section section = first(walk, needed);
      boolean before = order.indexOf(needed) < order.indexOf(device);
      if (section == null || section.sectionId() < after.sectionId() != before) {
        return false;
      }
    }
    return true;
  }
}
