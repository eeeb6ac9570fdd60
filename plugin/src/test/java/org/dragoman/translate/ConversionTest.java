package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.dragoman.stream.Device;
import org.dragoman.stream.Dialect;
import org.dragoman.stream.Field;
import org.dragoman.stream.Field.Repeat.AsMany;
import org.dragoman.stream.Field.Repeat.Times;
import org.dragoman.stream.Form;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Layout;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.StreamBytes;
import org.dragoman.stream.Walk;
import org.junit.jupiter.api.Test;

class ConversionTest {
  private static final Field.Numbers A = number("a", 1);
  private static final Field.Numbers B = number("b", 2);
  private static final Field.Numbers LOST = implied("lost", 4, 0x1f40, "the guest needs it");

  private static Field.Numbers number(String name, int width) {
    return new Field.Numbers(name, width, Field.ONCE, List.of(), OptionalLong.empty(), null);
  }

  private static Field.Numbers repeated(String name, Field.Repeat repeat) {
    return new Field.Numbers(name, 1, repeat, List.of(), OptionalLong.empty(), null);
  }

  private static Field.Numbers implied(String name, int width, long value, String unless) {
    return new Field.Numbers(name, width, Field.ONCE, List.of(), OptionalLong.of(value), unless);
  }

  private static Device.Content content(String name, Field... fields) {
    return new Device.Content(name, new Layout(List.of(fields)));
  }

  private static final int PAYLOAD_AT = 8 + 15;

  private static StreamBytes stream(String payload) {
    return StreamBytes.stream().full("d", 1, 0, 1, payload).endMarker();
  }

  private static Conversion convert(Device.Content from, Device.Content to, String payload) {
    InstanceRule zero = new InstanceRule.OneOf(List.of(0L));
    Device device = new Device("d", "d", "d", zero, false, null, Map.of("from", from, "to", to));
    Octets octets = stream(payload).octets();
    Reading reading =
        Walk.under(new Dialect(List.of(new Form(device, "d", zero, 1, from)), Set.of()), octets);
    Section section =
        assertInstanceOf(Reading.Complete.class, reading, reading::toString)
            .walk()
            .sections()
            .get(0);
    return Conversion.of(octets, section, to);
  }

  private static List<Edit> edits(Device.Content from, Device.Content to, String payload) {
    Conversion conversion = convert(from, to, payload);
    return assertInstanceOf(Conversion.Possible.class, conversion, conversion::toString).edits();
  }

  private static void assertConverts(
      Device.Content from, Device.Content to, String payload, String expected) {
    byte[] result = World.edited(stream(payload).bytes(), edits(from, to, payload));
    assertArrayEquals(
        stream(expected).bytes(),
        result,
        () -> HexFormat.of().formatHex(result, PAYLOAD_AT, result.length));
  }

  private static void assertImpossible(
      Device.Content from, Device.Content to, String payload, String reason) {
    Conversion conversion = convert(from, to, payload);
    assertEquals(
        reason,
        assertInstanceOf(Conversion.Impossible.class, conversion, conversion::toString).reason());
  }

  @Test
  void theSameFieldsNeedNoEdit() {
    assertEquals(List.of(), edits(content("from", A, B), content("to", A, B), "010203"));
  }

  @Test
  void aFieldWithItsImpliedValueIsDropped() {
    assertConverts(
        content("from", A, LOST, B), content("to", A, B), "01" + "00001f40" + "0203", "010203");
    assertConverts(content("from", A, LOST), content("to", A), "0100001f40", "01");
    assertConverts(content("from", LOST, A), content("to", A), "00001f4001", "01");
  }

