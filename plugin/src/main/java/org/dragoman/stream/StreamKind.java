package org.dragoman.stream;

import java.nio.charset.StandardCharsets;

/** What a file is, by its first bytes: the traditional device model's stream, or something else. */
public enum StreamKind {
  /** A stream of version 3 that begins as the traditional device model's do. */
  TRADITIONAL("a device-model stream"),
  /** No byte at all. */
  EMPTY("an empty file"),
  /**
   * Version 1, records with a length of their own. Writer: Xen 3.1. Source: Xen 3.1
   * tools/ioemu/vl.c.
   */
  VERSION_1(
      "a QEVM file of version 1, as Xen 3.1 wrote it (length-prefixed records, the PCI configuration"
          + " in records of its own)"),
  /** Version 2, records with a length of their own. Writers: Xen 3.2 and 3.3, tools/ioemu. */
  VERSION_2("a QEVM file of version 2, as Xen 3.2 and 3.3 wrote it (length-prefixed records)"),
  /**
   * Version 3 whose first section is FULL, or begins with a machine configuration: qemu-xen.
   * Source: QEMU migration/savevm.c of 2.x.
   */
  UPSTREAM("a stream of qemu-xen, the upstream device model, not of qemu-xen-traditional"),
  /** An xl save file. Source: Xen tools/xl/xl.h SAVEFILE_MAGIC, 4.17. */
  XL_SAVE_FILE("a whole xl save file: the device-model stream is inside it", "Xen saved domain"),
  /** A XenServer suspend image, either generation. Source: xenopsd lib/suspend_image.ml. */
  SUSPEND_IMAGE(
      "a whole XenServer suspend image: the device-model stream is inside it", "XenSavedDom"),
  /** A xend save file. Source: Xen 4.1 tools/python/xen/xend/XendCheckpoint.py. */
  XEND_SAVE_FILE(
      "a whole xend save file: the device-model stream is inside it", "LinuxGuestRecord"),
  /** A libvirt save file. Source: libvirt src/libxl/libxl_conf.h, LIBXL_SAVE_MAGIC. */
  LIBVIRT_SAVE_FILE(
      "a whole libvirt save file: the device-model stream is inside it", "libvirt-xml\n"),
  /** What xend put before the stream. Source: Xen 4.1 tools/libxc/xg_save_restore.h. */
  XEND_RECORD(
      "a device-model record with xend's signature before its stream", "QemuDeviceModelRecord"),
  /** What libxl put before the stream. Source: Xen 4.1 tools/libxc/xg_save_restore.h. */
  LIBXL_RECORD(
      "a device-model record with libxl's signature before its stream", "DeviceModelRecord0002"),
  /** What Remus put before the stream. Source: Xen 4.1 tools/libxc/xg_save_restore.h. */
  REMUS_RECORD(
      "a device-model record with Remus's signature before its stream", "RemusDeviceModelState"),
  /** gzip. Source: RFC 1952. */
  GZIP("a gzip file: unpack it first", "\u001f\u008b"),
  /** Anything else. */
  UNKNOWN("not a device-model stream");

  private final String description;
  private final String beginning;

  StreamKind(String description) {
    this(description, null);
  }

  StreamKind(String description, String beginning) {
    this.description = description;
    this.beginning = beginning;
  }

  /** What it is, for a sentence that begins with "this is". */
  public String description() {
    return description;
  }

  /** Looks at no more than the first 32 bytes. */
  public static StreamKind of(Octets octets) {
    if (octets.size() == 0) {
      return EMPTY;
    }
    if (octets.size() >= 8 && octets.u32(0) == Walk.MAGIC) {
      long version = octets.u32(4);
      if (version == 1) {
        return VERSION_1;
      }
      if (version == 2) {
        return VERSION_2;
      }
      int first = octets.size() > 8 ? octets.u8(8) : -1;
      return version == Walk.VERSION
              && (first == SectionType.FULL.code() || first == Framing.CONFIGURATION)
          ? UPSTREAM
          : version == Walk.VERSION ? TRADITIONAL : UNKNOWN;
    }
    for (StreamKind kind : values()) {
      if (kind.beginning != null
          && octets.holds(0, kind.beginning.getBytes(StandardCharsets.ISO_8859_1))) {
        return kind;
      }
    }
    return UNKNOWN;
  }
}
