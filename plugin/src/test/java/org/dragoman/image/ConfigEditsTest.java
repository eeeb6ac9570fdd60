package org.dragoman.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.container.ConfigText;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.GuestConfig.Form;
import org.dragoman.os.Replacement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every result is held against a configuration that somebody wrote out, blanks and all. */
class ConfigEditsTest {
  /** Behind it, what no reader looks at. */
  private static final String BEHIND = "\0 \"b_info\": left over";

  private static ConfigEdit of(Form form, String text) {
    return ConfigEdits.of(ConfigText.of(form, 52, text.getBytes(UTF_8)), false);
  }

  private static String json(String buildInfo) {
    return "{\n  \"c_info\": {\"type\": \"hvm\", \"name\": \"é\"},\n  \"b_info\": {"
        + buildInfo
        + "}\n}\n";
  }

  /** As it comes out, without the blanks that make up for what went. */
  private static String assertEdited(Form form, String text) {
    ConfigEdit.Edited edited = assertInstanceOf(ConfigEdit.Edited.class, of(form, text + BEHIND));
    String after = UTF_8.decode(edited.after()).toString();
    String before = text + BEHIND;
    assertEquals(before.getBytes(UTF_8).length, after.getBytes(UTF_8).length, "its length");
    assertTrue(after.endsWith(BEHIND), after);
    assertEquals(before, UTF_8.decode(edited.before().duplicate()).toString());
    assertEquals(before, patched(after, edited, false));
    assertEquals(after, patched(before, edited, true));
    assertEquals(new ConfigEdit.Unchanged(), of(form, after), "a second time");
    String blanks = after.substring(0, after.length() - BEHIND.length());
    return blanks.stripTrailing() + text.substring(text.stripTrailing().length());
  }

  /** The bytes with the replacement, or with those that it replaced. */
  private static String patched(String text, ConfigEdit.Edited edited, boolean forth) {
    byte[] bytes = text.getBytes(UTF_8);
    Replacement one = edited.replacements().get(0);
    ByteBuffer source =
        forth
            ? one.bytes()
            : edited.before().slice((int) one.from() - 52, (int) (one.to() - one.from()));
    source.get(bytes, (int) one.from() - 52, source.remaining());
    return new String(bytes, UTF_8);
  }

  private static void assertJson(String expected, String buildInfo) throws Exception {
    String after = assertEdited(Form.JSON, json(buildInfo));
    assertEquals(json(expected), after);
    new ObjectMapper().readTree(after);
  }

  private static List<String> changes(Form form, String text) {
    return of(form, text).changes().stream().map(ConfigEdit.Change::inWords).toList();
  }

  private static void assertRefused(Form form, String text, String... words) {
    ConfigEdit.Refused refused = assertInstanceOf(ConfigEdit.Refused.class, of(form, text));
    assertEquals(words.length, refused.reasons().size(), () -> refused.reasons().toString());
    for (int i = 0; i < words.length; i++) {
      assertTrue(refused.reasons().get(i).contains(words[i]), refused.reasons().get(i));
    }
  }

  private static void assertUnchanged(Form form, String text) {
    assertEquals(new ConfigEdit.Unchanged(), of(form, text + BEHIND), text);
  }

  private static final String OLD = "\"device_model_version\": \"qemu_xen_traditional\"";
  private static final String NEW = "\"device_model_version\": \"qemu_xen\"";

  @Test
  void theVersionIsThatOfQemuXen() throws Exception {
    assertJson(NEW, OLD);
    assertJson("\"a\": [1, {}],\n" + NEW + " ,\"z\":{}", "\"a\": [1, {}],\n" + OLD + " ,\"z\":{}");
    // Escapes mean the same.
    assertJson(NEW, "\"device_model_version\": \"qemu\\u005fxen_traditional\"");
  }

