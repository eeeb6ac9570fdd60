package org.dragoman.stream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What a payload consists of, compiled once and walked over the bytes in place. A stream stores no
 * payload length: the layout is the only thing that knows where the next section begins.
 *
 * <p>Immutable; any number of threads may use one.
 */
public final class Layout {
  private final List<Field> fields;
  private final Step[] steps;
  private final String[] registers;
  private final int fixedSize;
  private final boolean anyBytesDo;
  private final Map<String, Place> places;

  /** By what a payload chose among the fields that it may have. Filled in as payloads come. */
  private final Map<String, Map<String, FieldPlace>> placesByChoices = new ConcurrentHashMap<>();

  /** Null until somebody asks. */
  private volatile List<UnrolledField> unrolled;

  /** A stream could choose anew in each section. */
  private static final int MOST_CHOICES = 64;

  /** What repeats more often is of a size that a stream could choose at will. */
  private static final int MOST_TIMES = 16;

  /**
   * Compiles a list of fields.
   *
   * @throws IllegalArgumentException if a field refers to one that does not stand before it, if a
   *     name is used twice in one group, or if a group can be empty
   */
  public Layout(List<Field> fields) {
    this.fields = List.copyOf(fields);
    Compiler compiler = new Compiler();
    this.steps = compiler.compile(this.fields, Map.of());
    this.registers = compiler.registers.toArray(String[]::new);
    this.fixedSize = fixedSize(this.fields);
    this.anyBytesDo = fixedSize >= 0 && compiler.checks == 0;
    this.places = places(this.fields);
  }

  /** Where a single number stands in every payload of a layout. */
  private record Place(int offset, int width) {}

  private static Map<String, Place> places(List<Field> fields) {
    Map<String, Place> places = new HashMap<>();
    int offset = 0;
    for (Field field : fields) {
      int size = fixedSize(List.of(field));
      if (size < 0) {
        break;
      }
      if (field instanceof Field.Numbers numbers && numbers.repeat().isOnce()) {
        places.put(numbers.name(), new Place(offset, numbers.width()));
      }
      offset += size;
    }
    return Map.copyOf(places);
  }

  /**
   * The value of a single number outside any group, in the payload that begins at {@code at}; empty
   * where the layout has no such field at a fixed place.
   */
  public OptionalLong value(Octets octets, int at, String name) {
    Place place = places.get(name);
    return place == null
        ? OptionalLong.empty()
        : OptionalLong.of(octets.number(at + place.offset(), place.width()));
  }

  /** Whether {@link #value} finds this field. */
  public boolean hasValue(String name) {
    return places.containsKey(name);
  }

  /** The fields that this was made from. */
  public List<Field> fields() {
    return fields;
  }

  /**
   * The same with each round of a group for itself; see {@link UnrolledField#of}.
   *
   * @return unmodifiable
   * @throws IllegalArgumentException if a field repeats as often as another one says
   */
  public List<UnrolledField> unrolled() {
    if (unrolled == null) {
      unrolled = UnrolledField.of(fields);
    }
    return unrolled;
  }

  /** The payload's size in bytes, or -1 where it depends on the payload. */
  public int fixedSize() {
    return fixedSize;
  }

  /** Receives the fields of a payload in order. */
  public interface Visitor {
    /**
     * One field.
     *
     * @param path its name, with the groups around it: {@code drives[2].nsector}
     * @param field its description
     * @param at the offset of its first byte in the stream
     * @param count how many numbers of {@code field.width()} bytes stand there
     */
    void field(String path, Field.Numbers field, int at, int count);
  }

  /** Why a payload is not of a layout. */
  static final class Failure {
    int at;
    String found;
    String expected;
    Mismatch.Kind kind;

    int fail(Mismatch.Kind kind, int at, String found, String expected) {
      this.kind = kind;
      this.at = at;
      this.found = found;
      this.expected = expected;
      return -1;
    }

    IllegalArgumentException asException() {
      return new IllegalArgumentException(
          Text.offset(at) + ": found " + found + ", expected " + expected);
    }

