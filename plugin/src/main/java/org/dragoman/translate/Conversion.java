package org.dragoman.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dragoman.stream.Device;
import org.dragoman.stream.Field;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.Text;

/**
 * How one content of a device becomes another. They have the same fields but for some that one of
 * them lacks; such a field has a value that its absence stands for, and goes or comes with that.
 */
sealed interface Conversion {

  /** It can be done with these edits. */
  record Possible(List<Edit> edits) implements Conversion {}

  /** It cannot, because. */
  record Impossible(String reason) implements Conversion {}

  /** How the payload of a section becomes another content. */
  static Conversion of(Octets octets, Section section, Device.Content to) {
    List<Field> have = ofSize(section.content().layout().fields());
    List<Field> want = ofSize(to.layout().fields());
    Map<String, int[]> places = new HashMap<>();
    int end =
        section
            .content()
            .layout()
            .visit(
                octets,
                section.payloadAt(),
                (path, field, at, count) -> {
                  int until = at + count * field.width();
                  int dot = path.indexOf('[');
                  places.merge(
                      dot < 0 ? path : path.substring(0, dot),
                      new int[] {at, until},
                      (one, more) -> new int[] {one[0], more[1]});
                });
    List<Edit> edits = new ArrayList<>();
    int wanted = 0;
    int position = section.payloadAt();
    for (Field field : have) {
      int match = indexOf(want, field, wanted);
      if (match < 0) {
        if (!(field instanceof Field.Numbers numbers)
            || numbers.implied().isEmpty()
            || !numbers.repeat().isOnce()) {
          return new Impossible("content " + to.name() + " has no place for its " + name(field));
        }
        long value = octets.number(position, numbers.width());
        if (value != numbers.implied().getAsLong()) {
          return new Impossible(
              numbers.name()
                  + " is "
                  + Text.hex(value, numbers.width())
                  + (numbers.unlessImplied() == null
                      ? ", and content " + to.name() + " stands for another value"
                      : ": " + numbers.unlessImplied()));
        }
        leaveOut(
            edits,
            new Edit(
                octets,
                position,
                numbers.width(),
                new byte[0],
                section.idstr(),
                "content "
                    + to.name()
                    + " has no "
                    + numbers.name()
                    + ", which its reader takes to be "
                    + Text.hex(value, numbers.width())));
        position += numbers.width();
        continue;
      }
      String missing = insert(want.subList(wanted, match), octets, position, section, to, edits);
      if (missing != null) {
        return new Impossible(missing);
      }
      String illegal = illegal(want.get(match), octets, position, to);
      if (illegal != null) {
        return new Impossible(illegal);
      }
      position = end(field, places, position);
      wanted = match + 1;
    }
    String missing = insert(want.subList(wanted, want.size()), octets, end, section, to, edits);
    return missing == null ? new Possible(edits) : new Impossible(missing);
  }

  /** Fields that stand side by side go in one edit. */
  private static void leaveOut(List<Edit> edits, Edit edit) {
    Edit last = edits.isEmpty() ? null : edits.get(edits.size() - 1);
    if (last != null && last.inserted() == 0 && last.end() == edit.offset()) {
      edits.set(edits.size() - 1, last.andLeaveOut(edit));
    } else {
      edits.add(edit);
    }
  }

  /** Where a field of the payload ends; where it begins, if it is not there this time. */
  private static int end(Field field, Map<String, int[]> places, int position) {
    if (field instanceof Field.Conditional conditional) {
      int end = position;
      for (Field inner : ofSize(conditional.fields())) {
        end = end(inner, places, end);
      }
      return end;
    }
    int[] place = places.get(name(field));
    return place == null ? position : place[1];
  }

  /** Why a value that is kept cannot stand in the other content, or null. */
  private static String illegal(Field field, Octets octets, int at, Device.Content to) {
    if (!(field instanceof Field.Numbers numbers)
        || numbers.legal().isEmpty()
        || !numbers.repeat().isOnce()
        || numbers.legal().contains(octets.number(at, numbers.width()))) {
      return null;
    }
    return numbers.name()
        + " is "
        + Text.hex(octets.number(at, numbers.width()), numbers.width())
        + ", which content "
        + to.name()
        + " cannot have";
  }

  private static String insert(
      List<Field> fields,
      Octets octets,
      int at,
      Section section,
      Device.Content to,
      List<Edit> edits) {
    for (Field field : fields) {
      if (!(field instanceof Field.Numbers numbers)
          || numbers.implied().isEmpty()
          || !numbers.repeat().isOnce()) {
        return "nothing says what its " + name(field) + " in content " + to.name() + " should be";
      }
      byte[] bytes = new byte[numbers.width()];
      long value = numbers.implied().getAsLong();
      for (int i = bytes.length - 1; i >= 0; i--, value >>>= 8) {
        bytes[i] = (byte) value;
      }
      edits.add(
          new Edit(
              octets,
              at,
              0,
              bytes,
              section.idstr(),
              "content " + to.name() + " has " + numbers.name() + ", which its absence stood for"));
    }
    return null;
  }

  private static List<Field> ofSize(List<Field> fields) {
    return fields.stream().filter(field -> !(field instanceof Field.FixedBytes)).toList();
  }

  private static int indexOf(List<Field> fields, Field field, int from) {
    for (int i = from; i < fields.size(); i++) {
      if (sameShape(fields.get(i), field)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether two fields are the same but for the values that are legal in them. */
  private static boolean sameShape(Field one, Field other) {
    if (one instanceof Field.Numbers a && other instanceof Field.Numbers b) {
      return a.name().equals(b.name()) && a.width() == b.width() && a.repeat().equals(b.repeat());
    }
    if (one instanceof Field.Group a && other instanceof Field.Group b) {
      return a.name().equals(b.name())
          && a.repeat().equals(b.repeat())
          && sameShapes(a.fields(), b.fields());
    }
    return one instanceof Field.Conditional a
        && other instanceof Field.Conditional b
        && a.when().equals(b.when())
        && sameShapes(a.fields(), b.fields());
  }

  private static boolean sameShapes(List<Field> some, List<Field> others) {
    List<Field> one = ofSize(some);
    List<Field> other = ofSize(others);
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (!sameShape(one.get(i), other.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static String name(Field field) {
    if (field instanceof Field.Numbers numbers) {
      return numbers.name();
    }
    return field instanceof Field.Group group ? group.name() : "variable part";
  }
}