  @Test
  void aDropIsOneEditThatSaysWhatItStandsFor() {
    Edit edit = edits(content("from", A, LOST), content("to", A), "0100001f40").get(0);
    assertEquals(PAYLOAD_AT + 1, edit.offset());
    assertEquals("00001f40", edit.removeHex());
    assertEquals("", edit.insertHex());
    assertEquals("d", edit.section());
    assertTrue(edit.reason().contains("content to has no lost"), edit.reason());
    assertTrue(edit.reason().contains("0x00001f40"), edit.reason());
  }

  @Test
  void aFieldWithAnotherValueIsNotDroppedAndThePolicySaysWhy() {
    assertImpossible(
        content("from", A, LOST),
        content("to", A),
        "010000b000",
        "lost is 0x0000b000: the guest needs it");
  }

  @Test
  void aFieldWithAnotherValueIsNotDroppedThoughThePolicyDoesNotSayWhy() {
    assertImpossible(
        content("from", A, implied("lost", 4, 0x1f40, null)),
        content("to", A),
        "010000b000",
        "lost is 0x0000b000, and content to stands for another value");
  }

  @Test
  void aFieldThatNothingImpliesHasNoPlace() {
    assertImpossible(
        content("from", A, B), content("to", A), "010203", "content to has no place for its b");
  }

  @Test
  void aMissingFieldIsInsertedWithItsImpliedValue() {
    assertConverts(
        content("from", A, B), content("to", A, LOST, B), "010203", "01" + "00001f40" + "0203");
    assertConverts(content("from", A), content("to", A, LOST), "01", "0100001f40");
    assertConverts(content("from", A), content("to", LOST, A), "01", "00001f4001");
  }

  @Test
  void impliedValuesOfEveryWidthAreBigEndian() {
    assertConverts(
        content("from", A),
        content(
            "to",
            A,
            implied("one", 1, 0x12, null),
            implied("two", 2, 0x1234, null),
            implied("eight", 8, 0x1122334455667788L, null)),
        "01",
        "01" + "12" + "1234" + "1122334455667788");
  }

  @Test
  void aMissingFieldThatNothingImpliesCannotBeInserted() {
    assertImpossible(
        content("from", A),
        content("to", A, B),
        "01",
        "nothing says what its b in content to should be");
  }

  @Test
  void oneFieldMayGoAndAnotherCome() {
    assertConverts(
        content("from", A, LOST, B),
        content("to", A, B, implied("new", 1, 7, null)),
        "01" + "00001f40" + "0203",
        "01" + "0203" + "07");
  }

  @Test
  void aFieldOfAnotherWidthIsAnotherField() {
    assertImpossible(
        content("from", number("a", 1)),
        content("to", number("a", 2)),
        "01",
        "content to has no place for its a");
  }

  @Test
  void fieldsInAnotherOrderAreNotTheSame() {
    assertImpossible(
        content("from", A, B),
        content("to", B, A),
        "010203",
        "nothing says what its b in content to should be");
  }

  @Test
  void legalValuesAndFixedBytesDoNotMakeAnotherField() {
    Field legal = new Field.Numbers("a", 1, Field.ONCE, List.of(1L), OptionalLong.empty(), null);
    Field fixed = new Field.FixedBytes(0, List.of(new byte[] {1}));
    assertEquals(List.of(), edits(content("from", fixed, legal), content("to", A), "01"));
    assertEquals(List.of(), edits(content("from", A), content("to", fixed, legal), "01"));
  }

  @Test
  void aGroupOfTheSameShapeStays() {
    Field group = new Field.Group("g", new AsMany("a"), List.of(B));
    assertConverts(
        content("from", A, group, LOST, B),
        content("to", A, group, B),
        "02" + "00010002" + "00001f40" + "0203",
        "02" + "00010002" + "0203");
  }