    int truncated(Octets octets, String what, int at, long needed) {
      return fail(
          Mismatch.Kind.TRUNCATED,
          octets.size(),
          "the end of the stream",
          needed
              + " bytes of "
              + what
              + " at "
              + Text.offset(at)
              + ", where "
              + (octets.size() - at)
              + " are left");
    }
  }

  /** The offset after the payload that begins at {@code at}, or -1 with the reason in failure. */
  int measure(Octets octets, int at, Failure failure) {
    if (anyBytesDo && fixedSize <= octets.size() - at) {
      return at + fixedSize;
    }
    return over(steps, new Frame(octets, failure, null, registers.length), at);
  }

  /**
   * Shows each field of a payload to a visitor.
   *
   * @param at the offset of a payload that was found to be of this layout before
   * @return the offset after the payload
   * @throws IllegalArgumentException if the payload is not of this layout
   */
  public int visit(Octets octets, int at, Visitor visitor) {
    Failure failure = new Failure();
    int end = over(steps, new Frame(octets, failure, visitor, registers.length), at);
    if (end < 0) {
      throw failure.asException();
    }
    return end;
  }

  /**
   * Where each field of a payload stands, by its path, in their order.
   *
   * @param at the offset of a payload that was found to be of this layout before
   * @return unmodifiable; as a rule the same for all payloads that have the same fields
   * @throws IllegalArgumentException if the payload is not of this layout
   */
  public Map<String, FieldPlace> placesIn(Octets octets, int at) {
    Frame chosen = fixedSize >= 0 ? null : chosen(octets, at);
    String choices = chosen == null ? "" : chosen.choices.toString();
    Map<String, FieldPlace> known = placesByChoices.get(choices);
    if (known != null) {
      return known;
    }
    // What hardly comes again would take the room of what does.
    boolean keep = placesByChoices.size() < MOST_CHOICES && (chosen == null || !chosen.atWill);
    Map<String, FieldPlace> found = new LinkedHashMap<>();
    visit(
        octets,
        at,
        (path, field, where, count) -> {
          // One string for what several layouts have: they are looked up in each other's places.
          String kept = keep ? path.intern() : path;
          String name = path.replaceAll("\\[[0-9]+]", "");
          found.put(
              kept, new FieldPlace(found.size(), kept, name, where - at, field.width(), count));
        });
    Map<String, FieldPlace> result = Collections.unmodifiableMap(found);
    if (keep) {
      placesByChoices.put(choices, result);
    }
    return result;
  }

  private Frame chosen(Octets octets, int at) {
    Failure failure = new Failure();
    Frame frame = new Frame(octets, failure, null, registers.length);
    frame.choices = new StringBuilder();
    if (over(steps, frame, at) < 0) {
      throw failure.asException();
    }
    return frame;
  }

  /** The size in bytes of some fields, or -1 where it depends on the payload. */
  public static int fixedSize(List<Field> fields) {
    long size = 0;
    for (Field field : fields) {
      long one;
      Field.Repeat repeat;
      if (field instanceof Field.Numbers numbers) {
        one = numbers.width();
        repeat = numbers.repeat();
      } else if (field instanceof Field.Group group) {
        one = fixedSize(group.fields());
        repeat = group.repeat();
      } else if (field instanceof Field.FixedBytes) {
        continue;
      } else {
        return -1;
      }
      if (one < 0 || !(repeat instanceof Field.Repeat.Times times)) {
        return -1;
      }
      size += one * times.count();
    }
    return size > Integer.MAX_VALUE ? -1 : (int) size;
  }

  private static int over(Step[] steps, Frame frame, int at) {
    int position = at;
    for (int i = 0; i < steps.length && position >= 0; i++) {
      position = steps[i].over(frame, position);
    }
    return position;
  }

  /** What one walk over one payload remembers. */
  private static final class Frame {
    final Octets octets;
    final Failure failure;
    final Visitor visitor;
    final long[] registers;
    String path = "";

    /** Which of its fields the payload has; null: nobody asks. */
    StringBuilder choices;

