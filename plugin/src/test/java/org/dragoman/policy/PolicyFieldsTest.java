package org.dragoman.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.dragoman.stream.Device;
import org.dragoman.stream.Field;
import org.dragoman.stream.Field.Repeat.AsMany;
import org.dragoman.stream.Field.Repeat.Difference;
import org.dragoman.stream.Field.Repeat.Times;
import org.dragoman.stream.Habits;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Reading;
import org.dragoman.stream.StreamBytes;
import org.dragoman.stream.Walk;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the keys of a policy become. */
class PolicyFieldsTest {
  @TempDir private Path root;

  private static Field.Numbers numbers(String name, int width, Field.Repeat repeat) {
    return new Field.Numbers(name, width, repeat, List.of(), OptionalLong.empty(), null);
  }

  private List<Field> fields(String... yaml) throws YamlException {
    PolicyFolder folder =
        PolicyFolder.valid(root)
            .change(PolicyFolder.DEVICE, "    size: 4\n", "")
            .change(
                PolicyFolder.DEVICE,
                "- {name: ticks, width: 4}",
                "- " + String.join("\n      - ", yaml));
    return folder.load().devices().get(0).contents().get("v1").layout().fields();
  }

  @Test
  void aNumberHasANameAndAWidth() throws YamlException {
    assertEquals(List.of(numbers("a", 8, Field.ONCE)), fields("{name: a, width: 8}"));
  }

  @Test
  void legalValuesAreDecimalOrHexadecimal() throws YamlException {
    Field.Numbers field =
        (Field.Numbers) fields("{name: a, width: 4, legal: [0xb000, 8000]}").get(0);
    assertEquals(List.of(0xb000L, 8000L), field.legal());
  }

  @Test
  void aConstantIsTheOnlyLegalValue() throws YamlException {
    Field.Numbers field = (Field.Numbers) fields("{name: a, width: 4, constant: 7}").get(0);
    assertEquals(List.of(7L), field.legal());
  }

  @Test
  void anImpliedValueHasItsReason() throws YamlException {
    Field.Numbers field =
        (Field.Numbers)
            fields("{name: a, width: 4, implied: 0x1f40, unless_implied: the guest needs it}")
                .get(0);
    assertEquals(OptionalLong.of(0x1f40), field.implied());
    assertEquals("the guest needs it", field.unlessImplied());
  }

  @Test
  void aRepeatIsANumberAFieldOrADifference() throws YamlException {
    assertEquals(
        List.of(
            numbers("n", 1, Field.ONCE),
            numbers("m", 1, Field.ONCE),
            numbers("a", 1, new Times(3)),
            numbers("b", 1, new AsMany("n")),
            numbers("c", 1, new Difference("m", "n", List.of(16, 32)))),
        fields(
            "{name: n, width: 1}",
            "{name: m, width: 1}",
            "{name: a, width: 1, repeat: 3}",
            "{name: b, width: 1, repeat: n}",
            "{name: c, width: 1, repeat: {difference: [m, n], if_zero: [16, 32]}}"));
  }

  @Test
  void groupsAndConditionsHoldFields() throws YamlException {
    Field inner = numbers("a", 2, Field.ONCE);
    assertEquals(
        List.of(
            numbers("n", 1, Field.ONCE),
            numbers("m", 1, Field.ONCE),
            new Field.Group("g", new Times(2), List.of(inner)),
            new Field.Conditional(Map.of("n", 3L, "m", Field.Conditional.NONZERO), List.of(inner))),
        fields(
            "{name: n, width: 1}",
            "{name: m, width: 1}",
            "{name: g, repeat: 2, fields: [{name: a, width: 2}]}",
            "{when: {n: 3, m: nonzero}, fields: [{name: a, width: 2}]}"));
  }

  @Test
  void aPartStandsForItsFields() throws YamlException {
    assertEquals(
        List.of(numbers("config", 1, new Times(4)), numbers("a", 1, Field.ONCE)),
        fields("{part: bus}", "{name: a, width: 1}"));
  }

  @Test
  void fixedBytesStandBeforeTheirFieldOrPart() throws YamlException {
    List<Field> fields =
        fields("{part: bus, bytes: [{at: 2, are: \"86 80\"}, {at: 0, are: [\"00\", \"01\"]}]}");
    assertEquals(3, fields.size());
    Field.FixedBytes first = (Field.FixedBytes) fields.get(0);
    assertEquals(2, first.at());
    assertArrayEquals(new byte[] {(byte) 0x86, (byte) 0x80}, first.alternatives().get(0));
    assertEquals(2, ((Field.FixedBytes) fields.get(1)).alternatives().size());
  }

  static Map<String, InstanceRule> rules() {
    return Map.of(
        "3", new InstanceRule.OneOf(List.of(3L)),
        "[0, 0x10]", new InstanceRule.OneOf(List.of(0L, 16L)),
        "counted", new InstanceRule.Counted(),
        "pci-address", new InstanceRule.PciAddress(),
        "always-zero", new InstanceRule.AlwaysZero());
  }

  @ParameterizedTest
  @MethodSource("ruleNames")
  void anInstanceIsARule(String yaml) throws YamlException {
    PolicyFolder folder =
        PolicyFolder.valid(root)
            .change(PolicyFolder.DEVICE, "instance: 0", "instance: " + yaml)
            .change(PolicyFolder.PRODUCT, "clock: {", "clock: {instance: 7, ");
    Policies policies = folder.load();
    assertEquals(rules().get(yaml), policies.devices().get(0).instance());
    assertEquals(
        new InstanceRule.OneOf(List.of(7L)),
        policies.products().get(0).reads().forms().get(0).instance());
  }

