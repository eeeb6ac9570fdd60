package org.dragoman.translate;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dragoman.stream.Device;
import org.dragoman.stream.Field;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;
import org.dragoman.stream.Walk;

/**
 * Reads a planned stream as its target would, and compares what it then holds with what the source
 * held. It trusts nothing that the planner decided: a plan that fails here is never handed over.
 */
final class Check {
  private Check() {}

  /** What is wrong with a plan, or null. */
  static String failure(Octets source, Walk sourceWalk, Plan.Rewrite plan) {
    String overlap = overlap(source, plan.edits());
    if (overlap != null) {
      return overlap;
    }
    Octets result = plan.edits().isEmpty() ? source : new EditedOctets(source, plan.edits());
    Reading reading = Walk.under(plan.target().reads(), result);
    if (reading instanceof Reading.Failed failed) {
      return plan.target().id() + " does not read it: " + failed.mismatch();
    }
    Walk walk = ((Reading.Complete) reading).walk();
    if (walk.padding() != sourceWalk.padding()) {
      return "the padding changed";
    }
    Iterator<Section> read = walk.sections().iterator();
    for (Section section : sourceWalk.sections()) {
      if (plan.target().drops().containsKey(section.device().name())
          && plan.target().reads().formsOf(section.device()).isEmpty()) {
        continue;
      }
      if (!read.hasNext()) {
        return "section " + section.inWords() + " is missing";
      }
      String difference = difference(source, section, result, read.next());
      if (difference != null) {
        return "section " + section.inWords() + ": " + difference;
      }
    }
    return read.hasNext() ? "section " + read.next().inWords() + " is new" : null;
  }

  /** Whether edits are out of order, or reach past the end: where, or null. */
  static String overlap(Octets source, List<Edit> edits) {
    int end = 0;
    for (Edit edit : edits) {
      if (edit.offset() < end || edit.end() > source.size()) {
        return "the edits overlap at " + Text.offset(edit.offset());
      }
      end = edit.end();
    }
    return null;
  }

  private static String difference(Octets source, Section before, Octets result, Section after) {
    if (!before.device().equals(after.device()) || before.type() != after.type()) {
      return "it is read as " + after.inWords();
    }
    if (before.sectionId() != after.sectionId()) {
      return "its section id changed";
    }
    if (before.form().instance().equals(after.form().instance())
        && before.instance() != after.instance()) {
      return "its instance changed";
    }
    if (after.form().idstr().equals(Device.ANY_IDSTR) && !before.idstr().equals(after.idstr())) {
      return "its idstr changed";
    }
    if (before.content().equals(after.content())) {
      return before.payloadLength() == after.payloadLength()
              && source.sameAs(
                  before.payloadAt(), result, after.payloadAt(), before.payloadLength())
          ? null
          : "its content changed";
    }
    return differentField(source, before, result, after);
  }

  /** Where the contents differ: each field by its name. */
  private static String differentField(
      Octets source, Section before, Octets result, Section after) {
    Map<String, Range> had = ranges(source, before);
    Map<String, Range> has = ranges(result, after);
    for (Map.Entry<String, Range> entry : had.entrySet()) {
      Range one = entry.getValue();
      Range other = has.remove(entry.getKey());
      if (other == null) {
        if (!one.isImplied(source)) {
          return entry.getKey() + " is lost";
        }
      } else if (one.length() != other.length()
          || !source.sameAs(one.at(), result, other.at(), one.length())) {
        return entry.getKey() + " changed";
      }
    }
    for (Map.Entry<String, Range> entry : has.entrySet()) {
      if (!entry.getValue().isImplied(result)) {
        return entry.getKey() + " is new, with a value that nothing implies";
      }
    }
    return null;
  }

  /** Where a field stands. */
  private record Range(Field.Numbers field, int at, int count) {
    int length() {
      return count * field.width();
    }

    boolean isImplied(Octets octets) {
      return count == 1
          && field.implied().isPresent()
          && octets.number(at, field.width()) == field.implied().getAsLong();
    }
  }

  private static Map<String, Range> ranges(Octets octets, Section section) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    Device.Content content = section.content();
    content
        .layout()
        .visit(
            octets,
            section.payloadAt(),
            (path, field, at, count) -> ranges.put(path, new Range(field, at, count)));
    return ranges;
  }
}
