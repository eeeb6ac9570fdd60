package org.dragoman.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.dragoman.os.InPlace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExaminerTest {
  @TempDir Path folder;

  private AuditFinding find(String to, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve("image"), content);
    return new Examiner(Questions.to(to)).examine(file);
  }

  @Test
  void aSaveFileTellsItsGuestItsWriterAndWhatWouldBeDone() throws IOException {
    AuditFinding finding =
        find("xen-4.4", SaveFile.xl("web", SaveFile.stream("xenserver-6.2.standard")));

    assertEquals(AuditOutcome.TRANSLATED, finding.outcome());
    assertEquals(true, finding.restorable());
    assertEquals("XL", finding.container());
    assertEquals(new AuditFinding.Guest("web", "0f6d4f1c"), finding.guest());
    assertEquals("4.17", finding.xen());
    assertEquals(List.of("xenserver-6.0-6.2"), finding.streams().get(0).products());
    assertEquals(3, finding.edits());
    assertEquals(Files.size(folder.resolve("image")), finding.file().size());
  }

  @Test
  void aLabelThatPromisesMoreThanThereIsIsShownFieldByField() throws IOException {
    byte[] bytes = SaveFile.stream("xenserver-6.2.standard");
    AuditedStream.Payload payload = find("xen-4.4", bytes).streams().get(0).piix4acpi();

    assertEquals(2, payload.label());
    assertEquals("v1", payload.content());
    assertTrue(payload.mislabelled());
    assertEquals(List.of("pm1a_evt_blk_address"), payload.missing());
    assertEquals(2, bytes[payload.labelOffset() + 3]);
    assertEquals(278 * 2, payload.bytes().length());
    assertEquals(
        List.of(
            new AuditedStream.Place("pci_version", 0, 4),
            new AuditedStream.Place("pci_config", 4, 256),
            new AuditedStream.Place("pci_irq_state", 260, 16),
            new AuditedStream.Place("pm1_control", 276, 2)),
        payload.fields());
  }

  @Test
  void whatTheTargetReadsAsItIsStaysUnchanged() throws IOException {
    AuditFinding finding = find("xen-4.4", SaveFile.stream("xen-4.2.standard"));

    assertEquals(AuditOutcome.UNCHANGED, finding.outcome());
    assertEquals("BARE", finding.container());
    assertFalse(finding.streams().get(0).hasMislabelledPiix4acpi());
    assertEquals(List.of(), finding.streams().get(0).piix4acpi().missing());
  }

  @Test
  void whatTheTargetCannotExpressIsRefusedWithTheReasons() throws IOException {
    AuditFinding finding = find("xen-4.0", SaveFile.xl("db", SaveFile.stream("xen-4.2.standard")));

    assertEquals(AuditOutcome.REFUSED, finding.outcome());
    assertEquals(false, finding.restorable());
    assertTrue(finding.reasons().toString().contains("port 0xb000"), finding.reasons().toString());
  }

  @Test
  void theStreamOfQemuXenIsNotJudged() throws IOException {
    for (byte[] image : List.of(SaveFile.xl("new", SaveFile.qemuXen()), SaveFile.qemuXen())) {
      AuditFinding finding = find("xen-4.4", image);

      assertEquals(AuditOutcome.NOT_TRANSLATED, finding.outcome());
      assertNull(finding.restorable());
      assertEquals("qemu-xen", finding.writer());
      assertEquals(List.of(), finding.reasons());
    }
  }

  @Test
  void aGuestWithoutDeviceModelHasNothingToTranslate() throws IOException {
    AuditFinding finding = find("xen-4.4", SaveFile.pv("small"));

    assertEquals(AuditOutcome.NO_DEVICE_MODEL, finding.outcome());
    assertEquals(true, finding.restorable());
    assertEquals("small", finding.guest().name());
  }

  @Test
  void anImageThatIsCutShortIsDamagedAndStillSaysWhoseItIs() throws IOException {
    byte[] whole = SaveFile.xl("web", SaveFile.stream("xenserver-6.2.standard"));
    AuditFinding finding = find("xen-4.4", Arrays.copyOf(whole, whole.length - 1000));

    assertEquals(AuditOutcome.DAMAGED, finding.outcome());
    assertEquals("XL", finding.container());
    assertEquals("web", finding.guest().name());
    assertTrue(finding.reasons().get(0).contains("cut short"), finding.reasons().toString());
  }

  @Test
  void whatDoesNotBeginAsAnImageIsNone() throws IOException {
    assertNull(find("xen-4.4", new byte[0]));
    assertNull(find("xen-4.4", "a note".getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @CsvSource({
    "1f8b0800000000000003, COMPRESSED, gzip",
    "fd377a585a000004e6d6b446, COMPRESSED, xz",
    "28b52ffd0458, COMPRESSED, zstd",
    "425a683931415926535994, COMPRESSED, bzip2",
    "04224d186440a7, COMPRESSED, lz4",
    "EXT, FILE_SYSTEM, suspend-image",
  })
  void whatMayHaveAnImageInItIsNoAllClear(String hex, AuditOutcome outcome, String word)
      throws IOException {
    byte[] content = new byte[4096];
    if (hex.equals("EXT")) {
      content[1080] = 0x53;
      content[1081] = (byte) 0xef;
    } else {
      content = HexFormat.of().parseHex(hex);
    }
    AuditFinding finding = find("xen-4.4", content);

    assertEquals(outcome, finding.outcome());
    assertNull(finding.restorable());
    assertNull(finding.container());
    assertTrue(finding.reasons().get(0).contains(word), finding.reasons().toString());
  }

  @Test
  void anImageWhoseChangeInPlaceWasCutOffIsNotJudged() throws IOException {
    Path image = Files.write(folder.resolve("i"), SaveFile.stream("xenserver-6.2.standard"));
    Files.write(InPlace.journal(image), new byte[1]);
    AuditFinding finding = new Examiner(Questions.to("xen-4.4")).examine(image);

    assertEquals(AuditOutcome.UNREADABLE, finding.outcome());
    assertTrue(finding.reasons().get(0).contains("rewrite --in-place"), finding.toString());
  }

  @Test
  void aFileThatOnlyBeginsLikeAStreamWithoutAMarkIsNoImage() throws IOException {
    // A zip file: its first numbers could be those of a libxc stream of Xen 4.5 or older.
    assertNull(
        find("xen-4.4", "PK\3\4\24\0\0\0\10\0abcdefghijklmnop".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aFileThatWentAwayCannotBeJudged() {
    AuditFinding finding = new Examiner(Questions.to("xen-4.4")).examine(folder.resolve("gone"));

    assertEquals(AuditOutcome.UNREADABLE, finding.outcome());
    assertNull(finding.restorable());
    assertNull(finding.file());
  }
}
