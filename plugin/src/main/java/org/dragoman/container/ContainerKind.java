package org.dragoman.container;

/** What holds a device-model stream. */
public enum ContainerKind {
  /** Nothing does: the device model's save record as it is. */
  BARE("a bare device-model stream"),
  /** One of the signatures that Xen up to 4.5 put before the record, and the record. */
  SIGNED_RECORD("a device-model record with its signature"),
  /** Source: Xen tools/xl/xl.h and xl_saverestore.c, 4.17; tools/libxl/xl_cmdimpl.c, 4.0 to 4.5. */
  XL("an xl save file"),
  /** Source: Xen docs/specs/libxl-migration-stream.pandoc, 4.17. */
  LIBXL("a libxl stream"),
  /** Source: Xen docs/specs/libxc-migration-stream.pandoc, 4.17. It never has a device model's. */
  LIBXC("a libxc stream"),
  /** Source: Xen tools/libxc/xg_save_restore.h, 4.2. */
  LEGACY_LIBXC("a libxc stream of Xen 4.5 or older"),
  /** Source: Xen tools/python/xen/xend/XendCheckpoint.py, 4.1. */
  XEND("a xend save file"),
  /** Source: xenopsd xc/domain.ml before July 2014. */
  XENOPSD("a XenServer suspend image of the first generation"),
  /** Source: xenopsd lib/suspend_image.ml. */
  XENOPSD_V2("a XenServer suspend image of the second generation"),
  /** Source: libvirt src/libxl/libxl_conf.h, libxlSavefileHeader. */
  LIBVIRT("a libvirt save file");

  private final String title;

  ContainerKind(String title) {
    this.title = title;
  }

  /** What it is, for a sentence that begins with "this is". */
  public String title() {
    return title;
  }
}
