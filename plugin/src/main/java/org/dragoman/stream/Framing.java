package org.dragoman.stream;

/** What stands around the sections of a stream of version 3. */
public enum Framing {
  /**
   * The traditional device model's. Source: qemu-xen-traditional savevm.c qemu_savevm_state, master
   * at 2a1354d6.
   */
  TRADITIONAL,
  /**
   * QEMU's own, as qemu-xen has it: before the first section may stand the machine's name, and
   * behind each section its id once more. No byte follows the end marker, which QEMU takes for the
   * end wherever it finds it. Source: QEMU 7.2 migration/savevm.c
   * qemu_savevm_state_complete_precopy and qemu_loadvm_state_main.
   */
  UPSTREAM;

  /** The byte that begins the machine's name. */
  static final int CONFIGURATION = 7;

  /** The byte that begins what stands behind a section. */
  static final int FOOTER = 0x7e;
}