    /** Whether the payload says itself how often something repeats, and says many. */
    boolean atWill;

    Frame(Octets octets, Failure failure, Visitor visitor, int registers) {
      this.octets = octets;
      this.failure = failure;
      this.visitor = visitor;
      this.registers = registers == 0 ? NO_REGISTERS : new long[registers];
    }

    private static final long[] NO_REGISTERS = {};

    void chose(long what) {
      if (choices != null) {
        choices.append(what).append(' ');
        atWill |= what > MOST_TIMES;
      }
    }
  }

  /** A field, ready to be walked. */
  private interface Step {
    /** The offset after it, or -1 with the reason in the frame's failure. */
    int over(Frame frame, int at);
  }

  private static int noneFits(Frame frame, String name, int at) {
    return frame.failure.fail(
        Mismatch.Kind.PAYLOAD,
        at,
        "no section after any of the sizes that " + frame.path + name + " can have",
        "a section header");
  }

  private static final class NumbersStep implements Step {
    private final Field.Numbers field;
    private final Count count;
    private final long[] legal;
    private final int register;

    NumbersStep(Field.Numbers field, Count count, int register) {
      this.field = field;
      this.count = count;
      this.legal = field.legal().stream().mapToLong(Long::longValue).toArray();
      this.register = register;
    }

    @Override
    public int over(Frame frame, int at) {
      Octets octets = frame.octets;
      long times = count.of(frame, at, field.width());
      if (times < 0) {
        return noneFits(frame, field.name(), at);
      }
      if (!(count instanceof FixedCount)) {
        frame.chose(times);
      }
      if (times > (octets.size() - at) / field.width()) {
        return frame.failure.truncated(
            octets, frame.path + field.name(), at, times * field.width());
      }
      if (legal.length > 0) {
        for (int i = 0, from = at; i < times; i++, from += field.width()) {
          if (!isLegal(octets.number(from, field.width()))) {
            return frame.failure.fail(
                Mismatch.Kind.PAYLOAD,
                from,
                frame.path
                    + field.name()
                    + " "
                    + HexFormat.of().formatHex(octets.copy(from, field.width())),
                field.legal().stream()
                    .map(value -> Text.hex(value, field.width()))
                    .collect(Collectors.joining(" or ")));
          }
        }
      }
      if (register >= 0) {
        frame.registers[register] = octets.number(at, field.width());
      }
      if (frame.visitor != null) {
        frame.visitor.field(frame.path + field.name(), field, at, (int) times);
      }
      return at + (int) times * field.width();
    }

    private boolean isLegal(long value) {
      for (long one : legal) {
        if (one == value) {
          return true;
        }
      }
      return false;
    }
  }

  private static final class GroupStep implements Step {
    private final String name;
    private final int roundSize;
    private final Count count;
    private final Step[] steps;

    GroupStep(String name, int roundSize, Count count, Step[] steps) {
      this.name = name;
      this.roundSize = roundSize;
      this.count = count;
      this.steps = steps;
    }

    @Override
    public int over(Frame frame, int at) {
      long times = count.of(frame, at, roundSize);
      if (times < 0) {
        return noneFits(frame, name, at);
      }
      if (!(count instanceof FixedCount)) {
        frame.chose(times);
      }
      int position = at;
      String path = frame.path;
      for (long i = 0; i < times && position >= 0; i++) {
        if (frame.visitor != null) {
          frame.path = path + name + "[" + i + "].";
        }
        int before = position;
        position = Layout.over(steps, frame, before);
        if (position == before) {
          // Rounds without a byte: no number of them is more than one, however many are claimed.
          break;
        }
      }
      frame.path = path;
      return position;
    }
  }

  private static final class ConditionalStep implements Step {
    private final int[] registers;
    private final long[] values;
    private final Step[] steps;

    ConditionalStep(int[] registers, long[] values, Step[] steps) {
      this.registers = registers;
      this.values = values;
      this.steps = steps;
    }

