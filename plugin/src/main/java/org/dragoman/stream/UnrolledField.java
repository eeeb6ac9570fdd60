package org.dragoman.stream;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One entry of a layout in which each round of a group stands for itself. */
public sealed interface UnrolledField {

  /**
   * A number or an array of numbers.
   *
   * @param path its name, with the groups around it: {@code drives[2].nsector}
   * @param name the same without the groups' indices: {@code drives.nsector}
   * @param field its description; it repeats a fixed number of times
   * @param asked whether a condition may ask for its value
   */
  record Numbers(String path, String name, Field.Numbers field, boolean asked)
      implements UnrolledField {}

  /**
   * Fields that are there only when earlier ones have given values.
   *
   * @param field its description; the names in it are those of one round
   * @param fields what is there then
   */
  record Conditional(Field.Conditional field, List<UnrolledField> fields) implements UnrolledField {
    /** Copies the list. */
    public Conditional {
      fields = List.copyOf(fields);
    }
  }

  /** Whether all fields, but for those of subsections, repeat a fixed number of times. */
  static boolean canUnroll(List<Field> fields) {
    for (Field field : fields) {
      boolean can =
          field instanceof Field.Numbers numbers
              ? numbers.repeat() instanceof Field.Repeat.Times
              : field instanceof Field.Group group
                  ? group.repeat() instanceof Field.Repeat.Times && canUnroll(group.fields())
                  : !(field instanceof Field.Conditional conditional)
                      || canUnroll(conditional.fields());
      if (!can) {
        return false;
      }
    }
    return true;
  }

  /**
   * Unrolls fields. What takes no room, and subsections, are left out.
   *
   * @throws IllegalArgumentException if it cannot be done; see {@link #canUnroll}
   */
  static List<UnrolledField> of(List<Field> fields) {
    if (!canUnroll(fields)) {
      throw new IllegalArgumentException("a field repeats as often as another one says");
    }
    Set<String> asked = new HashSet<>();
    asked(fields, asked);
    List<UnrolledField> unrolled = new ArrayList<>();
    unroll(fields, "", "", asked, unrolled);
    return List.copyOf(unrolled);
  }

  private static void asked(List<Field> fields, Set<String> asked) {
    for (Field field : fields) {
      if (field instanceof Field.Group group) {
        asked(group.fields(), asked);
      } else if (field instanceof Field.Conditional conditional) {
        asked.addAll(conditional.when().keySet());
        asked(conditional.fields(), asked);
      }
    }
  }

  private static void unroll(
      List<Field> fields,
      String path,
      String name,
      Set<String> asked,
      List<UnrolledField> unrolled) {
    for (Field field : fields) {
      if (field instanceof Field.Numbers numbers) {
        unrolled.add(
            new Numbers(
                // As in Layout.placesIn.
                (path + numbers.name()).intern(),
                name + numbers.name(),
                numbers,
                numbers.repeat().isOnce() && asked.contains(numbers.name())));
      } else if (field instanceof Field.Group group) {
        for (int i = 0; i < ((Field.Repeat.Times) group.repeat()).count(); i++) {
          unroll(
              group.fields(),
              path + group.name() + "[" + i + "].",
              name + group.name() + ".",
              asked,
              unrolled);
        }
      } else if (field instanceof Field.Conditional conditional) {
        List<UnrolledField> inner = new ArrayList<>();
        unroll(conditional.fields(), path, name, asked, inner);
        unrolled.add(new Conditional(conditional, inner));
      }
    }
  }
}
