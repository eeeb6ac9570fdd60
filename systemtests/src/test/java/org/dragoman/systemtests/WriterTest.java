package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dragoman.policy.Product;
import org.dragoman.translate.Explanation;
import org.dragoman.translate.Verdict;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every stream is explained by exactly its writer's product, and no other product wrote it. */
class WriterTest {

  @TestFactory
  Stream<DynamicTest> aSavedStreamIsExplainedByItsWriterAlone() {
    return RecordedStreams.saved().stream().map(WriterTest::isExplainedByItsWriter);
  }

  @TestFactory
  Stream<DynamicTest> theOrderOfSectionsDoesNotHideTheWriter() {
    return RecordedStreams.reordered().stream().map(WriterTest::isExplainedByItsWriter);
  }

  @TestFactory
  Stream<DynamicTest> aStreamAsXen34OrXenServer56WritesItIsTheirs() {
    return RecordedStreams.withPcislots().stream().map(WriterTest::isExplainedByItsWriter);
  }

  @TestFactory
  Stream<DynamicTest> zerosAfterTheEndDoNotHideTheWriter() {
    return RecordedStreams.withTails().stream()
        .filter(RecordedStream::isPadded)
        .map(WriterTest::isExplainedByItsWriter);
  }

  @TestFactory
  Stream<DynamicTest> nobodyWritesAnythingElseAfterTheEnd() {
    return RecordedStreams.withTails().stream()
        .filter(stream -> !stream.isPadded())
        .map(stream -> isExplainedBy(Set.of(), stream.name(), stream.bytes()));
  }

  @TestFactory
  Stream<DynamicTest> todaysDeviceModelIsNotMistakenForTheTraditionalOne() {
    return RecordedStreams.ofQemuXen().entrySet().stream()
        .map(stream -> isExplainedBy(Set.of(), stream.getKey(), stream.getValue()));
  }

  @Test
  void allRecordedStreamsAreTested() {
    assertEquals(144, aSavedStreamIsExplainedByItsWriterAlone().count());
    assertEquals(9, theOrderOfSectionsDoesNotHideTheWriter().count());
    assertEquals(2 * 17, aStreamAsXen34OrXenServer56WritesItIsTheirs().count());
    assertEquals(68, zerosAfterTheEndDoNotHideTheWriter().count());
    assertEquals(164, nobodyWritesAnythingElseAfterTheEnd().count());
    assertEquals(3, todaysDeviceModelIsNotMistakenForTheTraditionalOne().count());
  }

  private static DynamicTest isExplainedByItsWriter(RecordedStream stream) {
    Set<String> writers =
        switch (stream.writtenBy()) {
          // Without USB and network card there is nothing that they call differently.
          case "xen-3.4", "xenserver-5.6" ->
              stream.count("uhci") + stream.count("UHCI_usb_controller") + stream.count("rtl8139")
                      == 0
                  ? Set.of("xen-3.4", "xenserver-5.6")
                  : Set.of(stream.writtenBy());
          case "xen-4.0", "xen-4.0-nopassthrough" -> Set.of("xen-4.0");
          case "xen-4.2", "xen-4.2-nopassthrough", "xen-4.2-pciemulation" -> Set.of("xen-4.1-4.20");
          case "xen-4.2-with-fix", "xen-4.2-with-fix-pciemulation" -> Set.of("xen-proposal-2013");
          // A short piix4acpi labelled 2 beside gpe 2: no product ever did that.
          case "xen-4.2-with-bug", "xen-4.2-with-bug-pciemulation" -> Set.of();
          case "xenserver-6.0", "xenserver-6.1", "xenserver-6.2" -> Set.of("xenserver-6.0-6.2");
          // 7.0 only adds a section, and not to every guest.
          case "xenserver-6.5", "xenserver-6.5-pciemulation" ->
              Set.of("xenserver-6.5", "xenserver-7.0-7.4");
          case "xenserver-7.0" -> Set.of("xenserver-7.0-7.4");
          default -> throw new IllegalStateException(stream.writtenBy());
        };
    return isExplainedBy(writers, stream.name(), stream.bytes());
  }

  private static DynamicTest isExplainedBy(Set<String> writers, String name, byte[] stream) {
    return dynamicTest(
        name + " by " + writers,
        () -> {
          Verdict verdict = Dragoman.SHIPPED.judge(stream);
          assertEquals(
              new TreeSet<>(writers),
              ids(verdict.explanations().stream().map(Explanation::product).toList()));
          for (Explanation explanation : verdict.explanations()) {
            assertEquals(List.of(), explanation.rewrittenFrom(), "taken for a rewritten stream");
          }
          Set<String> others = ids(Dragoman.SHIPPED.products());
          others.removeAll(writers);
          assertEquals(
              others,
              ids(verdict.mismatches().stream().map(Verdict.Contradiction::product).toList()));
          verdict.mismatches().forEach(mismatch -> assertSaysWhatIsWrong(mismatch, stream));
        });
  }

  private static void assertSaysWhatIsWrong(Verdict.Contradiction contradiction, byte[] stream) {
    int at = contradiction.mismatch().at();
    String sentence = contradiction.inWords(Dragoman.octets(stream));
    assertTrue(at >= 0 && at <= stream.length, sentence);
    assertFalse(contradiction.mismatch().found().isBlank());
    assertFalse(contradiction.mismatch().expected().isBlank());
    assertTrue(sentence.contains("0x" + Integer.toHexString(at)), sentence);
  }

  private static Set<String> ids(List<Product> products) {
    return products.stream().map(Product::id).collect(Collectors.toCollection(TreeSet::new));
  }
}
