package org.dragoman.referenceloader;

/**
 * The section types of QEVM version 3 that carry a payload. Source: qemu-xen-traditional savevm.c
 * QEMU_VM_SECTION_*.
 */
public enum SectionType {
  /** Byte 01: the first part of a live section. */
  START,
  /** Byte 02: a further part. */
  PART,
  /** Byte 03: the last part. */
  END,
  /** Byte 04: all of a section at once. */
  FULL
}