  @Test
  void rombiosGoesWithTheCommaBesideIt() throws Exception {
    String hvm = ", \"type.hvm\": {";
    assertJson(NEW + hvm + "}", OLD + hvm + "\"bios\": \"rombios\"}");
    assertJson(NEW + hvm + "\n }", OLD + hvm + "\"bios\": \"rombios\"\n }");
    assertJson(
        NEW + hvm + " \"apic\": \"True\" }",
        OLD + hvm + " \"bios\" : \"rombios\" ,\n  \"apic\": \"True\" }");
    assertJson(
        NEW + hvm + "\"vga\": {}\n}", OLD + hvm + "\"vga\": {},\n  \"bios\": \"rombios\"\n}");
    assertJson(
        NEW + hvm + "\"boot\": \"cd\", \"acpi\": 1}",
        OLD + hvm + "\"boot\": \"cd\", \"bios\": \"rombios\", \"acpi\": 1}");
    assertJson(NEW + hvm + "\"bios\": \"seabios\"}", OLD + hvm + "\"bios\": \"seabios\"}");
  }

  @Test
  void theTraditionalProgramGoes() throws Exception {
    String program = "\"device_model\": \"/usr/lib/xen/bin/qemu-dm\"";
    assertJson(NEW, OLD + ", " + program);
    assertJson(NEW, program + ", " + OLD);
    assertJson(NEW + ",\n\"shadow_memkb\": 1", OLD + ",\n" + program + ",\n\"shadow_memkb\": 1");
    // That of another name is somebody else's.
    assertJson(NEW + ", \"x\": {" + program + "}", OLD + ", \"x\": {" + program + "}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4096 '' 8192",
        "4096 cirrus 8192",
        "0 cirrus 8192",
        "8191 unknown 8192",
        "8192 cirrus 8192",
        "16384 cirrus 16384",
        "8192 std 16384",
        "16384 std 16384",
        "0 none 0",
        "-1 cirrus -1",
        "18446744073709551615 std 18446744073709551615",
        "\"4096\" std \"4096\"",
        "4096.0 std 4096.0"
      })
  void videoMemoryIsTheLeastThatTheAdapterTakes(String line) throws Exception {
    String[] words = line.split(" ", 3);
    String vga =
        words[1].equals("''")
            ? ""
            : ", \"type.hvm\": {\"vga\": {\"kind\": \"" + words[1] + "\"}, \"kind\": \"std\"}";
    boolean first = line.length() % 2 == 0;
    String memory = "\"video_memkb\": ";
    assertJson(
        first ? memory + words[2] + ", " + NEW + vga : NEW + vga + ", " + memory + words[2],
        first ? memory + words[0] + ", " + OLD + vga : OLD + vga + ", " + memory + words[0]);
  }

  @Test
  void everyChangeIsToldInTheOrderOfThePlaces() throws Exception {
    String all =
        json(
            "\"video_memkb\": 4096, "
                + OLD
                + ", \"type.hvm\": {\"bios\": \"rombios\"}, \"device_model\": \"/qemu-dm\"");
    assertEquals(
        List.of(
            "b_info.video_memkb: 4096 becomes 8192",
            "b_info.device_model_version: qemu_xen_traditional becomes qemu_xen",
            "b_info.type.hvm.bios: rombios is removed",
            "b_info.device_model: /qemu-dm is removed"),
        changes(Form.JSON, all));
    assertTrue(of(Form.JSON, all).changes().stream().noneMatch(one -> one.reason().isEmpty()));
    assertEquals(
        json("\"video_memkb\": 8192, " + NEW + ", \"type.hvm\": {}"), assertEdited(Form.JSON, all));
  }

