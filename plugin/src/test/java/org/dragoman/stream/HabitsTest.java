package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.dragoman.stream.Habits.Agreement;
import org.dragoman.stream.Habits.SectionIds;
import org.dragoman.stream.Habits.Value;
import org.junit.jupiter.api.Test;

/** Streams of devices a to d with one byte x each; e has no field. */
class HabitsTest {
  private static final Dialect DIALECT;

  static {
    List<Form> forms = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d", "e")) {
      Field x = new Field.Numbers("x", 1, Field.ONCE, List.of(), OptionalLong.empty(), null);
      Device.Content content =
          new Device.Content("v1", new Layout(name.equals("e") ? List.of() : List.of(x)));
      InstanceRule instance = new InstanceRule.OneOf(List.of(0L, 1L));
      Device device = new Device(name, name, name, instance, false, null, Map.of("v1", content));
      forms.add(new Form(device, name, instance, 1, content));
    }
    DIALECT = new Dialect(forms, Set.of());
  }

  private static Mismatch broken(Habits habits, StreamBytes stream, String... dropped) {
    stream.endMarker();
    Walk walk =
        assertInstanceOf(Reading.Complete.class, Walk.under(DIALECT, stream.octets())).walk();
    return dropped.length == 0
        ? habits.brokenBy(walk, stream.octets())
        : habits.brokenBy(walk, stream.octets(), Set.of(dropped));
  }

  private static void assertBroken(Mismatch mismatch, int at, String words) {
    assertNotNull(mismatch);
    assertEquals(Mismatch.Kind.HABIT, mismatch.kind());
    assertEquals(at, mismatch.at(), mismatch::toString);
    assertTrue(mismatch.toString().contains(words), mismatch::toString);
  }

  private static StreamBytes ids(Object... idstrsAndIds) {
    StreamBytes stream = StreamBytes.stream();
    for (int i = 0; i < idstrsAndIds.length; i += 2) {
      stream.full((String) idstrsAndIds[i], (Integer) idstrsAndIds[i + 1], 0, 1, "00");
    }
    return stream;
  }

  private static final Habits ALWAYS =
      new Habits(Set.of("a"), Map.of(), List.of(), null, List.of());

  @Test
  void whatIsAlwaysThereMustBeThere() {
    assertNull(broken(ALWAYS, ids("a", 1)));
    assertBroken(broken(ALWAYS, ids("b", 1)), 8 + 16, "a section of a, which it always writes");
  }

  @Test
  void whatWasDroppedNeedNotBeThere() {
    assertNull(broken(ALWAYS, ids("b", 1), "a"));
    assertNotNull(broken(ALWAYS, ids("b", 1), "b"));
  }

  private static final Habits WITH =
      new Habits(Set.of(), Map.of("b", List.of("a", "c")), List.of(), null, List.of());

  @Test
  void aSectionThatIsNeverAloneIsThereWithTheOthers() {
    assertNull(broken(WITH, ids("a", 1, "b", 2, "c", 3)));
    assertNull(broken(WITH, ids("a", 1)));
    assertBroken(broken(WITH, ids("a", 1, "b", 2)), 8 + 16, "section 'b' instance 0 and none of c");
    assertNull(broken(WITH, ids("a", 1, "b", 2), "c"));
  }

  private static final Habits AGREE =
      new Habits(
          Set.of(),
          Map.of(),
          List.of(
              new Agreement(
                  List.of(
                      List.of(new Value("a", "x", 1), new Value("b", "x", 0x10)),
                      List.of(new Value("a", "x", 2), new Value("b", "x", 0x20))))),
          null,
          List.of());

  private static StreamBytes values(String a, String b) {
    return StreamBytes.stream().full("a", 1, 0, 1, a).full("b", 2, 0, 1, b);
  }

  @Test
  void oneRowOfAnAgreementHolds() {
    assertNull(broken(AGREE, values("01", "10")));
    assertNull(broken(AGREE, values("02", "20")));
  }

  @Test
  void aDisagreementIsAtTheLastSectionThatTakesPart() {
    int payloadOfB = 8 + 16 + 15;
    assertBroken(
        broken(AGREE, values("01", "20")),
        payloadOfB,
        "found a x 0x1 with b x 0x20, expected 0x1 with 0x10, or 0x2 with 0x20");
    assertBroken(broken(AGREE, values("03", "30")), payloadOfB, "found a x 0x3 with b x 0x30");
  }

  @Test
  void anAgreementHoldsAsFarAsTheFieldsAreThere() {
    assertNull(broken(AGREE, ids("c", 1)));
    assertNull(broken(AGREE, StreamBytes.stream().full("a", 1, 0, 1, "02")));
    assertBroken(broken(AGREE, StreamBytes.stream().full("a", 1, 0, 1, "03")), 23, "b x (absent)");
  }

  @Test
  void aContentWithoutTheFieldAgreesWithAnything() {
    Habits habits =
        new Habits(
            Set.of(),
            Map.of(),
            List.of(
                new Agreement(
                    List.of(
                        List.of(new Value("a", "x", 1), new Value("e", "x", 1)),
                        List.of(new Value("a", "x", 2), new Value("e", "x", 2))))),
            null,
            List.of());
    assertNull(
        broken(habits, StreamBytes.stream().full("a", 1, 0, 1, "02").full("e", 2, 0, 1, "")));
  }

  private static final Habits IDS =
      new Habits(
          Set.of(),
          Map.of(),
          List.of(),
          new SectionIds(Map.of("b", 1), Map.of("c", 2)),
          List.of("a", "b", "c", "d", "e"));

  @Test
  void sectionIdsLeaveTheGapsOfTheirBuilder() {
    assertNull(broken(IDS, ids("a", 1, "b", 3, "c", 4, "d", 7)));
    assertNull(broken(IDS, ids("a", 100, "d", 101)));
    assertBroken(
        broken(IDS, ids("a", 1, "b", 2)),
        8 + 16 + 1,
        "found section id 2 at 'b' instance 0, expected id 3: 'a' instance 0 has 1");
    assertBroken(broken(IDS, ids("a", 1, "b", 4)), 8 + 16 + 1, "expected id 3");
    assertBroken(broken(IDS, ids("a", 1, "d", 3)), 8 + 16 + 1, "expected id 2");
    assertBroken(broken(IDS, ids("c", 1, "d", 2)), 8 + 16 + 1, "expected id 4");
  }

  @Test
  void gapsBeforeAndAfterAddUp() {
    assertNull(broken(IDS, ids("c", 1, "b", 5)));
    assertNotNull(broken(IDS, ids("c", 1, "b", 4)));
  }

  @Test
  void theOrderOfRegistrationIsThatOfTheIdsNotOfTheStream() {
    assertNull(broken(IDS, ids("d", 7, "c", 4, "a", 1, "b", 3)));
    assertBroken(broken(IDS, ids("d", 8, "c", 4, "a", 1, "b", 3)), 8 + 1, "expected id 7");
  }

  @Test
  void eachDroppedDeviceMayLeaveOneIdUnusedAtItsPlace() {
    assertNull(broken(IDS, ids("a", 1, "d", 3), "b"));
    assertNotNull(broken(IDS, ids("a", 1, "d", 4), "b"));
    assertNull(broken(IDS, ids("a", 1, "d", 4), "c", "b"));
    // Its place is elsewhere.
    assertNotNull(broken(IDS, ids("a", 1, "d", 3), "e"));
    // One that is still there has left none.
    assertNotNull(broken(IDS, ids("a", 1, "d", 3), "d"));
    // It is spent once.
    assertNotNull(broken(IDS, ids("a", 1, "d", 3, "e", 5), "c"));
  }

  @Test
  void aDroppedDeviceThatWasNeverWrittenAloneHasLeftItsCompany() {
    Habits pair =
        new Habits(
            Set.of(),
            Map.of("c", List.of("b")),
            List.of(),
            new SectionIds(Map.of(), Map.of()),
            List.of("a", "b", "c", "d"));
    assertNull(broken(pair, ids("a", 1, "b", 2, "d", 4), "c"));
    assertNotNull(broken(pair, ids("a", 1, "d", 3), "c"));
    assertNotNull(broken(pair, ids("a", 1, "d", 3, "b", 4), "c"));
  }

  @Test
  void noTwoSectionsHaveOneId() {
    Habits unknown = new Habits(Set.of(), Map.of(), List.of(), null, List.of());
    assertNull(broken(unknown, ids("a", 1, "b", 99)));
    assertBroken(
        broken(unknown, ids("a", 1, "b", 99, "c", 1)),
        8 + 32 + 1,
        "found section id 1 at 'c' instance 0, expected an id of its own: 'a' instance 0 has it");
    assertNotNull(broken(IDS, ids("a", 1, "d", 1)));
    assertNotNull(broken(IDS, ids("a", 1, "d", 1), "e"));
  }
}
