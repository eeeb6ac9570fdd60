package org.dragoman.stream;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** One entry of a layout, in the order of the payload. */
public sealed interface Field {

  /**
   * A number or an array of numbers, big-endian and unsigned.
   *
   * @param name unique within its group
   * @param width of one number: 1, 2, 4 or 8 bytes
   * @param repeat how many numbers
   * @param legal the only values that a healthy writer can have written; empty: any
   * @param implied the value that a content without this field stands for
   * @param unlessImplied why the field cannot be left out when it has another value; may be null
   */
  record Numbers(
      String name,
      int width,
      Repeat repeat,
      List<Long> legal,
      OptionalLong implied,
      String unlessImplied)
      implements Field {
    /** Copies the list. */
    public Numbers {
      legal = List.copyOf(legal);
    }
  }

  /** Fields that repeat together. */
  record Group(String name, Repeat repeat, List<Field> fields) implements Field {
    /** Copies the list. */
    public Group {
      fields = List.copyOf(fields);
    }
  }

  /**
   * Fields that are there only when earlier fields of the same or an enclosing group have given
   * values.
   *
   * @param when field name to value; {@link #NONZERO} for any value but 0
   */
  record Conditional(Map<String, Long> when, List<Field> fields) implements Field {
    /** In {@link #when}: any value but 0. */
    public static final long NONZERO = -1;

    /** Copies both. */
    public Conditional {
      when = Map.copyOf(when);
      fields = List.copyOf(fields);
    }
  }

  /**
   * Fields that are there only when their name stands before them, as QEMU puts state that most
   * guests do not have behind a device's own: a byte 05, the length of the name, the name and a
   * label of 32 bits. Source: QEMU 7.2 migration/vmstate.c vmstate_subsection_save.
   *
   * @param idstr its name
   * @param label the version_id that it declares
   */
  record Subsection(String idstr, long label, List<Field> fields) implements Field {
    /** The byte that begins it. */
    public static final int CODE = 5;

    /** Copies the list. */
    public Subsection {
      fields = List.copyOf(fields);
    }
  }

  /**
   * Takes no room: bytes that no healthy writer can have written otherwise.
   *
   * @param at bytes after the place where this entry stands
   * @param alternatives one of these is there; all of one length
   */
  record FixedBytes(int at, List<byte[]> alternatives) implements Field {
    /** Copies the list. */
    public FixedBytes {
      alternatives = List.copyOf(alternatives);
    }
  }

  /** How often a field or a group stands there. */
  sealed interface Repeat {
    /** Whether it stands there once, always. */
    default boolean isOnce() {
      return this instanceof Times times && times.count() == 1;
    }

    /** A fixed number of times. */
    record Times(int count) implements Repeat {}

    /** As many times as the value of an earlier field says. */
    record AsMany(String field) implements Repeat {}

    /**
     * As many times as one earlier field less another; where that is zero, the first of {@code
     * ifZero} after which a FULL section follows.
     */
    record Difference(String minuend, String subtrahend, List<Integer> ifZero) implements Repeat {
      /** Copies the list. */
      public Difference {
        ifZero = List.copyOf(ifZero);
      }
    }
  }

  /** A field that stands there once. */
  Repeat ONCE = new Repeat.Times(1);
}
