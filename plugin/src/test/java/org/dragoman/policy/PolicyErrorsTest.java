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
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlException;
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

  private List<Problem> problems() {
    YamlException error = assertThrows(YamlException.class, folder::load);
    assertEquals(
        error.problems().stream().map(Object::toString).collect(Collectors.joining("\n")),
        error.getMessage());
    return error.problems();
  }

  private static boolean is(Problem problem, String place, String... words) {
    return problem.toString().contains(place)
        && List.of(words).stream().allMatch(problem.toString()::contains);
  }

  /** There is one problem: at this place, and said with these words. */
  private void assertOneProblem(String place, String... words) {
    List<Problem> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(is(problems.get(0), root + "/" + place + ": ", words), problems::toString);
  }

  /** One problem at least is at this place, and said with these words. */
  private void assertProblem(String place, String... words) {
    List<Problem> problems = problems();
    assertTrue(
        problems.stream().anyMatch(one -> is(one, root + "/" + place + ": ", words)),
        problems::toString);
  }

  private void deviceField(String field) {
    folder.change(DEVICE, "- {name: ticks, width: 4}", field);
  }

  @Test
  void aValidFolderLoads() throws YamlException {
    Policies policies = folder.load();
    assertEquals(1, policies.devices().size());
    assertEquals(1, policies.products().size());
  }

  @Test
  void whatRepeatsAsOftenAsAFieldSaysCannotBeRebuilt() {
    folder.change(PRODUCT, "title: Alpha", "title: Alpha\nframing: upstream");
    folder.append(PRODUCT, "rebuilds:\n  clock: {into: clock, label: 1, per: seen}\n");
    folder.change(DEVICE, "    size: 4\n", "");
    deviceField("- {name: ticks, width: 4}\n      - {name: tocks, width: 1, repeat: ticks}");
    assertOneProblem("products/alpha.yaml:11:31", "'clock'", "none such is rebuilt");
  }

  @Test
  void whatIsRebuiltIsReadByTheProduct() {
    folder.change(PRODUCT, "title: Alpha", "title: Alpha\nframing: upstream");
    folder.append(PRODUCT, "rebuilds:\n  clock: {into: clock, label: 2, per: seen}\n");
    assertOneProblem("products/alpha.yaml:11:31", "no 'clock' under the label 2");
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
    List<Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:11:", "'title'"), problems::toString);
  }

  @Test
  void whatIsNotYamlIsFound() {
    folder.change(DEVICE, "instance: 0", "instance: [0");
    List<Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(
        is(problems.get(0), "devices/clock.yaml:5:", "not a policy: expected ',' or ']'"),
        problems::toString);
  }

  @Test
  void aTabIsFound() {
    folder.change(DEVICE, "  v1:", "\tv1:");
    List<Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(
        is(problems.get(0), "devices/clock.yaml:5:9: ", "not a policy: ", "TAB"),
        problems::toString);
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
    List<Problem> problems = problems();
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
    // Either file can be mended.
    List<Problem> problems = problems();
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(is(problems.get(0), "devices/parts/usb.yaml:5:12: ", "part 'bus' holds itself"));
    assertTrue(is(problems.get(1), "devices/parts/bus.yaml:6:12: ", "part 'usb' holds itself"));
  }

  @Test
  void aPartMayStandThereTwiceInOneAnother() throws YamlException {
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
    List<Problem> problems = problems();
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
  void aLabelHas32Bits() throws YamlException {
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
    List<Problem> problems = problems();
    assertEquals(1, problems.size());
    assertTrue(is(problems.get(0), "devices/clock.yaml:", "'n'"), problems::toString);
  }

  @Test
  void aFieldThatStandsThereTwiceIsFound() {
    deviceField("- {name: n, width: 2}\n      - {name: n, width: 2}");
    List<Problem> problems = problems();
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
  void productsThatShareNoVersionAreFine(String first, String last) throws YamlException {
    folder.file(
        "products/beta.yaml",
        folder
            .text(PRODUCT)
            .replace("first: \"1.0\"", "first: \"" + first + "\"")
            .replace("last: \"1.9\"", "last: \"" + last + "\""));
    assertEquals(2, folder.load().products().size());
  }

  @Test
  void aProductOfAnotherNameMayHaveTheSameVersions() throws YamlException {
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
  void hiddenFilesAreLeftAlone() throws YamlException {
    folder.file("devices/.clock.yaml.swp", "\u0000").file("devices/.hidden.yaml", "[");
    assertEquals(1, folder.load().devices().size());
  }

  @Test
  void aFolderWithoutPoliciesIsFound() {
    folder = PolicyFolder.empty(root.resolve("other")).file("x/y.yaml", "a: 1\n");
    List<Problem> problems = problems();
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(
        is(problems.get(0), root + "/other/x: ", "unknown folder: expected 'devices'"),
        problems::toString);
    assertTrue(is(problems.get(1), root + "/other: ", "no policies here"), problems::toString);
    folder = PolicyFolder.empty(root.resolve("another")).file("y.yaml", "a: 1\n");
    problems = problems();
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(
        is(problems.get(0), root + "/another/y.yaml: ", "belongs into a folder 'devices'"),
        problems::toString);
    assertTrue(is(problems.get(1), root + "/another: ", "no policies here"), problems::toString);
  }

  @Test
  void aFolderThatIsNoneIsFound() {
    for (Path none : List.of(root.resolve("missing"), folder.path(DEVICE))) {
      YamlException error = assertThrows(YamlException.class, () -> Policies.loadOnly(none));
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
  void aLargeFileIsNotRead() throws YamlException {
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

  /** There is one problem, and this is all of it. */
  private void assertOnlyProblem(String problem) {
    assertEquals(List.of(root + "/" + problem), problems().stream().map(Object::toString).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'width: 4, repeat: 0'; '10:41: /contents/v1/fields/0/repeat: must have a minimum value of 1'",
        "'width: 4, repeat: 67108865'; '10:41: /contents/v1/fields/0/repeat: must have a maximum value of 67108864'",
        "'width: 4, repeat: 0xffffffffffffffff'; '10:41: /contents/v1/fields/0/repeat: must have a maximum value of 67108864'",
        "'repeat: 67108865, fields: []'; '10:31: /contents/v1/fields/0/repeat: must have a maximum value of 67108864'",
        "'width: 4, bytes: [{at: 67108865, are: \"00\"}]'; '10:46: /contents/v1/fields/0/bytes/0/at: must have a maximum value of 67108864'",
        "'width: 4, bytes: [{at: 0, are: 12}]'; '10:54: /contents/v1/fields/0/bytes/0/are: expected bytes in hexadecimal and in quotes, like \"86 80\", or a list of such'",
        "'width: 4, bytes: [{at: 0, are: xy}]'; '10:54: /contents/v1/fields/0/bytes/0/are: expected bytes in hexadecimal and in quotes, like \"86 80\", or a list of such'",
        "'width: 4, bytes: [{at: 3, are: \"00 00\"}]'; '10:54: the bytes reach past the 4 of the field or part'",
        "'width: 4, bytes: [{at: 4, are: \"00\"}]'; '10:54: the bytes reach past the 4 of the field or part'",
        "'width: 4, bytes: [{at: 67108864, are: \"00\"}]'; '10:61: the bytes reach past the 4 of the field or part'",
        "'width: 4, legal: [0x100000000]'; '10:41: does not fit into 4 bytes'",
        "'width: 4, legal: [1, 4294967296]'; '10:44: does not fit into 4 bytes'",
        "'width: 4, legal: [0xffffffffffffffff]'; '10:41: does not fit into 4 bytes'",
        "'width: 4, implied: 0x100000000'; '10:42: does not fit into 4 bytes'",
        "'width: 4, constant: 0x100000000'; '10:43: does not fit into 4 bytes'",
        "'width: 8, legal: [0x1ffffffffffffffff]'; '10:41: /contents/v1/fields/0/legal/0: found text, expected a whole number'",
      })
  void aWrongValueOfAFieldIsOneProblem(String says, String problem) {
    folder.change(DEVICE, "width: 4}", says + "}");
    assertOnlyProblem("devices/clock.yaml:" + problem);
  }

  @ParameterizedTest
  @CsvSource({"1, 0x100", "1, 256", "2, 0x10000", "2, 65536", "4, 0x8000000000000000"})
  void aValueThatItsFieldCannotHoldIsFound(int width, String value) {
    for (String key :
        List.of("legal: [" + value + "]", "implied: " + value, "constant: " + value)) {
      folder = PolicyFolder.valid(root).change(DEVICE, "size: 4", "size: " + width);
      deviceField("- {name: ticks, width: " + width + ", note: n, " + key + "}");
      int column = 42 + key.indexOf(value);
      assertOnlyProblem(
          "devices/clock.yaml:10:" + column + ": does not fit into " + width + " bytes");
    }
  }

  @Test
  void theMostThatIsAllowedIsAllowed() throws YamlException {
    folder.change(DEVICE, "    size: 4\n", "");
    deviceField("- {name: ticks, width: 4, repeat: 67108864}");
    assertEquals(
        4 * 67108864, folder.load().devices().get(0).contents().get("v1").layout().fixedSize());
  }

  @Test
  void bytesPastTheirPartAreFound() throws YamlException {
    deviceField("- {part: bus, bytes: [{at: 3, are: \"00\"}]}");
    folder.load();
    folder.change(DEVICE, "at: 3", "at: 4");
    assertOnlyProblem("devices/clock.yaml:10:42: the bytes reach past the 4 of the field or part");
    folder.change(DEVICE, "at: 4, are: \"00\"", "at: 2, are: [\"00 00\", \"00 00 00\"]");
    assertOnlyProblem("devices/clock.yaml:10:42: the alternatives are not of one length");
    folder.change(DEVICE, "[\"00 00\", \"00 00 00\"]", "[\"000000\", \"00 00 01\"]");
    assertOnlyProblem("devices/clock.yaml:10:42: the bytes reach past the 4 of the field or part");
  }

  @Test
  void bytesOfAFieldOfNoFixedSizeAreFound() {
    folder.change(DEVICE, "    size: 4\n", "");
    deviceField(
        "- {name: n, width: 4}\n"
            + "      - {name: list, width: 1, repeat: n, bytes: [{at: 0, are: \"00\"}]}");
    assertOnlyProblem("devices/clock.yaml:10:64: bytes need a field or part of a fixed size");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'title: a clock'; 'title:'; '2:7: /title: is empty'",
        "'title: a clock'; 'title: \"\"'; '2:8: /title: is empty'",
        "'title: a clock'; 'title: 5'; '2:8: /title: found a whole number, expected text: put it in quotes'",
        "'idstr: clock'; 'idstr: cl\u00f6ck'; '3:8: /idstr: expected 1 to 255 printable ASCII characters'",
        "'idstr: clock'; 'idstr: \"\"'; '3:8: /idstr: expected 1 to 255 printable ASCII characters'",
        "'idstr: clock'; 'idstr: \"a\\tb\"'; '3:8: /idstr: expected 1 to 255 printable ASCII characters'",
        "'width: 4'; 'width: 3'; '10:30: /contents/v1/fields/0/width: found ''3'', expected one of [1,2,4,8]'",
        "'size: 4'; 'size: four'; '7:11: /contents/v1/size: found text, expected a whole number'",
      })
  void aWrongValueIsSaidInTheWordsOfTheFile(String from, String to, String problem) {
    folder.change(DEVICE, from, to);
    assertOnlyProblem("devices/clock.yaml:" + problem);
  }

  @Test
  void anIdstrHasAtMost255Characters() throws YamlException {
    folder.change(DEVICE, "idstr: clock", "idstr: " + "x".repeat(255));
    assertEquals(255, folder.load().devices().get(0).idstr().length());
    folder.change(DEVICE, "idstr: x", "idstr: xx");
    assertOnlyProblem(
        "devices/clock.yaml:3:8: /idstr: expected 1 to 255 printable ASCII characters");
  }

  @Test
  void anIdstrOfAProductIsAscii() {
    folder.change(PRODUCT, "per: seen", "idstr: cl\u00f6ck, per: seen");
    assertOnlyProblem(
        "products/alpha.yaml:7:51: /sections/clock/idstr: expected 1 to 255 printable ASCII"
            + " characters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'section_ids: unknown'; 'section_ids: {}'; '8:14: /section_ids: key ''per'' is missing'",
        "'section_ids: unknown'; 'section_ids: {before: {clock: 1}, per: seen}'; '8:15: /section_ids: unknown key ''before'''",
        "'\"1.0\"'; 1; '2:19: /versions/first: found a whole number, expected text: put it in quotes'",
        "'\"1.0\"'; one; '2:19: /versions/first: expected numbers with dots between them, in quotes, like \"4.10\"'",
        "'\"1.9\"'; '\"99999999999\"'; '2:32: /versions/last: expected numbers with dots between them, in quotes, like \"4.10\"'",
        "'\"1.9\"'; '\"1.99999999999\"'; '2:32: /versions/last: expected numbers with dots between them, in quotes, like \"4.10\"'",
        "'\"1.9\"'; '\"9999999999\"'; '2:32: /versions/last: expected numbers with dots between them, in quotes, like \"4.10\"'",
        "'\"1.9\"'; '\"1.1.1.1.1.1.1.1.1.1.1\"'; '2:32: /versions/last: expected numbers with dots between them, in quotes, like \"4.10\"'",
        "'reads: {1: v1}'; 'reads: {one: v1}'; '7:36: /sections/clock/reads: key ''one'' cannot stand here: a label is a whole number'",
        "'reads: {1: v1}'; 'reads: {-1: v1}'; '7:36: /sections/clock/reads: key ''-1'' cannot stand here: a label is a whole number'",
        "'reads: {1: v1}'; 'reads: {1.5: v1}'; '7:36: /sections/clock/reads: key ''1.5'' cannot stand here: a label is a whole number'",
        "'product: alpha'; 'product: Alpha One'; '1:10: /product: expected lower-case words joined by ''-'', like xenserver; with the version, what --from and --to take'",
        "'product: alpha'; 'product: alpha-4.4'; '1:10: /product: expected lower-case words joined by ''-'', like xenserver; with the version, what --from and --to take'",
        "'product: alpha'; 'product: alpha-'; '1:10: /product: expected lower-case words joined by ''-'', like xenserver; with the version, what --from and --to take'",
        "'sure: seen'; 'sure: maybe'; '5:16: /sources/seen/sure: found ''maybe'', expected one of [\"seen\",\"read\",\"inferred\"]'",
      })
  void aWrongValueOfAProductIsSaidInTheWordsOfTheFile(String from, String to, String problem) {
    folder.change(PRODUCT, from, to);
    assertOnlyProblem("products/alpha.yaml:" + problem);
  }

  @Test
  void aWordThatIsNoSectionIdsIsToldWhatTheyAre() {
    folder.change(PRODUCT, "section_ids: unknown", "section_ids: dunno");
    assertOneProblem(
        "products/alpha.yaml:8:14", "/section_ids: expected keys and values, or the word unknown");
  }

  @Test
  void aVersionOfNineDigitsIsFine() throws YamlException {
    folder.change(PRODUCT, "\"1.9\"", "\"999999999.999999999\"");
    assertEquals(1, folder.load().products().size());
  }

  @ParameterizedTest
  @CsvSource({
    "4.1, 6.2, 5, 5",
    "5, 5, 4.1, 6.2",
    "4.1, 6.2, 5.0.1, 5.0.1",
    "4.1, 6.2, 6, 6",
    "4.1, 6.2, 6.2.9, 7",
    "4, 4, 4.1, 6.2",
    "4, 4, 4.1.1, 4.1.1",
    "1.2.3, 1.2.3, 1, 1",
  })
  void versionsOfDifferentLengthThatMeetAreFound(
      String first, String last, String otherFirst, String otherLast) {
    PolicyErrorsTest.versions(folder, "products/beta.yaml", otherFirst, otherLast);
    PolicyErrorsTest.versions(folder, PRODUCT, first, last);
    assertOnlyProblem(
        "products/beta.yaml:2:1: versions "
            + otherFirst
            + " to "
            + otherLast
            + ": "
            + root
            + "/products/alpha.yaml claims some of them too");
  }

  @ParameterizedTest
  @CsvSource({"4.1, 6.2, 7, 7", "4.1, 6.2, 4, 4.0", "4.1, 6.2, 6.3, 7", "4.1, 4.1, 4.10, 4.10"})
  void versionsOfDifferentLengthThatDoNotMeetAreFine(
      String first, String last, String otherFirst, String otherLast) throws YamlException {
    PolicyErrorsTest.versions(folder, "products/beta.yaml", otherFirst, otherLast);
    PolicyErrorsTest.versions(folder, PRODUCT, first, last);
    assertEquals(2, folder.load().products().size());
  }

  private static void versions(PolicyFolder folder, String file, String first, String last) {
    folder.file(
        file,
        folder
            .text(PRODUCT)
            .replace("\"1.0\"", "\"" + first + "\"")
            .replace("\"1.9\"", "\"" + last + "\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'- {name: ticks'; '- &x {name: ticks'; 10:9",
        "[clock.c]; '&x [clock.c]'; 8:14",
        "title: a clock; title: *x; 2:8",
        "size: 4; size: *x; 7:11",
        "[clock.c]; [*x]; 8:15",
        "'contents:'; 'contents: &x'; 5:11",
      })
  void anAnchorAndAnAliasAreFound(String from, String to, String place) {
    folder.change(DEVICE, from, to);
    assertOnlyProblem(
        "devices/clock.yaml:"
            + place
            + ": not a policy: anchors and aliases (& and *) are not supported");
  }

  @Test
  void aLaterUseOfAnAnchorIsFound() {
    folder
        .change(DEVICE, "title: a clock", "title: &x clock")
        .change(DEVICE, "idstr: clock", "idstr: *x");
    List<Problem> problems = problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).message().contains("anchors and aliases"), problems::toString);
  }

  @ParameterizedTest
  @CsvSource({"65", "300", "1000"})
  void nestedLevelsAreAProblemOfTheFile(int levels) {
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i <= levels; i++) {
      keys.append(" ".repeat(i)).append("a:\n");
    }
    for (String text :
        List.of(
            "device: " + "[".repeat(levels) + "]".repeat(levels) + "\n",
            "device: " + "{a: ".repeat(levels) + "1" + "}".repeat(levels) + "\n",
            "device:\n " + "- ".repeat(levels) + "x\n",
            keys.toString())) {
      folder.file(DEVICE, text);
      List<Problem> problems = problems();
      assertEquals(1, problems.size(), problems::toString);
      assertEquals(root + "/" + DEVICE, problems.get(0).file());
      assertTrue(problems.get(0).message().startsWith("not a policy: "), problems::toString);
      assertTrue(problems.get(0).message().contains("64"), problems::toString);
    }
  }

  @Test
  void asManyLevelsAsAPolicyNeedsAreFine() throws YamlException {
    String field = "{name: ticks, width: 4}";
    for (int i = 0; i < 20; i++) {
      field = "{name: g" + i + ", repeat: 1, fields: [{name: n, width: 1}, " + field + "]}";
    }
    folder.change(DEVICE, "size: 4", "size: 24");
    deviceField("- " + field);
    assertEquals(24, folder.load().devices().get(0).contents().get("v1").layout().fixedSize());
  }

  @ParameterizedTest
  @CsvSource({
    "'ticks {ticks}[, zone {zone}]', zone",
    "{Ticks}, Ticks",
    "{}, ''",
    "{ticks }, 'ticks '"
  })
  void aSummaryOfAnUnknownFieldIsFound(String summary, String field) {
    folder.append(DEVICE, "summary: \"" + summary + "\"\n");
    assertOnlyProblem("devices/clock.yaml:11:10: no content has a field '" + field + "'");
  }

  @Test
  void aSummaryOfAFieldThatOneContentHasIsFine() throws YamlException {
    folder
        .append(DEVICE, "  v2: {sources: [c], fields: [{name: zone, width: 1}]}\n")
        .append(DEVICE, "summary: \"{ticks}[, zone {zone}]\"\n");
    assertEquals("{ticks}[, zone {zone}]", folder.load().devices().get(0).summary());
  }

  @Test
  void anUnusedPartThatHoldsItselfIsFound() {
    folder.append(PART, "  - {part: bus}\n");
    assertOnlyProblem("devices/parts/bus.yaml:6:12: part 'bus' holds itself");
    folder.change(PART, "  - {part: bus}\n", "  - {name: g, repeat: 2, fields: [{part: bus}]}\n");
    assertOnlyProblem("devices/parts/bus.yaml:6:42: part 'bus' holds itself");
  }

  @Test
  void anUnusedPartThatHoldsAnUnknownOneIsFound() {
    folder.append(PART, "  - {part: spi}\n");
    assertOnlyProblem("devices/parts/bus.yaml:6:12: there is no part 'spi'");
  }

  @ParameterizedTest
  @CsvSource({"devices/x.yaml", "products/x.yaml", "devices/parts/x.yaml"})
  void aFolderCalledLikeAPolicyIsFound(String name) {
    folder.file(name + "/clock.yaml", "x: 1\n");
    assertOnlyProblem(name + ": not a regular file");
  }

  @ParameterizedTest
  @CsvSource({"devices/part", "devices/parts/more", "products/old"})
  void aFolderAmongPoliciesIsFound(String name) {
    folder.file(name + "/clock.yaml", "x: 1\n");
    assertOnlyProblem(name + ": not a policy: expected a name in .yaml");
  }

  @ParameterizedTest
  @CsvSource({"product", "device", "Devices", "parts", "devices.d"})
  void aMisspeltFolderBesideValidOnesIsFound(String name) {
    folder.file(name + "/beta.yaml", "x: 1\n");
    assertOnlyProblem(name + ": unknown folder: expected 'devices', 'products' or 'examples'");
  }

  @Test
  void foldersThatAreNoneOfOursAreLeftAlone() throws YamlException {
    folder.file(".git/config", "x").file("schema/device.json", "{}").file("README.md", "x");
    folder.file("examples/streams/a", "x");
    assertEquals(1, folder.load().devices().size());
  }
}
