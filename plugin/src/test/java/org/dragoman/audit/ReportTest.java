package org.dragoman.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
  private static final String HOSTILE = "</title></svg><script>alert('1')</script>\"&\u0007\u202e";

  @TempDir Path folder;

  /** The report about some images. It is well-formed XML, too, so that a slip is found. */
  private Document report(String to, byte[]... images) throws Exception {
    return report(Questions.to(to), List.of(images));
  }

  private Document report(Question question, List<byte[]> images) throws Exception {
    Path root = Files.createDirectories(folder.resolve("images"));
    for (int i = 0; i < images.size(); i++) {
      Files.write(root.resolve(i + "-<b>&\"'"), images.get(i));
    }
    Path page = folder.resolve("report.html");
    try (Report report = new Report(page, root, question)) {
      Tally tally =
          new Audit(question, null, 1, false)
              .run(
                  root,
                  new Audit.Listener() {
                    @Override
                    public void finding(AuditFinding finding, String json) throws IOException {
                      report.add(finding);
                    }

                    @Override
                    public void done(long files) {
                      assertFalse(Files.exists(page), "not before it is complete");
                    }
                  });
      report.complete(tally, "today");
    }
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(Files.readAllBytes(page)));
  }

  private static List<Element> all(Document page, String tag) {
    NodeList nodes = page.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  @Test
  void namesFromOutsideAreTextAndNothingElse() throws Exception {
    byte[] stream = SaveFile.stream("xenserver-6.2.standard");
    Document page =
        report("xen-4.4", SaveFile.xl(HOSTILE.replace("\"", "").replace("\u0007", ""), stream));

    assertEquals(List.of(), all(page, "script"));
    assertEquals(List.of(), all(page, "b").stream().filter(b -> b.hasAttributes()).toList());
    assertTrue(
        all(page, "summary").get(0).getTextContent().contains("<script>alert('1')</script>"));
    assertTrue(all(page, "summary").get(0).getTextContent().contains("0-<b>&\"'"));
    String bytes = Files.readString(folder.resolve("report.html"));
    assertFalse(bytes.contains("\u202e"), "a name does not turn the text around");
  }

  @Test
  void whatAStreamCallsItsSectionsIsTextToo() throws Exception {
    String idstr = "<i>\"'&";
    byte[] stream = SaveFile.stream("xenserver-6.2.standard");
    String text = new String(stream, StandardCharsets.ISO_8859_1);
    byte[] renamed = text.replace("I440FX", idstr).getBytes(StandardCharsets.ISO_8859_1);

    Document page = report("xen-4.4", renamed);

    assertEquals(List.of(), all(page, "i"));
  }

  @Test
  void thePageNeedsNothingElse() throws Exception {
    Document page =
        report("xen-4.4", SaveFile.xl("web", SaveFile.stream("xenserver-6.2.standard")));

    for (String tag : List.of("script", "link", "img", "iframe", "object", "a", "use", "image")) {
      assertEquals(List.of(), all(page, tag), tag);
    }
    String bytes = Files.readString(folder.resolve("report.html"));
    assertFalse(bytes.contains("http:") || bytes.contains("https:") || bytes.contains("url("));
  }

  @Test
  void theMapIsToScale() throws Exception {
    byte[] stream = SaveFile.stream("xenserver-6.2.standard");
    byte[] image = SaveFile.xl("web", stream, 3 * stream.length);
    Document page = report("xen-4.4", image);
    Element place =
        all(page, "rect").stream()
            .filter(one -> one.getAttribute("class").equals("stream"))
            .findFirst()
            .orElseThrow();
    Element wrong =
        all(page, "rect").stream()
            .filter(one -> one.getAttribute("class").equals("wrong"))
            .findFirst()
            .orElseThrow();

    assertEquals(1000.0 * stream.length / image.length, number(place, "width"), 0.01);
    assertEquals(
        1000.0 * (image.length - stream.length - 8) / image.length, number(place, "x"), 0.2);
    // The piix4acpi is the last section, and the end marker follows.
    assertEquals(
        1000.0 * (stream.length - 1) / stream.length,
        number(wrong, "x") + number(wrong, "width"),
        0.02);
    assertEquals(1000.0 * 301 / stream.length, number(wrong, "width"), 0.01);
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  @Test
  void theBytesOfPiix4acpiStandFieldByField() throws Exception {
    Document page = report("xen-4.4", SaveFile.stream("xenserver-6.2.standard"));
    List<String> rows =
        all(page, "tr").stream().map(one -> one.getTextContent().replace("\n", " ")).toList();

    assertTrue(rows.contains("0x184dlabel00 00 00 02"), rows.toString());
    assertTrue(rows.contains("0x19650x114pm1_control00 01"), rows.toString());
    assertTrue(
        rows.contains("pm1a_evt_blk_addressnot there, though the label promises it"),
        rows.toString());
    assertTrue(rows.stream().anyMatch(row -> row.startsWith("0x18550x4pci_config86 80 13 71 ")));
  }

  @Test
  void manyImagesHaveNoMapAndSayWhereToFindIt() throws Exception {
    byte[] stream = SaveFile.stream("xen-4.2.standard");
    Document page =
        report(Questions.to("xen-4.4"), Stream.generate(() -> stream).limit(203).toList());

    assertEquals(200, all(page, "svg").size());
    assertTrue(
        all(page, "p").stream()
            .anyMatch(one -> one.getTextContent().startsWith("3 images have no map")));
  }

  @Test
  void aReportThatIsNotCompletedLeavesNothing() throws Exception {
    Path page = folder.resolve("report.html");
    try (Report report = new Report(page, folder, Questions.to("xen-4.4"))) {
      report.add(
          new Examiner(Questions.to("xen-4.4"))
              .examine(Files.write(folder.resolve("a"), SaveFile.pv("a"))));
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("a")), left.toList());
    }
  }
}
