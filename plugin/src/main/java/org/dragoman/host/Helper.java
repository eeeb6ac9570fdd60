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
  private static final String TOLD =
      "the helper is told to read its configuration anew; a stream in the same moment may still be"
          + " answered by the former one";

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
          ? TOLD
          : "the helper could not be told to read its configuration anew: " + reload.problem();
    }
    Path script = Installation.initScript();
    if (Files.isExecutable(script) && Files.exists(Installation.pidFile())) {
      Tool.Result reload = Tool.run(script.toString(), "reload");
      return reload != null && reload.succeeded() ? TOLD : null;
    }
    return null;
  }

  /** Started again, where one runs whose socket is gone: to start it would do nothing. */
  static String howToStart() throws IOException {
    if (Files.isDirectory(SYSTEMD)) {
      Tool.Result active = Tool.run("systemctl", "--quiet", "is-active", "dragoman.socket");
      return active != null && active.succeeded()
          ? "systemctl restart dragoman.socket dragoman.service"
          : "systemctl enable --now dragoman.socket";
    }
    return Installation.initScript()
        + (Files.exists(Installation.pidFile()) ? " restart" : " start");
  }
}
