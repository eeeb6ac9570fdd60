package org.dragoman.image;

import java.util.ArrayList;
import java.util.List;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.GuestConfig;
import org.dragoman.policy.Product;
import org.dragoman.policy.Releases;
import org.dragoman.stream.StreamKind;

/**
 * What an administrator should know of an image besides its device-model streams: which toolstacks
 * restore what is around them, which stays as it is, and which device model they start. Only said;
 * nothing is decided by it. Pure.
 *
 * <p>Sources: Xen tools/libxl/xl_cmdimpl.c, 4.0 to 4.5; tools/xl/xl_vmcontrol.c,
 * tools/libs/light/libxl_convert_callout.c and libxl_create.c, 4.17; tools/libs/guest/
 * xg_sr_restore.c, 4.13 and 4.14; tools/python/scripts/convert-legacy-stream, 4.17;
 * tools/python/xen/xend/XendCheckpoint.py, 4.4; xenopsd lib/suspend_image.ml.
 */
public final class Restoring {
  private static final String XEN = "xen";
  private static final String XENSERVER = "xenserver";

  /** Where there is more of this. */
  private static final String MORE = "; see translate.md, \"Which container is restored by what\"";

  private static final String START_TRADITIONAL =
      ", which reads no such stream: restore it with"
          + " device_model_version=\"qemu-xen-traditional\" in a configuration of your own, xl"
          + " restore CONFIG FILE";

  private static final String START_QEMU_XEN =
      ": restore it with device_model_version=\"qemu-xen\" and no device_model_override in a"
          + " configuration of your own, xl restore CONFIG FILE";

  private static final String AROUND =
      "only device-model streams are rewritten, and what is around them stays ";

  private Restoring() {}

  /** What a file has around its device-model streams, as far as its readers differ. */
  private enum Form {
    XL_LIBXC_3(XEN, "4.14", null, "xl of Xen 4.14 and later restores it"),
    XL_LIBXC_2(XEN, "4.6", null, "xl of Xen 4.6 and later restores it"),
    XL_LEGACY_JSON(
        XEN, "4.5", null, "xl of Xen 4.5 restores it, and later ones, which convert it themselves"),
    XL_LEGACY_64(
        XEN,
        "4.0",
        null,
        "xl up to Xen 4.5 restores it, and later ones, which convert it themselves"),
    XL_LEGACY_32(
        XEN,
        "4.0",
        "4.5",
        "a 32-bit toolstack wrote it: xl up to Xen 4.5 restores it in a 32-bit dom0, and no later"
            + " one does"),
    XL_LEGACY_OPEN(
        XEN,
        "4.0",
        "4.5",
        "its device-model record has no length: xl up to Xen 4.5 restores it, and no later one"
            + " does"),
    XEND(XEN, "3.0", "4.4", "xend, of Xen up to 4.4, restores it with xm, and xl does not"),
    LIBVIRT_2(XEN, "4.6", null, "virsh of Xen 4.6 and later restores it, and xl does not"),
    LIBVIRT_1(XEN, "4.2", null, "virsh of Xen 4.2 and later restores it, and xl does not"),
    XENOPSD_2(XENSERVER, "6.5", null, "XenServer 6.5 and later restores it, and xl does not"),
    XENOPSD_1(XENSERVER, "0", null, "XenServer restores it, and xl does not"),
    PART(null, null, null, "it is a part of a save file: nothing restores it by itself"),
    /** What a device model reads; whoever holds one knows what for. */
    RECORD(null, null, null, null);

    private final String product;
    private final String first;
    private final String last;
    private final String words;

    Form(String product, String first, String last, String words) {
      this.product = product;
      this.first = first;
      this.last = last;
      this.words = words;
    }

    private static Form of(Image image) {
      boolean legacy = image.memory() == null || image.memory().version() == 1;
      return switch (image.kind()) {
        case BARE, SIGNED_RECORD -> RECORD;
        case LIBXL, LIBXC, LEGACY_LIBXC -> PART;
        case XEND -> XEND;
        case XENOPSD -> XENOPSD_1;
        case XENOPSD_V2 -> XENOPSD_2;
        case LIBVIRT -> legacy ? LIBVIRT_1 : LIBVIRT_2;
        case XL ->
            !legacy
                ? image.memory().version() == 2 ? XL_LIBXC_2 : XL_LIBXC_3
                : image.records().stream().anyMatch(one -> one.place().length() < 0)
                    ? XL_LEGACY_OPEN
                    : image.memory() != null && image.memory().wordBits() == 32
                        ? XL_LEGACY_32
                        : image.config() != null && image.config().form() == GuestConfig.Form.JSON
                            ? XL_LEGACY_JSON
                            : XL_LEGACY_64;
      };
    }

