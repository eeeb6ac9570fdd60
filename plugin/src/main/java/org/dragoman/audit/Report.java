package org.dragoman.audit;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.dragoman.os.GrowingFile;
import org.dragoman.stream.Text;

/**
 * The report: one HTML file that needs nothing else, and no scripts. It is written as findings
 * come, and appears when it is complete. Names in it are those of hostile images, too.
 */
public final class Report implements AutoCloseable {
  /** Maps for so many images that are in trouble; a browser has to hold them all. */
  private static final int MOST_TROUBLE_MAPS = 1000;

  /** And for so many others. */
  private static final int MOST_OTHER_MAPS = 200;

  /** Of a checkpointed image, which has a stream for each checkpoint. */
  private static final int MOST_STREAMS = 4;

  /** No device model registers so many; a hostile stream does. */
  static final int MOST_SECTIONS = 128;

  private static final int MOST_NAME = 400;

  private static final String BEGINNING = "<!DOCTYPE html>\n<!-- dragoman audit -->\n";

  private static final String STYLE =
      """
      body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em;\
      color:#1b1f24;background:#fff}
      h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}
      table{border-collapse:collapse;margin:.6em 0}
      td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top;\
      border-bottom:1px solid #e3e6ea;font-weight:normal}
      th{color:#5b636d}td.n,th.n{text-align:right}
      code,pre,td.h{font-family:ui-monospace,monospace;font-size:.9em}
      td.h{white-space:pre}
      details{border-bottom:1px solid #e3e6ea;padding:.25em 0}
      details>div{margin:.4em 0 1em 1.2em;overflow-x:auto}
      summary{cursor:pointer;overflow-wrap:anywhere}
      .o{display:inline-block;min-width:8.5em;padding:0 .5em;margin-right:.6em;border-radius:.3em;\
      background:#e7eaee}
      .unchanged,.no-device-model{background:#d9efdc}.translated{background:#d8e6fb}
      .not-translated{background:#e7eaee}.refused{background:#fbe1c4}
      .damaged,.unreadable,.compressed,.file-system{background:#f9d0d0}
      .q{color:#5b636d}li.bad{color:#8f1d1d}
      svg{width:100%;min-width:40em;display:block;margin:.6em 0}
      svg text{font:11px ui-monospace,monospace;fill:#1b1f24}svg text.in{font-size:11px}
      .image{fill:#eef0f3}.stream{fill:#35608f}.lens{fill:#dfe8f2}
      .even{fill:#a9c4e0}.odd{fill:#c7d8ea}.wrong{fill:#f0a35e}.edit{fill:#b3261e}
      .pointer{stroke:#1b1f24;fill:none}
      """;

  private final Path target;
  private final Path root;
  private final Question question;
  private final GrowingFile whole;
  private final GrowingFile images;
  private final OutputStream out;
  private int troubleMaps;
  private int otherMaps;
  private long withoutMap;

  /**
   * Begins a report.
   *
   * @param target where it shall appear
   * @param root the directory of the audit
   * @throws IOException if it cannot be written there, or something else than a report is there;
   *     the message is for people and names the file
   */
  public Report(Path target, Path root, Question question) throws IOException {
    this.target = target;
    this.root = root;
    this.question = question;
    refuseOther(target);
    this.whole = new GrowingFile(target);
    try {
      // What stands above the images is known last.
      this.images = new GrowingFile(target);
    } catch (IOException e) {
      whole.close();
      throw e;
    }
    this.out = new BufferedOutputStream(images.out(), 1 << 16);
  }

  /** A report takes the place of an older one, or of an empty file, and of nothing else. */
  private static void refuseOther(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    byte[] beginning = BEGINNING.getBytes(StandardCharsets.UTF_8);
    try (InputStream file = Files.newInputStream(target)) {
      byte[] there = file.readNBytes(beginning.length);
      if (there.length > 0 && !Arrays.equals(there, beginning)) {
        throw new IOException(
            target
                + ": at 0x0: found something else than a report of an audit; it is left as it is:"
                + " give another file, or a new name");
      }
    } catch (FileSystemException e) {
      throw new IOException(target + ": " + Reasons.of(e, target), e);
    }
  }

