package org.dragoman.policy;

import static org.dragoman.policy.PolicyFolder.DEVICE;
import static org.dragoman.policy.PolicyFolder.PART;
import static org.dragoman.policy.PolicyFolder.PRODUCT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a policy is said with file, line and column. */
class PolicyErrorsTest {
  @TempDir private Path root;
  private PolicyFolder folder;

  @BeforeEach
  void aValidFolder() {
    folder = PolicyFolder.valid(root);
  }

  private List<PolicyException.Problem> problems() {
    PolicyException error = assertThrows(PolicyException.class, folder::load);
    assertEquals(
        error.problems().stream().map(Object::toString).collect(Collectors.joining("\n")),
        error.getMessage());
    return error.problems();
  }

  private static boolean is(PolicyException.Problem problem, String place, String... words) {
    return problem.toString().contains(place)
        && List.of(words).stream().allMatch(problem.toString()::contains);
  }

  /** There is one problem: at this place, and said with these words. */
  private void assertOneProblem(String place, String... words) {
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(is(problems.get(0), root + "/" + place + ": ", words), problems::toString);
  }

  /** One problem at least is at this place, and said with these words. */
  private void assertProblem(String place, String... words) {
    List<PolicyException.Problem> problems = problems();
    assertTrue(
        problems.stream().anyMatch(one -> is(one, root + "/" + place + ": ", words)),
        problems::toString);
  }

  private void deviceField(String field) {
    folder.change(DEVICE, "- {name: ticks, width: 4}", field);
  }

  @Test
  void aValidFolderLoads() throws PolicyException {
    Policies policies = folder.load();
    assertEquals(1, policies.devices().size());
    assertEquals(1, policies.products().size());
  }

  @Test
  void anUnknownKeyIsFound() {
    folder.append(DEVICE, "colour: red\n");
    assertOneProblem("devices/clock.yaml:11:1", "'colour'");
  }

