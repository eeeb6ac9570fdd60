package org.dragoman.stream;

/**
 * The types of a section in a version 3 stream. Source: qemu-xen-traditional savevm.c
 * qemu_savevm_state, master at 2a1354d6.
 */
public enum SectionType {
  /** The first of a live device's sections. */
  START(1),
  /** The middle one of a live device's sections. */
  PART(2),
  /** The last of a live device's sections. */
  END(3),
  /** The whole state of a device. */
  FULL(4);

  /** The byte that ends the stream, where a section's type would stand. */
  public static final int END_OF_STREAM = 0;

  private final int code;

  SectionType(int code) {
    this.code = code;
  }

  /** The byte that stands for it. */
  public int code() {
    return code;
  }
}
