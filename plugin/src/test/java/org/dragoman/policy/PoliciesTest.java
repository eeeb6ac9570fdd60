package org.dragoman.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dragoman.stream.Device;
import org.dragoman.stream.Text;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped policies, what an administrator's folder does to them, and finding a product. */
class PoliciesTest {
  /** The build runs in the module's folder. */
  private static final Path SHIPPED_FOLDER = Path.of("../policies");

  private static Policies shipped;

  @TempDir private Path root;

  @BeforeAll
  static void load() throws YamlException {
    shipped = Policies.load(List.of());
  }

  private static List<String> ids(Policies policies) {
    return policies.products().stream().map(Product::id).toList();
  }

  /** Everything of a device that can be compared by value. */
  private static String inWords(Device device) {
    Map<String, String> contents = new TreeMap<>();
    device
        .contents()
        .forEach(
            (name, content) ->
                contents.put(
                    name, content.layout().fixedSize() + " " + content.layout().fields().size()));
    return device.name()
        + device.title()
        + device.idstr()
        + device.instance()
        + device.live()
        + device.summary()
        + contents;
  }

  private static String inWords(Product product) {
    return product.id()
        + product.title()
        + product.story()
        + new TreeMap<>(product.drops())
        + product.pciSlots()
        + new TreeMap<>(product.sources())
        + product.statements()
        + new TreeMap<>(product.habits().with())
        + product.habits().agreements()
        + product.habits().always().stream().sorted().toList();
  }

  @Test
  void theShippedPoliciesAreThoseOfTheFolder() throws YamlException {
    Policies yaml = Policies.loadOnly(SHIPPED_FOLDER);
    assertEquals(ids(yaml), ids(shipped));
    assertTrue(ids(shipped).contains("xen-4.1-4.20"));
    assertEquals(
        yaml.devices().stream().map(PoliciesTest::inWords).toList(),
        shipped.devices().stream().map(PoliciesTest::inWords).toList());
    assertEquals(
        yaml.products().stream().map(PoliciesTest::inWords).toList(),
        shipped.products().stream().map(PoliciesTest::inWords).toList());
  }