    /** Whether the table knows the product that is meant, and that it does not restore this. */
    private boolean isNothingFor(Releases to) {
      boolean known = to.product().equals(XEN) || to.product().equals(XENSERVER);
      return words != null && known && !(to.product().equals(product) && to.areWithin(first, last));
    }
  }

  /** What there is to say of an image, whoever shall restore it. */
  public static List<String> notes(Image image) {
    List<String> notes = new ArrayList<>();
    addDeviceModel(image, notes);
    return notes;
  }

  /**
   * The same for those that shall restore it.
   *
   * @param target the product that they have the device model of
   */
  public static List<String> notes(Image image, Product target, Releases to) {
    return target.isUpstream() ? forQemuXen(image) : notes(image, to);
  }

  /** Of a device model that goes with many releases of Xen, of which none is named. */
  private static List<String> forQemuXen(Image image) {
    List<String> notes = new ArrayList<>();
    Form form = Form.of(image);
    if (form == Form.PART || form.last != null || XENSERVER.equals(form.product)) {
      notes.add(AROUND + image.kind().title() + ": " + form.words + MORE);
    }
    boolean traditional =
        image.records().stream().anyMatch(one -> one.kind() == StreamKind.TRADITIONAL);
    if (!traditional) {
      return notes;
    }
    GuestConfig config = image.config();
    if (image.kind() == ContainerKind.XL && config == null) {
      notes.add("it has no configuration" + START_QEMU_XEN);
    } else if (config != null && config.form() == GuestConfig.Form.TEXT && !startsQemuXen(config)) {
      notes.add(
          "its configuration is "
              + config.form().title()
              + ", which stays as it is, and does not say qemu-xen"
              + START_QEMU_XEN);
    } else if (config != null && config.form() == GuestConfig.Form.XENOPS) {
      notes.add(
          "its configuration is "
              + config.form().title()
              + ", which stays as it is: XenServer starts the device model that it has for the VM;"
              + " see to it that this is qemu-xen");
    } else if (config != null
        && config.form() == GuestConfig.Form.JSON
        && !config.deviceModel().containsKey("device_model_version")
        && config.startsStubDomain()) {
      notes.add(
          "its configuration asks for a stub domain, and xl starts the traditional device model"
              + " then"
              + START_QEMU_XEN);
    }
    return notes;
  }

  private static boolean startsQemuXen(GuestConfig config) {
    return "qemu-xen".equals(config.deviceModel().get("device_model_version"))
        && !config.startsStubDomain();
  }

  /** The same for releases of a toolstack with the traditional device model. */
  private static List<String> notes(Image image, Releases to) {
    List<String> notes = new ArrayList<>();
    Form form = Form.of(image);
    if (form.isNothingFor(to)) {
      notes.add(AROUND + image.kind().title() + ": " + form.words + MORE);
    }
    // Before 4.2 there was no other device model than the traditional one.
    if (to.product().equals(XEN) && to.areWithin("4.2", null)) {
      addDeviceModel(image, notes);
    }
    return notes;
  }

  /** Only xl starts what the image's own configuration says, unless it is given another. */
  private static void addDeviceModel(Image image, List<String> notes) {
    boolean traditional =
        image.records().stream().anyMatch(one -> one.kind() == StreamKind.TRADITIONAL);
    GuestConfig config = image.config();
    if (image.kind() != ContainerKind.XL
        || !traditional
        || config == null
        || config.deviceModel().containsKey("device_model_override")) {
      return;
    }
    String version = config.deviceModel().get("device_model_version");
    if (version == null && !config.startsStubDomain()) {
      notes.add(
          "its configuration names no device model, and xl of Xen 4.2 and later starts qemu-xen then"
              + START_TRADITIONAL);
    } else if ("qemu-xen".equals(version) || "qemu_xen".equals(version)) {
      notes.add("its configuration starts qemu-xen" + START_TRADITIONAL);
    }
  }
}
