package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.StreamBytes;
import org.dragoman.stream.Walk;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong plans, each of which must be found. */
class CheckTest {
  private static final StreamBytes STREAM =
      StreamBytes.stream()
          .full("disk", 1, 0, 1, "aa")
          .full("clock", 2, 0, 2, "000000010010")
          .full("card", 3, 0, 1, "bb")
          .endMarker()
          .zeros(3);

  @TempDir private Path root;
  private final Octets octets = STREAM.octets();
  private Product target;
  private Walk walk;
  private List<Edit> right;

  @BeforeEach
  void aRightPlan() {
    Policies policies =
        new World(root)
            .product(
                "from",
                "disk writes: {1: v1}, reads: {1: v1}",
                "clock writes: {2: v2}, reads: {2: v2}",
                "card writes: {1: v1}, reads: {1: v1}",
                "other writes: {1: v1}, reads: {1: v1}")
            .product(
                "to",
                List.of(
                    "disk idstr: drive, reads: {1: v1}",
                    "clock writes: {1: v1}, reads: {1: v1, 2: v3, 3: v2}"),
                "section_ids: unknown\ndrops: {card: {because: nobody misses it, per: s}}\n")
            .policies();
    target = World.product(policies, "to");
    walk = World.walk(World.product(policies, "from"), octets);
    Plan plan = World.plan(policies, STREAM, "from", "to");
    // The target reads the content as it is under label 3.
    right = ((Plan.Rewrite) plan).edits();
    assertEquals(List.of("disk", "clock", "card"), right.stream().map(Edit::section).toList());
  }

  private String failure(List<Edit> edits) {
    return Check.failure(octets, walk, new Plan.Rewrite(target, List.of(), edits, List.of()));
  }

  private void assertFails(List<Edit> edits, String words) {
    String failure = failure(edits);
    assertNotNull(failure);
    assertTrue(failure.contains(words), failure);
  }

  /** The right edits and one more. */
  private List<Edit> with(Edit more) {
    List<Edit> edits = new ArrayList<>(right);
    edits.add(more);
    edits.sort(java.util.Comparator.comparingInt(Edit::offset));
    return edits;
  }

  private Edit edit(int offset, int removed, String insert) {
    return new Edit(octets, offset, removed, HexFormat.of().parseHex(insert), "test", "test");
  }

  private Section section(int i) {
    return walk.sections().get(i);
  }

  @Test
  void theRightPlanPasses() {
    assertNull(failure(right));
  }

  @Test
  void aLostEditIsFound() {
    for (int lost = 0; lost < right.size(); lost++) {
      List<Edit> edits = new ArrayList<>(right);
      edits.remove(lost);
      assertNotNull(failure(edits), "without edit " + lost);
    }
  }

  @Test
  void noEditsAtAllAreFound() {
    assertFails(List.of(), "to-1 does not read it: at 0xe");
  }

  @Test
  void aChangedByteOfAPayloadIsFound() {
    assertFails(
        with(edit(section(0).payloadAt(), 1, "ab")),
        "section 'disk' instance 0: its content changed");
    assertFails(
        with(edit(section(1).payloadAt() + 4, 2, "0011")),
        "section 'clock' instance 0: its content changed");
  }

  @Test
  void aChangedSectionIdIsFound() {
    assertFails(
        with(edit(section(0).headerAt() + 1, 4, "00000009")),
        "section 'disk' instance 0: its section id changed");
  }

  @Test
  void anExtraSectionIsFound() {
    byte[] more = StreamBytes.none().full("clock", 9, 0, 1, "00000001").bytes();
    assertFails(
        with(edit(walk.endAt(), 0, HexFormat.of().formatHex(more))), "to-1 does not read it: at");
    byte[] disk = StreamBytes.none().full("drive", 9, 0, 1, "00").bytes();
    List<Edit> withoutDisk = new ArrayList<>(right);
    withoutDisk.set(0, edit(8, section(0).end() - 8, ""));
    withoutDisk.add(edit(walk.endAt(), 0, HexFormat.of().formatHex(disk)));
    assertFails(withoutDisk, "section 'disk' instance 0: it is read as 'clock' instance 0");
  }

