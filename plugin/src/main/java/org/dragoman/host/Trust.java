package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlReader;

/**
 * Whether a file or folder can only have been written by root or by who runs the program. What
 * somebody else may write would let them decide what becomes of a guest.
 */
final class Trust {
  private static final int GROUP_OR_OTHERS_WRITE = 0022;
  private static final int PERMISSIONS = 07777;

  private Trust() {}

  /**
   * What is known of a file, by one look at it: only what decides about trust, and whether it
   * changed. The inode, and the time of its last change of any kind, tell of those that keep size
   * and time of modification, as `cp -p` does. The device's number is left out, since some file
   * systems have another after each mount.
   */
  record Facts(
      boolean folder,
      boolean regular,
      long size,
      long modifiedNs,
      long changedNs,
      long inode,
      int mode,
      int uid) {

    /**
     * Looks at a file; a symbolic link is followed.
     *
     * @throws IOException if it is not there, or cannot be looked at
     */
    static Facts of(Path path) throws IOException {
      Map<String, Object> found =
          Files.readAttributes(
              path, "unix:mode,uid,ino,size,lastModifiedTime,ctime,isDirectory,isRegularFile");
      return new Facts(
          (Boolean) found.get("isDirectory"),
          (Boolean) found.get("isRegularFile"),
          (Long) found.get("size"),
          ((FileTime) found.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS),
          ((FileTime) found.get("ctime")).to(TimeUnit.NANOSECONDS),
          (Long) found.get("ino"),
          (Integer) found.get("mode") & PERMISSIONS,
          (Integer) found.get("uid"));
    }

    /** Whether nobody but root and the given user can have written it. */
    boolean trusted(int user) {
      return (mode & GROUP_OR_OTHERS_WRITE) == 0 && (uid == 0 || uid == user);
    }
  }

  /** The user id that this process has. */
  static int self() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /**
   * Adds what is wrong with a file's or folder's owner and permissions, and how to put it right.
   */
  static void check(Path path, List<Problem> problems) {
    try {
      Facts facts = Facts.of(path);
      int self = self();
      if (facts.uid() != 0 && facts.uid() != self) {
        problems.add(
            new Problem(
                path.toString(),
                "belongs to user "
                    + facts.uid()
                    + ", who could change it; expected root"
                    + (self == 0 ? "" : " or user " + self)
                    + ": run `chown root "
                    + path
                    + "`"));
      }
      if ((facts.mode() & GROUP_OR_OTHERS_WRITE) != 0) {
        problems.add(
            new Problem(
                path.toString(),
                "others than its owner may write it (mode "
                    + Integer.toOctalString(facts.mode())
                    + "): run `chmod go-w "
                    + path
                    + "`"));
      }
    } catch (IOException e) {
      problems.add(new Problem(path.toString(), "cannot be looked at: " + YamlReader.reason(e)));
    }
  }
}
