package org.dragoman.audit;

import org.dragoman.stream.Text;

/** Draws where a stream lies in its image and its sections lie in the stream, both to scale. */
final class StreamMap {
  private static final double WIDTH = 1000;

  /** What would be thinner cannot be seen. */
  private static final double THINNEST = 1;

  /** A letter of the text in a section, in the map's units. */
  private static final double LETTER = 6.6;

  private StreamMap() {}

  static void draw(Html html, AuditedStream stream, long imageSize) {
    html.raw("<svg viewBox=\"0 0 1000 132\" role=\"img\" aria-label=\"map of the stream\">");
    double x = scaled((double) stream.offset(), imageSize);
    double width = Math.max(THINNEST, scaled(stream.length(), imageSize));
    x = Math.min(x, WIDTH - width);
    html.raw("<text x=\"0\" y=\"10\">image, ").text(imageSize).raw(" bytes</text>");
    html.raw("<rect class=\"image\" x=\"0\" y=\"15\" width=\"1000\" height=\"9\"/>");
    html.raw("<polygon class=\"lens\" points=\"");
    html.at(x).raw(",24 ").at(x + width).raw(",24 1000,56 0,56\"/>");
    html.raw("<rect class=\"stream\" x=\"").at(x);
    html.raw("\" y=\"15\" width=\"").at(width).raw("\" height=\"9\"><title>");
    html.text("the stream, at " + Text.offset(stream.offset())).raw("</title></rect>");
    html.raw("<text x=\"6\" y=\"51\">device-model stream at ");
    html.text(Text.offset(stream.offset()) + ", " + stream.length() + " bytes").raw("</text>");
    html.raw("<rect class=\"image\" x=\"0\" y=\"56\" width=\"1000\" height=\"34\"/>");
    int number = 0;
    for (AuditedStream.Part section : stream.sections()) {
      if (number == Report.MOST_SECTIONS) {
        break;
      }
      section(html, section, stream.length(), number++);
    }
    for (AuditedStream.Change edit : stream.edits()) {
      html.raw("<rect class=\"edit\" x=\"");
      html.at(Math.min(scaled(edit.offset(), stream.length()), WIDTH - 2));
      html.raw("\" y=\"90\" width=\"2\" height=\"9\"><title>");
      html.text("edit at " + Text.offset(edit.offset()) + ": " + edit.reason());
      html.raw("</title></rect>");
    }
    if (stream.piix4acpi() != null) {
      pointer(html, stream);
    }
    html.raw("</svg>");
  }

  private static void section(Html html, AuditedStream.Part section, int length, int number) {
    double x = scaled(section.offset(), length);
    double width = scaled(section.length(), length);
    html.raw("<rect class=\"");
    html.raw(section.mislabelled() ? "wrong" : number % 2 == 0 ? "even" : "odd");
    html.raw("\" x=\"").at(x).raw("\" y=\"56\" width=\"").at(Math.max(THINNEST / 2, width));
    html.raw("\" height=\"34\"><title>");
    html.text(
        Text.printable(section.idstr())
            + " "
            + section.instance()
            + ": label "
            + section.label()
            + ", content "
            + section.content()
            + ", at "
            + Text.offset(section.offset())
            + ", "
            + section.length()
            + " bytes");
    html.raw("</title></rect>");
    String idstr = Text.printable(section.idstr());
    if (width > LETTER * idstr.length() + 4) {
      html.raw("<text class=\"in\" x=\"").at(x + 3).raw("\" y=\"77\">").text(idstr);
      html.raw("</text>");
    }
  }

  private static void pointer(Html html, AuditedStream stream) {
    AuditedStream.Payload payload = stream.piix4acpi();
    double x = scaled(payload.offset() + payload.bytes().length() / 4.0, stream.length());
    boolean toTheLeft = x > WIDTH / 2;
    html.raw("<path class=\"pointer\" d=\"M").at(x).raw(",90 V112\"/>");
    html.raw("<text x=\"").at(toTheLeft ? x + 2 : x - 2);
    html.raw(toTheLeft ? "\" text-anchor=\"end" : "").raw("\" y=\"125\">");
    html.text(
        "piix4acpi: label "
            + payload.label()
            + ", content "
            + payload.content()
            + (payload.mislabelled() ? ", which is not what the label says" : ""));
    html.raw("</text>");
  }

  private static double scaled(double value, long whole) {
    return whole <= 0 ? 0 : WIDTH * value / whole;
  }
}