    @Override
    public int over(Frame frame, int at) {
      for (int i = 0; i < registers.length; i++) {
        long value = frame.registers[registers[i]];
        if (values[i] == Field.Conditional.NONZERO ? value == 0 : value != values[i]) {
          frame.chose(0);
          return at;
        }
      }
      frame.chose(1);
      return Layout.over(steps, frame, at);
    }
  }

  private static final class SubsectionStep implements Step {
    private final Field.Subsection field;
    private final byte[] start;
    private final Step[] steps;

    SubsectionStep(Field.Subsection field, Step[] steps) {
      byte[] idstr = field.idstr().getBytes(StandardCharsets.ISO_8859_1);
      this.field = field;
      this.steps = steps;
      this.start = new byte[2 + idstr.length];
      start[0] = Field.Subsection.CODE;
      start[1] = (byte) idstr.length;
      System.arraycopy(idstr, 0, start, 2, idstr.length);
    }

    @Override
    public int over(Frame frame, int at) {
      Octets octets = frame.octets;
      int left = octets.size() - at;
      if (left <= 0
          || !octets.holds(at, left < start.length ? Arrays.copyOf(start, left) : start)) {
        frame.chose(0);
        return at;
      }
      frame.chose(1);
      int payloadAt = at + start.length + 4;
      if (payloadAt > octets.size()) {
        return frame.failure.truncated(
            octets, "subsection '" + field.idstr() + "'", at, start.length + 4);
      }
      long label = octets.u32(payloadAt - 4);
      if (label != field.label()) {
        return frame.failure.fail(
            Mismatch.Kind.PAYLOAD,
            payloadAt - 4,
            "subsection '" + field.idstr() + "' labelled " + label,
            "label " + field.label());
      }
      return Layout.over(steps, frame, payloadAt);
    }
  }

  private record FixedBytesStep(Field.FixedBytes field) implements Step {
    @Override
    public int over(Frame frame, int at) {
      int from = at + field.at();
      List<byte[]> alternatives = field.alternatives();
      int length = alternatives.get(0).length;
      if (length > frame.octets.size() - from) {
        // The field that these bytes belong to says what is missing.
        return at;
      }
      for (int i = 0; i < alternatives.size(); i++) {
        if (frame.octets.holds(from, alternatives.get(i))) {
          return at;
        }
      }
      return frame.failure.fail(
          Mismatch.Kind.PAYLOAD,
          from,
          "bytes " + HexFormat.of().formatHex(frame.octets.copy(from, length)),
          alternatives.stream().map(HexFormat.of()::formatHex).collect(Collectors.joining(" or ")));
    }
  }

  /** How often something repeats. */
  private interface Count {
    /** The number, or -1 where none fits. */
    long of(Frame frame, int at, int width);
  }

  private record FixedCount(int times) implements Count {
    @Override
    public long of(Frame frame, int at, int width) {
      return times;
    }
  }

  private record RegisterCount(int register) implements Count {
    @Override
    public long of(Frame frame, int at, int width) {
      return bounded(frame.registers[register]);
    }
  }

  /** An unsigned count as a number that can still be multiplied by a width. */
  private static long bounded(long count) {
    long most = Long.MAX_VALUE >> 4;
    return count < 0 ? most : Math.min(count, most);
  }

  private record DifferenceCount(int minuend, int subtrahend, List<Integer> ifZero)
      implements Count {
    @Override
    public long of(Frame frame, int at, int width) {
      long difference = frame.registers[minuend] - frame.registers[subtrahend];
      if (difference != 0) {
        return bounded(difference);
      }
      for (int times : ifZero) {
        if (looksLikeSection(frame.octets, at + (long) times * width)) {
          return times;
        }
      }
      return -1;
    }
  }

