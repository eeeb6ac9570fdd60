package org.dragoman.cli;

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
  void progressSaysShareRateAndTimeLeft() {
    try (Progress progress = new Progress(null, "files")) {
      assertEquals("50 files, 25 a second", progress.text(50, 0, 2_000_000_000L));
      assertEquals(
          "50 files, 25 a second, 5 % of 1000, 38 s left", progress.text(50, 1000, 2_000_000_000L));
      assertEquals(
          "1 files, 1 a second, 0 % of 10000, 2 h 46 min left",
          progress.text(1, 10_000, 1_000_000_000L));
    }
  }
}