  @Test
  void aGroupOfAnotherShapeHasNoPlace() {
    Field group = new Field.Group("g", new Times(2), List.of(B));
    assertImpossible(
        content("from", group),
        content("to", new Field.Group("g", new Times(2), List.of(A))),
        "00010002",
        "content to has no place for its g");
    assertImpossible(
        content("from", group),
        content("to", new Field.Group("g", new Times(1), List.of(B))),
        "00010002",
        "content to has no place for its g");
    assertImpossible(
        content("from", group),
        content("to", new Field.Group("g", new Times(2), List.of(B, A))),
        "00010002",
        "content to has no place for its g");
    assertImpossible(
        content("from", A),
        content("to", A, group),
        "01",
        "nothing says what its g in content to should be");
  }

  @Test
  void aVariablePartOfTheSameShapeStays() {
    Field part = new Field.Conditional(Map.of("a", 1L), List.of(B));
    for (String b : List.of("01" + "0203", "02")) {
      assertConverts(content("from", A, part, LOST), content("to", A, part), b + "00001f40", b);
    }
    assertImpossible(
        content("from", A, part),
        content("to", A, new Field.Conditional(Map.of("a", 2L), List.of(B))),
        "010203",
        "content to has no place for its variable part");
  }

  @Test
  void anArrayIsNeitherDroppedNorInserted() {
    Field array = repeated("list", new Times(2));
    assertImpossible(
        content("from", A, array),
        content("to", A),
        "010203",
        "content to has no place for its list");
    assertImpossible(
        content("from", A),
        content("to", A, array),
        "01",
        "nothing says what its list in content to should be");
  }

  @Test
  void neighboursThatGoAreOneEdit() {
    Field.Numbers too = implied("too", 1, 7, null);
    List<Edit> edits =
        edits(
            content("from", A, LOST, too, B),
            content("to", A, B),
            "01" + "00001f40" + "07" + "0203");
    assertEquals(1, edits.size());
    assertEquals("00001f4007", edits.get(0).removeHex());
    assertTrue(edits.get(0).reason().contains("lost"), edits.get(0).reason());
    assertTrue(edits.get(0).reason().contains("too"), edits.get(0).reason());
  }

  @Test
  void fieldsThatGoFromSeveralPlacesAreSeveralEdits() {
    Field.Numbers too = implied("too", 1, 7, null);
    assertConverts(
        content("from", LOST, A, too, B),
        content("to", A, B),
        "00001f40" + "01" + "07" + "0203",
        "010203");
  }

  @Test
  void aFieldIsInsertedBeforeAndAfterAGroup() {
    Field group = new Field.Group("g", new AsMany("a"), List.of(B, number("c", 1)));
    for (String rounds : List.of("00", "01" + "111122", "03" + "111122" + "333344" + "555566")) {
      assertConverts(
          content("from", A, group, B),
          content("to", A, group, LOST, B),
          rounds + "0203",
          rounds + "00001f40" + "0203");
      assertConverts(
          content("from", A, group, B),
          content("to", A, LOST, group, B),
          rounds + "0203",
          rounds.substring(0, 2) + "00001f40" + rounds.substring(2) + "0203");
      assertConverts(
          content("from", A, group), content("to", A, group, LOST), rounds, rounds + "00001f40");
    }
  }

  @Test
  void aFieldGoesFromBeforeAndAfterAGroup() {
    Field group = new Field.Group("g", new AsMany("a"), List.of(B, number("c", 1)));
    for (String rounds : List.of("00", "01" + "111122", "03" + "111122" + "333344" + "555566")) {
      assertConverts(
          content("from", A, group, LOST, B),
          content("to", A, group, B),
          rounds + "00001f40" + "0203",
          rounds + "0203");
      assertConverts(
          content("from", A, LOST, group, B),
          content("to", A, group, B),
          rounds.substring(0, 2) + "00001f40" + rounds.substring(2) + "0203",
          rounds + "0203");
    }
  }

