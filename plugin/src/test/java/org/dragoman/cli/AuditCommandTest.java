package org.dragoman.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dragoman.audit.SaveFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {
  @TempDir Path folder;
  private Path images;

  /** What a run said, and its exit code. */
  private record Run(int exit, String out, String err) {
    private List<String> lines() {
      return out.lines().toList();
    }
  }

  @BeforeEach
  void anImageThatCanBeRestored() throws IOException {
    images = Files.createDirectory(folder.resolve("images"));
    image("web", SaveFile.xl("web", SaveFile.stream("xenserver-6.2.standard")));
  }

  private void image(String name, byte[] content) throws IOException {
    Files.write(images.resolve(name), content);
  }

  private Run audit(Object... arguments) {
    List<String> all = new ArrayList<>(List.of("audit"));
    Arrays.stream(arguments).forEach(one -> all.add(one.toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        Main.run(
            all.toArray(String[]::new),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Run(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void oneLineForEachImageAndASummary() {
    Run run = audit("--to", "xen-4.4", images);

    assertEquals(0, run.exit(), run.err());
    String line = run.lines().get(0);
    for (String word :
        List.of("translated", "xl", "xenserver-6.0-6.2", "2=v1 *", "/web: 3 edits")) {
      assertTrue(line.contains(word), line);
    }
    assertTrue(run.out().contains("1 image for xen-4.1-4.20"), run.out());
    assertTrue(run.out().contains("1 image with another piix4acpi"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void theExitCodeIsThatOfTheWorst() throws IOException {
    image("refused", SaveFile.stream("xen-4.2.standard"));
    assertEquals(4, audit("--to", "xen-4.0", images).exit());

    image("damaged", Arrays.copyOf(SaveFile.stream("xen-4.2.standard"), 3000));
    assertEquals(3, audit("--to", "xen-4.0", images).exit());
  }

  @Test
  void quietSaysOnlyWhatIsNotWell() throws IOException {
    assertEquals("", audit("--to", "xen-4.4", "--quiet", images).out());

    image("damaged", Arrays.copyOf(SaveFile.stream("xen-4.2.standard"), 3000));
    Run run = audit("--to", "xen-4.4", "--quiet", images);

    assertEquals(1, run.lines().size(), run.out());
    assertTrue(run.out().startsWith("damaged"), run.out());
  }

  @Test
  void jsonIsOneLineForEachImageAndNothingElse() throws IOException {
    image("other", SaveFile.pv("other"));
    Run run = audit("--to", "xen-4.4", "--json", images);

    assertEquals(2, run.lines().size());
    for (String line : run.lines()) {
      assertEquals("xen-4.1-4.20", new ObjectMapper().readTree(line).get("to").asText());
    }
  }

  @Test
  void outputAndReportAreThereAtTheEnd() throws IOException {
    Path findings = folder.resolve("f.jsonl");
    Path report = folder.resolve("r.html");
    Run run = audit("--to", "xen-4.4", "--json", "--output", findings, "--html", report, images);

    assertEquals(0, run.exit(), run.err());
    assertEquals(run.out(), Files.readString(findings));
    assertTrue(Files.readString(report).endsWith("</html>\n"));
    assertTrue(
        audit("--to", "xen-4.4", "--output", findings, images)
            .out()
            .contains("1 image as an earlier run found"));
  }

  @Test
  void policiesOfOnesOwnAreAnotherBasis() throws IOException {
    Path findings = folder.resolve("f.jsonl");
    Path own = Files.createDirectories(folder.resolve("own/devices")).getParent();
    audit("--to", "xen-4.4", "--output", findings, images);
    String again = audit("--to", "xen-4.4", "--output", findings, "--policies", own, images).out();

    assertFalse(again.contains("earlier run"), again);
  }

  @Test
  void whatCannotBeDoneIsSaidBeforeAnythingIsLookedAt() throws IOException {
    assertEquals(2, audit(images).exit());
    assertEquals(2, audit("--to", "xen-99", images).exit());
    assertEquals(2, audit("--to", "xen-4.4", "--jobs", "0", images).exit());
    assertEquals(6, audit("--to", "xen-4.4", images.resolve("web")).exit());
    assertEquals(6, audit("--to", "xen-4.4", folder.resolve("none")).exit());
    assertEquals(6, audit("--to", "xen-4.4", "--html", folder.resolve("no/r"), images).exit());
    Path note = Files.writeString(folder.resolve("note"), "important");
    assertEquals(6, audit("--to", "xen-4.4", "--output", note, images).exit());
    assertEquals("important", Files.readString(note));
  }

  @Test
  void aReportTakesThePlaceOfAReportAndOfNothingElse() throws IOException {
    byte[] image = Files.readAllBytes(images.resolve("web"));
    Run run = audit("--to", "xen-4.4", "--html", images.resolve("web"), images);

    assertEquals(6, run.exit(), run.err());
    assertTrue(run.err().contains("/web: at 0x0: found something else"), run.err());
    assertArrayEquals(image, Files.readAllBytes(images.resolve("web")));

    Path report = Files.createFile(folder.resolve("r.html"));
    assertEquals(0, audit("--to", "xen-4.4", "--html", report, images).exit());
    assertEquals(0, audit("--to", "xen-4.4", "--html", report, images).exit());
  }

  @Test
  void findingsAndReportAreTwoFilesByWhateverName() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    Path file = folder.resolve("f");
    for (boolean there : new boolean[] {false, true}) {
      if (there) {
        Files.createFile(file);
      }
      for (Path same : List.of(file, link.resolve("f"), folder.resolve("./images/../f"))) {
        Run run = audit("--to", "xen-4.4", "--output", file, "--html", same, images);
        assertEquals(2, run.exit(), run.err());
        assertTrue(run.err().contains("one file"), run.err());
      }
    }
  }

  @Test
  void aDirectoryWithoutImagesIsNoAllClear() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    Files.writeString(empty.resolve("note"), "a note");
    Run run = audit("--to", "xen-4.4", "--quiet", empty);

    assertEquals(6, run.exit());
    assertEquals(
        "dragoman: " + empty + ": there is no image in it; is it the right directory?\n",
        run.err());
  }

  @Test
  void whatIsCompressedIsCountedAndNoAllClear() throws IOException {
    image("old.gz", new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    Run run = audit("--to", "xen-4.4", images);

    assertEquals(6, run.exit());
    assertTrue(
        run.out().contains("1  compressed       not looked into: unpack them first"), run.out());
    assertTrue(audit("--to", "xen-4.4", "--json", images).out().contains("\"compressed\""));
  }

  @Test
  void progressSaysShareRateAndTimeLeft() {
    try (Progress progress = new Progress(null, "files")) {
      assertEquals("50 files", progress.text(50, 0, 2_000_000_000L));
      assertEquals("1 of 10000 files, 0 %", progress.text(1, 10_000, 1_000_000L));
      assertEquals(
          "100 of 1000 files, 10 %, 25 files a second, 36 s left",
          progress.text(100, 1000, 4_000_000_000L));
      assertEquals(
          "10 of 100000 files, 0 %, 2 files a second, 13 h 53 min left",
          progress.text(10, 100_000, 5_000_000_000L));
    }
  }
}
