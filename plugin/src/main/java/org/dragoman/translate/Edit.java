package org.dragoman.translate;

import java.util.Arrays;
import java.util.HexFormat;
import org.dragoman.stream.Octets;

/** Takes out a run of bytes of the source, and puts others there. Immutable. */
public final class Edit {
  private final int offset;
  private final byte[] remove;
  private final byte[] insert;
  private final String section;
  private final String reason;

  /** Takes over the arrays. */
  Edit(int offset, byte[] remove, byte[] insert, String section, String reason) {
    this.offset = offset;
    this.remove = remove;
    this.insert = insert;
    this.section = section;
    this.reason = reason;
  }

  /** Where the first byte is, in the source. */
  public int offset() {
    return offset;
  }

  /** How many bytes of the source go. */
  public int removed() {
    return remove.length;
  }

  /** How many bytes come in their place. */
  public int inserted() {
    return insert.length;
  }

  /** The offset after the bytes that go, in the source. */
  public int end() {
    return offset + remove.length;
  }

  /** The idstr of the section that it changes. */
  public String section() {
    return section;
  }

  /** Why, in a clause. */
  public String reason() {
    return reason;
  }

  /** This and an edit right behind it, as one. */
  Edit with(Edit next) {
    byte[] removed = Arrays.copyOf(remove, remove.length + next.remove.length);
    System.arraycopy(next.remove, 0, removed, remove.length, next.remove.length);
    byte[] inserted = Arrays.copyOf(insert, insert.length + next.insert.length);
    System.arraycopy(next.insert, 0, inserted, insert.length, next.insert.length);
    return new Edit(offset, removed, inserted, section, reason + "; " + next.reason);
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
    return HexFormat.of().formatHex(remove);
  }

  /** The inserted bytes in lower-case hexadecimal. */
  public String insertHex() {
    return HexFormat.of().formatHex(insert);
  }

  /** Whether the source has the removed bytes where this says. */
  boolean fits(Octets source) {
    return source.holds(offset, remove);
  }

  /** Whether both change the same bytes to the same ones, whatever the reason. */
  public boolean sameBytesAs(Edit other) {
    return offset == other.offset
        && Arrays.equals(remove, other.remove)
        && Arrays.equals(insert, other.insert);
  }
}
