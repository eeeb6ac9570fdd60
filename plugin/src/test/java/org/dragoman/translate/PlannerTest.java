package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.stream.StreamBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of edit. The first section of a stream begins at 8. */
class PlannerTest {
  private static final int IDSTR_LENGTH_AT = 8 + 5;

  @TempDir private Path root;

  private static StreamBytes clock(long label, String payload) {
    return StreamBytes.stream().full("clock", 1, 0, label, payload).endMarker();
  }

  private static final int CLOCK_LABEL_AT = IDSTR_LENGTH_AT + 1 + 5 + 4;

  private Policies world(String from, String to) {
    return new World(root).product("from", from).product("to", to).policies();
  }

  private static List<String> refusal(Plan plan) {
    return assertInstanceOf(Plan.Refusal.class, plan, plan::toString).reasons();
  }

  private static String reason(Plan plan) {
    return ((Plan.Rewrite) plan).edits().get(0).reason();
  }

  @Test
  void whatTheTargetReadsAlikeStays() {
    Policies policies =
        world("clock writes: {1: v1}, reads: {1: v1}", "clock reads: {1: v1, 2: v2}");
    Plan plan = World.plan(policies, clock(1, "00000001"), "from", "to");
    assertEquals(List.of(), World.edits(plan));
    assertEquals(List.of(), ((Plan.Rewrite) plan).warnings());
    assertEquals(List.of(World.product(policies, "from")), ((Plan.Rewrite) plan).from());
  }

  @Test
  void aLabelStaysWhereTheTargetReadsItSoThoughItWritesAnother() {
    Policies policies =
        world(
            "clock writes: {2: v1}, reads: {2: v1}",
            "clock writes: {3: v1}, reads: {1: v1, 2: v1, 3: v1}");
    assertEquals(List.of(), World.edits(World.plan(policies, clock(2, "00000001"), "from", "to")));
  }

  @Test
  void aLabelThatMeansSomethingElseIsReplacedByTheOneThatTheTargetWrites() {
    Policies policies =
        world(
            "clock writes: {2: v1}, reads: {2: v1}",
            "clock writes: {5: v1}, reads: {1: v1, 2: v2, 5: v1}");
    Plan plan = World.plan(policies, clock(2, "00000001"), "from", "to");
    assertEquals(List.of(CLOCK_LABEL_AT + " -00000002 +00000005"), World.edits(plan));
    assertEquals("to-1 reads label 2 as content v2; this is v1, its label 5", reason(plan));
  }

  @Test
  void aLabelThatTheTargetDoesNotReadIsReplacedByTheLowestThatItReadsSo() {
    Policies policies =
        world(
            "clock writes: {9: v1}, reads: {9: v1}",
            "clock writes: {2: v2}, reads: {7: v1, 4: v1, 2: v2}");
    Plan plan = World.plan(policies, clock(9, "00000001"), "from", "to");
    assertEquals(List.of(CLOCK_LABEL_AT + " -00000009 +00000004"), World.edits(plan));
    assertEquals("to-1 does not read label 9; content v1 is its label 4", reason(plan));
  }

  @Test
  void aLabelOfFourBytesIsWrittenWhole() {
    Policies policies =
        world(
            "clock writes: {2: v1}, reads: {2: v1}",
            "clock writes: {20061112: v1}, reads: {20061112: v1}");
    Plan plan = World.plan(policies, clock(2, "00000001"), "from", "to");
    assertEquals(List.of(CLOCK_LABEL_AT + " -00000002 +01321bb8"), World.edits(plan));
  }

  @Test
  void anIdstrIsReplacedWithItsLength() {
    Policies policies =
        world("clock writes: {1: v1}, reads: {1: v1}", "clock idstr: wall clock, reads: {1: v1}");
    Plan plan = World.plan(policies, clock(1, "00000001"), "from", "to");
    assertEquals(
        List.of(IDSTR_LENGTH_AT + " -05636c6f636b +0a77616c6c20636c6f636b"), World.edits(plan));
    assertEquals("to-1 calls it 'wall clock'", reason(plan));
  }

  @Test
  void theIdstrOfADeviceOfAnyIdstrStays() {
    Policies policies =
        world("other writes: {1: v1}, reads: {1: v1}", "other writes: {1: v1}, reads: {1: v1}");
    StreamBytes stream = StreamBytes.stream().full("1af4:1100", 1, 0, 1, "00").endMarker();
    assertEquals(List.of(), World.edits(World.plan(policies, stream, "from", "to")));
  }

