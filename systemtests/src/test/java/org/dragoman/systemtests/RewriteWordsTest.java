package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What rewrite and inspect say of an image, besides the edits. */
class RewriteWordsTest {
  private static final String TODAY = "xl 4.6, libxc 3";

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void aSaveFile() throws IOException {
    file = saved(TODAY, Program.stream("xenserver-6.2.standard"));
  }

  private Path saved(String container, byte[] stream) throws IOException {
    return Files.write(folder.resolve("web1.save"), Container.smallNamed(container).around(stream));
  }

  private static Result rewrite(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "rewrite";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Program.dragoman(all);
  }

  @Test
  void aStreamOfQemuXenIsNotSaidToBeReadable() throws IOException {
    byte[] qemuXen = Arrays.copyOf(HexFormat.of().parseHex("5145564d0000000304"), 64);
    saved(TODAY, qemuXen);
    Result result = rewrite("--to", "xen-4.4", file, folder.resolve("new"));

    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().contains("Not translated: left as it is; written to"), result.out());
    assertFalse(result.out().contains("can be read as it is"), result.out());
    assertFalse(result.out().contains("unknown product"), result.out());
    JsonNode json =
        CommandLineTest.json(
            rewrite("--to", "xen-4.4", "--json", "--dry-run", file), "rewrite.schema.json");
    assertEquals("not-translated", json.at("/outcome").asText());
    assertEquals("not-translated", json.at("/records/0/outcome").asText());
  }

  /** Container, target, and words of the note; none where the target's toolstack restores it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "xl 4.6, libxc 3               | xen-4.17      | ''",
        "xl 4.6, libxc 3               | xen-4.10      | xl of Xen 4.14 and later",
        "xl 4.6, libxc 3               | xen-4.4       | xl of Xen 4.14 and later",
        "xl 4.6, libxc 3               | xenserver-7.0 | xl of Xen 4.14 and later",
        "xl 4.4, 64-bit                | xen-4.4       | ''",
        "xl 4.4, 64-bit                | xen-4.17      | ''",
        "xl 4.4, 32-bit                | xen-4.17      | a 32-bit toolstack wrote it",
        "xl 4.0, 64-bit, to the end    | xen-4.17      | has no length",
        "xl 4.5, 64-bit, all chunks    | xen-4.4       | xl of Xen 4.5 restores it",
        "xend, 64-bit, to the end      | xen-4.4       | ''",
        "xend, 64-bit, to the end      | xen-4.17      | xend, of Xen up to 4.4",
        "xenopsd, followed             | xen-4.17      | XenServer restores it, and xl does not",
        "xenopsd, followed             | xenserver-6.5 | ''",
        "xenopsd 2, libxc 3            | xen-4.17      | XenServer 6.5 and later",
        "xenopsd 2, libxc 3            | xenserver-7.0 | ''",
        "libvirt 2, libxc 2            | xen-4.4       | virsh of Xen 4.6",
        "bare, to the end              | xen-4.4       | ''",
      })
  void whatIsAroundTheStreamIsSaidWhereTheTargetDoesNotRestoreIt(
      String container, String to, String words) throws IOException {
    saved(container, Program.stream("xenserver-6.2.standard"));
    Result result = rewrite("--to", to, "--dry-run", file);

    assertEquals(0, result.exit(), result.all());
    assertEquals(!words.isEmpty(), result.out().contains("Note: only device-model streams are"));
    assertTrue(result.out().contains(words), result.out());
  }

  @Test
  void aConfigurationThatStartsQemuXenIsSaid() throws IOException {
    byte[] stream = Program.stream("xenserver-6.2.standard");
    for (String said : List.of("qemu_xen", "")) {
      String config =
          said.isEmpty() ? "{}\0" : "{\"b_info\": {\"device_model_version\": \"" + said + "\"}}\0";
      Files.write(
          file,
          Container.concat(
              Container.xl(3, config),
              Container.libxl(0, LibxcStreams.small().hvm(3), Container.emulator(1, stream))));
      for (Result result :
          List.of(
              rewrite("--to", "xen-4.17", "--dry-run", file), Program.dragoman("inspect", file))) {
        assertTrue(result.out().contains("qemu-xen-traditional\" in a configuration"), said);
      }
      Result audited = Program.dragoman("audit", "--to", "xen-4.17", "--json", folder);
      assertTrue(audited.out().contains("xl restore CONFIG FILE"), audited.out());
      assertFalse(rewrite("--to", "xen-4.1", "--dry-run", file).out().contains("CONFIG"));
      CommandLineTest.json(Program.dragoman("inspect", "--json", file), "inspect.schema.json");
    }
    saved(TODAY, stream);
    assertFalse(Program.dragoman("inspect", file).out().contains("Note:"));
  }

  @Test
  void whatWasWrittenIsSaidAsItWas() throws IOException {
    Path output = folder.resolve("new");
    assertTrue(rewrite("--to", "xen-4.17", file, output).out().contains("; written to " + output));
    assertTrue(rewrite("--to", "xen-4.17", file, output).out().contains("; replaced " + output));
    assertTrue(
        rewrite("--to", "xen-4.17", "--in-place", file).out().contains("; written to " + file));
    assertTrue(
        rewrite("--to", "xen-4.17", "--in-place", file)
            .out()
            .endsWith("Unchanged: it can be read as it is; nothing was written\n"));
  }

  @Test
  void quietSaysNothingOfWhatWentWell() {
    Result well = rewrite("--to", "xen-4.17", "--quiet", file, folder.resolve("new"));
    assertEquals("exit 0\n", well.all());
    Result refused =
        rewrite("--to", "xenserver-6.2", "--from", "xen-4.2", "--quiet", "--dry-run", file);
    assertEquals(4, refused.exit(), refused.all());
    assertTrue(refused.err().contains("Refused"), refused.all());
  }

  @Test
  void anOffsetSaysFromWhereItCounts() throws IOException {
    JsonNode json =
        CommandLineTest.json(
            rewrite("--to", "xen-4.4", "--json", "--dry-run", file), "rewrite.schema.json");
    long stream = json.at("/records/0/offset").asLong();
    for (JsonNode edit : json.at("/records/0/edits")) {
      assertEquals(stream + edit.get("offset").asLong(), edit.get("fileOffset").asLong());
    }
    Result refused = rewrite("--to", "xen-4.4", "--from", "xen-4.4", "--dry-run", file);
    assertTrue(refused.err().contains("offsets from the start of this stream"), refused.all());
    assertTrue(refused.err().contains("/usr/share/doc/dragoman/translate.md"), refused.all());
    Result audited = Program.dragoman("audit", "--to", "xen-4.4", "--from", "xen-4.4", folder);
    assertTrue(
        audited.out().contains("in the stream that begins at 0x" + Long.toHexString(stream)),
        audited.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1f8b0800                   | a gzip file",
        "fd377a585a000004           | an xz file",
        "28b52ffd0458               | a zstd file",
        "425a68393141592653599482   | a bzip2 file",
        "04224d186440a7             | an lz4 file",
      })
  void whatIsCompressedHasToBeUnpackedFirst(String hex, String words) throws IOException {
    Files.write(file, HexFormat.of().parseHex(hex));
    Result result = Program.dragoman("inspect", file);

    assertEquals(3, result.exit(), result.all());
    assertTrue(result.err().contains(words), result.err());
    assertTrue(result.err().contains("unpack it first"), result.err());
  }

  @Test
  void aFileSystemHasToBeMountedFirst() throws IOException {
    byte[] start = new byte[4096];
    start[1080] = 0x53;
    start[1081] = (byte) 0xef;
    Files.write(file, start);
    Result result = Program.dragoman("inspect", file);

    assertEquals(3, result.exit(), result.all());
    assertTrue(result.err().contains("give the file suspend-image in it"), result.err());
  }

  @Test
  void theOtherWidthIsNamedWhereARecordIsMissing() throws IOException {
    byte[] whole =
        Container.smallNamed("legacy libxc, 64-bit, DeviceModelRecord0002").around(new byte[0]);
    Files.write(file, Arrays.copyOf(whole, whole.length - 25));
    Result result = Program.dragoman("inspect", file);

    assertEquals(3, result.exit(), result.all());
    assertTrue(result.err().contains("give --width 32"), result.err());
  }

  @Test
  void anAuditThatNobodyReadsIsSaid() throws IOException {
    Files.write(folder.resolve("refused"), Program.stream("xen-4.2.standard"));
    Result result =
        Program.run(
            List.of(
                "sh",
                "-c",
                "exec \"$0\" audit --to xen-4.0 \"$1\" >/dev/full",
                Program.ROOT.resolve("bin/dragoman").toString(),
                folder.toString()));

    assertEquals(6, result.exit(), result.all());
    assertTrue(result.err().contains("standard output cannot be written"), result.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "inspect -dash.save                        | give ./-dash.save",
        "inspect --from xen-4.4 img                | unknown option '--from'",
        "inspect one two                           | one argument too many: 'two'",
        "rewrite --dry-run --to qemu-xen-7.2 x     | give --to qemu-xen",
        "rewrite --dry-run --to xcp-ng-8.2 x       | XCP-ng 8 has a qemu-xen of its own",
        "rewrite --dry-run --to xen-4.21 x         | give --to qemu-xen",
      })
  void wrongUsageSaysWhatWouldBeRight(String arguments, String words) {
    Result result = Program.dragoman((Object[]) arguments.split(" +", -1));

    assertEquals(2, result.exit(), result.all());
    assertTrue(result.err().contains(words), result.err());
    assertFalse(result.err().contains("'img'"), result.err());
  }

  @Test
  void aFileIsNoDirectoryToAudit() {
    Result result = Program.dragoman("audit", "--to", "xen-4.4", file);

    assertEquals(6, result.exit(), result.all());
    assertTrue(result.err().contains("dragoman rewrite --dry-run"), result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Xen-4.17", "XEN-4.1-4.20"})
  void aProductMayBeginWithACapital(String to) {
    assertEquals(0, rewrite("--to", to, "--dry-run", file).exit());
  }

  @Test
  void whatOnlyTheShimStartsIsNotOffered() {
    assertFalse(Program.dragoman("nonsense").err().contains("answer"));
    assertFalse(Program.dragoman("--help").out().contains("  answer "));
  }
}