  /** Whether the header of a FULL section could stand there: printable idstr, small label. */
  private static boolean looksLikeSection(Octets octets, long where) {
    if (where < 0 || where + 6 > octets.size()) {
      return false;
    }
    int at = (int) where;
    int length = octets.u8(at + 5);
    if (octets.u8(at) != SectionType.FULL.code()
        || length == 0
        || length + 8 > octets.size() - at - 6) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      int character = octets.u8(at + 6 + i);
      if (character < 0x20 || character > 0x7e) {
        return false;
      }
    }
    return octets.u32(at + 6 + length + 4) <= 0xffff;
  }

  /** Turns names into registers. */
  private static final class Compiler {
    final List<String> registers = new ArrayList<>();
    int checks;

    Step[] compile(List<Field> fields, Map<String, Integer> outer) {
      Map<String, Integer> visible = new HashMap<>(outer);
      Map<String, Boolean> own = new HashMap<>();
      List<Step> steps = new ArrayList<>();
      compileInto(fields, visible, own, steps);
      return steps.toArray(Step[]::new);
    }

    private void compileInto(
        List<Field> fields,
        Map<String, Integer> visible,
        Map<String, Boolean> own,
        List<Step> steps) {
      for (Field field : fields) {
        if (field instanceof Field.Numbers numbers) {
          claim(own, numbers.name());
          Count count = count(numbers.name(), numbers.repeat(), visible);
          int register = -1;
          if (numbers.repeat().isOnce()) {
            register = registers.size();
            registers.add(numbers.name());
            visible.put(numbers.name(), register);
          }
          checks += numbers.legal().isEmpty() ? 0 : 1;
          steps.add(new NumbersStep(numbers, count, register));
        } else if (field instanceof Field.Group group) {
          claim(own, group.name());
          if (group.fields().stream().noneMatch(one -> one instanceof Field.Numbers)) {
            throw new IllegalArgumentException(
                "group '" + group.name() + "' has no field that is always there");
          }
          int roundSize = fixedSize(group.fields());
          if (roundSize < 0 && group.repeat() instanceof Field.Repeat.Difference) {
            throw new IllegalArgumentException(
                "group '" + group.name() + "' repeats by a difference, but has no fixed size");
          }
          Count count = count(group.name(), group.repeat(), visible);
          steps.add(
              new GroupStep(group.name(), roundSize, count, compile(group.fields(), visible)));
        } else if (field instanceof Field.Conditional conditional) {
          int[] where = new int[conditional.when().size()];
          long[] values = new long[where.length];
          int i = 0;
          for (Map.Entry<String, Long> condition : conditional.when().entrySet()) {
            where[i] = register("a condition asks for", condition.getKey(), visible);
            values[i++] = condition.getValue();
          }
          List<Step> inner = new ArrayList<>();
          // What may not be there, nothing outside may ask for.
          compileInto(conditional.fields(), new HashMap<>(visible), own, inner);
          steps.add(new ConditionalStep(where, values, inner.toArray(Step[]::new)));
        } else if (field instanceof Field.Subsection subsection) {
          List<Step> inner = new ArrayList<>();
          compileInto(subsection.fields(), new HashMap<>(visible), own, inner);
          steps.add(new SubsectionStep(subsection, inner.toArray(Step[]::new)));
        } else if (field instanceof Field.FixedBytes fixedBytes) {
          checks++;
          steps.add(new FixedBytesStep(fixedBytes));
        }
      }
    }

    private static void claim(Map<String, Boolean> own, String name) {
      if (own.put(name, true) != null) {
        throw new IllegalArgumentException("field '" + name + "' stands there twice");
      }
    }

    private Count count(String name, Field.Repeat repeat, Map<String, Integer> visible) {
      String who = "field '" + name + "' repeats by";
      if (repeat instanceof Field.Repeat.Times times) {
        return new FixedCount(times.count());
      }
      if (repeat instanceof Field.Repeat.AsMany asMany) {
        return new RegisterCount(register(who, asMany.field(), visible));
      }
      Field.Repeat.Difference difference = (Field.Repeat.Difference) repeat;
      return new DifferenceCount(
          register(who, difference.minuend(), visible),
          register(who, difference.subtrahend(), visible),
          difference.ifZero());
    }

    private static int register(String who, String name, Map<String, Integer> visible) {
      Integer register = visible.get(name);
      if (register == null) {
        throw new IllegalArgumentException(
            who + " '" + name + "', but no single field of that name always stands before it");
      }
      return register;
    }
  }
}
