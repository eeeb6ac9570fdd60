package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;

/**
 * A program that a toolstack starts as a device model, and what is beside it. What it is, the files
 * alone say: a run that was interrupted anywhere is understood by the next.
 *
 * @param path where the toolstack expects it; its folder is the real one
 */
record DeviceModel(Path path) {

  /** Where the real device model is, with the shim in front. */
  static Path real(Path path) {
    return path.resolveSibling(path.getFileName() + ".real");
  }

  /** Where the shim's settings are. */
  static Path settings(Path path) {
    return path.resolveSibling(path.getFileName() + ".dragoman");
  }

  /**
   * A device model by a name that a user gave: the folder without symbolic links, the file as is.
   */
  static DeviceModel of(Path name) throws IOException {
    Path absolute = name.toAbsolutePath().normalize();
    Path folder = absolute.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(name + ": there is no such device model");
    }
    return new DeviceModel(folder.toRealPath().resolve(absolute.getFileName()));
  }

  Path real() {
    return real(path);
  }

  Path settings() {
    return settings(path);
  }

  boolean isThere() {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  boolean realIsThere() {
    return Files.exists(real(), LinkOption.NOFOLLOW_LINKS);
  }

  /** The version of the shim that stands in its place; null: it is none. */
  String shimVersion() throws IOException {
    return Shim.versionOf(path);
  }

  boolean isShim() throws IOException {
    return shimVersion() != null;
  }

  /** Whether what stands in its place is the real one, under both its names. */
  boolean isItsReal() throws IOException {
    if (Files.isSymbolicLink(path) || Files.isSymbolicLink(real())) {
      return Files.isSymbolicLink(path)
          && Files.isSymbolicLink(real())
          && Files.readSymbolicLink(path).equals(Files.readSymbolicLink(real()));
    }
    if (!isThere() || !realIsThere()) {
      return false;
    }
    BasicFileAttributes one = attributes(path);
    BasicFileAttributes other = attributes(real());
    return one.fileKey().equals(other.fileKey())
        // Where links are impossible it was copied.
        || (one.size() == other.size()
            && one.lastModifiedTime().equals(other.lastModifiedTime())
            && Arrays.equals(Sha256.of(path), Sha256.of(real())));
  }

  /** Whether what stands in its place is neither the shim nor the one that is put aside. */
  boolean isAThird() throws IOException {
    return isThere() && realIsThere() && !isShim() && !isItsReal();
  }

  /** Whether the toolstack starts it without Dragoman: no shim is here, or where a link leads. */
  boolean isWithoutShim() throws IOException {
    return Files.exists(path) && Shim.versionOf(path.toRealPath()) == null;
  }

  /**
   * What is to be said of one that is qemu-xen by its name; null: it is another.
   *
   * <p>Toolstacks and distributions give that name to nothing else.
   */
  static String upstream(Path path) {
    return path.getFileName().toString().contains("qemu-system-")
        ? "by its name it is qemu-xen: streams of qemu-xen-traditional are translated for it"
        : null;
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * What of the files that the shim would take the place of is somebody else's; null: nothing.
   * Without a record, a diversion or a shim, none is ours.
   */
  Path foreign(Installation installation) throws IOException {
    if (isShim()) {
      return null;
    }
    if (realIsThere()) {
      return real();
    }
    return Files.exists(settings(), LinkOption.NOFOLLOW_LINKS)
            && !ShimSettings.isOf(installation, settings())
        ? settings()
        : null;
  }

  /** How to get the real device model back where it is lost. */
  String howToReinstall() throws IOException {
    String owner = Dpkg.owner(path);
    if (owner != null) {
      return "install its package again: `apt-get install --reinstall " + owner + "`";
    }
    Tool.Result rpm = Tool.run("rpm", "-qf", path.toString());
    return rpm != null && rpm.succeeded()
        ? "install its package again: `yum reinstall " + rpm.out().strip() + "`"
        : "install its package again";
  }
}
