package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.dragoman.os.MessageSocket;

/**
 * The resident helper, seen from outside.
 *
 * @param isThere whether a process has the socket
 * @param problem why that is not so; null: it is
 */
record Helper(boolean isThere, String problem) {
  private static final int PATIENCE = 2000;
  private static final Path SYSTEMD = Path.of("/run/systemd/system");
  private static final Path INIT_SCRIPT = Path.of("/etc/init.d/dragoman");
  private static final Path PID_FILE = Path.of("/run/dragoman.pid");

  /** Looks whether the helper has the socket, and not somebody else. */
  static Helper of(Settings settings) {
    Path socket = settings.socket();
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return new Helper(false, "there is no socket " + socket);
    }
    try (MessageSocket connection = MessageSocket.connect(socket, PATIENCE)) {
      int uid = connection.peer().uid();
      // Root, where it was systemd that listened.
      return uid == 0 || uid == Account.of(settings.helperUser()).uid()
          ? new Helper(true, null)
          : new Helper(
              false,
              socket
                  + ": the process that has it is user "
                  + uid
                  + ", to whom the shim does not speak");
    } catch (IOException e) {
      return new Helper(false, e.getMessage());
    }
  }

  /** Has a running helper read its configuration anew; null: none runs that we could tell. */
  static String reload() throws IOException {
    if (Files.isDirectory(SYSTEMD)) {
      Tool.Result active = Tool.run("systemctl", "--quiet", "is-active", "dragoman.service");
      if (active == null || !active.succeeded()) {
        return null;
      }
      Tool.Result reload = Tool.run("systemctl", "reload", "dragoman.service");
      return reload.succeeded()
          ? "the helper reads its configuration anew"
          : "the helper could not be told to read its configuration anew: " + reload.problem();
    }
    if (Files.isExecutable(INIT_SCRIPT) && Files.exists(PID_FILE)) {
      Tool.Result reload = Tool.run(INIT_SCRIPT.toString(), "reload");
      return reload != null && reload.succeeded()
          ? "the helper reads its configuration anew"
          : null;
    }
    return null;
  }

  static String howToStart() {
    return Files.isDirectory(SYSTEMD)
        ? "systemctl enable --now dragoman.socket"
        : "/etc/init.d/dragoman start";
  }
}