  private static StreamBytes disk(long instance) {
    return StreamBytes.stream().full("disk", 3, instance, 1, "00").endMarker();
  }

  private static final int DISK_INSTANCE_AT = IDSTR_LENGTH_AT + 1 + 4;

  @Test
  void anInstanceThatTheTargetAdmitsStays() {
    Policies policies =
        world(
            "disk instance: 3, writes: {1: v1}, reads: {1: v1}",
            "disk instance: [1, 3], reads: {1: v1}");
    assertEquals(List.of(), World.edits(World.plan(policies, disk(3), "from", "to")));
  }

  @Test
  void anInstanceBecomesTheOneThatTheTargetWants() {
    Policies policies =
        world(
            "disk instance: 3, writes: {1: v1}, reads: {1: v1}",
            "disk instance: 5, reads: {1: v1}");
    Plan plan = World.plan(policies, disk(3), "from", "to");
    assertEquals(List.of(DISK_INSTANCE_AT + " -00000003 +00000005"), World.edits(plan));
    assertTrue(reason(plan).contains("instance 5"), reason(plan));
  }

  @Test
  void anInstanceBecomesZeroWhereItAlwaysIs() {
    Policies policies =
        world(
            "disk instance: pci-address, writes: {1: v1}, reads: {1: v1}",
            "disk instance: always-zero, reads: {1: v1}");
    assertEquals(
        List.of(DISK_INSTANCE_AT + " -00000020 +00000000"),
        World.edits(World.plan(policies, disk(0x20), "from", "to")));
  }

  @Test
  void severalSectionsThatShareAnInstanceAreAWarning() {
    Policies policies =
        world(
            "disk instance: pci-address, writes: {1: v1}, reads: {1: v1}",
            "disk instance: always-zero, reads: {1: v1}");
    StreamBytes two =
        StreamBytes.stream()
            .full("disk", 3, 0x20, 1, "00")
            .full("disk", 4, 0x28, 1, "00")
            .endMarker();
    Plan.Rewrite plan = (Plan.Rewrite) World.plan(policies, two, "from", "to");
    assertEquals(2, plan.edits().size());
    assertEquals(1, plan.warnings().size());
    assertTrue(
        plan.warnings().get(0).startsWith("2 sections of disk share instance 0 on to-1"),
        plan.warnings()::toString);
  }

  @Test
  void instancesAreCountedInTheOrderOfTheSectionIds() {
    Policies policies =
        world(
            "disk instance: [300, 301], writes: {1: v1}, reads: {1: v1}",
            "disk instance: counted, reads: {1: v1}");
    StreamBytes two =
        StreamBytes.stream()
            .full("disk", 9, 300, 1, "00")
            .full("disk", 4, 301, 1, "00")
            .endMarker();
    int second = DISK_INSTANCE_AT + 19;
    assertEquals(
        List.of(DISK_INSTANCE_AT + " -0000012c +00000001", second + " -0000012d +00000000"),
        World.edits(World.plan(policies, two, "from", "to")));
  }

