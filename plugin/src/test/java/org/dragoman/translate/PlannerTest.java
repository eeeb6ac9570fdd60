package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
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
          reasons.get(0).startsWith("at 0x8: section 'disk' instance 3 has label 1"),
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
            "at 0x8: section 'clock' instance 0 has label 2 and content v2, which to-1 cannot read:"
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
      assertTrue(reasons.get(i).contains("to-1 has no device for"), reasons::toString);
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
}