  @Test
  void aFieldIsInsertedBetweenTwoGroupsAndTwoArrays() {
    Field first = new Field.Group("g", new Times(2), List.of(B));
    Field inner = new Field.Group("i", new Times(2), List.of(A));
    Field second = new Field.Group("h", new Times(2), List.of(inner, number("c", 1)));
    assertConverts(
        content("from", first, second),
        content("to", first, LOST, second),
        "11112222" + "334455" + "667788",
        "11112222" + "00001f40" + "334455" + "667788");
    assertConverts(
        content("from", first, second, B),
        content("to", first, second, LOST, B),
        "11112222" + "334455" + "667788" + "9999",
        "11112222" + "334455" + "667788" + "00001f40" + "9999");
    assertConverts(
        content("from", A, repeated("b1", new AsMany("a")), repeated("b2", new Times(2))),
        content("to", A, repeated("b1", new AsMany("a")), LOST, repeated("b2", new Times(2))),
        "00" + "aabb",
        "00" + "00001f40" + "aabb");
  }

  @Test
  void aFieldIsInsertedAndGoesAroundAVariablePart() {
    Field part = new Field.Conditional(Map.of("a", 1L), List.of(B));
    Field.Numbers c = number("c", 1);
    for (String there : List.of("", "0203")) {
      String a = there.isEmpty() ? "02" : "01";
      String short_ = a + there + "cc";
      assertConverts(
          content("from", A, part, c),
          content("to", A, LOST, part, c),
          short_,
          a + "00001f40" + there + "cc");
      assertConverts(
          content("from", A, part, c),
          content("to", A, part, LOST, c),
          short_,
          a + there + "00001f40" + "cc");
      assertConverts(
          content("from", A, part),
          content("to", A, part, LOST),
          a + there,
          a + there + "00001f40");
      assertConverts(
          content("from", A, LOST, part, c),
          content("to", A, part, c),
          a + "00001f40" + there + "cc",
          short_);
      assertConverts(
          content("from", A, part, LOST, c),
          content("to", A, part, c),
          a + there + "00001f40" + "cc",
          short_);
    }
  }

  @Test
  void aVariablePartOfGroupsAndVariablePartsIsPassedWhole() {
    Field part =
        new Field.Conditional(
            Map.of("a", Field.Conditional.NONZERO),
            List.of(
                number("n", 1),
                new Field.Group("g", new AsMany("n"), List.of(number("x", 2))),
                new Field.Conditional(Map.of("n", 2L), List.of(number("y", 1)))));
    Field.Numbers c = number("c", 1);
    for (String payload : List.of("00", "0100", "01011111", "01021111222233")) {
      assertConverts(
          content("from", A, part, c),
          content("to", A, part, LOST, c),
          payload + "cc",
          payload + "00001f40" + "cc");
      assertConverts(
          content("from", A, part, LOST, c),
          content("to", A, part, c),
          payload + "00001f40" + "cc",
          payload + "cc");
    }
  }

  @Test
  void theValueThatGoesIsReadBehindAGroup() {
    Field group = new Field.Group("g", new Times(2), List.of(B));
    assertImpossible(
        content("from", group, LOST),
        content("to", group),
        "00001f40" + "0000b000",
        "lost is 0x0000b000: the guest needs it");
  }

  @Test
  void aKeptValueThatIsIllegalInTheOtherContentHasNoPlace() {
    Field legal =
        new Field.Numbers("b", 2, Field.ONCE, List.of(1L, 0x203L), OptionalLong.empty(), null);
    assertEquals(List.of(), edits(content("from", A, B), content("to", A, legal), "010203"));
    assertImpossible(
        content("from", A, B),
        content("to", A, legal),
        "010204",
        "b is 0x0204, which content to cannot have");
    Field group = new Field.Group("g", new Times(2), List.of(A));
    assertImpossible(
        content("from", group, LOST, B),
        content("to", group, legal),
        "0101" + "00001f40" + "0204",
        "b is 0x0204, which content to cannot have");
    // What only the source's own content forbids, the other may have.
    assertEquals(List.of(), edits(content("from", A, legal), content("to", A, B), "010203"));
  }
}
