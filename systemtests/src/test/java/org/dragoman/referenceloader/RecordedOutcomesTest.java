package org.dragoman.referenceloader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every outcome that was recorded from the products' own loaders, reproduced to the letter. */
class RecordedOutcomesTest {
  private static final String LOADER = "loader:";
  private static final String CONTINUED = " (continued after the crash)";
  private static final String SECTIONS = "sections(type:name/instance/label@payload_offset+length)";
  private static final String TRAILING = "trailing_bytes (hex, appended to the base file)";

  @TestFactory
  Stream<DynamicNode> everyLoaderDoesWithAProductsStreamWhatWasRecorded() {
    return Vectors.manifest("MANIFEST.tsv").stream()
        .flatMap(
            row ->
                outcomes(
                    row,
                    row.get("file"),
                    Vectors.stream(row.get("file")),
                    sectionsAfterPiix4acpi(row)));
  }

  @TestFactory
  Stream<DynamicNode> everyLoaderDoesWithAReorderedStreamWhatWasRecorded() {
    return Vectors.manifest("reordered/MANIFEST.tsv").stream()
        .flatMap(
            row ->
                outcomes(
                    row,
                    row.get("file"),
                    Vectors.stream("reordered/" + row.get("file")),
                    List.of()));
  }

  @TestFactory
  Stream<DynamicNode> everyLoaderDoesWithTrailingBytesWhatWasRecorded() {
    return Vectors.manifest("trailing/MANIFEST.tsv").stream()
        .flatMap(
            row -> {
              byte[] base = Vectors.stream(row.get("base"));
              byte[] tail = HexFormat.of().parseHex(row.get(TRAILING));
              byte[] stream = Arrays.copyOf(base, base.length + tail.length);
              System.arraycopy(tail, 0, stream, base.length, tail.length);
              return outcomes(
                  row, row.get("base") + " + " + HexFormat.of().formatHex(tail), stream, List.of());
            });
  }

  @TestFactory
  Stream<DynamicNode> aCompleteLoadTakesExactlyTheRecordedPayloads() {
    return Vectors.manifest("MANIFEST.tsv").stream()
        .flatMap(
            row ->
                row.keySet().stream()
                    .filter(column -> column.startsWith(LOADER))
                    .filter(column -> isComplete(row, row.get(column)))
                    .map(
                        column ->
                            dynamicTest(
                                column.substring(LOADER.length())
                                    + " takes the payloads of "
                                    + row.get("file"),
                                () -> assertEquals(row.get(SECTIONS), payloads(column, row)))));
  }

  @Test
  void allRowsOfAllManifestsAreTested() {
    assertEquals(144 * 5, everyLoaderDoesWithAProductsStreamWhatWasRecorded().count());
    assertEquals(9 * 6 - withoutContinuation("reordered/MANIFEST.tsv"), countOfReordered());
    assertEquals(232 * 6 - withoutContinuation("trailing/MANIFEST.tsv"), countOfTrailing());
    assertEquals(7, withoutContinuation("reordered/MANIFEST.tsv"));
    assertEquals(215, withoutContinuation("trailing/MANIFEST.tsv"));
    assertTrue(aCompleteLoadTakesExactlyTheRecordedPayloads().count() > 100);
  }

  private long countOfReordered() {
    return everyLoaderDoesWithAReorderedStreamWhatWasRecorded().count();
  }

  private long countOfTrailing() {
    return everyLoaderDoesWithTrailingBytesWhatWasRecorded().count();
  }

  private static long withoutContinuation(String manifest) {
    return Vectors.manifest(manifest).stream()
        .filter(row -> row.get(LOADER + "xen-4.2" + CONTINUED).equals("-"))
        .count();
  }

  private static Stream<DynamicTest> outcomes(
      Map<String, String> row, String name, byte[] stream, List<SectionKey> extraSections) {
    return row.entrySet().stream()
        .filter(cell -> cell.getKey().startsWith(LOADER))
        // A dash: after this crash, or without one, nobody looked.
        .filter(cell -> !cell.getValue().equals("-"))
        .map(
            cell -> {
              String column = cell.getKey();
              return dynamicTest(
                  column.substring(LOADER.length()) + " on " + name + ": " + cell.getValue(),
                  () -> assertOutcome(column, cell.getValue(), stream, extraSections));
            });
  }

  private static void assertOutcome(
      String column, String recorded, byte[] stream, List<SectionKey> extraSections) {
    LoadResult result = ReferenceLoader.load(model(column), stream, extraSections);
    if (column.endsWith(CONTINUED)) {
      assertEquals(recorded, result.continued().orElseThrow().toString());
    } else {
      assertEquals(recorded, result.toString());
      assertEquals(recorded.startsWith("DIED"), result.continued().isPresent());
      assertFalse(result.sentence().isEmpty());
    }
  }

  private static boolean isComplete(Map<String, String> row, String recorded) {
    return recorded.startsWith("ret=0 ")
        && recorded.endsWith(" left=0")
        && !row.get(SECTIONS).isEmpty();
  }

  private static String payloads(String column, Map<String, String> row) {
    return ReferenceLoader.load(
            model(column), Vectors.stream(row.get("file")), sectionsAfterPiix4acpi(row))
        .sections()
        .stream()
        .map(LoadedSection::toString)
        .collect(Collectors.joining(" "));
  }

  private static LoaderModel model(String column) {
    return LoaderModel.forKey(column.substring(LOADER.length()).replace(CONTINUED, ""))
        .orElseThrow();
  }

  /**
   * The recording used "a loader built for the file's own extra sections" where something follows
   * piix4acpi.
   */
  private static List<SectionKey> sectionsAfterPiix4acpi(Map<String, String> row) {
    List<String> sections = List.of(row.get(SECTIONS).split(" "));
    int last = sections.size() - 1;
    while (!sections.get(last).startsWith("piix4acpi/")) {
      last--;
    }
    return sections.subList(last + 1, sections.size()).stream()
        .map(section -> section.split("[/@]"))
        .map(parts -> new SectionKey(parts[0], Integer.parseInt(parts[1])))
        .toList();
  }
}
