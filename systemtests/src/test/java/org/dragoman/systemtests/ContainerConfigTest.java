package org.dragoman.systemtests;

import static org.dragoman.systemtests.Container.concat;
import static org.dragoman.systemtests.Container.emulator;
import static org.dragoman.systemtests.Container.libxl;
import static org.dragoman.systemtests.Container.xl;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.dragoman.container.GuestConfig;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.Filter;
import org.dragoman.image.Image;
import org.dragoman.image.Restoring;
import org.dragoman.image.Rewriting;
import org.dragoman.os.InPlace;
import org.dragoman.os.InputFile;
import org.dragoman.os.Known;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Pump;
import org.dragoman.policy.Product;
import org.dragoman.policy.Releases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest's configuration, for a target that has qemu-xen: it is changed in its place in the
 * container, in a file as in a pipe, and nothing else is.
 */
class ContainerConfigTest {
  private static final byte[] OF_QEMU_XEN = RecordedStreams.ofQemuXen().values().iterator().next();

  private static final String HVM = "{\"c_info\": {\"type\": \"hvm\"}, \"b_info\": {%s}}\n%s\0";
  private static final String OLD =
      String.format(
          HVM, "\"device_model_version\": \"qemu_xen_traditional\", \"video_memkb\": 4096", "");
  private static final String NEW =
      String.format(
          HVM,
          "\"device_model_version\": \"qemu_xen\", \"video_memkb\": 8192",
          " ".repeat("_traditional".length()));
  private static final String WITH_SOUND =
      OLD.replace("4096", "4096, \"type.hvm\": {\"soundhw\": \"sb16\"}");

  @TempDir Path folder;

  private static byte[] xl46(String config) {
    return concat(xl(3, config), libxl(0, LibxcStreams.small().hvm(3), emulator(1, OF_QEMU_XEN)));
  }

  private static byte[] xl45(String config) {
    return concat(
        xl(1, config), LibxcStreams.small().legacy(64), Container.Tail.LIBXL.around(OF_QEMU_XEN));
  }

