package org.dragoman.audit;

import java.util.Locale;
import org.dragoman.stream.Text;

/** Puts a page together. Only what {@link #raw} is given becomes markup. */
final class Html {
  private final StringBuilder page = new StringBuilder();

  /** Markup of this program's own. */
  Html raw(String markup) {
    page.append(markup);
    return this;
  }

  /** Anything, as text or as an attribute's value in double quotes. */
  Html text(Object value) {
    String text = Text.withoutControls(String.valueOf(value));
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '&' -> page.append("&amp;");
        case '<' -> page.append("&lt;");
        case '>' -> page.append("&gt;");
        case '"' -> page.append("&quot;");
        case '\'' -> page.append("&#39;");
        default -> page.append(character);
      }
    }
    return this;
  }

  /** A name from outside, which does not run into what stands beside it. */
  Html name(String value) {
    return raw("<bdi>").text(value).raw("</bdi>");
  }

  /** A coordinate. */
  Html at(double value) {
    page.append(String.format(Locale.ROOT, "%.2f", value));
    return this;
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