  @Test
  void aGuestThatDoesNotStartTheTraditionalDeviceModelStays() {
    String rest = ", \"video_memkb\": 0, \"type.hvm\": {\"bios\": \"rombios\", \"soundhw\": \"x\"}";
    assertUnchanged(Form.JSON, json(NEW + rest));
    assertUnchanged(Form.JSON, json("\"a\": 1" + rest));
    assertUnchanged(Form.JSON, json("\"device_model_version\": null" + rest));
    assertUnchanged(Form.JSON, json("\"x\": {" + OLD + "}" + rest));
    assertUnchanged(Form.JSON, json("\"x\": [{" + OLD + "}]" + rest));
    assertUnchanged(Form.JSON, "{" + OLD + ", \"c_info\": {\"type\": \"hvm\"}}");
    for (String type : List.of("pv", "pvh")) {
      assertUnchanged(
          Form.JSON,
          "{\"c_info\": {\"type\": \"" + type + "\"}, \"b_info\": {" + OLD + rest + "}}");
    }
    assertUnchanged(Form.JSON, "{\"b_info\": {" + OLD + ", \"type.pv\": {}}}");
  }

  @Test
  void aGuestWithoutATypeIsWhatItIsBuiltAs() {
    String config = "{\"b_info\": {%s, \"type.hvm\": {}}}\n";
    assertEquals(String.format(config, NEW), assertEdited(Form.JSON, String.format(config, OLD)));
  }

  @Test
  void whatIsNotCarriedOverIsRefusedWithASentenceForEach() {
    assertRefused(
        Form.JSON, json(OLD + ", \"type.hvm\": {\"soundhw\": \"es1370\"}"), "soundhw is es1370");
    assertRefused(Form.JSON, json(OLD + ", \"device_model_stubdomain\": \"True\""), "stub domain");
    assertRefused(Form.JSON, json(OLD + ", \"device_model_stubdomain\": true"), "stub domain");
    String pci = json(OLD).stripTrailing().replaceFirst("\n}$", ",\n \"pcidevs\": [%s]}");
    assertRefused(Form.JSON, String.format(pci, "{\"dev\": 1}"), "(pcidevs)");
    assertRefused(Form.JSON, String.format(pci, "1"), "(pcidevs)");
    assertRefused(
        Form.JSON,
        String.format(pci, "{}")
            .replace(
                OLD,
                OLD
                    + ", \"device_model_stubdomain\": \"True\""
                    + ", \"type.hvm\": {\"soundhw\": \"all\"}"),
        "sound",
        "stub domain",
        "pcidevs");
  }

  @Test
  void whatIsThereAndSaysNoIsNotRefused() throws Exception {
    String rest =
        ", \"device_model_stubdomain\": \"False\", \"type.hvm\": {\"soundhw\": \"\", \"rdm\": {}}";
    assertJson(NEW + rest, OLD + rest);
    assertEdited(
        Form.JSON, "{\"pcidevs\": [], \"c_info\": {\"type\": \"hvm\"}, \"b_info\": {" + OLD + "}}");
  }

