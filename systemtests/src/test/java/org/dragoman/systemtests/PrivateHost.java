package org.dragoman.systemtests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dragoman.systemtests.Program.Result;

/**
 * A host of its own: the installed program with no trace of earlier runs, a dpkg that knows one
 * package with a device model, and nothing of the machine's.
 */
final class PrivateHost {
  private static final String OWNER = "xen-device-model";
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-02T03:04:05Z"));

  private final Path folder;
  private final Path dpkg;

  /** A host without a trace of an earlier one. */
  PrivateHost(Path folder) throws IOException {
    this.folder = folder;
    this.dpkg = folder.resolve("dpkg");
    for (Path left : List.of(state(), home().resolve("device-models"))) {
      if (Files.exists(left)) {
        InstalledProgram.delete(left);
      }
    }
    Files.createDirectories(state());
    Files.createDirectories(dpkg.resolve("info"));
    Files.createDirectories(dpkg.resolve("updates"));
    Files.createDirectories(deviceModel().getParent());
    Files.writeString(dpkg.resolve("info/format"), "1\n");
    Files.writeString(dpkg.resolve("status"), "");
    Files.writeString(dpkg.resolve("available"), "");
    writeDeviceModel(deviceModel(), "a device model\n");
    configure("");
  }

  static Path home() {
    return InstalledProgram.HERE.shim().getParent();
  }

  static Path state() {
    return home().resolve("../../var/lib/dragoman").normalize();
  }

  static Path configuration() {
    return InstalledProgram.HERE.configuration();
  }

  /** The device model that its toolstack starts. */
  Path deviceModel() {
    return folder.resolve("xen/bin/qemu-dm");
  }

  Path real() {
    return deviceModel().resolveSibling("qemu-dm.real");
  }

  Path settings() {
    return deviceModel().resolveSibling("qemu-dm.dragoman");
  }

  /** In a folder that the helper may write, as its socket is. */
  Path auditLog() {
    return folder.resolve("helper/audit.log");
  }

  Path socket() {
    return folder.resolve("helper/helper.sock");
  }

  /** Writes a program that prints its name, as a package would install it. */
  static void writeDeviceModel(Path file, String says) throws IOException {
    Files.writeString(file, "#!/bin/sh\nprintf '%s' '" + says + "'\n");
    Files.setAttribute(file, "unix:mode", 0751);
    Files.setLastModifiedTime(file, LONG_AGO);
  }

  /** Writes the configuration: what every test needs, and more. */
  void configure(String more) throws IOException {
    Files.writeString(
        configuration(),
        """
        target: xen-4.4
        helper: {user: nobody, socket: %s}
        audit-log: %s
        device-models: [%s]
        """
                .formatted(socket(), auditLog(), deviceModel())
            + more);
  }

  /** The same for a host that must find its target itself. */
  void configureWithoutTarget(String more) throws IOException {
    configure(more);
    Files.writeString(
        configuration(), Files.readString(configuration()).replace("target: xen-4.4\n", ""));
  }

  /** Has dpkg own the device model. */
  void ownDeviceModel() throws IOException {
    Files.writeString(
        dpkg.resolve("status"),
        """
        Package: %s
        Status: install ok installed
        Maintainer: nobody
        Architecture: all
        Version: 1
        Description: a device model

        """
            .formatted(OWNER));
    Files.writeString(dpkg.resolve("info/" + OWNER + ".list"), deviceModel() + "\n");
  }

  /** Has dpkg remove the package that owns the device model, and with it the real one. */
  void removeOwner() throws IOException {
    Files.writeString(dpkg.resolve("status"), "");
    Files.delete(dpkg.resolve("info/" + OWNER + ".list"));
    Files.delete(real());
  }

  /** The diversions of its dpkg. */
  String diversions() {
    return run(List.of("dpkg-divert", "--list")).out();
  }

  /** Starts the helper, as nobody where this user may become somebody else. */
  Process startHelper() throws IOException, InterruptedException {
    Path log = folder.resolve("helper.log");
    List<String> command = new ArrayList<>();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createDirectories(socket().getParent());
    if ("root".equals(System.getProperty("user.name"))) {
      String user = run(List.of("id", "-u", "nobody")).out().strip();
      Files.setAttribute(socket().getParent(), "unix:uid", Integer.parseInt(user));
      command.addAll(List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups"));
    }
    command.addAll(
        List.of(InstalledProgram.HERE.program().toString(), "serve", "--rehearsals", "0"));
    Process helper =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    for (int i = 0; i < 400 && helper.isAlive(); i++) {
      if (Files.readString(log).contains("ready")) {
        return helper;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("the helper is not ready: " + Files.readString(log));
  }

  Result dragoman(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(InstalledProgram.HERE.program().toString()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return run(command);
  }

  /** Runs the program, and kills whoever makes a system call for the nth time. */
  Result killedAt(String systemCall, int nth, Object... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + systemCall,
                "-e",
                "inject=" + systemCall + ":signal=SIGKILL:when=" + nth,
                InstalledProgram.HERE.program().toString()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return run(command);
  }

  Result run(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("env", "DPKG_ADMINDIR=" + dpkg));
    whole.addAll(command);
    return Program.run(whole);
  }

  /** All that can be told of the folder with the device model: names, inodes, owners, contents. */
  Map<String, String> look() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(deviceModel().getParent())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Map<String, Object> facts =
            new HashMap<>(
                Files.readAttributes(
                    file,
                    "unix:ino,mode,uid,gid,size,lastModifiedTime,nlink",
                    LinkOption.NOFOLLOW_LINKS));
        facts.put(
            "content",
            Files.isSymbolicLink(file)
                ? Files.readSymbolicLink(file)
                : Files.readString(file, StandardCharsets.ISO_8859_1));
        all.put(file.getFileName().toString(), new TreeMap<>(facts).toString());
      }
    }
    return all;
  }

  /** What the program left in its own folder. */
  static Set<String> stateFiles() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(state())) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }
}
