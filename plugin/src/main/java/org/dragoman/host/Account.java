package org.dragoman.host;

import java.io.IOException;

/** A user of the host. */
record Account(String name, int uid, int gid) {

  /**
   * Finds a user.
   *
   * @throws IOException if there is none of that name; the message says what to do
   */
  static Account of(String name) throws IOException {
    Tool.Result uid = Tool.run("id", "-u", name);
    Tool.Result gid = Tool.run("id", "-g", name);
    if (uid == null || gid == null) {
      throw new IOException("the program `id` is not there, by which users are found");
    }
    if (!uid.succeeded() || !gid.succeeded()) {
      throw new IOException(
          "there is no user '"
              + name
              + "', who the helper and the fallback run as: add it (`adduser --system --group "
              + name
              + "`, or `useradd --system "
              + name
              + "`), or name another with `helper: {user: …}`");
    }
    return new Account(
        name, Integer.parseInt(uid.out().strip()), Integer.parseInt(gid.out().strip()));
  }
}