  @Test
  void aKeyThatIsThereTwiceIsRefused() {
    assertRefused(Form.JSON, json(OLD + ", " + NEW + ", " + OLD), "device_model_version twice");
    assertRefused(
        Form.JSON,
        json(OLD + ", \"type.hvm\": {\"bios\": \"rombios\", \"bios\": \"rombios\"}"),
        "b_info.type.hvm.bios twice");
    assertRefused(
        Form.JSON, json(OLD + ", \"type.hvm\": {}, \"type.hvm\": {}"), "b_info.type.hvm twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "{",
        "{}}",
        "{} {}",
        "{\"a\": tru}",
        "{\"a\": \"\u0001\"}",
        "{'a': 1}",
        "\ufeff{}",
        "{\"b_info\": {\"device_model_version\": \"qemu_xen_traditional\"}"
      })
  void whatIsNoJsonIsRefusedWithThePlace(String text) {
    assertRefused(Form.JSON, text, "no JSON that can be read (wrong at octet ");
  }

  @Test
  void bytesThatAreNoCharactersAreRefused() {
    byte[] bytes = json(OLD).replace("é", "e").getBytes(UTF_8);
    bytes[new String(bytes, UTF_8).indexOf("\"e\"") + 1] = (byte) 0xe9;
    assertInstanceOf(
        ConfigEdit.Refused.class, ConfigEdits.of(ConfigText.of(Form.JSON, 0, bytes), true));
  }

  @Test
  void withoutANulTheBlanksAreAtTheEnd() {
    String text = json(OLD);
    ConfigEdit.Edited edited = assertInstanceOf(ConfigEdit.Edited.class, of(Form.JSON, text));
    assertEquals(
        json(NEW) + " ".repeat(OLD.length() - NEW.length()),
        UTF_8.decode(edited.after()).toString());
  }

  private static final String XML =
      """
      <?xml version='1.0'?>
      <!-- <emulator>/usr/lib/xen/bin/qemu-dm</emulator> -->
      <domain type="xen">
        <name>é</name>
        <os>
          <type arch='x86_64' machine='xenfv'>hvm</type>
        </os>
        <devices>
          <emulator>/usr/lib/xen-4.4/bin/qemu-dm</emulator>
          <video>
            <model type='cirrus' vram='4096' heads='1' primary='yes'/>
          </video>
        </devices>
      </domain>
      """;

  @Test
  void libvirtsEmulatorGoesAndVideoMemoryGrows() {
    String after = assertEdited(Form.XML, XML);
    assertEquals(
        XML.replace("    <emulator>/usr/lib/xen-4.4/bin/qemu-dm</emulator>\n", "")
            .replace("4096", "8192"),
        after);
    assertEquals(
        List.of(
            "emulator: /usr/lib/xen-4.4/bin/qemu-dm is removed",
            "video.model.vram: 4096 becomes 8192"),
        changes(Form.XML, XML));
  }

  @Test
  void libvirtsAdapterSaysHowMuchVideoMemoryItTakes() {
    assertTrue(
        assertEdited(Form.XML, XML.replace("type='cirrus' vram='4096'", "vram=\"9\" type=\"vga\""))
            .contains("<model vram=\"16384\" type=\"vga\" heads"));
    assertTrue(assertEdited(Form.XML, XML.replace("4096", "9000")).contains("vram='9000'"));
    assertTrue(assertEdited(Form.XML, XML.replace("cirrus", "none")).contains("vram='4096'"));
    assertTrue(
        assertEdited(Form.XML, XML.replace(" vram='4096'", "")).contains("'cirrus' heads='1'"));
    // The text of another attribute is none.
    assertTrue(
        assertEdited(Form.XML, XML.replace("vram='4096'", "x=\" vram='4096'\""))
            .contains("x=\" vram='4096'\""));
    // Of several, libxl takes the first.
    String second = "<model type='vga' vram='0'/>";
    assertTrue(
        assertEdited(Form.XML, XML.replace("</video>", second + "</video>")).contains(second));
  }

  @Test
  void aDomainThatDoesNotSayTheTraditionalEmulatorStays() {
    String sound = XML.replace("</devices>", "<sound model='es1370'/></devices>");
    assertUnchanged(Form.XML, sound.replace("/usr/lib/xen-4.4/bin/qemu-dm", "/usr/bin/qemu"));
    assertUnchanged(Form.XML, sound.replace("bin/qemu-dm", "qemu-dm/qemu-system-i386"));
    assertUnchanged(Form.XML, sound.replaceAll("(?m)^ *<emulator>.*\n", ""));
    assertUnchanged(Form.XML, sound.replaceAll("<emulator>.*</emulator>", "<emulator/>"));
    assertUnchanged(Form.XML, sound.replace(">hvm<", ">xen<"));
    assertUnchanged(Form.XML, sound.replace("emulator>", "device>"));
  }

  @Test
  void whatIsNotCarriedOverIsRefusedOfLibvirtToo() {
    assertRefused(
        Form.XML, XML.replace("</devices>", "<sound model='ac97'/></devices>"), "<sound>");
    assertRefused(
        Form.XML, XML.replace("</devices>", "<hostdev mode='x'></hostdev></devices>"), "<hostdev>");
    assertRefused(
        Form.XML,
        XML.replace("</devices>", "<emulator>/qemu-dm</emulator></devices>"),
        "<emulator> twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text",
        "<domain>",
        "<domain></os>",
        "<domain></domain></domain>",
        "<domain a='>",
        "<domain><!-- </domain>",
        "<domain><![CDATA[ </domain>",
        "<? <domain/>",
        "< domain/>",
        "<domain",
        "</"
      })
  void whatIsNoXmlIsRefusedWithThePlace(String text) {
    assertRefused(Form.XML, text, "no XML that can be read (wrong at octet ");
  }

  @ParameterizedTest
  @EnumSource(
      value = Form.class,
      names = {"TEXT", "SXP", "XENOPS"})
  void otherFormsAreNeverEdited(Form form) {
    assertUnchanged(form, json(OLD));
    assertUnchanged(form, "device_model_version = \"qemu-xen-traditional\"\nbuilder='hvm'\n");
    assertUnchanged(form, XML);
  }

  @Test
  void noConfigurationTakesLong() {
    int most = ContainerWalk.MOST_CONFIG;
    Stream.of("[", "{\"a\":", "\"", " ", "1", "{\"a\":[],", "\"a\",", "{\"b_info\":", "{", "\\")
        .forEach(piece -> soon(Form.JSON, piece, most));
    Stream.of(
            "<", "<a>", "<a ", "<a b='", "<!--", "<a/>", "a", "a=", " ", "<a b=''", "</", "<a x y")
        .forEach(piece -> soon(Form.XML, piece, most));
    Stream.of("<model a='b' ", "<model ", "<emulator>", "<model a", "<model a=")
        .forEach(
            piece ->
                soon(
                    Form.XML,
                    "<domain><devices><video>" + piece + piece.substring(6).repeat(400_000) + ">",
                    1));
  }

  private static void soon(Form form, String piece, int size) {
    String text = piece.repeat(Math.max(1, size / piece.length()));
    assertTimeout(
        Duration.ofSeconds(10),
        () -> {
          of(form, text);
          if (form == Form.JSON) {
            of(form, "{\"b_info\": " + text);
            of(form, "{\"a\": [" + text.replaceAll(".$", "1]}"));
          }
        },
        piece);
  }

  @Test
  void nestingWithoutEndIsRefused() {
    int deep = 100_000;
    assertRefused(Form.JSON, "{\"a\": " + "[".repeat(deep) + "]".repeat(deep) + "}", "no JSON");
    assertRefused(
        Form.XML, "<domain>" + "<a>".repeat(deep) + "</a>".repeat(deep) + "</domain>", "no XML");
  }

  @Test
  void aHugeOneIsEditedAsASmallOne() {
    byte[] name = new byte[ContainerWalk.MOST_CONFIG - 200];
    Arrays.fill(name, (byte) 'x');
    String text = json(OLD).replace("é", new String(name, UTF_8));
    assertEquals(text.replace(OLD, NEW), assertEdited(Form.JSON, text));
  }

  // The topology that a guest keeps

  private static final String MARK = "\"extra_hvm\":[\"-dragoman-topology\",\"keep\"],";

  private static ConfigEdit keeping(String text) {
    return ConfigEdits.of(ConfigText.of(Form.JSON, 52, text.getBytes(UTF_8)), true);
  }

  /** As it comes out, which is as long, and is another JSON of the same tokens and these. */
  private static String kept(String text) throws Exception {
    ConfigEdit.Edited edited = assertInstanceOf(ConfigEdit.Edited.class, keeping(text + BEHIND));
    assertEquals(List.of(), edited.warnings());
    String after = UTF_8.decode(edited.after()).toString();
    assertEquals((text + BEHIND).getBytes(UTF_8).length, after.getBytes(UTF_8).length);
    assertTrue(after.endsWith(BEHIND), after);
    assertEquals(new ConfigEdit.Unchanged(), keeping(after), "a second time");
    return after.substring(0, after.length() - BEHIND.length());
  }

  private static void assertKept(String expected, String text) throws Exception {
    ObjectMapper json = new ObjectMapper();
    assertEquals(json.readTree(expected), json.readTree(kept(text)));
  }

  @Test
  void libxlsOwnConfigurationSaysThatTheGuestKeepsItsTopology() throws Exception {
    String text =
        """
        {
            "c_info": {
                "type": "hvm",
                "name": "a \\"  \\\\"
            },
            "b_info": {
                "max_vcpus": 1,
                "device_model_version": "qemu_xen_traditional",
                "type.hvm": {
                    "bios": "rombios",
                    "boot": "c  d"
                }
            }
        }
        """;
    String after = kept(text);
    // Indentation goes, from the end on, as much as is needed, and nothing else.
    String expected =
        text.replace("\"device_model_version\": \"qemu_xen_traditional\"", MARK + NEW)
            .replace("\"bios\": \"rombios\",\n            ", "");
    assertEquals(expected.replace(" ", ""), after.replace(" ", ""));
    int same = expected.indexOf("\"type.hvm");
    assertEquals(expected.substring(0, same - 8), after.substring(0, same - 8));
    assertEquals(text.length(), after.length());
    assertEquals(
        List.of(
            "b_info.extra_hvm: -dragoman-topology keep is added",
            "b_info.device_model_version: qemu_xen_traditional becomes qemu_xen",
            "b_info.type.hvm.bios: rombios is removed"),
        keeping(text).changes().stream().map(ConfigEdit.Change::inWords).toList());
  }

  /** With these white spaces around each token, and with a string that has some itself. */
  private static String spaced(String buildInfo, String space) {
    return ("{^\"c_info\":^{^\"type\":^\"hvm\",^\"name\":^\"a  \\\"  : \\\\\"^},^\"b_info\":^{^"
            + buildInfo
            + "^}^}^")
        .replace("^", space);
  }

  @ParameterizedTest
  @ValueSource(strings = {"      ", "\n     ", "\t\t\t\t\t\t", "\r\n\r\n\r\n"})
  void anyWhiteSpaceBetweenTokensMakesRoom(String space) throws Exception {
    assertKept(spaced(MARK + NEW, ""), spaced(OLD, space));
  }

  @Test
  void blanksBehindTheTextGoFirst() throws Exception {
    String text = spaced(OLD, " ");
    assertEquals(spaced(MARK + NEW, " ") + " ".repeat(10), kept(text + " ".repeat(40)));
  }

  @Test
  void aListThatIsThereIsCompleted() throws Exception {
    String more = "\"extra_hvm\": [ %s ], ";
    String words = "\"-dragoman-topology\", \"keep\"";
    assertKept(
        spaced(String.format(more, words) + NEW, ""),
        spaced(String.format(more, "") + OLD, "      "));
    assertKept(
        spaced(String.format(more, "\"-x\", \"]\", " + words) + NEW, ""),
        spaced(String.format(more, "\"-x\", \"]\"") + OLD, "      "));
    assertEquals(
        "b_info.extra_hvm: -x ] becomes -x ] -dragoman-topology keep",
        keeping(spaced(String.format(more, "\"-x\", \"]\"") + OLD, "      "))
            .changes()
            .get(0)
            .inWords());
    // Behind the version, and where it is another's.
    assertKept(
        spaced(NEW + ", \"extra_hvm\": [" + words + "]", ""),
        spaced(OLD + ", \"extra_hvm\": []", "      "));
    assertKept(
        spaced("\"x\": {\"extra_hvm\": []}, " + MARK + NEW, ""),
        spaced("\"x\": {\"extra_hvm\": []}, " + OLD, "      "));
  }

  /** Twice, it would be refused at the next boot. */
  @ParameterizedTest
  @ValueSource(strings = {"extra_hvm", "extra"})
  void whatIsThereAlreadyStays(String key) throws Exception {
    for (String option : List.of("-dragoman-topology", "--dragoman-topology")) {
      String list = "\"" + key + "\": [\"-x\", \"" + option + "\", \"keep,slots=5\"], ";
      assertKept(spaced(list + NEW, ""), spaced(list + OLD, "      "));
    }
  }

  @Test
  void theOtherListStays() throws Exception {
    String list = "\"extra\": [\"-x\"], \"extra_pv\": [\"-dragoman-topology\"], ";
    assertKept(spaced(list + MARK + NEW, ""), spaced(list + OLD, "      "));
  }

  @ParameterizedTest
  @CsvSource({
    "std, 16384, 'keep,vga-mib=16'",
    "std, 4096, 'keep,vga-mib=4'",
    "std, 8192, keep",
    "std, -1, keep",
    "std, 18446744073709551615, keep",
    "std, 8000, keep",
    "std, 6144, keep",
    "std, 0, keep",
    "cirrus, 16384, keep",
  })
  void theMemoryOfAStandardAdapterIsSaid(String kind, String memory, String value)
      throws Exception {
    String rest =
        "\"type.hvm\": {\"vga\": {\"kind\": \"" + kind + "\"}}, \"video_memkb\": " + memory + ", ";
    String after = kept(spaced(rest + OLD, "          "));
    assertEquals(
        new ObjectMapper().readTree("[\"-dragoman-topology\", \"" + value + "\"]"),
        new ObjectMapper().readTree(after).path("b_info").path("extra_hvm"));
  }

  @Test
  void withoutRoomItIsSaidWhatToPutIntoTheConfiguration() {
    // The version is 12 bytes shorter, these are 42, and one blank is behind its colon.
    for (int blanks : new int[] {0, 28, 29}) {
      ConfigEdit edit = keeping(spaced(OLD, "") + " ".repeat(blanks));
      assertInstanceOf(ConfigEdit.Edited.class, edit);
      assertEquals(blanks < 29 ? 1 : 2, edit.changes().size());
      assertEquals(
          blanks < 29
              ? List.of(
                  "its configuration has no room for what keeps the guest's PCI slots when it"
                      + " reboots, or no list of words as extra_hvm: put it into the domain's own,"
                      + " device_model_args_hvm ="
                      + " [\"-dragoman-topology\", \"keep\"]")
              : List.of(),
          edit.warnings());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"-x\"", "[1]", "[\"-x\", []]", "[{\"-x\": \"\"}]"})
  void whatLibxlDoesNotTakeIsNotCompleted(String list) {
    ConfigEdit edit = keeping(spaced("\"extra_hvm\": " + list + ", " + OLD, "      "));
    assertEquals(1, edit.changes().size());
    assertEquals(1, edit.warnings().size());
  }

  @Test
  void twoListsAreRefused() {
    ConfigEdit edit = keeping(spaced("\"extra_hvm\": [], \"extra_hvm\": [], " + OLD, "      "));
    assertTrue(edit.reasons().get(0).contains("b_info.extra_hvm twice"), edit.reasons().get(0));
  }

  @Test
  void allThatGoesMakesRoomToo() throws Exception {
    String rest = ", \"type.hvm\":{\"bios\": \"rombios\"}, \"video_memkb\": 4096";
    String program = "\"device_model\":\"/usr/lib/xen/bin/qemu-dm\"";
    assertKept(
        spaced(MARK + NEW + rest.replace("\"bios\": \"rombios\"", "").replace("4096", "8192"), ""),
        spaced(program + "," + OLD + rest, ""));
    assertKept(
        spaced(MARK + NEW + rest.replace("\"bios\": \"rombios\"", "").replace("4096", "8192"), ""),
        spaced(OLD + rest + "," + program, ""));
  }

  @Test
  void aLongListDoesNotTakeLong() {
    String text =
        spaced("\"extra_hvm\": [\"-x\"" + ",\"-x\"".repeat(500_000) + "]," + OLD, "      ");
    assertTimeout(Duration.ofSeconds(5), () -> assertEquals(2, keeping(text).changes().size()));
  }

  @Test
  void libvirtsSaysNothingOfIt() {
    ConfigEdit edit = ConfigEdits.of(ConfigText.of(Form.XML, 52, XML.getBytes(UTF_8)), true);
    assertEquals(of(Form.XML, XML).changes(), edit.changes());
  }
}