  /** Adds an image. */
  public void add(AuditFinding finding) throws IOException {
    Html html = new Html();
    AuditOutcome outcome = finding.outcome();
    html.raw("<details><summary>");
    outcome(html, outcome);
    html.name(shortened(finding.path()));
    html.raw(" <span class=\"q\">");
    if (finding.guest() != null && finding.guest().name() != null) {
      html.raw("guest ").name(shortened(finding.guest().name())).raw(", ");
    }
    html.text(writer(finding)).raw("</span></summary><div>");
    facts(html, finding);
    sentences(html, finding.reasons(), " class=\"bad\"");
    sentences(html, finding.warnings(), "");
    if (!finding.streams().isEmpty()) {
      if (mayDraw(outcome)) {
        streams(html, finding);
      } else {
        withoutMap++;
        html.raw("<p class=\"q\">No map here, to keep this page small: ");
        html.raw("<code>dragoman inspect</code> shows the sections.</p>");
      }
    }
    html.raw("</div></details>\n");
    try {
      write(out, html);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private IOException failure(IOException e) {
    return new IOException(target + ": cannot be written: " + Reasons.of(e, target), e);
  }

  /** Puts the report in its place. */
  public void complete(Tally tally, String made) throws IOException {
    Html head = new Html();
    head.raw(BEGINNING + "<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
    head.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    head.raw("style-src 'unsafe-inline'\"/>");
    head.raw("<meta name=\"viewport\" content=\"width=device-width\"/>");
    head.raw("<title>Images in ").text(root).raw(" for ").text(question.to().id());
    head.raw("</title>\n<style>").raw(STYLE).raw("</style></head><body>\n");
    head.raw("<h1>Images in ").name(root.toString()).raw(" for ");
    head.text(question.to().title()).raw("</h1>\n<p class=\"q\">");
    head.text(made + "; " + question.basis()).raw("</p>\n");
    summary(head, tally);
    head.raw("<h2>Images</h2>\n<p class=\"q\">The maps are to scale: above, where the stream ");
    head.raw("lies in its image; below, its sections. Orange is a label that says another ");
    head.raw(
        "content than the section has; a red mark is an edit. Point at one to read more.</p>\n");
    try (OutputStream page = new BufferedOutputStream(whole.out(), 1 << 16)) {
      write(page, head);
      out.flush();
      images.channel().position(0);
      // Not closed: the file is.
      Channels.newInputStream(images.channel()).transferTo(page);
      write(page, new Html().raw("</body></html>\n"));
      page.flush();
      whole.take();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void summary(Html html, Tally tally) {
    html.raw("<table><tr><th>outcome</th><th class=\"n\">images</th><th></th></tr>\n");
    for (AuditOutcome outcome : AuditOutcome.values()) {
      if (tally.of(outcome) > 0) {
        html.raw("<tr><td>");
        outcome(html, outcome);
        html.raw("</td><td class=\"n\">").text(tally.of(outcome)).raw("</td><td>");
        html.text(Meanings.of(outcome, question.to())).raw("</td></tr>\n");
      }
    }
    html.raw("</table>\n");
    if (!tally.products().isEmpty()) {
      html.raw("<table><tr><th>written by</th><th class=\"n\">images</th><th></th></tr>\n");
      tally
          .products()
          .forEach(
              (writer, outcomes) -> {
                html.raw("<tr><td>").text(Meanings.writer(writer, question.titles()));
                html.raw("</td><td class=\"n\">");
                html.text(outcomes.values().stream().mapToLong(one -> one).sum());
                html.raw("</td><td>").text(Meanings.counts(outcomes)).raw("</td></tr>\n");
              });
      html.raw("</table>\n");
    }
    for (String sentence : Meanings.sentences(tally)) {
      html.raw("<p>").text(sentence).raw("</p>\n");
    }
    if (withoutMap > 0) {
      html.raw("<p>").text(withoutMap);
      html.raw(" images have no map here: they are drawn for the first ");
      html.text(MOST_TROUBLE_MAPS).raw(" that cannot be restored and the first ");
      html.text(MOST_OTHER_MAPS).raw(" others.</p>\n");
    }
  }

  private boolean mayDraw(AuditOutcome outcome) {
    return outcome.isTrouble() ? troubleMaps++ < MOST_TROUBLE_MAPS : otherMaps++ < MOST_OTHER_MAPS;
  }

  private static String writer(AuditFinding finding) {
    String container = finding.container() == null ? "" : Meanings.container(finding.container());
    return finding.writer() == null ? container : container + ", written by " + finding.writer();
  }

  private static void facts(Html html, AuditFinding finding) {
    html.raw("<p>");
    if (finding.file() != null) {
      html.text(finding.file().size()).raw(" bytes, changed ").text(finding.file().modified());
    }
    if (finding.guest() != null && finding.guest().uuid() != null) {
      html.raw(", guest ").name(shortened(finding.guest().uuid()));
    }
    if (finding.xen() != null) {
      html.raw(", memory written by Xen ").text(finding.xen());
    }
    html.raw("</p>");
  }

  private static void sentences(Html html, List<String> sentences, String attribute) {
    if (!sentences.isEmpty()) {
      html.raw("<ul>");
      sentences.forEach(one -> html.raw("<li" + attribute + ">").text(one).raw("</li>"));
      html.raw("</ul>");
    }
  }

  private static void streams(Html html, AuditFinding finding) {
    int drawn = 0;
    for (AuditedStream stream : finding.streams()) {
      if (drawn++ == MOST_STREAMS) {
        html.raw("<p class=\"q\">").text(finding.streams().size() - MOST_STREAMS);
        html.raw(" more streams, one for each checkpoint.</p>");
        return;
      }
      StreamMap.draw(html, stream, finding.file().size());
      if (!stream.rewrittenFrom().isEmpty()) {
        html.raw("<p>It was rewritten before, from ");
        html.text(String.join(" or ", stream.rewrittenFrom())).raw(".</p>");
      }
      if (stream.piix4acpi() != null) {
        payload(html, stream.piix4acpi());
      }
      sections(html, stream);
    }
  }

  private static void payload(Html html, AuditedStream.Payload payload) {
    html.raw("<details><summary>piix4acpi: label ").text(payload.label()).raw(", content ");
    html.text(payload.content());
    if (payload.mislabelled()) {
      html.raw(": <b>the label says another content than the payload has</b>");
    }
    html.raw("</summary><div><table><tr><th class=\"n\">in the stream</th>");
    html.raw("<th class=\"n\">in the payload</th><th>field</th><th>bytes</th></tr>");
    html.raw("<tr><td class=\"n\">").text(Text.offset(payload.labelOffset()));
    html.raw("</td><td></td><td>label</td><td class=\"h\">");
    html.text(spaced("%08x".formatted(payload.label()))).raw("</td></tr>");
    for (AuditedStream.Place field : payload.fields()) {
      html.raw("<tr><td class=\"n\">").text(Text.offset(payload.offset() + field.offset()));
      html.raw("</td><td class=\"n\">").text(Text.offset(field.offset())).raw("</td><td>");
      html.text(field.name()).raw("</td><td class=\"h\">");
      int from = 2 * field.offset();
      html.text(lines(payload.bytes().substring(from, from + 2 * field.length())));
      html.raw("</td></tr>");
    }
    for (String name : payload.missing()) {
      html.raw("<tr><td></td><td></td><td>").text(name);
      html.raw("</td><td>not there, though the label promises it</td></tr>");
    }
    html.raw("</table></div></details>");
  }

  private static void sections(Html html, AuditedStream stream) {
    if (stream.sections().isEmpty()) {
      return;
    }
    html.raw("<details><summary>").text(stream.sections().size()).raw(" sections, ");
    html.text(stream.edits().size()).raw(" edits</summary><div><table><tr>");
    html.raw("<th class=\"n\">offset</th><th>section</th><th class=\"n\">instance</th>");
    html.raw("<th class=\"n\">label</th><th>content</th><th class=\"n\">bytes</th>");
    html.raw("<th>what would be done</th></tr>\n");
    int shown = 0;
    for (AuditedStream.Part section : stream.sections()) {
      if (shown++ == MOST_SECTIONS) {
        html.raw("<tr><td colspan=\"7\">and ");
        html.text(stream.sections().size() - MOST_SECTIONS).raw(" more</td></tr>");
        break;
      }
      html.raw("<tr><td class=\"n\">").text(Text.offset(section.offset())).raw("</td><td>");
      html.text(Text.printable(section.idstr())).raw("</td><td class=\"n\">");
      html.text(section.instance()).raw("</td><td class=\"n\">").text(section.label());
      html.raw("</td><td>").text(section.content() + (section.mislabelled() ? " *" : ""));
      html.raw("</td><td class=\"n\">").text(section.length()).raw("</td><td>");
      for (AuditedStream.Change edit : stream.edits()) {
        if (edit.offset() >= section.offset()
            && edit.offset() < section.offset() + section.length()) {
          html.text("at " + Text.offset(edit.offset()) + ": " + edit.reason()).raw("<br/>");
        }
      }
      html.raw("</td></tr>\n");
    }
    html.raw("</table></div></details>");
  }

  private static void outcome(Html html, AuditOutcome outcome) {
    html.raw("<span class=\"o ").raw(outcome.word()).raw("\">").raw(outcome.word());
    html.raw("</span>");
  }

  /** Hexadecimal digits in pairs, 16 on a line. */
  private static String lines(String hex) {
    StringBuilder lines = new StringBuilder();
    for (int at = 0; at < hex.length(); at += 32) {
      lines.append(at == 0 ? "" : "\n");
      lines.append(spaced(hex.substring(at, Math.min(hex.length(), at + 32))));
    }
    return lines.toString();
  }

  private static String spaced(String hex) {
    return hex.replaceAll("(..)(?=.)", "$1 ");
  }

  private static String shortened(String name) {
    return name.length() <= MOST_NAME ? name : name.substring(0, MOST_NAME) + "…";
  }

  private static void write(OutputStream out, Html html) throws IOException {
    out.write(html.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    images.close();
    whole.close();
  }
}
