package org.dragoman.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.os.InPlace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {
  private static final int IMAGES = 60;

  @TempDir Path folder;
  private Path root;
  private Path output;

  @BeforeEach
  void aTreeOfImages() throws IOException {
    root = Files.createDirectories(folder.resolve("images"));
    output = folder.resolve("findings.jsonl");
    byte[][] streams = {
      SaveFile.stream("xenserver-6.2.standard"),
      SaveFile.stream("xen-4.2.standard"),
      SaveFile.stream("xenserver-6.5.standard")
    };
    for (int i = 0; i < IMAGES; i++) {
      Files.write(
          root.resolve(String.format("%03d.xl", i)), SaveFile.xl("guest" + i, streams[i % 3]));
    }
    Files.createFile(root.resolve("empty"));
    Files.writeString(root.resolve("note"), "not an image");
  }

  /** Fails at a finding, as a full disk or a closed terminal does; or never. */
  private static final class Collecting implements Audit.Listener {
    private final List<String> lines = new ArrayList<>();
    private final int failAt;
    private long done;

    private Collecting(int failAt) {
      this.failAt = failAt;
    }

    @Override
    public void finding(AuditFinding finding, String json) throws IOException {
      lines.add(json);
      if (lines.size() == failAt) {
        throw new IOException("full");
      }
    }

    @Override
    public void done(long files) {
      done = files;
    }
  }

  private Tally audit(String to, int jobs, Collecting listener)
      throws IOException, InterruptedException {
    Question question = Questions.to(to);
    try (Ledger ledger = Ledger.open(output, question)) {
      return new Audit(question, ledger, jobs, true).run(root, listener);
    }
  }

  private Tally audit(String to) throws IOException, InterruptedException {
    return audit(to, 2, new Collecting(0));
  }

  @Test
  void findingsComeInTheOrderOfTheTreeWhateverTheNumberOfThreads()
      throws IOException, InterruptedException {
    Collecting one = new Collecting(0);
    Collecting eight = new Collecting(0);
    audit("xen-4.4", 1, one);
    Files.delete(output);
    Tally tally = audit("xen-4.4", 8, eight);

    assertEquals(one.lines, eight.lines);
    assertEquals(IMAGES, tally.images());
    assertEquals(IMAGES + 2, eight.done);
    assertEquals(IMAGES / 3, tally.of(AuditOutcome.UNCHANGED));
    assertEquals(2 * IMAGES / 3, tally.of(AuditOutcome.TRANSLATED));
    assertEquals(2, tally.others());
    assertEquals(1, tally.empty());
    assertEquals(one.lines, Files.readAllLines(output));
  }

  @Test
  void anAuditThatWasInterruptedGoesOnWhereItWas() throws IOException, InterruptedException {
    Collecting whole = new Collecting(0);
    audit("xen-4.4", 2, whole);
    Files.delete(output);
    assertThrows(IOException.class, () -> audit("xen-4.4", 2, new Collecting(20)));
    assertEquals(20, Files.readAllLines(output).size());

    Collecting rest = new Collecting(0);
    Tally tally = audit("xen-4.4", 2, rest);

    assertEquals(20, tally.reused());
    assertEquals(whole.lines, rest.lines);
    assertEquals(whole.lines, Files.readAllLines(output));
  }

  @Test
  void aLineThatAKillCutShortIsDropped() throws IOException, InterruptedException {
    audit("xen-4.4");
    List<String> lines = Files.readAllLines(output);
    byte[] bytes = Files.readAllBytes(output);
    Files.write(output, java.util.Arrays.copyOf(bytes, bytes.length - 100));

    assertEquals(IMAGES - 1, audit("xen-4.4").reused());
    assertEquals(lines, Files.readAllLines(output));
  }

  @Test
  void onlyWhatChangedIsReadAgain() throws IOException, InterruptedException {
    audit("xen-4.4");
    Files.write(root.resolve("001.xl"), SaveFile.pv("other"));
    Files.delete(root.resolve("002.xl"));
    Files.write(root.resolve("0015.xl"), SaveFile.stream("xen-4.2.standard"));

    Collecting again = new Collecting(0);
    Tally tally = audit("xen-4.4", 2, again);

    assertEquals(IMAGES - 2, tally.reused());
    assertEquals(1, tally.of(AuditOutcome.NO_DEVICE_MODEL));
    assertEquals(again.lines, Files.readAllLines(output));
  }

  @Test
  void anotherTargetIsAnotherQuestion() throws IOException, InterruptedException {
    audit("xen-4.4");
    Tally tally = audit("xen-4.0");

    assertEquals(0, tally.reused());
    assertTrue(tally.of(AuditOutcome.REFUSED) > 0);
    assertEquals(IMAGES, Files.readAllLines(output).size());
  }

  @Test
  void aFileOfSomethingElseIsLeftAsItIs() throws IOException {
    for (String content :
        List.of(
            "an important note",
            "an important note\n",
            "{\"path\":1}\n",
            "{\"path\":\"x\",\"secret\":1}",
            "{",
            "\0".repeat(4096))) {
      Files.writeString(output, content);

      IOException refusal = assertThrows(IOException.class, () -> audit("xen-4.4"));

      assertTrue(refusal.getMessage().contains("not a finding"), refusal.getMessage());
      assertEquals(content, Files.readString(output));
    }
  }

  @Test
  void aTornLineIsDroppedWhateverIsLeftOfIt() throws IOException, InterruptedException {
    audit("xen-4.4");
    List<String> lines = Files.readAllLines(output);
    for (String torn : List.of("{\"pa\0\0\0", "\0\0\0\0", "\0{\"path\"", "{")) {
      Files.writeString(output, torn, StandardOpenOption.APPEND);

      assertEquals(IMAGES, audit("xen-4.4").reused());
      assertEquals(lines, Files.readAllLines(output));
    }
  }

  @Test
  void whatWasFoundBeforeAChangeInPlaceBeganIsNotTakenForWhatIsThere()
      throws IOException, InterruptedException {
    audit("xen-4.4");
    Path journal = Files.createFile(InPlace.journal(root.resolve("000.xl")));
    Tally tally = audit("xen-4.4");

    assertEquals(1, tally.of(AuditOutcome.UNREADABLE));
    assertEquals(IMAGES - 1, tally.reused());

    Files.delete(journal);
    assertEquals(0, audit("xen-4.4").of(AuditOutcome.UNREADABLE));
  }

  @Test
  void twoAuditsDoNotWriteToOneFile() throws IOException {
    try (Ledger ledger = Ledger.open(output, Questions.to("xen-4.4"))) {
      IOException refusal = assertThrows(IOException.class, () -> audit("xen-4.4"));
      assertTrue(refusal.getMessage().contains("another audit"), refusal.getMessage());
      ledger.complete();
    }
  }

  @Test
  void zerosThatAPowerCutLeftAtTheEndAreDropped() throws IOException, InterruptedException {
    audit("xen-4.4");
    List<String> lines = Files.readAllLines(output);
    Files.write(output, new byte[512], StandardOpenOption.APPEND);

    assertEquals(IMAGES, audit("xen-4.4").reused());
    assertEquals(lines, Files.readAllLines(output));
  }
}