  @Test
  void aSectionThatIsNewAtTheEndIsFound() {
    // The walk of a stream that had one section less.
    Walk shorter = new Walk(walk.sections().subList(0, 1), walk.endAt(), walk.padding());
    assertEquals(
        "section 'clock' instance 0 is new",
        Check.failure(octets, shorter, new Plan.Rewrite(target, List.of(), right, List.of())));
  }

  @Test
  void aDroppedSectionThatTheTargetReadsIsFound() {
    int from = section(1).headerAt();
    List<Edit> edits = new ArrayList<>(right);
    edits.set(1, edit(from, section(1).end() - from, ""));
    assertFails(edits, "section 'clock' instance 0 is missing");
  }

  @Test
  void aLabelThatIsReadAsAnotherContentIsFound() {
    List<Edit> edits = new ArrayList<>(right);
    edits.set(1, edit(section(1).labelAt(), 4, "00000001"));
    assertFails(edits, "to-1 does not read it");
  }

  @Test
  void anotherContentWithAValueThatNothingImpliesIsFound() {
    List<Edit> edits = new ArrayList<>(right);
    edits.set(1, edit(section(1).labelAt(), 10, "00000001" + "00000002"));
    assertFails(edits, "section 'clock' instance 0: ticks changed");
    edits.set(1, edit(section(1).labelAt(), 10, "00000001" + "00000001"));
    assertNull(failure(edits), "zone had its implied value");
  }

  @Test
  void aFieldOfAnotherWidthIsFound() {
    List<Edit> edits = new ArrayList<>(right);
    edits.set(1, edit(section(1).payloadAt() + 4, 2, "00000000"));
    assertFails(edits, "section 'clock' instance 0: ticks changed");
  }

  @Test
  void overlappingEditsAreFound() {
    Edit inside = edit(right.get(2).offset() + 1, 1, "");
    assertFails(with(inside), "the edits overlap at 0x");
  }

  @Test
  void editsInTheWrongOrderAreFound() {
    assertFails(
        List.of(right.get(1), right.get(0), right.get(2)),
        "the edits overlap at 0x" + Integer.toHexString(right.get(0).offset()));
  }

  @Test
  void editsOutsideTheStreamAreFound() {
    assertNotNull(failure(with(edit(STREAM.size() - 1, 2, ""))));
    assertNotNull(failure(with(edit(-1, 0, "00"))));
    assertNotNull(failure(with(edit(STREAM.size() + 1, 0, "00"))));
  }

  @Test
  void changedPaddingIsFound() {
    assertFails(with(edit(STREAM.size() - 1, 1, "")), "the padding changed");
    assertFails(with(edit(STREAM.size(), 0, "00")), "the padding changed");
    assertFails(with(edit(STREAM.size(), 0, "01")), "to-1 does not read it");
  }

  @Test
  void everyChangedByteOfAKeptSectionIsFoundOrHarmless() {
    // From the length of the idstr to the end: all but the label, which may have another name.
    for (int at = section(0).payloadAt(); at < section(0).end(); at++) {
      byte[] other = {(byte) (STREAM.bytes()[at] ^ 0x10)};
      assertNotNull(failure(with(new Edit(octets, at, 1, other, "test", "test"))), "byte " + at);
    }
  }

  @Test
  void aLostFieldIsFound() {
    StreamBytes stream = StreamBytes.stream().full("clock", 2, 0, 2, "000000010020").endMarker();
    Policies policies =
        new World(root)
            .product("from", "clock writes: {2: v2}, reads: {2: v2}")
            .product("to", "clock reads: {1: v1, 3: v2}")
            .policies();
    Walk before = World.walk(World.product(policies, "from"), stream.octets());
    Plan.Rewrite plan =
        new Plan.Rewrite(
            World.product(policies, "to"),
            List.of(),
            List.of(edit(23, 4, "00000001"), edit(31, 2, "")),
            List.of());
    assertEquals(
        "section 'clock' instance 0: zone is lost", Check.failure(stream.octets(), before, plan));
  }

