package org.dragoman.translate;

import java.util.Arrays;
import java.util.HexFormat;
import org.dragoman.stream.Octets;

/**
 * Takes out a run of bytes of a source, and puts others there. The source stays where it is; what
 * goes is not copied until somebody asks to see it. Immutable as long as the source is.
 */
public final class Edit {
  private final Octets source;
  private final int offset;
  private final int removed;
  private final byte[] insert;
  private final String section;
  private final String reason;

  /**
   * An edit.
   *
   * @param offset in the source, in bytes
   * @param removed how many bytes go
   * @param insert what comes in their place; the array is taken over
   */
  Edit(Octets source, int offset, int removed, byte[] insert, String section, String reason) {
    this.source = source;
    this.offset = offset;
    this.removed = removed;
    this.insert = insert;
    this.section = section;
    this.reason = reason;
  }

  /** Where the first byte is, in the source. */
  public int offset() {
    return offset;
  }

  /** How many bytes come in place of those that go. */
  public int inserted() {
    return insert.length;
  }

  /** The offset after the bytes that go, in the source. */
  public int end() {
    return offset + removed;
  }

  /** The idstr of the section that it changes. */
  public String section() {
    return section;
  }

  /** Why, in a clause. */
  public String reason() {
    return reason;
  }

  /** This and an edit right behind it that only takes out more, as one. */
  Edit andLeaveOut(Edit next) {
    return new Edit(
        source, offset, removed + next.removed, insert, section, reason + "; " + next.reason);
  }

  /** The byte at a place among the inserted ones, 0 to 255. */
  int inserted(int at) {
    return insert[at] & 0xff;
  }

  /** A copy of the inserted bytes. */
  public byte[] insertedBytes() {
    return insert.clone();
  }

  /** The removed bytes in lower-case hexadecimal. */
  public String removeHex() {
    return HexFormat.of().formatHex(source.copy(offset, removed));
  }

  /** The inserted bytes in lower-case hexadecimal. */
  public String insertHex() {
    return HexFormat.of().formatHex(insert);
  }

  /** Whether both change the same bytes of one source to the same ones, whatever the reason. */
  boolean sameBytesAs(Edit other) {
    return offset == other.offset
        && removed == other.removed
        && Arrays.equals(insert, other.insert);
  }
}
