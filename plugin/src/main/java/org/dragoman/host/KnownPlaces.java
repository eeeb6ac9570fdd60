package org.dragoman.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where the distributions and products put the device models that a toolstack starts. */
final class KnownPlaces {
  /** A star stands for the version, of which several may be installed. */
  private static final List<String> PLACES =
      List.of(
          // Debian and Ubuntu.
          "usr/libexec/xen-qemu-system-i386",
          "usr/lib/xen-*/bin/qemu-system-i386",
          "usr/lib/xen-*/bin/qemu-dm",
          // The others, and XenServer, by the folder that Xen was built for.
          "usr/lib/xen/bin/qemu-system-i386",
          "usr/lib/xen/bin/qemu-dm",
          "usr/libexec/xen/bin/qemu-system-i386",
          "usr/libexec/xen/bin/qemu-dm",
          "usr/lib64/xen/bin/qemu-system-i386",
          "usr/lib64/xen/bin/qemu-dm",
          "usr/local/lib/xen/bin/qemu-system-i386",
          "usr/local/lib/xen/bin/qemu-dm",
          "usr/local/libexec/xen/bin/qemu-system-i386",
          "usr/local/libexec/xen/bin/qemu-dm");

  private KnownPlaces() {}

  /** For messages, all of them. */
  static String inWords() {
    return "/" + String.join(", /", PLACES);
  }

  /** The device models that are there, each once. */
  static List<DeviceModel> search() throws IOException {
    return search(Path.of("/"));
  }

  /** The same for a host whose files are in a folder. */
  static List<DeviceModel> search(Path root) throws IOException {
    Set<DeviceModel> found = new LinkedHashSet<>();
    for (String place : PLACES) {
      for (Path file : expand(root, place)) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          found.add(DeviceModel.of(file));
        }
      }
    }
    List<DeviceModel> list = new ArrayList<>();
    for (DeviceModel one : found) {
      if (!isOnlyAnotherName(one, found)) {
        list.add(one);
      }
    }
    return list;
  }

  /** Whether it is a symbolic link to another of them, or to nothing: that one gets the shim. */
  private static boolean isOnlyAnotherName(DeviceModel one, Set<DeviceModel> all)
      throws IOException {
    if (!Files.isSymbolicLink(one.path())) {
      return false;
    }
    return !Files.exists(one.path()) || all.contains(new DeviceModel(one.path().toRealPath()));
  }

  private static List<Path> expand(Path root, String place) throws IOException {
    int star = place.indexOf('*');
    if (star < 0) {
      return List.of(root.resolve(place));
    }
    int before = place.lastIndexOf('/', star);
    int after = place.indexOf('/', star);
    Path folder = root.resolve(place.substring(0, before));
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(folder, place.substring(before + 1, after))) {
        for (Path entry : entries) {
          files.add(entry.resolve(place.substring(after + 1)));
        }
      }
    }
    Collections.sort(files);
    return files;
  }
}