  @Test
  void anUnknownKeyOfAFieldIsFound() {
    folder.change(DEVICE, "width: 4}", "width: 4, colour: 1}");
    assertOneProblem("devices/clock.yaml:10:33", "'colour'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "size: 4; size: four; devices/clock.yaml:7:11",
        "size: 4; size: -4; devices/clock.yaml:7:11",
        "size: 4; size: 4.5; devices/clock.yaml:7:11",
        "size: 4; size: '4'; devices/clock.yaml:7:11",
        "size: 4; size: [4]; devices/clock.yaml:7:11",
        // Eight to some readers of YAML, ten to others.
        "size: 4; size: 010; devices/clock.yaml:7:11",
        "[clock.c]; clock.c; devices/clock.yaml:8:14",
        "a clock; [a, clock]; devices/clock.yaml:2:8",
        "width: 4; width: 3; devices/clock.yaml:10:30",
        "instance: 0; instance: sometimes; devices/clock.yaml:4:11",
        "name: ticks; name: Ticks; devices/clock.yaml:10:16",
        "'device: clock'; 'device: clock radio'; devices/clock.yaml:1:9",
        "width: 4}; 'width: 4, repeat: 0}'; devices/clock.yaml:10:41",
        "width: 4}; 'width: 4, legal: []}'; devices/clock.yaml:10:40",
        "width: 4}; 'width: 4, bytes: [{at: 0, are: xy}]}'; devices/clock.yaml:10:54",
      })
  void aWrongValueIsFound(String from, String to, String place) {
    folder.change(DEVICE, from, to);
    assertProblem(place);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'product: alpha'; 'product: Alpha One'; products/alpha.yaml:1:10",
        "'\"1.0\"'; one; products/alpha.yaml:2:19",
        "'sure: seen'; 'sure: maybe'; products/alpha.yaml:5:16",
        "'reads: {1: v1}'; 'reads: {one: v1}'; products/alpha.yaml:7:36",
        "'reads: {1: v1}'; 'reads: {}'; products/alpha.yaml:7:35",
        "'section_ids: unknown'; 'section_ids: dunno'; products/alpha.yaml:8:14",
      })
  void aWrongValueOfAProductIsFound(String from, String to, String place) {
    folder.change(PRODUCT, from, to);
    assertProblem(place);
  }

  @Test
  void aMissingKeyIsFound() {
    folder.change(DEVICE, "title: a clock\n", "");
    assertOneProblem("devices/clock.yaml:1:1", "'title'");
  }

  @Test
  void aMissingKeyOfASectionIsFound() {
    folder.change(PRODUCT, ", per: seen", "");
    assertOneProblem("products/alpha.yaml:7:10", "'per'");
  }

  @Test
  void aKeyThatStandsThereTwiceIsFound() {
    folder.append(DEVICE, "title: again\n");
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:11:", "'title'"), problems::toString);
  }

  @Test
  void whatIsNotYamlIsFound() {
    folder.change(DEVICE, "instance: 0", "instance: [0");
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:5:", "not YAML"), problems::toString);
  }

  @Test
  void aTabIsFound() {
    folder.change(DEVICE, "  v1:", "\tv1:");
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:", "not YAML"), problems::toString);
  }

  @Test
  void aControlCharacterIsFound() {
    folder.change(DEVICE, "a clock", "a \u0001clock");
    assertTrue(is(problems().get(0), "devices/clock.yaml"));
  }

  @Test
  void textThatIsNotUtf8IsFound() throws IOException {
    Files.write(
        folder.path(DEVICE),
        folder.text(DEVICE).replace("a clock", "cl\u00f6ck").getBytes(StandardCharsets.ISO_8859_1));
    assertOneProblem("devices/clock.yaml");
  }

  @Test
  void aSecondDocumentIsFound() {
    folder.append(DEVICE, "---\na: 1\n");
    assertOneProblem("devices/clock.yaml:12:1", "second document");
  }

  @ParameterizedTest
  @CsvSource({"''", "'# only a comment'", "'- a list'", "'only text'", "'---'"})
  void aFileWithoutKeysIsFound(String text) {
    folder.file(DEVICE, text);
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(
        is(problems.get(0), "devices/clock.yaml:1:1: ", "expected keys and values"),
        problems::toString);
  }

  @Test
  void anUnknownPartIsFound() {
    deviceField("- {part: spi}");
    assertProblem("devices/clock.yaml:10:16", "there is no part 'spi'");
  }

  @Test
  void aPartThatHoldsItselfIsFound() {
    folder.append(PART, "  - {part: bus}\n");
    deviceField("- {part: bus}");
    assertOneProblem("devices/parts/bus.yaml:6:12", "part 'bus' holds itself");
  }

  @Test
  void aPartThatHoldsItselfThroughAnotherIsFound() {
    folder.append(PART, "  - {part: usb}\n");
    folder.file(
        "devices/parts/usb.yaml",
        "part: usb\ntitle: USB\nsources: [usb.c]\nfields:\n  - {part: bus}\n");
    deviceField("- {part: bus}");
    assertOneProblem("devices/parts/usb.yaml:5:12", "part 'bus' holds itself");
  }

  @Test
  void aPartMayStandThereTwiceInOneAnother() throws PolicyException {
    folder.file(
        "devices/parts/two.yaml",
        """
        part: two
        title: two
        sources: [two.c]
        fields:
          - {name: g, repeat: 1, fields: [{name: a, width: 1}, {name: h, repeat: 1, fields: [{name: n, width: 1}]}]}
        """);
    deviceField("- {part: two}\n      - {name: rest, width: 2}");
    assertEquals(4, folder.load().devices().get(0).contents().get("v1").layout().fixedSize());
  }

  @Test
  void anUnknownDeviceInSectionsIsFound() {
    folder.change(PRODUCT, "  clock:", "  watch:");
    assertOneProblem("products/alpha.yaml:7:3", "there is no device 'watch'");
  }

  @Test
  void anUnknownDeviceInDropsIsFound() {
    folder.append(PRODUCT, "drops:\n  watch: {because: it is old, per: seen}\n");
    assertOneProblem("products/alpha.yaml:10:3", "there is no device 'watch'");
  }

  @Test
  void anUnknownDeviceInAgreeIsFound() {
    folder.append(
        PRODUCT,
        """
        agree:
          - per: seen
            rows:
              - {clock/ticks: 1, watch/ticks: 1}
              - {clock/ticks: 2, clock/tocks: 2}
        """);
    List<PolicyException.Problem> problems = problems();
    assertEquals(2, problems.size());
    assertTrue(
        is(problems.get(0), "products/alpha.yaml:12:26: ", "there is no device 'watch'"),
        problems::toString);
    assertTrue(
        is(problems.get(1), "products/alpha.yaml:13:26: ", "'clock' has no single field 'tocks'"),
        problems::toString);
  }

  @Test
  void anUnknownDeviceInPciSlotsIsFound() {
    folder.append(PRODUCT, "pci_slots: [clock, watch]\n");
    assertOneProblem("products/alpha.yaml:9:20", "there is no device 'watch'");
  }

  @Test
  void anUnknownDeviceInWithIsFound() {
    folder.change(PRODUCT, ", per", ", with: [watch], per");
    assertOneProblem("products/alpha.yaml:7:51", "there is no device 'watch'");
  }

  @Test
  void anUnknownDeviceInSectionIdsIsFound() {
    folder.change(
        PRODUCT, "section_ids: unknown", "section_ids: {unused_before: {watch: 1}, per: seen}");
    assertOneProblem("products/alpha.yaml:8:31", "there is no device 'watch'");
  }

  @Test
  void anUnknownContentIsFound() {
    folder.change(PRODUCT, "reads: {1: v1}", "reads: {1: v9}");
    assertOneProblem("products/alpha.yaml:7:39", "device 'clock' has no content 'v9'");
  }

  @Test
  void anUnknownSourceIsFound() {
    folder.change(PRODUCT, "per: seen", "per: heard");
    assertOneProblem("products/alpha.yaml:7:49", "there is no source 'heard'");
  }

  @Test
  void anUnknownSourceOfDropsAgreementsAndSectionIdsIsFound() {
    folder.append(PRODUCT, "drops:\n  clock: {because: it is old, per: heard}\n");
    assertOneProblem("products/alpha.yaml:10:36", "there is no source 'heard'");
    folder = PolicyFolder.valid(root);
    folder.change(PRODUCT, "section_ids: unknown", "section_ids: {per: heard}");
    assertOneProblem("products/alpha.yaml:8:20", "there is no source 'heard'");
    folder = PolicyFolder.valid(root);
    deviceField("- {name: ticks, width: 2}\n      - {name: tocks, width: 2}");
    folder.append(
        PRODUCT,
        """
        agree:
          - rows: [{clock/ticks: 1, clock/tocks: 1}, {clock/ticks: 2, clock/tocks: 2}]
            per: heard
        """);
    assertOneProblem("products/alpha.yaml:11:10", "there is no source 'heard'");
  }

  @Test
  void aLabelHas32Bits() throws PolicyException {
    folder.change(PRODUCT, "reads: {1: v1}", "reads: {4294967295: v1}");
    assertEquals(0xffff_ffffL, folder.load().products().get(0).reads().forms().get(0).label());
    folder.change(PRODUCT, "4294967295", "4294967296");
    assertOneProblem("products/alpha.yaml:7:36", "32 bits");
  }

  @Test
  void aSizeThatDoesNotAddUpIsFound() {
    folder.change(DEVICE, "size: 4", "size: 5");
    assertOneProblem("devices/clock.yaml:7:11", "size is 5, but the fields add up to 4");
  }

  @Test
  void aSizeOfAVariableContentIsFound() {
    deviceField("- {name: n, width: 4}\n      - {name: list, width: 1, repeat: n}");
    assertOneProblem("devices/clock.yaml:7:11", "size is 4", "no fixed size");
  }

  @Test
  void aReferenceToALaterFieldIsFound() {
    folder.change(DEVICE, "    size: 4\n", "");
    deviceField("- {name: list, width: 1, repeat: n}\n      - {name: n, width: 4}");
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:", "'n'"), problems::toString);
  }

  @Test
  void aFieldThatStandsThereTwiceIsFound() {
    deviceField("- {name: n, width: 2}\n      - {name: n, width: 2}");
    List<PolicyException.Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:", "'n'", "twice"), problems::toString);
  }

  @Test
  void fixedBytesOfSeveralLengthsAreFound() {
    folder.change(DEVICE, "width: 4}", "width: 4, bytes: [{at: 0, are: [\"00\", \"0000\"]}]}");
    assertOneProblem("devices/clock.yaml:10:54", "not of one length");
  }

  @ParameterizedTest
  @CsvSource({
    "1.9, 2.0",
    "1.5, 1.6",
    "0.1, 1.0",
    "0.5, 3",
    "1.9.7, 1.9.8",
    "1.0, 1.0",
    "1, 1",
    "0, 1"
  })
  void twoProductsThatClaimOneVersionAreFound(String first, String last) {
    folder.file(
        "products/beta.yaml",
        folder
            .text(PRODUCT)
            .replace("first: \"1.0\"", "first: \"" + first + "\"")
            .replace("last: \"1.9\"", "last: \"" + last + "\""));
    assertOneProblem("products/beta.yaml:2:1", "alpha.yaml claims some of them too");
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.9", "1.10, 1.20", "2, 3"})
  void productsThatShareNoVersionAreFine(String first, String last) throws PolicyException {
    folder.file(
        "products/beta.yaml",
        folder
            .text(PRODUCT)
            .replace("first: \"1.0\"", "first: \"" + first + "\"")
            .replace("last: \"1.9\"", "last: \"" + last + "\""));
    assertEquals(2, folder.load().products().size());
  }

  @Test
  void aProductOfAnotherNameMayHaveTheSameVersions() throws PolicyException {
    folder.file(
        "products/beta.yaml", folder.text(PRODUCT).replace("product: alpha", "product: beta"));
    assertEquals(2, folder.load().products().size());
  }

  @Test
  void versionsInTheWrongOrderAreFound() {
    folder.change(PRODUCT, "\"1.9\"", "\"0.9\"");
    assertOneProblem("products/alpha.yaml:2:1", "the first version is after the last");
  }

  @Test
  void aProductThatIsDescribedTwiceIsFound() {
    folder.file("products/beta.yaml", folder.text(PRODUCT));
    assertOneProblem(
        "products/beta.yaml:1:1",
        "product 'alpha-1.0-1.9' is described in " + root + "/" + PRODUCT);
  }

  @Test
  void aDeviceThatIsDescribedTwiceIsFound() {
    folder.file("devices/watch.yaml", folder.text(DEVICE));
    assertOneProblem(
        "devices/watch.yaml:1:1", "device 'clock' is described in " + root + "/" + DEVICE);
  }

  @Test
  void aPartThatIsDescribedTwiceIsFound() {
    folder.file("devices/parts/usb.yaml", folder.text(PART));
    assertOneProblem(
        "devices/parts/usb.yaml:1:1", "part 'bus' is described in " + root + "/" + PART);
  }

  @Test
  void aLabelOfOneIdstrForTwoDevicesIsFound() {
    folder.file(
        "devices/watch.yaml", folder.text(DEVICE).replace("device: clock", "device: watch"));
    folder.change(PRODUCT, "section_ids", "  watch: {reads: {1: v1}, per: seen}\nsection_ids");
    assertOneProblem(
        "products/alpha.yaml:6:1", "'clock' with label 1 is both clock v1 and watch v1");
  }

  @Test
  void aSectionThatIsAlwaysThereIsWritten() {
    folder.change(PRODUCT, "writes: {1: v1}, ", "always: true, ");
    assertOneProblem("products/alpha.yaml:7:19", "'writes'");
  }

  @ParameterizedTest
  @CsvSource({"devices/README.txt", "devices/watch.yml", "products/beta.yaml.orig", "devices/a"})
  void aFileThatIsNoPolicyIsFound(String name) {
    folder.file(name, "x: 1\n");
    assertOneProblem(name, ".yaml");
  }

  @Test
  void hiddenFilesAreLeftAlone() throws PolicyException {
    folder.file("devices/.clock.yaml.swp", "\u0000").file("devices/.hidden.yaml", "[");
    assertEquals(1, folder.load().devices().size());
  }

  @Test
  void aFolderWithoutPoliciesIsFound() {
    folder = PolicyFolder.empty(root.resolve("other")).file("x/y.yaml", "a: 1\n");
    PolicyException error = assertThrows(PolicyException.class, folder::load);
    assertTrue(
        error.getMessage().startsWith(folder.root() + ": no policies here"), error.getMessage());
  }

  @Test
  void aFolderThatIsNoneIsFound() {
    for (Path none : List.of(root.resolve("missing"), folder.path(DEVICE))) {
      PolicyException error = assertThrows(PolicyException.class, () -> Policies.loadOnly(none));
      assertEquals(none + ": not a folder of policies", error.getMessage());
    }
  }

  @Test
  void aSymbolicLinkToAFileIsFollowed() throws Exception {
    Path real = root.resolve("real");
    Files.move(folder.path(DEVICE), real);
    Files.createSymbolicLink(folder.path(DEVICE), real);
    assertEquals(1, folder.load().devices().size());
  }

  @Test
  void aSymbolicLinkToNothingIsFound() throws IOException {
    Files.createSymbolicLink(root.resolve("devices/x.yaml"), root.resolve("nothing"));
    assertOneProblem("devices/x.yaml", "not a regular file");
  }

  @Test
  void aPipeIsNotOpened() throws Exception {
    Path pipe = root.resolve("devices/x.yaml");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> assertOneProblem("devices/x.yaml", "not a regular file"));
  }

  @Test
  void aLargeFileIsNotRead() throws PolicyException {
    int room = (1 << 20) - folder.text(DEVICE).length() - 1;
    folder.append(DEVICE, "#" + "x".repeat(room));
    assertEquals(1, folder.load().devices().size());
    folder.append(DEVICE, "x");
    assertOneProblem("devices/clock.yaml", "larger than 1048576 bytes");
  }

  @Test
  void aliasesDoNotBlowUp() {
    StringBuilder bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (char c = 'b'; c <= 'z'; c++) {
      String before = "*" + (char) (c - 1);
      bomb.append(c).append(": &").append(c).append(" [");
      bomb.append((before + ", ").repeat(8)).append(before).append("]\n");
    }
    folder.file(DEVICE, bomb.toString());
    assertTimeoutPreemptively(Duration.ofSeconds(20), this::problems);
  }

  @Test
  void deepNestingIsFound() {
    for (int depth : new int[] {500, 5_000, 100_000}) {
      folder.file(DEVICE, "device: " + "[".repeat(depth) + "]".repeat(depth));
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> assertTrue(problems().stream().allMatch(one -> one.file().endsWith("clock.yaml"))));
    }
  }

  @Test
  void everyProblemOfEveryFileIsSaid() {
    folder.append(DEVICE, "colour: red\nflavour: none\n");
    folder.append(PRODUCT, "colour: red\n");
    assertEquals(
        List.of("devices/clock.yaml:11:1", "devices/clock.yaml:12:1", "products/alpha.yaml:9:1"),
        problems().stream()
            .map(
                one -> root.relativize(Path.of(one.file())) + ":" + one.line() + ":" + one.column())
            .toList());
  }
}
