package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dragoman audit} that something ends in the middle: real processes and signals. */
class AuditTest {
  private static final int IMAGES = 1500;

  /** Nearly as many bytes as a stream may have. */
  private static final long LARGE = 60L << 20;

  @TempDir Path folder;
  private Path images;
  private Path findings;
  private Path report;

  @BeforeEach
  void manyImages() throws IOException {
    images = Files.createDirectory(folder.resolve("images"));
    findings = folder.resolve("findings.jsonl");
    report = folder.resolve("report.html");
    byte[] stream = Program.stream("xenserver-6.2.standard");
    for (int i = 0; i < IMAGES; i++) {
      Files.write(images.resolve(String.format("%04d", i)), stream);
    }
  }

  /** Starts an audit, and waits until it has found something. */
  private Process started() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Program.ROOT.resolve("bin/dragoman").toString(),
                "audit",
                "--to",
                "xen-4.4",
                "--output",
                findings.toString(),
                "--html",
                report.toString(),
                images.toString())
            .redirectOutput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    while (process.isAlive() && (!Files.exists(findings) || Files.size(findings) < 50_000)) {
      Thread.sleep(5);
    }
    return process;
  }

  private List<String> audit() throws IOException {
    Result result = Program.dragoman("audit", "--to", "xen-4.4", "--output", findings, images);
    assertEquals(0, result.exit(), result::all);
    return result.out().lines().filter(line -> line.contains("earlier run")).toList();
  }

  private List<String> inFolder() throws IOException {
    try (Stream<Path> names = Files.list(folder)) {
      return names.map(one -> one.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void imagesThatNeedMuchMemoryTakeTurns() throws IOException {
    Path large = Files.createDirectory(folder.resolve("large"));
    for (int i = 0; i < 6; i++) {
      Path file = Files.write(large.resolve("" + i), Program.stream("xenserver-6.2.standard"));
      try (RandomAccessFile padded = new RandomAccessFile(file.toFile(), "rw")) {
        padded.setLength(LARGE);
      }
    }

    Result result = Program.dragoman("audit", "--to", "xen-4.4", "--jobs", "6", large);

    assertEquals(0, result.exit(), result::all);
    assertTrue(result.out().contains("6 images"), result::all);
  }

  @Test
  void aFullDiskIsSaidWithTheNameOfTheFile() throws IOException {
    Result result =
        Program.run(
            List.of(
                "sh",
                "-c",
                // So many blocks of 512 or 1024 bytes a file may have.
                "ulimit -f 200; exec \"$@\"",
                "sh",
                Program.ROOT.resolve("bin/dragoman").toString(),
                "audit",
                "--to",
                "xen-4.4",
                "--output",
                findings.toString(),
                images.toString()));

    assertEquals(6, result.exit(), result::all);
    assertTrue(result.err().startsWith("dragoman: " + findings), result::all);
    assertTrue(audit().get(0).contains("earlier run"), "what was written by then is kept");
  }

  @Test
  void aLargeForeignFileIsRefusedInLittleMemoryAndLeftAsItIs() throws IOException {
    for (String start : List.of("", "{\"path\":\"")) {
      Files.writeString(findings, start);
      try (RandomAccessFile file = new RandomAccessFile(findings.toFile(), "rw")) {
        file.setLength(600L << 20);
      }

      Result result = Program.dragoman("audit", "--to", "xen-4.4", "--output", findings, images);

      assertEquals(6, result.exit(), result::all);
      assertTrue(result.err().contains("not a finding"), result::all);
      assertEquals(600L << 20, Files.size(findings));
    }
  }

  @Test
  void afterAKillTheNextRunGoesOnAndComesToTheSame() throws IOException, InterruptedException {
    audit();
    List<String> whole = Files.readAllLines(findings);
    Files.delete(findings);
    Process process = started();
    process.destroyForcibly().waitFor();
    assertTrue(Files.size(findings) > 0);

    List<String> said = audit();

    assertEquals(1, said.size(), "it read all of them again");
    assertEquals(whole, Files.readAllLines(findings));
  }

  @Test
  void anInterruptLeavesTheFindingsAndNothingElse() throws IOException, InterruptedException {
    Process process = started();
    Program.run(List.of("kill", "-INT", String.valueOf(process.pid())));
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));

    assertEquals(130, process.exitValue());
    assertEquals(List.of("findings.jsonl", "images"), inFolder());
  }
}