  @Test
  void aPciAddressComesFromTheOrderOfTheSlots() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "clock writes: {1: v1}, reads: {1: v1}",
                "card writes: {1: v1}, reads: {1: v1}",
                "disk writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of(
                    "clock reads: {1: v1}",
                    "card reads: {1: v1}",
                    "disk instance: pci-address, reads: {1: v1}"),
                "section_ids: unknown\npci_slots: [card, disk]\n")
            .policies();
    StreamBytes stream =
        StreamBytes.stream()
            .full("disk", 7, 0, 1, "00")
            .full("card", 5, 0, 1, "00")
            .full("clock", 1, 0, 1, "00000000")
            .endMarker();
    assertEquals(
        List.of(DISK_INSTANCE_AT + " -00000000 +00000008"),
        World.edits(World.plan(policies, stream, "from", "to")));
  }

  @Test
  void anInstanceThatNothingTellsIsRefused() {
    for (String rule : List.of("pci-address", "[4, 5]")) {
      Policies policies =
          world(
              "disk instance: 3, writes: {1: v1}, reads: {1: v1}",
              "disk instance: " + rule + ", reads: {1: v1}");
      List<String> reasons = refusal(World.plan(policies, disk(3), "from", "to"));
      assertEquals(1, reasons.size());
      assertTrue(
          reasons
              .get(0)
              .startsWith(
                  "at 0x8: section 'disk' instance 3 (label 1, content v1) has instance 3, and to-1 wants "),
          reasons::toString);
      assertTrue(reasons.get(0).endsWith("which the stream does not tell"), reasons::toString);
    }
  }

  @Test
  void aContentIsConvertedAndRelabelled() {
    Policies policies =
        world("clock writes: {2: v2}, reads: {2: v2}", "clock writes: {1: v1}, reads: {1: v1}");
    assertEquals(
        List.of(CLOCK_LABEL_AT + " -00000002 +00000001", (CLOCK_LABEL_AT + 8) + " -0010 +"),
        World.edits(World.plan(policies, clock(2, "000000010010"), "from", "to")));
  }

  @Test
  void aContentThatCannotBeConvertedIsRefusedInTheWordsOfThePolicy() {
    Policies policies =
        world("clock writes: {2: v2}, reads: {2: v2}", "clock writes: {1: v1}, reads: {1: v1}");
    assertEquals(
        List.of(
            "at 0x8: section 'clock' instance 0 (label 2, content v2) cannot be read by to-1:"
                + " zone is 0x0020: the guest lives by its zone"),
        refusal(World.plan(policies, clock(2, "000000010020"), "from", "to")));
  }

  @Test
  void theContentThatCanBeHadIsTaken() {
    Policies policies =
        world("clock writes: {2: v2}, reads: {2: v2}", "clock reads: {1: v3, 2: v1}");
    assertEquals(
        List.of((CLOCK_LABEL_AT + 8) + " -0010 +"),
        World.edits(World.plan(policies, clock(2, "000000010010"), "from", "to")));
  }

  @Test
  void everyEditOfASectionIsInTheOrderOfItsOffset() {
    Policies policies =
        world(
            "clock instance: 3, writes: {2: v2}, reads: {2: v2}",
            "clock idstr: watch, instance: 4, writes: {1: v1}, reads: {1: v1}");
    StreamBytes stream = StreamBytes.stream().full("clock", 1, 3, 2, "000000010010").endMarker();
    assertEquals(
        List.of(
            "13 -05636c6f636b +057761746368",
            "19 -00000003 +00000004",
            "23 -00000002 +00000001",
            "31 -0010 +"),
        World.edits(World.plan(policies, stream, "from", "to")));
  }

  @Test
  void aDroppedSectionGoesWholeWithAWarning() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "clock writes: {1: v1}, reads: {1: v1}",
                "disk writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of("clock reads: {1: v1}"),
                "section_ids: unknown\ndrops: {disk: {because: nobody misses it, per: s}}\n")
            .policies();
    StreamBytes stream =
        StreamBytes.stream()
            .full("disk", 1, 0, 1, "ab")
            .full("clock", 2, 0, 1, "00000001")
            .endMarker();
    Plan plan = World.plan(policies, stream, "from", "to");
    assertEquals(List.of("8 -0400000001046469736b0000000000000001ab +"), World.edits(plan));
    assertEquals("to-1 has no such section: nobody misses it", reason(plan));
    assertEquals(
        List.of("section 'disk' instance 0 is left out: nobody misses it"),
        ((Plan.Rewrite) plan).warnings());
  }

  @Test
  void aSectionThatTheTargetReadsIsNotDropped() {
    Policies policies =
        new World(root)
            .product("from", "clock writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of("clock reads: {1: v1}"),
                "section_ids: unknown\ndrops: {clock: {because: nobody misses it, per: s}}\n")
            .policies();
    assertEquals(List.of(), World.edits(World.plan(policies, clock(1, "00000001"), "from", "to")));
  }

  @Test
  void everyStepOfALiveSectionIsDropped() {
    Policies policies =
        new World(root)
            .product("from", "ram writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of("clock reads: {1: v1}"),
                "section_ids: unknown\ndrops: {ram: {because: nobody misses it, per: s}}\n")
            .policies();
    StreamBytes stream =
        StreamBytes.stream().start("ram", 1, 0, 1, "").part(1, "").end(1, "").endMarker();
    Plan.Rewrite plan = (Plan.Rewrite) World.plan(policies, stream, "from", "to");
    assertArrayEquals(
        StreamBytes.stream().endMarker().bytes(), World.edited(stream.bytes(), plan.edits()));
  }

  @Test
  void aLiveSectionIsRelabelledOnce() {
    Policies policies =
        world("ram writes: {1: v1}, reads: {1: v1}", "ram writes: {2: v1}, reads: {2: v1}");
    StreamBytes stream =
        StreamBytes.stream().start("ram", 1, 0, 1, "").part(1, "").end(1, "").endMarker();
    assertEquals(
        List.of("21 -00000001 +00000002"), World.edits(World.plan(policies, stream, "from", "to")));
  }

  @Test
  void everySectionWithoutADeviceIsAReason() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "clock writes: {1: v1}, reads: {1: v1}",
                "disk writes: {1: v1}, reads: {1: v1}",
                "ram writes: {1: v1}, reads: {1: v1}")
            .product("to", "card reads: {1: v1}")
            .policies();
    StreamBytes stream =
        StreamBytes.stream()
            .start("ram", 9, 0, 1, "")
            .part(9, "")
            .end(9, "")
            .full("disk", 1, 0, 1, "ab")
            .full("clock", 2, 0, 1, "00000001")
            .endMarker();
    List<String> reasons = refusal(World.plan(policies, stream, "from", "to"));
    List<String> sections =
        List.of("at 0x8: section 'ram'", "at 0x23: section 'disk'", "at 0x36: section 'clock'");
    assertEquals(3, reasons.size(), reasons::toString);
    for (int i = 0; i < 3; i++) {
      assertTrue(reasons.get(i).startsWith(sections.get(i)), reasons::toString);
      assertTrue(
          reasons.get(i).endsWith("has no place in to-1, which has no such device"),
          reasons::toString);
    }
  }

  @Test
  void paddingStaysAndIsSaid() {
    Policies policies = world("clock writes: {1: v1}, reads: {1: v1}", "clock reads: {1: v1}");
    Plan one = World.plan(policies, clock(1, "00000001").zeros(1), "from", "to");
    assertEquals(List.of(), World.edits(one));
    assertEquals(
        List.of("1 zero byte follows the end marker: padding, which stays"),
        ((Plan.Rewrite) one).warnings());
    assertEquals(
        List.of("9 zero bytes follow the end marker: padding, which stays"),
        ((Plan.Rewrite) World.plan(policies, clock(1, "00000001").zeros(9), "from", "to"))
            .warnings());
  }

  /** The plan, which the check finds right. */
  private static Plan checked(Policies policies, StreamBytes stream) {
    Plan plan = World.plan(policies, stream, "from", "to");
    if (plan instanceof Plan.Rewrite rewrite) {
      assertNull(
          Check.failure(
              stream.octets(),
              World.walk(World.product(policies, "from"), stream.octets()),
              rewrite));
    }
    return plan;
  }

  @Test
  void aPciAddressIsNoCountThoughItIsSmallEnough() {
    Policies policies =
        world(
            "disk instance: pci-address, writes: {1: v1}, reads: {1: v1}",
            "disk instance: counted, reads: {1: v1}");
    StreamBytes two =
        StreamBytes.stream()
            .full("disk", 9, 0x20, 1, "00")
            .full("disk", 4, 0x28, 1, "00")
            .endMarker();
    assertEquals(
        List.of(
            DISK_INSTANCE_AT + " -00000020 +00000001",
            (DISK_INSTANCE_AT + 19) + " -00000028 +00000000"),
        World.edits(checked(policies, two)));
  }

  @Test
  void aCountIsNoPciAddressThoughItIsLargeEnough() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "card writes: {1: v1}, reads: {1: v1}",
                "disk instance: counted, writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of("card reads: {1: v1}", "disk instance: pci-address, reads: {1: v1}"),
                "section_ids: unknown\npci_slots: [card, disk]\n")
            .policies();
    StreamBytes stream = StreamBytes.stream().full("card", 1, 0, 1, "00");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      expected.add(
          (stream.size() + 10)
              + " -0000000"
              + i
              + " +000000"
              + HexFormat.of().toHexDigits((byte) (8 * (i + 1))));
      stream.full("disk", 2 + i, i, 1, "00");
    }
    assertEquals(expected, World.edits(checked(policies, stream.endMarker())));
  }

  @Test
  void aCountIsNoPciAddressWhereNothingTellsTheSlots() {
    Policies policies =
        world(
            "disk instance: counted, writes: {1: v1}, reads: {1: v1}",
            "disk instance: pci-address, reads: {1: v1}");
    StreamBytes stream = StreamBytes.stream();
    for (int i = 0; i < 9; i++) {
      stream.full("disk", 2 + i, i, 1, "00");
    }
    assertEquals(9, refusal(World.plan(policies, stream.endMarker(), "from", "to")).size());
  }

  @Test
  void aFixedInstanceIsNoPciAddressThoughItIsLargeEnough() {
    Policies policies =
        world(
            "disk instance: 0x20, writes: {1: v1}, reads: {1: v1}",
            "disk instance: pci-address, reads: {1: v1}");
    assertEquals(
        List.of(
            "at 0x8: section 'disk' instance 0x20 (label 1, content v1) has instance 32, and to-1"
                + " wants a PCI address, bus << 8 | devfn, which the stream does not tell"),
        refusal(World.plan(policies, disk(0x20), "from", "to")));
  }

  @Test
  void instancesOfOneRuleStay() {
    for (String rule : List.of("pci-address", "counted")) {
      Policies policies =
          world(
              "disk instance: " + rule + ", writes: {1: v1}, reads: {1: v1}",
              "disk instance: " + rule + ", reads: {1: v1}");
      int first = rule.equals("counted") ? 0 : 0x30;
      StreamBytes two =
          StreamBytes.stream()
              .full("disk", 1, first, 1, "00")
              .full("disk", 4, first + 1, 1, "00")
              .endMarker();
      assertEquals(List.of(), World.edits(checked(policies, two)), rule);
    }
  }

  @Test
  void twoDevicesThatWouldGetOneNameAndInstanceAreRefused() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "disk writes: {1: v1}, reads: {1: v1}",
                "card writes: {1: v1}, reads: {1: v1}")
            .product("to", "disk idstr: drive, reads: {1: v1}", "card idstr: drive, reads: {2: v1}")
            .policies();
    StreamBytes stream =
        StreamBytes.stream().full("disk", 1, 0, 1, "00").full("card", 2, 0, 1, "00").endMarker();
    assertEquals(
        List.of(
            "at 0x1b: section 'card' instance 0 (label 1, content v1) would be 'drive' instance 0"
                + " for to-1, as another section is already"),
        refusal(World.plan(policies, stream, "from", "to")));
  }

  @Test
  void twoSectionsThatWouldGetOneInstanceAreRefused() {
    Policies policies =
        world(
            "disk instance: [3, 5], writes: {1: v1}, reads: {1: v1}",
            "disk instance: 7, reads: {1: v1}");
    StreamBytes stream =
        StreamBytes.stream().full("disk", 1, 3, 1, "00").full("disk", 2, 5, 1, "00").endMarker();
    assertEquals(
        List.of(
            "at 0x1b: section 'disk' instance 5 (label 1, content v1) would be 'disk' instance 7"
                + " for to-1, as another section is already"),
        refusal(World.plan(policies, stream, "from", "to")));
  }

  @Test
  void anInstanceThatStaysAndOneThatChangesMayMeet() {
    Policies policies =
        world(
            "disk instance: [3, 7], writes: {1: v1}, reads: {1: v1}",
            "disk instance: 7, reads: {1: v1}");
    for (long first : List.of(3L, 7L)) {
      StreamBytes stream =
          StreamBytes.stream()
              .full("disk", 1, first, 1, "00")
              .full("disk", 2, 10 - first, 1, "00")
              .endMarker();
      List<String> reasons = refusal(World.plan(policies, stream, "from", "to"));
      assertEquals(1, reasons.size(), reasons::toString);
      assertTrue(reasons.get(0).startsWith("at 0x1b: "), reasons::toString);
    }
  }

  @Test
  void sectionsOfAnyIdstrKeepTheirOwnNamesAndDoNotMeet() {
    Policies policies =
        world("other writes: {1: v1}, reads: {1: v1}", "other writes: {1: v1}, reads: {1: v1}");
    StreamBytes stream =
        StreamBytes.stream().full("a", 1, 0, 1, "00").full("b", 2, 0, 1, "00").endMarker();
    assertEquals(List.of(), World.edits(checked(policies, stream)));
  }

  @Test
  void severalSectionsThatShareAnInstanceAreAWarningThoughTheirLabelChanges() {
    Policies policies =
        world(
            "disk instance: pci-address, writes: {1: v1}, reads: {1: v1}",
            "disk instance: always-zero, writes: {3: v1}, reads: {2: v1, 3: v1}");
    StreamBytes three =
        StreamBytes.stream()
            .full("disk", 3, 0x20, 1, "00")
            .full("disk", 4, 0x28, 1, "00")
            .full("disk", 5, 0x30, 1, "00")
            .endMarker();
    Plan.Rewrite plan = (Plan.Rewrite) checked(policies, three);
    assertEquals(6, plan.edits().size());
    assertEquals(1, plan.warnings().size(), plan.warnings()::toString);
    assertTrue(
        plan.warnings().get(0).startsWith("3 sections of disk share instance 0 on to-1"),
        plan.warnings()::toString);
    Plan.Rewrite one = (Plan.Rewrite) checked(policies, disk(0x20));
    assertEquals(List.of(), one.warnings());
  }
}