  @Test
  void compilingKeepsEveryNodeAndItsPlace() throws Exception {
    PolicyFolder.valid(root);
    Path compiled = root.resolve("policies.bin");
    Policies.main(new String[] {root.toString(), compiled.toString()});
    List<Document> read = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(compiled)))) {
      while (in.available() > 0) {
        read.add(Document.read(in));
      }
    }
    List<Document> yaml = PolicyFiles.readAll(root);
    assertEquals(
        yaml.stream().map(Document::root).toList(), read.stream().map(Document::root).toList());
    assertEquals(
        yaml.stream().map(Document::kind).toList(), read.stream().map(Document::kind).toList());
    assertEquals(
        List.of(
            "policies/devices/parts/bus.yaml",
            "policies/devices/clock.yaml",
            "policies/products/alpha.yaml"),
        read.stream().map(Document::file).toList());
  }

  @Test
  void examplesAreNotCompiled() throws Exception {
    PolicyFolder.valid(root)
        .file("examples/a.yaml", "examples:\n  - {stream: s, to: alpha-1.0, outcome: unchanged}\n");
    assertEquals(1, Policies.loadOnly(root).examples().size());
    Path compiled = root.resolve("policies.bin");
    Policies.main(new String[] {root.toString(), compiled.toString()});
    assertFalse(
        Files.readString(compiled, java.nio.charset.StandardCharsets.ISO_8859_1)
            .contains("EXAMPLES"));
  }

  @Test
  void wrongPoliciesAreNotCompiled() throws IOException {
    PolicyFolder.valid(root).append(PolicyFolder.DEVICE, "colour: red\n");
    Path compiled = root.resolve("policies.bin");
    assertThrows(
        YamlException.class,
        () -> Policies.main(new String[] {root.toString(), compiled.toString()}));
    assertFalse(Files.exists(compiled));
  }

  @Test
  void aFolderAddsADeviceAndAProduct() throws Exception {
    PolicyFolder.valid(root);
    Policies policies = Policies.load(List.of(root));
    assertEquals(shipped.products().size() + 1, policies.products().size());
    assertEquals(shipped.devices().size() + 1, policies.devices().size());
    Product alpha = policies.product("alpha-1.5");
    assertEquals("alpha-1.0-1.9", alpha.id());
    assertEquals("Alpha", alpha.title());
    assertEquals(root.resolve(PolicyFolder.PRODUCT).toString(), alpha.file());
    assertEquals(
        new Product.Statement("clock", "clock", "0", Map.of(1L, "v1"), Map.of(1L, "v1"), "seen"),
        alpha.statements().get(0));
  }

  @Test
  void aFolderOverridesADeviceOfTheSameName() throws Exception {
    PolicyFolder.empty(root)
        .file(
            "devices/mine.yaml",
            """
            device: PCIBUS
            title: a bus of my own
            idstr: PCIBUS
            instance: 0
            contents:
              v1:
                size: 3
                sources: [mine]
                fields: [{name: all, width: 1, repeat: 3}]
            """);
    Policies policies = Policies.load(List.of(root));
    assertEquals(shipped.devices().size(), policies.devices().size());
    Device bus =
        policies.devices().stream().filter(one -> one.name().equals("PCIBUS")).findFirst().get();
    assertEquals("a bus of my own", bus.title());
    assertEquals(
        3, policies.product("xen-4.4").reads().formsOf(bus).get(0).content().layout().fixedSize());
  }

  @Test
  void aFolderOverridesAPart() throws Exception {
    PolicyFolder.empty(root)
        .file(
            "devices/parts/pci.yaml",
            "part: pci\ntitle: PCI\nsources: [mine]\nfields: [{name: config, width: 1}]\n");
    YamlException error = assertThrows(YamlException.class, () -> Policies.load(List.of(root)));
    // The shipped devices that begin with it do not add up any more.
    assertTrue(error.getMessage().contains("policies/devices/piix4acpi.yaml:"), error.getMessage());
  }

  @Test
  void aFolderOverridesAProductOfTheSameNameAndVersions() throws Exception {
    PolicyFolder.valid(root)
        .change(PolicyFolder.PRODUCT, "product: alpha", "product: xen")
        .change(PolicyFolder.PRODUCT, "\"1.0\"", "\"4.1\"")
        .change(PolicyFolder.PRODUCT, "\"1.9\"", "\"4.20\"");
    Policies policies = Policies.load(List.of(root));
    assertEquals(ids(shipped), ids(policies));
    assertEquals("Alpha", policies.product("xen-4.4").title());
  }

  @Test
  void aFolderMayNotClaimAVersionOfAShippedProduct() {
    PolicyFolder.valid(root)
        .change(PolicyFolder.PRODUCT, "product: alpha", "product: xen")
        .change(PolicyFolder.PRODUCT, "\"1.0\"", "\"4.20\"")
        .change(PolicyFolder.PRODUCT, "\"1.9\"", "\"4.21\"");
    YamlException error = assertThrows(YamlException.class, () -> Policies.load(List.of(root)));
    assertEquals(1, error.problems().size());
    assertEquals(
        root.resolve(PolicyFolder.PRODUCT)
            + ":2:1: versions 4.20 to 4.21: policies/products/xen-4.1-4.20.yaml claims some of"
            + " them too",
        error.getMessage());
  }

  @Test
  void theLastFolderWins(@TempDir Path second) throws Exception {
    PolicyFolder.valid(root);
    PolicyFolder.valid(second).change(PolicyFolder.DEVICE, "a clock", "another clock");
    Policies policies = Policies.load(List.of(root, second));
    assertTrue(policies.devices().stream().anyMatch(one -> one.title().equals("another clock")));
    assertFalse(policies.devices().stream().anyMatch(one -> one.title().equals("a clock")));
  }

  @ParameterizedTest
  @CsvSource({
    "xen-4.4, xen-4.1-4.20",
    "xen-4.4.1, xen-4.1-4.20",
    "xen-4.1, xen-4.1-4.20",
    "xen-4.9, xen-4.1-4.20",
    "xen-4.10, xen-4.1-4.20",
    "xen-4.20, xen-4.1-4.20",
    "xen-4.20.3, xen-4.1-4.20",
    "xen-4.1-4.20, xen-4.1-4.20",
    "xen-4.0, xen-4.0",
    "xen-4.0.4, xen-4.0",
    "xen-3.4, xen-3.4",
    "xenserver-5.6, xenserver-5.6",
    "xenserver-6.0, xenserver-6.0-6.2",
    "xenserver-6.0.2, xenserver-6.0-6.2",
    "xenserver-6.2, xenserver-6.0-6.2",
    "xenserver-6.5, xenserver-6.5",
    "xenserver-7.2, xenserver-7.0-7.4",
    "xen-proposal-2013, xen-proposal-2013",
  })
  void aProductIsFoundByNameAndVersion(String asked, String id) throws Exception {
    assertEquals(id, shipped.product(asked).id());
  }

  private static String unknown(String asked) {
    return assertThrows(UnknownProductException.class, () -> shipped.product(asked)).getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"xen-4.21", "xen-5", "xen-4", "xen-3.3", "xen-0", "xen-04.30"})
  void anUncoveredVersionListsThoseOfTheProduct(String asked) {
    assertEquals(
        "'" + asked + "': no policy covers that version; there are xen-3.4, xen-4.0, xen-4.1-4.20",
        unknown(asked));
  }

  @Test
  void aGapBetweenTwoPoliciesIsNotCovered() {
    assertEquals(
        "'xenserver-6.3': no policy covers that version; there are xenserver-5.6,"
            + " xenserver-6.0-6.2, xenserver-6.5, xenserver-7.0-7.4",
        unknown("xenserver-6.3"));
    assertNotNull(unknown("xenserver-7.5"));
  }

  @Test
  void anUnknownProductListsAll() {
    assertEquals(
        "'vmware-4.4': no policy covers that product; there are "
            + String.join(", ", ids(shipped))
            + ", qemu-xen",
        unknown("vmware-4.4"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xen-4.",
        "xen-.4",
        "xen-4..4",
        "xen-4.4 ",
        "xen-four",
        "xen-99999999999",
        "xen-4.99999999999999999999",
        "xen-4.1.1.1.1.1.1.1.1.1.1",
        "xen-4.4\n",
        "xen-\u0664.\u0664"
      })
  void whatIsNoVersionListsThoseOfTheProduct(String asked) {
    assertEquals(
        "'"
            + Text.printable(asked)
            + "': no policy covers that version; there are xen-3.4, xen-4.0, xen-4.1-4.20",
        unknown(asked));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "xen",
        "xen-",
        "4.4",
        "-4.4",
        "Xen-4.4",
        "xen 4.4",
        "xen--4.4",
        "xen-4.1-4.20-",
      })
  void whatIsNoNameAndVersionListsAll(String asked) {
    String message = unknown(asked);
    assertTrue(message.contains(String.join(", ", ids(shipped))), message);
    assertTrue(message.chars().allMatch(c -> c >= 0x20 && c <= 0x7e), message);
  }

  @Test
  void controlCharactersOfTheNameAreEscaped() {
    assertTrue(unknown("xen-\u001b[31m4.4").startsWith("'xen-\\x1b[31m4.4': "));
  }

  @Test
  void aVersionIsNumbersNotDigits() {
    assertTrue(Version.of("4.9").compareTo(Version.of("4.10")) < 0);
    assertEquals(0, Version.of("4.0").compareTo(Version.of("4")));
    assertTrue(Version.of("4.4.1").isReleaseOf(Version.of("4.4")));
    assertFalse(Version.of("4.40").isReleaseOf(Version.of("4.4")));
    assertFalse(Version.of("4").isReleaseOf(Version.of("4.4")));
    assertEquals("4.4.1", Version.of("4.4.1").toString());
  }

  @Test
  void aVeryLongNameIsUnknown() {
    for (String asked :
        List.of(
            "a".repeat(20_000),
            "a-".repeat(10_000) + "1",
            "a-".repeat(10_000),
            "xen-" + "4.".repeat(10_000) + "4",
            "xen-" + "4".repeat(20_000),
            "-".repeat(20_000),
            "xen-" + "-4.4".repeat(5_000))) {
      assertTrue(unknown(asked).contains("; there are xen-3.4, xen-4.0, xen-4.1-4.20"));
    }
  }

  @Test
  void aProductOfQemuItselfIsNoProductToTranslateFor() throws Exception {
    Policies policies =
        PolicyFolder.valid(root)
            .change(PolicyFolder.PRODUCT, "title: Alpha", "title: Alpha\nframing: upstream")
            .load();
    assertEquals(List.of(), policies.products());
    assertEquals(List.of("alpha-1.0-1.9"), policies.upstream().stream().map(Product::id).toList());
    assertEquals(policies.upstream(), policies.all());
    assertEquals("Alpha", policies.described("alpha-1.5").title());
    String message =
        assertThrows(UnknownProductException.class, () -> policies.product("alpha-1.5"))
            .getMessage();
    assertTrue(message.startsWith("'alpha-1.5': nothing is translated for it"), message);
  }

  @Test
  void qemuXenIsATargetAndItsNameAloneIsEnough() throws Exception {
    assertEquals("qemu-xen-3.1", shipped.product("qemu-xen").id());
    assertEquals("qemu-xen-3.1", shipped.product("qemu-xen-3.1").id());
    assertEquals(shipped.product("qemu-xen"), shipped.incoming());
    assertThrows(UnknownProductException.class, () -> shipped.product("qemu-xen-4.2"));
    assertThrows(UnknownProductException.class, () -> shipped.product("xen"));
  }

  @Test
  void theShippedProductsOfQemuXenAreApart() {
    assertEquals(
        List.of("qemu-xen-3.1", "qemu-xen-4.2"),
        shipped.upstream().stream().map(Product::id).toList());
    assertTrue(shipped.products().stream().noneMatch(Product::isUpstream));
  }
}