  static Set<String> ruleNames() {
    return rules().keySet();
  }

  @Test
  void aDeviceIsLiveWhenItSaysSo() throws YamlException {
    PolicyFolder folder = PolicyFolder.valid(root);
    assertEquals(false, folder.load().devices().get(0).live());
    folder.append(PolicyFolder.DEVICE, "live: true\nsummary: \"{ticks} ticks\"\n");
    Device device = folder.load().devices().get(0);
    assertEquals(true, device.live());
    assertEquals("{ticks} ticks", device.summary());
  }

  @Test
  void aProductHasHabits() throws YamlException {
    Product product =
        PolicyFolder.valid(root)
            .change(
                PolicyFolder.PRODUCT, ", per: seen}", ", always: true, with: [clock], per: seen}")
            .change(
                PolicyFolder.PRODUCT,
                "section_ids: unknown",
                "section_ids: {unused_before: {clock: 1}, unused_after: {clock: 2}, per: seen}")
            .change(
                PolicyFolder.DEVICE,
                "- {name: ticks, width: 4}",
                "- {name: ticks, width: 2}\n      - {name: tocks, width: 2}")
            .append(
                PolicyFolder.PRODUCT,
                """
                agree:
                  - rows: [{clock/ticks: 1, clock/tocks: 2}, {clock/ticks: 3, clock/tocks: 4}]
                    per: seen
                drops:
                  clock: {because: nobody misses it, per: seen}
                pci_slots: [clock]
                """)
            .load()
            .products()
            .get(0);
    Habits habits = product.habits();
    assertEquals(Set.of("clock"), habits.always());
    assertEquals(Map.of("clock", List.of("clock")), habits.with());
    assertEquals(
        new Habits.SectionIds(Map.of("clock", 1), Map.of("clock", 2)), habits.sectionIds());
    assertEquals(
        List.of(
            new Habits.Agreement(
                List.of(
                    List.of(
                        new Habits.Value("clock", "ticks", 1),
                        new Habits.Value("clock", "tocks", 2)),
                    List.of(
                        new Habits.Value("clock", "ticks", 3),
                        new Habits.Value("clock", "tocks", 4))))),
        habits.agreements());
    assertEquals(Map.of("clock", "nobody misses it"), product.drops());
    assertEquals(List.of("clock"), product.pciSlots());
    assertEquals(Map.of("seen", new Product.Source("seen", "here")), product.sources());
  }

  @Test
  void anIdstrThatAProductUsesIsClaimed() throws YamlException {
    PolicyFolder folder = PolicyFolder.valid(root);
    folder.file("devices/watch.yaml", folder.text(PolicyFolder.DEVICE).replace("clock", "watch"));
    folder
        .change(PolicyFolder.DEVICE, "idstr: clock", "idstr: \"*\"")
        .change(
            PolicyFolder.PRODUCT,
            "section_ids",
            "  watch: {idstr: wrist, reads: {1: v1}, per: seen}\nsection_ids");
    Policies policies = folder.load();
    StreamBytes wrist = StreamBytes.stream().full("wrist", 1, 0, 1, "00000001").endMarker();
    Reading reading = Walk.under(policies.products().get(0).writes(), wrist.octets());
    // Alpha writes any idstr with label 1, but this one is a watch's.
    assertEquals(Mismatch.Kind.SECTION, ((Reading.Failed) reading).mismatch().kind());
  }

  @Test
  void aValueOfAll64BitsIsLegalAndHolds() throws YamlException {
    assertEquals(
        List.of(-1L, 1L << 63),
        ((Field.Numbers)
                fields("{name: a, width: 8, legal: [0xffffffffffffffff, 0x8000000000000000]}")
                    .get(0))
            .legal());
    Product alpha = PolicyFolder.empty(root).load().products().get(0);
    for (String value : List.of("ffffffffffffffff", "8000000000000000")) {
      assertInstanceOf(
          Reading.Complete.class,
          Walk.under(
              alpha.reads(),
              StreamBytes.stream().full("clock", 1, 0, 1, value).endMarker().octets()),
          value);
    }
    Reading reading =
        Walk.under(
            alpha.reads(),
            StreamBytes.stream().full("clock", 1, 0, 1, "7fffffffffffffff").endMarker().octets());
    Mismatch mismatch = assertInstanceOf(Reading.Failed.class, reading).mismatch();
    assertEquals(27, mismatch.at());
    assertEquals("a 7fffffffffffffff in 'clock' label 1 (content v1)", mismatch.found());
    assertTrue(
        mismatch.toString().contains("0xffffffffffffffff or 0x8000000000000000"),
        mismatch::toString);
  }

  @Test
  void theLargestValuesOfEachWidthAreAccepted() throws YamlException {
    for (int width : new int[] {1, 2, 4, 8}) {
      String most = "0x" + "ff".repeat(width);
      Field.Numbers field =
          (Field.Numbers)
              fields(
                      "{name: a, width: "
                          + width
                          + ", legal: ["
                          + most
                          + "], implied: "
                          + most
                          + "}")
                  .get(0);
      long value = width == 8 ? -1 : (1L << (8 * width)) - 1;
      assertEquals(List.of(value), field.legal());
      assertEquals(OptionalLong.of(value), field.implied());
    }
  }

  @Test
  void aSubsectionHasANameALabelAndFields() throws YamlException {
    assertEquals(
        List.of(
            new Field.Subsection("clock/x", 3, List.of(numbers("a", 1, Field.ONCE))),
            new Field.Subsection("clock/y", 0, List.of())),
        fields(
            "{subsection: clock/x, label: 3, fields: [{name: a, width: 1}]}",
            "{subsection: clock/y, label: 0, fields: []}"));
  }
}
