package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.dragoman.stream.Field.Repeat.AsMany;
import org.dragoman.stream.Field.Repeat.Difference;
import org.dragoman.stream.Field.Repeat.Times;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTest {

  @Test
  void unrolledEachRoundStandsForItselfWithTheGroupsAroundIt() {
    Layout layout =
        layout(
            number("count", 4),
            bytes(0, "00"),
            group(
                "drives",
                new Times(2),
                number("set", 4),
                group("ports", new Times(2), number("port", 2)),
                when("set", Field.Conditional.NONZERO, numbers("data", 1, new Times(4)))));
    assertEquals(
        "[count, drives[0].set?, drives[0].ports[0].port, drives[0].ports[1].port,"
            + " {set=-1}:[drives[0].data], drives[1].set?, drives[1].ports[0].port,"
            + " drives[1].ports[1].port, {set=-1}:[drives[1].data]]",
        inWords(layout.unrolled()).toString());
    UnrolledField.Numbers port = (UnrolledField.Numbers) layout.unrolled().get(2);
    assertEquals("drives.ports.port", port.name());
    assertEquals(2, port.field().width());
  }

  private static List<String> inWords(List<UnrolledField> fields) {
    List<String> words = new ArrayList<>();
    for (UnrolledField field : fields) {
      if (field instanceof UnrolledField.Numbers numbers) {
        words.add(numbers.path() + (numbers.asked() ? "?" : ""));
      } else if (field instanceof UnrolledField.Conditional conditional) {
        words.add(conditional.field().when() + ":" + inWords(conditional.fields()));
      }
    }
    return words;
  }

  @Test
  void whatRepeatsAsOftenAsAnotherFieldSaysIsNotUnrolled() {
    for (Field repeating :
        List.of(
            numbers("data", 1, new AsMany("count")),
            group("drives", new AsMany("count"), number("data", 1)),
            when("count", 3, numbers("data", 1, new AsMany("count"))))) {
      Layout layout = layout(number("count", 4), repeating);
      assertThrows(IllegalArgumentException.class, layout::unrolled);
    }
  }

  private static Field.Numbers number(String name, int width) {
    return numbers(name, width, Field.ONCE);
  }

  private static Field.Numbers numbers(String name, int width, Field.Repeat repeat) {
    return new Field.Numbers(name, width, repeat, List.of(), OptionalLong.empty(), null);
  }

  private static Field.Numbers legal(String name, int width, Field.Repeat repeat, Long... values) {
    return new Field.Numbers(name, width, repeat, List.of(values), OptionalLong.empty(), null);
  }

  private static Field.Group group(String name, Field.Repeat repeat, Field... fields) {
    return new Field.Group(name, repeat, List.of(fields));
  }

  private static Field.Conditional when(String field, long value, Field... fields) {
    return new Field.Conditional(Map.of(field, value), List.of(fields));
  }

  private static Field.FixedBytes bytes(int at, String... alternatives) {
    return new Field.FixedBytes(
        at, List.of(alternatives).stream().map(HexFormat.of()::parseHex).toList());
  }

  private static Layout layout(Field... fields) {
    return new Layout(List.of(fields));
  }

  private static Octets octets(String hex) {
    return StreamBytes.none().hex(hex).octets();
  }

  /** The payload's end when it begins at 0. */
  private static int end(Layout layout, String hex) {
    return layout.measure(octets(hex), 0, new Layout.Failure());
  }

  private static Layout.Failure failure(Layout layout, String hex) {
    Layout.Failure failure = new Layout.Failure();
    assertEquals(-1, layout.measure(octets(hex), 0, failure));
    return failure;
  }

  private static void assertTruncated(Layout layout, String hex, String... words) {
    Layout.Failure failure = failure(layout, hex);
    assertEquals(Mismatch.Kind.TRUNCATED, failure.kind);
    assertEquals(hex.length() / 2, failure.at);
    assertEquals("the end of the stream", failure.found);
    for (String word : words) {
      assertTrue(failure.expected.contains(word), failure.expected);
    }
  }

  private static void assertPayload(
      Layout layout, String hex, int at, String found, String expected) {
    Layout.Failure failure = failure(layout, hex);
    assertEquals(Mismatch.Kind.PAYLOAD, failure.kind);
    assertEquals(at, failure.at);
    assertEquals(found, failure.found);
    assertEquals(expected, failure.expected);
  }

  @Test
  void aFixedLayoutEndsAfterTheSumOfItsFields() {
    Layout layout =
        layout(
            number("a", 1),
            numbers("b", 2, new Times(3)),
            group("g", new Times(2), number("c", 8)));
    assertEquals(23, layout.fixedSize());
    assertEquals(23, end(layout, "00".repeat(30)));
    assertEquals(28, layout.measure(octets("00".repeat(30)), 5, new Layout.Failure()));
  }

  @Test
  void aLayoutWithoutFieldsTakesNoRoom() {
    assertEquals(0, layout().fixedSize());
    assertEquals(0, end(layout(), ""));
  }

  @Test
  void aSizeThatDependsOnThePayloadIsNotFixed() {
    assertEquals(-1, layout(number("n", 1), numbers("b", 1, new AsMany("n"))).fixedSize());
    assertEquals(-1, layout(number("n", 1), when("n", 1, number("b", 1))).fixedSize());
    assertEquals(
        -1,
        layout(number("n", 1), group("g", new Times(2), numbers("b", 1, new AsMany("n"))))
            .fixedSize());
  }

  @Test
  void aSizeThatNoIntHoldsIsNotFixed() {
    assertEquals(-1, layout(numbers("a", 8, new Times(Integer.MAX_VALUE))).fixedSize());
  }

  @Test
  void numbersRepeatAsOftenAsAnEarlierFieldSays() {
    Layout layout = layout(number("n", 1), numbers("b", 2, new AsMany("n")), number("c", 1));
    assertEquals(2, end(layout, "00 ff"));
    assertEquals(8, end(layout, "03 0000 0000 0000 ff 00".replace(" ", "")));
  }

  @Test
  void groupsRepeatAsOftenAsAnEarlierFieldSays() {
    Layout layout = layout(number("n", 1), group("g", new AsMany("n"), number("b", 2)));
    assertEquals(1, end(layout, "00"));
    assertEquals(5, end(layout, "0200000000"));
  }

  @Test
  void numbersRepeatAsOftenAsTheDifferenceOfTwoFieldsSays() {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            numbers("b", 1, new Difference("to", "from", List.of(4))));
    assertEquals(4, end(layout, "0705000000"));
  }

  @Test
  void aNegativeDifferenceIsMoreThanAnyStreamHas() {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            numbers("b", 1, new Difference("to", "from", List.of(4))));
    assertEquals(Mismatch.Kind.TRUNCATED, failure(layout, "0507000000").kind);
  }

  @Test
  void whereTheDifferenceIsZeroTheFirstCountThatASectionFollowsIsTaken() {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            numbers("b", 1, new Difference("to", "from", List.of(8, 4, 2))));
    StreamBytes stream = StreamBytes.none().hex("0000").zeros(4).full("next", 9, 0, 1, "");
    assertEquals(6, layout.measure(stream.octets(), 0, new Layout.Failure()));
  }

  @ParameterizedTest
  @CsvSource({
    // type, idstr, label
    "1, next, 1",
    "4, '', 1",
    "4, '\u0007bell', 1",
    "4, 'ne\u007ft', 1",
    "4, next, 65536",
  })
  void whatOnlyResemblesASectionIsNoneAfterAZeroDifference(int type, String idstr, long label) {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            numbers("b", 1, new Difference("to", "from", List.of(4))));
    StreamBytes stream =
        StreamBytes.none().hex("0000").zeros(4).header(type, idstr, 9, 0, label).zeros(8);
    Layout.Failure failure = new Layout.Failure();
    assertEquals(-1, layout.measure(stream.octets(), 0, failure));
    assertEquals(Mismatch.Kind.PAYLOAD, failure.kind);
    assertEquals(2, failure.at);
    assertEquals("a section header", failure.expected);
  }

  @Test
  void fieldsOfAConditionAreThereOnlyWhenItHolds() {
    Layout layout = layout(number("flag", 1), when("flag", 2, number("b", 4)), number("c", 1));
    assertEquals(2, end(layout, "01ff"));
    assertEquals(6, end(layout, "0200000000ff"));
  }

  @Test
  void nonzeroIsAnyValueButZero() {
    Layout layout =
        layout(number("flag", 1), when("flag", Field.Conditional.NONZERO, number("b", 4)));
    assertEquals(1, end(layout, "00"));
    assertEquals(5, end(layout, "0700000000"));
  }

  @Test
  void everyConditionMustHold() {
    Layout layout =
        layout(
            number("a", 1),
            number("b", 1),
            new Field.Conditional(Map.of("a", 1L, "b", 1L), List.of(number("c", 1))));
    assertEquals(3, end(layout, "010100"));
    assertEquals(2, end(layout, "0100"));
    assertEquals(2, end(layout, "0001"));
  }

  @Test
  void aConditionInAGroupLooksAtItsOwnRound() {
    Layout layout =
        layout(group("g", new Times(3), number("flag", 1), when("flag", 1, number("b", 2))));
    assertEquals(5, end(layout, "00 01ffff 00".replace(" ", "")));
  }

  @Test
  void aConditionInAGroupSeesFieldsBeforeTheGroup() {
    Layout layout =
        layout(
            number("flag", 1),
            group("g", new Times(2), number("a", 1), when("flag", 1, number("b", 1))));
    assertEquals(3, end(layout, "000000"));
    assertEquals(5, end(layout, "0100000000"));
  }

  @Test
  void aFieldOfAGroupHidesOneOfTheSameNameBeforeIt() {
    Layout layout =
        layout(
            number("n", 1),
            group("g", new Times(1), number("n", 1), numbers("b", 1, new AsMany("n"))));
    assertEquals(5, end(layout, "0003000000"));
  }

  @Test
  void aFieldOfAGroupIsNotSeenAfterIt() {
    assertThrows(
        IllegalArgumentException.class,
        () -> layout(group("g", new Times(1), number("n", 1)), numbers("b", 1, new AsMany("n"))));
  }

  @Test
  void aFieldOfAConditionIsSeenInsideItOnly() {
    Layout layout =
        layout(
            number("flag", 1),
            when("flag", 1, number("n", 1), numbers("b", 1, new AsMany("n"))),
            number("c", 1));
    assertEquals(5, end(layout, "0102000000"));
    assertEquals(2, end(layout, "0002"));
    for (Field outside :
        List.of(
            numbers("b", 1, new AsMany("n")),
            numbers("b", 1, new Difference("n", "flag", List.of(1))),
            numbers("b", 1, new Difference("flag", "n", List.of(1))),
            when("n", 1, number("b", 1)),
            group("g", new AsMany("n"), number("b", 1)),
            group("g", new Times(1), numbers("b", 1, new AsMany("n"))),
            when("flag", 1, numbers("b", 1, new AsMany("n"))))) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () -> layout(number("flag", 1), when("flag", 1, number("n", 1)), outside),
              outside::toString);
      assertTrue(error.getMessage().contains("'n'"), error.getMessage());
    }
  }

  @Test
  void aFieldBeforeAConditionIsSeenAfterItThoughItIsHiddenInside() {
    Layout layout =
        layout(
            number("n", 1),
            group(
                "g",
                new Times(1),
                when("n", 1, number("n", 1), numbers("b", 1, new AsMany("n"))),
                number("a", 1),
                numbers("c", 1, new AsMany("n"))));
    assertEquals(1 + 1 + 2 + 1 + 1, end(layout, "01" + "02" + "0000" + "00" + "00"));
  }

  @Test
  void fixedBytesTakeNoRoomAndMustBeThere() {
    Layout layout = layout(bytes(1, "aabb"), number("a", 4));
    assertEquals(4, layout.fixedSize());
    assertEquals(4, end(layout, "00aabb00"));
    assertPayload(layout, "00aabc00", 1, "bytes aabc", "aabb");
  }

  @Test
  void oneOfSeveralFixedBytesIsEnough() {
    Layout layout = layout(bytes(0, "aa", "bb"), number("a", 1));
    assertEquals(1, end(layout, "aa"));
    assertEquals(1, end(layout, "bb"));
    assertPayload(layout, "cc", 0, "bytes cc", "aa or bb");
  }

  @Test
  void whereFixedBytesAreCutOffTheFieldSaysWhatIsMissing() {
    assertTruncated(
        layout(bytes(2, "aabb"), number("a", 4)),
        "0000aa",
        "4 bytes of a at 0x0, where 3 are left");
  }

  @Test
  void onlyLegalValuesAreLegal() {
    Layout layout = layout(number("a", 1), legal("b", 4, Field.ONCE, 0xb000L, 0x1f40L));
    assertEquals(5, end(layout, "000000b000"));
    assertEquals(5, end(layout, "0000001f40"));
    assertPayload(layout, "000000b100", 1, "b 0000b100", "0x0000b000 or 0x00001f40");
  }

  @Test
  void eachNumberOfAnArrayMustBeLegal() {
    Layout layout = layout(legal("b", 2, new Times(3), 1L));
    assertEquals(6, end(layout, "000100010001"));
    assertPayload(layout, "000100010002", 4, "b 0002", "0x0001");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4})
  void aFixedLayoutThatIsCutOffIsTruncated(int there) {
    Layout layout = layout(number("first", 1), number("second", 4));
    if (there == 0) {
      assertTruncated(layout, "", "1 bytes of first at 0x0, where 0 are left");
    } else {
      assertTruncated(
          layout,
          "00".repeat(there),
          "4 bytes of second at 0x1, where " + (there - 1) + " are left");
    }
  }

  @Test
  void everyTruncationOfAVariablePayloadIsTruncated() {
    Layout layout =
        layout(
            number("n", 2),
            group("g", new AsMany("n"), number("flag", 1), when("flag", 1, number("b", 8))),
            numbers("c", 4, new Times(2)));
    String whole = "0002" + "01" + "00".repeat(8) + "00" + "00".repeat(8);
    assertEquals(whole.length() / 2, end(layout, whole));
    for (int length = 0; length < whole.length() / 2; length++) {
      Layout.Failure failure = failure(layout, whole.substring(0, 2 * length));
      assertEquals(Mismatch.Kind.TRUNCATED, failure.kind, "length " + length);
      assertEquals(length, failure.at);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4, ffffffff",
    "4, 7fffffff",
    "4, 80000000",
    "8, 7fffffffffffffff",
    "8, 8000000000000000",
    "8, 8000000000000001",
    "8, ffffffffffffffff",
    "8, ffffffff00000001"
  })
  void aHugeCountIsTruncatedAndDoesNotOverflow(int width, String count) {
    Layout numbers = layout(number("n", width), numbers("b", 8, new AsMany("n")));
    assertEquals(Mismatch.Kind.TRUNCATED, failure(numbers, count + "00".repeat(64)).kind);
    Layout groups = layout(number("n", width), group("g", new AsMany("n"), number("b", 8)));
    assertEquals(Mismatch.Kind.TRUNCATED, failure(groups, count + "00".repeat(64)).kind);
  }

  @Test
  void aHugeCountOfGroupsCostsNoMoreThanTheStreamIsLong() {
    Layout layout = layout(number("n", 4), group("g", new AsMany("n"), number("b", 1)));
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertEquals(Mismatch.Kind.TRUNCATED, failure(layout, "ffffffff00000000").kind));
  }

  @Test
  void aHugeCountOfEmptyRoundsCostsNothing() {
    Layout layout =
        layout(
            number("n", 4),
            number("m", 1),
            group("g", new AsMany("n"), numbers("b", 1, new AsMany("m"))),
            number("end", 1));
    assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> assertEquals(6, end(layout, "ffffffff" + "00" + "01")));
  }

  @Test
  void aGroupWithNoSizeThatASectionFollowsIsAMismatch() {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            group("g", new Difference("to", "from", List.of(1, 2)), number("b", 1)));
    assertEquals(Mismatch.Kind.PAYLOAD, failure(layout, "00".repeat(40)).kind);
    StreamBytes stream = StreamBytes.none().hex("0000").zeros(2).full("next", 9, 0, 1, "");
    assertEquals(4, layout.measure(stream.octets(), 0, new Layout.Failure()));
  }

  @Test
  void aVisitorSeesEachFieldWithItsPath() {
    Layout layout =
        layout(
            bytes(0, "02"),
            number("n", 1),
            group(
                "drives",
                new AsMany("n"),
                number("flag", 1),
                when("flag", 1, number("nsector", 2)),
                group("heads", new Times(1), number("h", 1))),
            numbers("list", 2, new Times(2)));
    List<String> seen = new ArrayList<>();
    int end =
        layout.visit(
            octets("ffff" + "02" + "01aaaa0b" + "000c" + "11112222"),
            2,
            (path, field, at, count) ->
                seen.add(path + " " + field.width() + " " + at + " " + count));
    assertEquals(13, end);
    assertEquals(
        List.of(
            "n 1 2 1",
            "drives[0].flag 1 3 1",
            "drives[0].nsector 2 4 1",
            "drives[0].heads[0].h 1 6 1",
            "drives[1].flag 1 7 1",
            "drives[1].heads[0].h 1 8 1",
            "list 2 9 2"),
        seen);
  }

  @Test
  void visitingAPayloadOfAnotherLayoutIsAnError() {
    Layout layout = layout(number("a", 4));
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> layout.visit(octets("0000"), 0, (path, field, at, count) -> {}));
    assertTrue(
        error.getMessage().contains("4 bytes of a at 0x0, where 2 are left"), error.getMessage());
  }

  @Test
  void aSingleNumberAtAFixedPlaceHasAValue() {
    Layout layout =
        layout(
            number("a", 1),
            numbers("list", 2, new Times(2)),
            bytes(0, "12"),
            number("b", 2),
            when("a", 1, number("c", 1)),
            number("d", 1));
    Octets octets = octets("ff" + "01" + "00000000" + "1234" + "56" + "78");
    assertEquals(OptionalLong.of(1), layout.value(octets, 1, "a"));
    assertEquals(OptionalLong.of(0x1234), layout.value(octets, 1, "b"));
    assertTrue(layout.hasValue("b"));
    for (String none : List.of("list", "c", "d", "nothing")) {
      assertFalse(layout.hasValue(none), none);
      assertEquals(OptionalLong.empty(), layout.value(octets, 1, none));
    }
  }

  @Test
  void aReferenceToNoEarlierFieldIsAnError() {
    List<List<Field>> wrong =
        List.of(
            List.of(numbers("b", 1, new AsMany("n")), number("n", 1)),
            List.of(numbers("n", 1, new AsMany("n"))),
            List.of(when("n", 1, number("a", 1))),
            List.of(group("g", new AsMany("n"), number("n", 1))),
            List.of(number("n", 1), numbers("b", 1, new Difference("n", "m", List.of(1)))),
            // Which of the two is meant?
            List.of(numbers("n", 1, new Times(2)), numbers("b", 1, new AsMany("n"))));
    for (List<Field> fields : wrong) {
      assertThrows(IllegalArgumentException.class, () -> new Layout(fields), fields::toString);
    }
  }

  @Test
  void aNameStandsOnceInAGroup() {
    for (Field again :
        List.of(
            number("a", 2),
            group("a", new Times(1), number("b", 1)),
            when("a", 1, number("a", 1)))) {
      IllegalArgumentException error =
          assertThrows(IllegalArgumentException.class, () -> layout(number("a", 1), again));
      assertTrue(error.getMessage().contains("'a'"), error.getMessage());
    }
    // In another group it is another field.
    layout(number("a", 1), group("g", new Times(1), number("a", 1)));
  }

  @Test
  void aGroupThatCanBeEmptyIsAnError() {
    assertThrows(IllegalArgumentException.class, () -> layout(group("g", new Times(2))));
    assertThrows(
        IllegalArgumentException.class,
        () -> layout(number("n", 1), group("g", new Times(2), when("n", 1, number("a", 1)))));
    assertThrows(
        IllegalArgumentException.class, () -> layout(group("g", new Times(2), bytes(0, "00"))));
  }

  @ParameterizedTest
  @CsvSource({
    "8000000000000000, 0000000000000000",
    "ffffffffffffffff, 0000000000000000",
    "0000000000000000, 0000000000000001",
    "7fffffffffffffff, ffffffffffffffff",
  })
  void aDifferenceWithTheTopBitSetIsTruncated(String minuend, String subtrahend) {
    Difference difference = new Difference("to", "from", List.of(1));
    for (Field repeated :
        List.of(numbers("b", 8, difference), group("g", difference, number("b", 8)))) {
      Layout layout = layout(number("to", 8), number("from", 8), repeated);
      assertEquals(
          Mismatch.Kind.TRUNCATED, failure(layout, minuend + subtrahend + "00".repeat(64)).kind);
    }
  }

  @Test
  void groupsOfSeveralBytesRepeatAsOftenAsADifferenceSays() {
    Layout layout =
        layout(
            number("to", 1),
            number("from", 1),
            group(
                "g",
                new Difference("to", "from", List.of(8, 4, 2)),
                bytes(0, "0000"),
                number("b", 2),
                numbers("c", 1, new Times(3))));
    assertEquals(2 + 3 * 5, end(layout, "0502" + "00".repeat(15)));
    assertTruncated(layout, "0502" + "00".repeat(14), "3 bytes of c at 0xe", "where 2 are left");
    // Where it is zero, the rounds are counted in their own size.
    for (int times : new int[] {8, 4, 2}) {
      StreamBytes stream =
          StreamBytes.none().hex("0707").zeros(5 * times).full("next", 9, 0, 1, "");
      assertEquals(2 + 5 * times, layout.measure(stream.octets(), 0, new Layout.Failure()));
    }
    StreamBytes other = StreamBytes.none().hex("0707").zeros(5 * 3).full("next", 9, 0, 1, "");
    assertEquals(-1, layout.measure(other.octets(), 0, new Layout.Failure()));
  }

  @Test
  void aGroupOfNoFixedSizeDoesNotRepeatByADifference() {
    for (Field variable :
        List.of(
            numbers("b", 1, new AsMany("n")),
            when("n", 1, number("b", 1)),
            group("h", new AsMany("n"), number("b", 1)))) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  layout(
                      number("to", 1),
                      number("from", 1),
                      group(
                          "g", new Difference("to", "from", List.of(1)), number("n", 1), variable)),
              variable::toString);
      assertEquals("group 'g' repeats by a difference, but has no fixed size", error.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"4, ffffffff", "4, 80000000", "8, 8000000000000000", "8, ffffffffffffffff"})
  void emptyRoundsEndAtOnceHoweverManyThereAre(int width, String count) {
    Layout layout =
        layout(
            number("n", width),
            number("m", 1),
            group(
                "g",
                new AsMany("n"),
                numbers("a", 1, new AsMany("m")),
                group("h", new AsMany("n"), numbers("b", 1, new AsMany("m")))),
            number("end", 1));
    assertTimeoutPreemptively(
        Duration.ofSeconds(1), () -> assertEquals(width + 2, end(layout, count + "00" + "01")));
    assertTimeoutPreemptively(
        Duration.ofSeconds(1),
        () ->
            assertEquals(
                width + 2,
                layout.visit(octets(count + "00" + "01"), 0, (path, field, at, times) -> {})));
  }

  @Test
  void roundsThatAreNotEmptyAreCounted() {
    Layout layout =
        layout(
            number("n", 1),
            number("m", 1),
            group("g", new AsMany("n"), numbers("b", 1, new AsMany("m"))));
    assertEquals(2 + 3 * 2, end(layout, "0302" + "00".repeat(6)));
    assertEquals(2, end(layout, "0300"));
  }

  private static Field.Subsection subsection(String idstr, long label, Field... fields) {
    return new Field.Subsection(idstr, label, List.of(fields));
  }

  @Test
  void aSubsectionIsThereWhenItsNameIs() {
    Layout layout =
        layout(
            number("a", 1),
            subsection("d/x", 2, number("x", 2)),
            subsection("d/y", 1),
            number("b", 1));
    assertEquals(-1, layout.fixedSize());
    assertEquals(2, end(layout, "01 02"));
    assertEquals(13, end(layout, "01 05 03 642f78 00000002 0a0b 02"));
    assertEquals(11, end(layout, "01 05 03 642f79 00000001 02"));
    assertEquals(22, end(layout, "01 05 03 642f78 00000002 0a0b 05 03 642f79 00000001 02"));
  }

  @Test
  void aByteLikeThatOfASubsectionIsAFieldWhereNoNameOfOneFollows() {
    Layout layout = layout(number("a", 1), subsection("d/x", 1), numbers("b", 1, new Times(5)));
    assertEquals(6, end(layout, "01 05 03 642f79"));
  }

  @Test
  void aSubsectionOfAnotherLabelIsNotTaken() {
    Layout layout = layout(number("a", 1), subsection("d/x", 1));
    Layout.Failure failure = new Layout.Failure();
    assertEquals(-1, layout.measure(octets("01 05 03 642f78 00000002"), 0, failure));
    assertEquals(6, failure.at);
    assertEquals("subsection 'd/x' labelled 2", failure.found);
    assertEquals("label 1", failure.expected);
  }

  @Test
  void aSubsectionThatIsCutShortIsTruncated() {
    Layout layout = layout(number("a", 1), subsection("d/x", 1, number("x", 2)));
    String whole = "01 05 03 64 2f 78 00 00 00 01 0a 0b";
    for (int size = 2; size < 12; size++) {
      Layout.Failure failure = new Layout.Failure();
      assertEquals(-1, layout.measure(octets(whole.substring(0, 3 * size - 1)), 0, failure));
      assertEquals(Mismatch.Kind.TRUNCATED, failure.kind);
    }
  }

  @Test
  void nothingOutsideMayAskForAFieldOfASubsection() {
    assertThrows(
        IllegalArgumentException.class,
        () -> layout(subsection("d/x", 1, number("x", 1)), when("x", 1, number("b", 1))));
  }
}
