package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.StreamBytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranslatorTest {
  @TempDir private Path root;
  private Policies policies;

  /** Short and long write label 2 for different contents; twin writes what short does. */
  @BeforeEach
  void aWorld() {
    policies =
        new World(root)
            .product(
                "short",
                "clock writes: {2: v1}, reads: {2: v1}",
                "disk writes: {1: v1}, reads: {1: v1}")
            .product(
                "twin",
                "clock writes: {2: v1}, reads: {2: v1}",
                "disk writes: {1: v1}, reads: {1: v1}")
            .product(
                "long",
                "clock writes: {2: v2}, reads: {2: v2}",
                "disk writes: {1: v1}, reads: {1: v1}")
            .product(
                "wants",
                "clock writes: {5: v1}, reads: {2: v2, 5: v1}",
                "disk idstr: drive, writes: {1: v1}, reads: {1: v1}")
            .product("lacks", "disk idstr: drive, writes: {1: v1}, reads: {1: v1}")
            .policies();
  }

  private Product product(String name) {
    return World.product(policies, name);
  }

  private Plan plan(StreamBytes stream, String from, String to) {
    return new Translator(policies, "--from")
        .plan(stream.octets(), from == null ? null : product(from), product(to));
  }

  private static List<String> reasons(Plan plan) {
    return assertInstanceOf(Plan.Refusal.class, plan, plan::toString).reasons();
  }

  private static List<String> from(Plan plan) {
    List<Product> from =
        plan instanceof Plan.Rewrite rewrite ? rewrite.from() : ((Plan.Refusal) plan).from();
    return from.stream().map(Product::id).toList();
  }

  private static final StreamBytes SHORT =
      StreamBytes.stream().full("clock", 1, 0, 2, "00000001").endMarker();
  private static final StreamBytes LONG =
      StreamBytes.stream().full("clock", 1, 0, 2, "000000010010").endMarker();

  @Test
  void oneExplanationIsTranslated() {
    Plan plan = plan(LONG, null, "wants");
    assertEquals(List.of(), World.edits(plan));
    assertEquals(List.of("long-1"), from(plan));
  }

  @Test
  void severalExplanationsWithOneMeaningAreTranslated() {
    Plan plan = plan(SHORT, null, "wants");
    assertEquals(List.of("23 -00000002 +00000005"), World.edits(plan));
    assertEquals(List.of("short-1", "twin-1"), from(plan));
  }

  @Test
  void theOperatorsWordNarrowsThem() {
    assertEquals(List.of("twin-1"), from(plan(SHORT, "twin", "wants")));
  }

  @Test
  void theReasonsNameTheWordByWhatTheCallerCallsIt() {
    Translator translator = new Translator(policies, "'source' in dragoman.yaml");
    List<String> reasons =
        reasons(translator.plan(SHORT.octets(), product("long"), product("wants")));
    assertEquals(
        "'source' in dragoman.yaml says long-1, and the bytes say otherwise", reasons.get(0));
    assertTrue(
        reasons.get(2).endsWith(": leave 'source' in dragoman.yaml out, or give one of these"),
        reasons::toString);
  }

  @Test
  void aWordThatTheBytesContradictIsRefusedWithTheMismatch() {
    List<String> reasons = reasons(plan(SHORT, "long", "wants"));
    assertEquals(3, reasons.size(), reasons::toString);
    assertTrue(reasons.get(0).startsWith("--from says long-1"), reasons::toString);
    assertTrue(reasons.get(1).startsWith("long-1 did not write this: at 0x20"), reasons::toString);
    assertTrue(
        reasons.get(1).contains("2 bytes of zone at 0x1f, where 1 are left"), reasons::toString);
    assertTrue(reasons.get(2).contains("short-1 or twin-1"), reasons::toString);
  }

  @Test
  void aWordThatTheBytesContradictIsRefusedThoughNobodyWroteThem() {
    StreamBytes nobodys = StreamBytes.stream().full("clock", 1, 0, 9, "00000001").endMarker();
    List<String> reasons = reasons(plan(nobodys, "long", "wants"));
    assertEquals(2, reasons.size(), reasons::toString);
    assertTrue(reasons.get(1).startsWith("long-1 did not write this: at 0x17"));
  }

  @Test
  void whatNobodyWroteIsRefusedWithEveryMismatch() {
    StreamBytes nobodys = StreamBytes.stream().full("clock", 1, 0, 9, "00000001").endMarker();
    Plan plan = plan(nobodys, null, "wants");
    List<String> reasons = reasons(plan);
    assertEquals(6, reasons.size(), reasons::toString);
    for (String product : List.of("short-1", "twin-1", "long-1", "wants-1", "lacks-1")) {
      assertTrue(
          reasons.stream().anyMatch(one -> one.startsWith(product + " did not write this: at 0x")),
          product);
    }
    assertEquals(List.of(), from(plan));
  }

  @Test
  void aStreamThatMeansSeveralThingsIsRefusedAndNamesTheOption() {
    // For some the disk is read as it is; the target lacks nothing, but the idstrs differ.
    Policies ambiguous =
        new World(root)
            .product("zero", "disk instance: [0, 1], writes: {1: v1}, reads: {1: v1}")
            .product("cards", "card idstr: disk, writes: {1: v1}, reads: {1: v1}")
            .product(
                "reader", "disk idstr: drive, reads: {1: v1}", "card idstr: nic, reads: {1: v1}")
            .policies();
    policies = ambiguous;
    StreamBytes stream = StreamBytes.stream().full("disk", 1, 0, 1, "00").endMarker();
    // The products of this folder's beginning explain it too, with the plan of zero.
    Plan plan = plan(stream, null, "reader");
    List<String> reasons = reasons(plan);
    assertTrue(reasons.stream().anyMatch(one -> one.startsWith("if zero-1 wrote it:")));
    assertTrue(reasons.stream().anyMatch(one -> one.startsWith("if cards-1 wrote it:")));
    assertTrue(reasons.get(reasons.size() - 1).contains("--from"), reasons::toString);
    assertEquals(
        List.of("short-1", "twin-1", "long-1", "cards-1", "zero-1").size(), from(plan).size());

    byte[] asDisk = edited(stream, plan(stream, "zero", "reader"));
    byte[] asCard = edited(stream, plan(stream, "cards", "reader"));
    assertEquals("drive", new String(asDisk, 14, 5, java.nio.charset.StandardCharsets.US_ASCII));
    assertEquals("nic", new String(asCard, 14, 3, java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static byte[] edited(StreamBytes stream, Plan plan) {
    return World.edited(
        stream.bytes(), assertInstanceOf(Plan.Rewrite.class, plan, plan::toString).edits());
  }

  @Test
  void aRefusalOfOneExplanationAndAPlanOfAnotherIsAmbiguous() {
    policies =
        new World(root)
            .product("cards", "card idstr: disk, writes: {1: v1}, reads: {1: v1}")
            .policies();
    StreamBytes stream = StreamBytes.stream().full("disk", 1, 0, 1, "00").endMarker();
    List<String> reasons = reasons(plan(stream, null, "lacks"));
    assertTrue(reasons.get(reasons.size() - 1).contains("--from"), reasons::toString);
    assertTrue(
        reasons.stream()
            .anyMatch(
                one ->
                    one.equals(
                        "if cards-1 wrote it: at 0x8: section 'disk' instance 0 (label 1, content"
                            + " v1) has no place in lacks-1, which has no such device")),
        reasons::toString);
  }

  @Test
  void whatTheTargetCannotExpressIsRefusedWithItsReason() {
    Plan plan = plan(SHORT, null, "lacks");
    assertEquals(List.of("short-1", "twin-1"), from(plan));
    assertEquals(
        List.of(
            "at 0x8: section 'clock' instance 0 (label 2, content v1) has no place in lacks-1,"
                + " which has no such device"),
        reasons(plan));
  }

  @Test
  void theResultOfATranslationNeedsNoOther() {
    StreamBytes stream =
        StreamBytes.stream()
            .full("clock", 1, 0, 2, "00000001")
            .full("disk", 2, 0, 1, "00")
            .endMarker();
    Plan.Rewrite plan = (Plan.Rewrite) plan(stream, null, "wants");
    assertEquals(2, plan.edits().size());
    StreamBytes result =
        StreamBytes.none()
            .hex(java.util.HexFormat.of().formatHex(World.edited(stream.bytes(), plan.edits())));
    assertEquals(List.of(), World.edits(plan(result, null, "wants")));
  }

  @Test
  void twoSectionsThatWouldGetOneNameAreRefusedForThat() {
    policies =
        new World(root)
            .product(
                "both",
                "disk writes: {1: v1}, reads: {1: v1}",
                "card writes: {1: v1}, reads: {1: v1}")
            .product(
                "merges", "disk idstr: drive, reads: {1: v1}", "card idstr: drive, reads: {2: v1}")
            .policies();
    StreamBytes stream =
        StreamBytes.stream().full("disk", 1, 0, 1, "00").full("card", 2, 0, 1, "00").endMarker();
    assertEquals(
        List.of(
            "at 0x1b: section 'card' instance 0 (label 1, content v1) would be 'drive' instance 0"
                + " for merges-1, as another section is already"),
        reasons(plan(stream, null, "merges")));
  }

  @Test
  void aKeptValueThatTheTargetCannotHaveIsRefusedForThat() {
    policies =
        new World(root)
            .device(
                "dial",
                "dial",
                """
                contents:
                  v1: {sources: [test], fields: [{name: a, width: 2}, {name: b, width: 1}]}
                  v2:
                    sources: [test]
                    fields:
                      - {name: new, width: 1, implied: 7}
                      - {name: a, width: 2, legal: [1, 0x1f40]}
                      - {name: b, width: 1, constant: 5}
                """)
            .product("free", "dial writes: {1: v1}, reads: {1: v1}")
            .product("strict", "dial reads: {2: v2}")
            .policies();
    String refused =
        "at 0x8: section 'dial' instance 0 (label 1, content v1) cannot be read by strict-1: ";
    assertEquals(
        List.of(refused + "a is 0x0002, which content v2 cannot have"),
        reasons(plan(dial("000205"), null, "strict")));
    assertEquals(
        List.of(refused + "b is 0x06, which content v2 cannot have"),
        reasons(plan(dial("1f4006"), null, "strict")));
    assertEquals(
        List.of("22 -00000001 +00000002", "26 - +07"),
        World.edits(plan(dial("1f4005"), null, "strict")));
  }

  private static StreamBytes dial(String payload) {
    return StreamBytes.stream().full("dial", 1, 0, 1, payload).endMarker();
  }

  @Test
  void whatEachExplanationWouldChangeIsCounted() {
    policies =
        new World(root)
            .product("cards", "card idstr: disk, writes: {1: v1}, reads: {1: v1}")
            .product(
                "relabels",
                "disk reads: {1: v1}",
                "card idstr: nic, writes: {3: v1}, reads: {3: v1}")
            .policies();
    StreamBytes stream = StreamBytes.stream().full("disk", 1, 0, 1, "00").endMarker();
    List<String> reasons = reasons(plan(stream, null, "relabels"));
    assertTrue(reasons.contains("if short-1 wrote it: no change"), reasons::toString);
    assertTrue(reasons.contains("if cards-1 wrote it: 2 edits"), reasons::toString);
    assertTrue(
        reasons(plan(stream, null, "lacks")).contains("if short-1 wrote it: 1 edit"),
        reasons::toString);
  }
}