  @Test
  void aNewFieldHasItsImpliedValue() {
    StreamBytes stream = StreamBytes.stream().full("clock", 2, 0, 1, "00000001").endMarker();
    Policies policies =
        new World(root)
            .product("from", "clock writes: {1: v1}, reads: {1: v1}")
            .product("to", "clock reads: {2: v2}")
            .policies();
    Walk before = World.walk(World.product(policies, "from"), stream.octets());
    Product to = World.product(policies, "to");
    Edit label = edit(23, 4, "00000002");
    assertNull(
        Check.failure(
            stream.octets(),
            before,
            new Plan.Rewrite(to, List.of(), List.of(label, edit(31, 0, "0010")), List.of())));
    assertEquals(
        "section 'clock' instance 0: zone is new, with a value that nothing implies",
        Check.failure(
            stream.octets(),
            before,
            new Plan.Rewrite(to, List.of(), List.of(label, edit(31, 0, "0011")), List.of())));
  }

  /** A stream of one section, its products, and one edit that the planner did not make. */
  private static String failure(Policies policies, StreamBytes stream, Edit... edits) {
    return Check.failure(
        stream.octets(),
        World.walk(World.product(policies, "from"), stream.octets()),
        new Plan.Rewrite(World.product(policies, "to"), List.of(), List.of(edits), List.of()));
  }

  @Test
  void aChangedInstanceIsFoundWhereBothHaveTheSameRule() {
    for (String rule : List.of("[8, 16]", "pci-address")) {
      String says = "disk instance: " + rule + ", writes: {1: v1}, reads: {1: v1}";
      Policies policies = new World(root).product("from", says).product("to", says).policies();
      StreamBytes disk = StreamBytes.stream().full("disk", 1, 8, 1, "aa").endMarker();
      assertNull(failure(policies, disk));
      assertEquals(
          "section 'disk' instance 8: its instance changed",
          failure(policies, disk, edit(18, 4, "00000010")),
          rule);
    }
  }

  @Test
  void instancesThatChangePlacesAreFound() {
    String says = "disk instance: [0, 1], writes: {1: v1}, reads: {1: v1}";
    Policies policies = new World(root).product("from", says).product("to", says).policies();
    StreamBytes disks =
        StreamBytes.stream().full("disk", 1, 0, 1, "aa").full("disk", 2, 1, 1, "aa").endMarker();
    assertEquals(
        "section 'disk' instance 0: its instance changed",
        failure(policies, disks, edit(18, 4, "00000001"), edit(18 + 19, 4, "00000000")));
  }

  @Test
  void anInstanceMayChangeWhereTheTargetNumbersOtherwise() {
    Policies policies =
        new World(root)
            .product("from", "disk instance: pci-address, writes: {1: v1}, reads: {1: v1}")
            .product("to", "disk instance: counted, reads: {1: v1}")
            .policies();
    StreamBytes disk = StreamBytes.stream().full("disk", 1, 8, 1, "aa").endMarker();
    assertNull(failure(policies, disk, edit(18, 4, "00000000")));
  }

  @Test
  void aChangedIdstrOfASectionOfAnyIdstrIsFound() {
    String says = "other writes: {1: v1}, reads: {1: v1}";
    Policies policies = new World(root).product("from", says).product("to", says).policies();
    StreamBytes stream = StreamBytes.stream().full("1af4:1100", 1, 0, 1, "aa").endMarker();
    assertNull(failure(policies, stream));
    assertEquals(
        "section '1af4:1100' instance 0: its idstr changed",
        failure(policies, stream, edit(14, 1, "32")));
    assertEquals(
        "section '1af4:1100' instance 0: its idstr changed",
        failure(policies, stream, edit(13, 2, "08")));
  }
}
