package org.dragoman.stream;

import java.util.HexFormat;

/**
 * The first thing in a stream that a dialect cannot account for.
 *
 * @param kind what sort of thing
 * @param at the offset of the byte
 * @param found what stands there
 * @param expected what the dialect has there
 */
public record Mismatch(Kind kind, int at, String found, String expected) {

  /** Sorts of mismatch, by how far they are from a whole stream of another product. */
  public enum Kind {
    /** The stream ends too early. */
    TRUNCATED,
    /** No section can begin so, whoever wrote it. */
    FRAMING,
    /** A section that the dialect does not know, or knows under other labels or instances. */
    SECTION,
    /** A payload that is not of the content that its label says. */
    PAYLOAD,
    /** Bytes after the end marker. */
    TRAILING,
    /** Everything can be read, but the dialect's builder does not do it so. */
    HABIT
  }

  /** Whether no product's stream is like this: it is cut short, or not a stream. */
  public boolean isDamage() {
    return kind == Kind.TRUNCATED || kind == Kind.FRAMING;
  }

  /** One sentence without the product and the offset. */
  public String reason() {
    return "found " + found + ", expected " + expected;
  }

  /** The bytes at the offset, four at most, in lower-case hexadecimal; nothing at the end. */
  public String bytes(Octets octets) {
    return HexFormat.of().formatHex(octets.copy(at, Math.min(4, octets.size() - at)));
  }

  /** The offset, the bytes there and the reason. */
  public String inWords(Octets octets) {
    String bytes = bytes(octets);
    return "at " + Text.offset(at) + (bytes.isEmpty() ? "" : " (" + bytes + ")") + ": " + reason();
  }

  @Override
  public String toString() {
    return "at " + Text.offset(at) + ": " + reason();
  }
}
