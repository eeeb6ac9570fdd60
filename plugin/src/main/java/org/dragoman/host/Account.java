package org.dragoman.host;

import java.io.IOException;

/** The user of the host that the helper and the fallback run as. */
record Account(String name, int uid, int gid) {

  /**
   * Finds the user.
   *
   * @throws IOException if there is none of that name, or it has root's rights; the message says
   *     what to do
   */
  static Account of(String name) throws IOException {
    Account account = find(name);
    if (account == null) {
      throw new IOException(
          "there is no user '"
              + name
              + "', who the helper and the fallback run as: add it (`adduser --system --group "
              + name
              + "`, or `useradd --system "
              + name
              + "`), or name another with `helper: {user: …}`");
    }
    if (account.isRoots()) {
      throw new IOException(account.isRootsInWords());
    }
    return account;
  }

  /** Looks for a user; null where the host has none of that name. */
  static Account find(String name) throws IOException {
    Tool.Result uid = Tool.run("id", "-u", name);
    Tool.Result gid = Tool.run("id", "-g", name);
    if (uid == null || gid == null) {
      throw new IOException("the program `id` is not there, by which users are found");
    }
    return uid.succeeded() && gid.succeeded()
        ? new Account(
            name, Integer.parseInt(uid.out().strip()), Integer.parseInt(gid.out().strip()))
        : null;
  }

  /** Whether it is root, or in root's group: `serve` and the shim refuse such a one. */
  boolean isRoots() {
    return uid == 0 || gid == 0;
  }

  /** That, for people. */
  String isRootsInWords() {
    return name
        + " is root, or in its group; the helper and the fallback run as neither: name another with"
        + " `helper: {user: …}`";
  }
}
