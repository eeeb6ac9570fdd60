package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.StreamBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgeTest {
  @TempDir private Path root;

  /** Old writes 1, new writes 2; new also reads 1; strict has one unused id before each disk. */
  private Policies policies() {
    return new World(root)
        .product(
            "new",
            "clock writes: {2: v2}, reads: {1: v1, 2: v2}",
            "disk writes: {1: v1}, reads: {1: v1}, always: true")
        .product(
            "old",
            List.of(
                "clock writes: {1: v1}, reads: {1: v1}", "disk writes: {1: v1}, reads: {1: v1}"),
            "section_ids: {per: s, unused_before: {disk: 1}}\n")
        .policies();
  }

  private static StreamBytes stream(long label, String clock, int diskId) {
    return StreamBytes.stream()
        .full("clock", 1, 0, label, clock)
        .full("disk", diskId, 0, 1, "00")
        .endMarker();
  }

  private static List<String> ids(List<Explanation> explanations) {
    return explanations.stream().map(one -> one.product().id()).toList();
  }

  private static List<String> mismatched(Verdict verdict) {
    return verdict.mismatches().stream().map(one -> one.product().id()).toList();
  }

  @Test
  void everyProductExplainsOrDoesNot() {
    Verdict verdict = new Judge(policies()).judge(stream(1, "00000001", 3).octets());
    assertEquals(List.of("old-1"), ids(verdict.explanations()));
    assertFalse(verdict.explanations().get(0).isRewritten());
    assertEquals(2, verdict.explanations().get(0).walk().sections().size());
    assertEquals(List.of("new-1"), mismatched(verdict));
    String mismatch = verdict.mismatches().get(0).inWords(stream(1, "00000001", 3).octets());
    assertTrue(mismatch.startsWith("new-1 did not write this: at 0x17 "), mismatch);
    assertTrue(mismatch.endsWith("found 'clock' labelled 1, expected label 2"), mismatch);
  }

  @Test
  void aBrokenHabitIsAMismatch() {
    Verdict verdict = new Judge(policies()).judge(stream(1, "00000001", 2).octets());
    Verdict.Contradiction old =
        verdict.mismatches().stream()
            .filter(one -> one.product().id().equals("old-1"))
            .findFirst()
            .get();
    assertEquals(Mismatch.Kind.HABIT, old.mismatch().kind());
  }

  @Test
  void severalProductsMayExplainOneStream() {
    StreamBytes disk = StreamBytes.stream().full("disk", 1, 0, 1, "00").endMarker();
    assertEquals(
        List.of("new-1", "old-1"), ids(new Judge(policies()).judge(disk.octets()).explanations()));
  }

  /** What old wrote, given to a product with other labels. */
  private Policies withRelabelled() {
    return new World(root)
        .product(
            "old",
            List.of(
                "clock writes: {1: v1}, reads: {1: v1}",
                "disk writes: {1: v1}, reads: {1: v1}, always: true"),
            "section_ids: {per: s, unused_before: {disk: 1}}\n")
        .product(
            "target",
            List.of(
                "clock writes: {8: v2}, reads: {7: v1, 8: v2}",
                "disk writes: {1: v1}, reads: {1: v1}, always: true"),
            "section_ids: {per: s}\n")
        .policies();
  }

  @Test
  void whatNobodyWroteMayHaveBeenRewritten() {
    Verdict verdict = new Judge(withRelabelled()).judge(stream(7, "00000001", 3).octets());
    assertEquals(List.of("target-1"), ids(verdict.explanations()));
    assertEquals("old-1", verdict.explanations().get(0).rewrittenFrom().get(0).id());
    assertEquals(List.of("old-1", "target-1"), mismatched(verdict));
  }

  @Test
  void aRewrittenStreamHasTheSectionIdsOfItsWriter() {
    Verdict verdict = new Judge(withRelabelled()).judge(stream(7, "00000001", 2).octets());
    assertEquals(List.of(), ids(verdict.explanations()));
  }

  @Test
  void aRewrittenStreamHasContentsThatItsWriterHas() {
    // Target's own label and content, with the gaps of old, which has no such content.
    Verdict verdict = new Judge(withRelabelled()).judge(stream(8, "000000010010", 3).octets());
    assertEquals(List.of(), ids(verdict.explanations()));
  }

  @Test
  void nothingIsRewrittenThatSomebodyWroteAsItStands() {
    Policies policies =
        new World(root)
            .product("one", "disk writes: {1: v1}, reads: {1: v1}")
            .product("two", "disk writes: {2: v1}, reads: {1: v1, 2: v1}")
            .policies();
    StreamBytes disk = StreamBytes.stream().full("disk", 1, 0, 1, "00").endMarker();
    Verdict verdict = new Judge(policies).judge(disk.octets());
    // Two would read it too.
    assertEquals(List.of("one-1"), ids(verdict.explanations()));
    assertEquals(List.of("two-1"), mismatched(verdict));
  }

  @Test
  void whatARewriteDroppedMayBeMissing() {
    World world =
        new World(root)
            .product(
                "old",
                List.of(
                    "clock writes: {1: v1}, reads: {1: v1}",
                    "disk writes: {1: v1}, reads: {1: v1}, always: true"),
                "section_ids: {per: s}\n");
    String target = "section_ids: {per: s}\n";
    StreamBytes stream = StreamBytes.stream().full("clock", 1, 0, 7, "00000001").endMarker();
    List<String> reads = List.of("clock reads: {7: v1}");
    Policies keeping = world.product("target", reads, target).policies();
    assertEquals(List.of(), ids(new Judge(keeping).judge(stream.octets()).explanations()));
    Policies dropping =
        world
            .product(
                "target", reads, target + "drops: {disk: {because: nobody misses it, per: s}}\n")
            .policies();
    assertEquals(
        List.of("target-1"), ids(new Judge(dropping).judge(stream.octets()).explanations()));
  }

  @Test
  void damageIsAMismatchOfEveryProductAndOfTheVerdict() {
    Verdict verdict = new Judge(policies()).judge(StreamBytes.stream().u8(9).octets());
    assertEquals(2, verdict.mismatches().size());
    assertTrue(verdict.mismatches().stream().allMatch(one -> one.mismatch().isDamage()));
    assertEquals(8, verdict.damage().at());
  }

  @Test
  void aStreamOfAnUnknownProductIsNotDamaged() {
    Verdict verdict = new Judge(policies()).judge(stream(2, "000000010010", 3).octets());
    assertEquals(List.of("new-1"), ids(verdict.explanations()));
    assertNull(verdict.survey());
    assertNull(verdict.damage());
    StreamBytes unknown = StreamBytes.stream().full("watch", 1, 0, 1, "").endMarker();
    Verdict none = new Judge(policies()).judge(unknown.octets());
    assertEquals(Mismatch.Kind.SECTION, none.survey().mismatch().kind());
    assertNull(none.damage());
  }
}