  private static byte[] libvirt(String config) {
    byte[] header =
        new ByteBuilder()
            .text("libvirt-xml\n \0 \r")
            .u32(2)
            .u32(config.length())
            .zeros(40)
            .text(config)
            .bytes();
    return concat(header, libxl(0, LibxcStreams.small().hvm(3), emulator(1, OF_QEMU_XEN)));
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  private void assertRewritten(byte[] before, byte[] after) throws Exception {
    Path file = write(before);
    Image image = Dragoman.SHIPPED.image(file);
    Rewriting rewriting = Dragoman.SHIPPED.rewritingForQemuXen(image);
    for (Known known : rewriting.basis()) {
      int at = (int) known.at();
      assertEquals(ByteBuffer.wrap(before, at, known.bytes().limit()), known.bytes());
    }
    assertArrayEquals(after, Dragoman.replaced(before, rewriting.replacements()));
    assertEquals(rewriting.config().changes().size(), rewriting.edits());
    assertArrayEquals(after, filtered(before, Dragoman.SHIPPED.qemuXen(), true));
    assertArrayEquals(before, filtered(before, Dragoman.SHIPPED.qemuXen(), false));
    if (!rewriting.replacements().isEmpty()) {
      assertEquals("translated", rewriting.outcome());
      try (InputFile input = InputFile.open(file)) {
        InPlace.write(input, rewriting.basis(), rewriting.replacements());
      }
      assertArrayEquals(after, Files.readAllBytes(file));
      Image again = Dragoman.SHIPPED.image(file);
      assertEquals(List.of(), Dragoman.SHIPPED.rewritingForQemuXen(again).replacements());
    }
  }

  @Test
  void theConfigurationIsChangedInItsPlaceAndNothingElseIs() throws Exception {
    assertRewritten(xl46(OLD), xl46(NEW));
    assertRewritten(xl45(OLD), xl45(NEW));
    String xml = "<domain type='xen'><os><type>hvm</type></os><devices>%s</devices></domain>\n%s\0";
    String emulator = "<emulator>/usr/lib/xen/bin/qemu-dm</emulator>";
    assertRewritten(
        libvirt(String.format(xml, emulator, "")),
        libvirt(String.format(xml, "", " ".repeat(emulator.length()))));
  }

  @Test
  void whatIsBehindTheConfigurationInTheSameDataStays() throws Exception {
    byte[] rest = libxl(0, LibxcStreams.small().hvm(3), emulator(1, OF_QEMU_XEN));
    byte[][] files = new byte[2][];
    for (int i = 0; i < 2; i++) {
      byte[] config = Container.ascii((i == 0 ? OLD : NEW) + "\"qemu_xen_traditional\"");
      byte[] lengths = new ByteBuilder().u32(4 + config.length + 5).u32(config.length).bytes();
      byte[] header = Arrays.copyOf(xl(3, "\0"), 44);
      files[i] = concat(header, lengths, config, Container.ascii("more\0"), rest);
    }
    assertRewritten(files[0], files[1]);
  }

  @Test
  void aPvGuestAndAnotherConfigurationStay() throws Exception {
    for (String name :
        List.of(
            "xl 4.6, without configuration",
            "xl 4.6, text",
            "xl 4.4, 64-bit",
            "xend, 64-bit, to the end",
            "libvirt 2, libxc 3",
            "xenopsd 2, libxc 3")) {
      byte[] file = Container.smallNamed(name).around(OF_QEMU_XEN);
      assertRewritten(file, file);
    }
    assertRewritten(xl46(NEW), xl46(NEW));
    byte[] pv = concat(xl(3, OLD.replace("hvm", "pv")), libxl(0, LibxcStreams.small().pv(3)));
    assertRewritten(pv, pv);
  }

  @Test
  void forEveryOtherTargetTheConfigurationStays() throws Exception {
    byte[] sound = xl46(WITH_SOUND);
    for (byte[] file : List.of(xl46(OLD), sound, xl46("garbage\0"))) {
      Rewriting rewriting =
          Dragoman.SHIPPED.rewriting(Dragoman.SHIPPED.image(write(file)), "xen-4.17");
      assertFalse(rewriting.isRefused());
      assertEquals(List.of(), rewriting.replacements());
      Product traditional = Dragoman.SHIPPED.products().get(0);
      assertArrayEquals(file, filtered(file, traditional, true));
      // A target that is not known is said where a stream comes that needs one.
      assertArrayEquals(file, filtered(file, null, true));
    }
  }

  @Test
  void aRefusedConfigurationRefusesAll() throws Exception {
    byte[] file = xl46(WITH_SOUND);
    Image image = Dragoman.SHIPPED.image(write(file));
    Rewriting rewriting = Dragoman.SHIPPED.rewritingForQemuXen(image);
    assertEquals("refused", rewriting.outcome());
    assertTrue(rewriting.isRefused());
    assertThrows(IllegalStateException.class, rewriting::replacements);
    Program.Result inspected = Program.dragoman("inspect", "--to", "qemu-xen", write(file));
    assertEquals(4, inspected.exit(), inspected.out());
    assertTrue(inspected.out().contains("Not with its configuration"), inspected.out());
  }

  @Test
  void inAPipeARefusedConfigurationEndsItBeforeTheMemory() throws Exception {
    byte[] file = xl46(WITH_SOUND);
    int end = 52 + WITH_SOUND.length();
    List<ConfigEdit> told = new ArrayList<>();
    ByteBuilder out = new ByteBuilder();
    Filter.RefusedException refusal =
        assertThrows(
            Filter.RefusedException.class,
            () -> filter(file, Dragoman.SHIPPED.qemuXen(), true, told, out));
    assertEquals(null, refusal.getMessage());
    assertInstanceOf(ConfigEdit.Refused.class, told.get(0));
    assertTrue(out.size() <= end, () -> out.size() + " octets went on");
    assertArrayEquals(Arrays.copyOf(file, out.size()), out.bytes());
    assertArrayEquals(file, filtered(file, Dragoman.SHIPPED.qemuXen(), false));
  }

  private static byte[] filtered(byte[] bytes, Product to, boolean carriesOut) throws Exception {
    ByteBuilder out = new ByteBuilder();
    List<ConfigEdit> told = new ArrayList<>();
    filter(bytes, to, carriesOut, told, out);
    assertTrue(told.size() <= 1);
    return out.bytes();
  }

  /** What fits into a pipe at once. */
  private static void filter(
      byte[] bytes, Product to, boolean carriesOut, List<ConfigEdit> told, ByteBuilder out)
      throws Exception {
    OwnedFd[] in = Pump.pipe();
    OwnedFd[] result = Pump.pipe();
    Filter.Choice choice =
        new Filter.Choice() {
          @Override
          public Product from(GuestConfig guest) {
            return null;
          }

          @Override
          public Product to() throws Filter.RefusedException {
            if (to == null) {
              throw new Filter.RefusedException("no target");
            }
            return to;
          }

          @Override
          public boolean keepsTopology() {
            return true;
          }

          @Override
          public boolean carriesOut() {
            return carriesOut;
          }
        };
    Filter.Listener listener =
        new Filter.Listener() {
          @Override
          public void planned(Rewriting.Planned planned, GuestConfig guest) {}

          @Override
          public void configured(ConfigEdit edit, Product target, GuestConfig guest) {
            assertEquals(to, target);
            told.add(edit);
          }
        };
    try (Pump pump = new Pump(in[0], result[1])) {
      try (OutputStream sender = new FileOutputStream(in[1].path().toFile())) {
        in[1].close();
        sender.write(bytes);
      }
      Filter.run(pump, Dragoman.SHIPPED.translator(), choice, 0, listener);
    } finally {
      try (InputStream receiver =
          new BufferedInputStream(new FileInputStream(result[0].path().toFile()))) {
        result[0].close();
        out.put(receiver.readAllBytes());
      }
    }
  }

  /** As xl 4.17 wrote it, but for the device model that it then had. */
  @Test
  void theConfigurationOfARealSaveFileIsChanged() throws Exception {
    byte[] file;
    try (InputStream packed =
            ContainerConfigTest.class.getResourceAsStream(
                "/save-files/xen-4.17.qemu-xen.firmware-only.xl-save.gz");
        InputStream in = new GZIPInputStream(packed)) {
      file = in.readNBytes(48 + 0x4ee);
    }
    String real = new String(file, 52, file.length - 52, StandardCharsets.ISO_8859_1);
    String old =
        real.replace("\"qemu_xen\"", "\"qemu_xen_traditional\"").replace("\"none\"", "\"std\"");
    String program = "\"device_model\": \"/usr/local/bin/dm-wrap\",\n        ";
    String expected =
        real.replace("\"none\"", "\"std\"")
            .replace(program, "")
            .replace("\"video_memkb\": 0", "\"video_memkb\": 16384")
            .replace(
                "\"device_model_version\"",
                "\"extra_hvm\":[\"-dragoman-topology\",\"keep\"],\"device_model_version\"");
    int shorter = old.length() - expected.length();
    assertRewritten(xl46(old), xl46(expected.replace("\0", " ".repeat(shorter) + "\0")));
    assertRewritten(xl46(real), xl46(real));
  }

  @Test
  void inspectShowsWhatWouldBeChangedForQemuXen() throws Exception {
    byte[] stream = RecordedStreams.named("xenserver-6.2.standard").bytes();
    for (String config : List.of(OLD, WITH_SOUND)) {
      Path file =
          write(concat(xl(3, config), libxl(0, LibxcStreams.small().hvm(3), emulator(1, stream))));
      String text = Program.dragoman("inspect", file).out();
      JsonNode json =
          CommandLineTest.json(Program.dragoman("inspect", "--json", file), "inspect.schema.json");
      if (config.equals(OLD)) {
        assertTrue(text.contains("  b_info.video_memkb: 4096 becomes 8192\n"), text);
        assertEquals(
            "b_info.device_model_version qemu_xen_traditional qemu_xen",
            json.at("/config/0/key").asText()
                + " "
                + json.at("/config/0/before").asText()
                + " "
                + json.at("/config/0/after").asText());
        assertEquals(0, json.at("/configReasons").size());
      } else {
        assertTrue(text.contains("Not for qemu-xen with this: its configuration has a so"), text);
        assertEquals(0, json.at("/config").size());
        assertEquals(1, json.at("/configReasons").size());
      }
      Program.Result rewritten =
          Program.dragoman("rewrite", "--json", "--dry-run", "--to", "xen-4.17", file);
      assertEquals(0, CommandLineTest.json(rewritten, "rewrite.schema.json").at("/config").size());
    }
  }

  private static final String SAYS_TOPOLOGY =
      "\"extra_hvm\":[\"-dragoman-topology\",\"keep\"],\"device_model_version\": \"qemu_xen\"";

  private Path withRoom(int blanks) throws Exception {
    String config = OLD.replace("\0", " ".repeat(blanks) + "\0");
    byte[] stream = RecordedStreams.named("xen-4.2.standard").bytes();
    return write(concat(xl(3, config), libxl(0, LibxcStreams.small().hvm(3), emulator(1, stream))));
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aRewrittenGuestKeepsItsTopologyUnlessItShallNot() throws Exception {
    Path file = withRoom(40);
    Path result = folder.resolve("result");
    for (String which : List.of("", "--topology=keep", "--topology=modern")) {
      List<Object> words = new ArrayList<>(List.of("rewrite", "--json", "--to", "qemu-xen"));
      words.addAll(which.isEmpty() ? List.of(file, result) : List.of(which, file, result));
      Program.Result rewritten = Program.dragoman(words.toArray());
      assertEquals(0, rewritten.exit(), rewritten.all());
      JsonNode first = CommandLineTest.json(rewritten, "rewrite.schema.json").at("/config/0");
      boolean keeps = !which.endsWith("modern");
      assertEquals(keeps, text(result).contains(SAYS_TOPOLOGY), which);
      assertEquals(keeps, first.at("/key").asText().equals("b_info.extra_hvm"), which);
      assertEquals(keeps, first.at("/before").asText().isEmpty(), which);
      assertEquals(keeps, first.at("/after").asText().equals("-dragoman-topology keep"), which);
    }
    Program.Result wrong =
        Program.dragoman("rewrite", "--to", "qemu-xen", "--topology", "old", file, result);
    assertEquals(2, wrong.exit(), wrong.all());
    assertTrue(wrong.err().contains("--topology old: expected keep or modern"), wrong.err());
  }

  @Test
  void whereThereIsNoRoomItIsSaidWhichLineToGive() throws Exception {
    Path file = withRoom(0);
    String line = "device_model_args_hvm = [\"-dragoman-topology\", \"keep\"]";
    for (Object[] words :
        new Object[][] {
          {"rewrite", "--to", "qemu-xen", "--dry-run", file}, {"inspect", file},
        }) {
      assertTrue(Program.dragoman(words).out().contains(line), words[0].toString());
    }
    assertTrue(filtered("--to qemu-xen", file).contains(line));
    assertFalse(filtered("--to qemu-xen --topology modern", file).contains(line));
  }

  /** What it said; what came out is in the file "result". */
  private String filtered(String options, Path file) {
    Program.Result result =
        Program.run(
            List.of(
                "bash",
                "-c",
                Program.ROOT.resolve("bin/dragoman")
                    + " filter "
                    + options
                    + " <"
                    + file
                    + " >"
                    + folder.resolve("result")));
    return result.exit() + " " + result.err();
  }

  @Test
  void inAPipeTheOptionOrTheHostSaysWhetherTheTopologyIsKept() throws Exception {
    Path file = withRoom(40);
    Path host = folder.resolve("dragoman.yaml");
    for (String which : List.of("keep", "modern")) {
      Files.write(
          host,
          List.of("target: qemu-xen", "audit-log: none", "policies: []", "topology: " + which));
      for (String options : List.of("--to qemu-xen --topology " + which, "--config " + host)) {
        String said = filtered(options, file);
        assertTrue(said.startsWith("0 "), said);
        assertEquals(
            which.equals("keep"), text(folder.resolve("result")).contains(SAYS_TOPOLOGY), options);
      }
    }
    String said = filtered("--topology keep --config " + host, file);
    assertTrue(said.startsWith("2 "), said);
    assertTrue(said.contains("--topology goes with --to"), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xl 4.4, 64-bit|stays as it is, and does not say qemu-xen: restore it with",
        "xl 4.6, text|device_model_version=\"qemu-xen\" and no device_model_override",
        "xl 4.6, without configuration|it has no configuration: restore it with",
        "xl 4.4, 32-bit|in a 32-bit dom0",
        "xend, 64-bit, to the end|xend, of Xen up to 4.4",
        "xenopsd 2, libxc 3|is a xenops record, which stays as it is",
        "libxl, libxc 3|nothing restores it by itself",
        "xl 4.6, libxc 3|",
        "libvirt 2, libxc 2|",
        "bare, to the end|"
      })
  void forQemuXenItIsSaidWhichConfigurationToGive(String line) throws Exception {
    String name = line.substring(0, line.indexOf('|'));
    String words = line.substring(name.length() + 1);
    byte[] stream = RecordedStreams.named("xenserver-6.2.standard").bytes();
    Image image = Dragoman.SHIPPED.image(write(Container.smallNamed(name).around(stream)));
    Product target = Dragoman.SHIPPED.qemuXen();
    List<String> notes = Restoring.notes(image, target, Releases.of(target, target.id()));
    assertEquals(words.isEmpty(), notes.isEmpty(), notes::toString);
    assertTrue(notes.toString().contains(words), notes::toString);
    assertFalse(notes.toString().contains("traditional"), notes::toString);
  }
}
