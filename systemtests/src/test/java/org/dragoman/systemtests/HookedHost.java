package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;

/**
 * A host with the real shim in front of a device model, the real helper and the real fallback, in a
 * folder of its own. The device model is a stand-in that keeps the stream it was given.
 */
final class HookedHost implements AutoCloseable {
  /** Nobody: who the helper and the fallback are, where this user may become somebody else. */
  private static final int HELPER = 65534;

  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private final Path folder = InstalledProgram.readableFolder();
  private final Path deviceModel = folder.resolve("qemu-dm");
  private final Path given = folder.resolve("given");
  private final Path arguments = folder.resolve("arguments");
  private final Path configuration = folder.resolve("dragoman.yaml");
  private final Path run = folder.resolve("run");
  private final Path stream;
  private final byte[] original;
  private final FileTime originalTime;
  private Process helper;

  /** What the shim does, as its settings say it. */
  private int mode = 2;

  private int onFailure;
  private int deadlineMs = 20_000;
  private int helperMs = 5_000;
  private boolean wantUuid;
  private Path fallback = folder.resolve("answer");
  private Path socket = run.resolve("helper.sock");

  /** What the shim printed, how it ended, and how long that took. */
  record Restore(int exit, String err, long milliseconds) {}

  HookedHost(String streamName) throws IOException {
    stream = folder.resolve("qemu-resume.7");
    original = Program.stream(streamName);
    Files.write(stream, original);
    Files.setPosixFilePermissions(stream, PosixFilePermissions.fromString("rw-------"));
    originalTime = Files.getLastModifiedTime(stream);
    Files.copy(InstalledProgram.HERE.shim(), deviceModel);
    executable(deviceModel);
    script(
        folder.resolve("qemu-dm.real"),
        "for argument; do",
        "  case $argument in fd:*) cat <&\"${argument#fd:}\" >" + given + ";; esac",
        "  [ \"$last\" != -loadvm ] || cat <\"$argument\" >" + given,
        "  last=$argument",
        "done",
        "printf '%s\\n' \"$@\" >" + arguments);
    // The one whose configuration this host's is.
    script(
        fallback, "exec " + InstalledProgram.HERE.program() + " answer --config " + configuration);
    Files.createDirectory(run);
    if (ROOT) {
      Files.setAttribute(run, "unix:uid", HELPER);
    }
    configure();
  }

  private static void script(Path file, String... lines) throws IOException {
    Files.writeString(file, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
    executable(file);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Writes the configuration, with more lines. */
  void configure(String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "target: xen-4.17",
                "helper: {socket: " + run.resolve("helper.sock") + "}",
                "policies: []"));
    if (Arrays.stream(more).noneMatch(line -> line.startsWith("audit-log:"))) {
      lines.add("audit-log: " + auditLog());
    }
    for (String line : more) {
      lines.removeIf(old -> old.startsWith(line.substring(0, line.indexOf(':') + 1)));
      lines.add(line);
    }
    Files.write(configuration, lines);
  }

  HookedHost dryRun() {
    mode = 1;
    return this;
  }

  HookedHost passThrough() {
    onFailure = 1;
    return this;
  }

  HookedHost deadline(int milliseconds, int forTheHelper) {
    deadlineMs = milliseconds;
    helperMs = forTheHelper;
    return this;
  }

  /** A rule goes by the uuid. No xenstored is there. */
  HookedHost wantUuid() {
    wantUuid = true;
    return this;
  }

  HookedHost fallback(Path program) {
    fallback = program;
    return this;
  }

  HookedHost socket(Path path) {
    socket = path;
    return this;
  }

  /** The folder. */
  Path folder() {
    return folder;
  }

  /** The helper's audit log. */
  Path auditLog() {
    return run.resolve("audit.log");
  }

  /** The lines of the audit log. */
  List<String> decisions() throws IOException {
    return Files.exists(auditLog()) ? Files.readAllLines(auditLog()) : List.of();
  }

  /** The same, when so many are there. */
  List<String> decisionsWhenThereAre(int count) throws IOException, InterruptedException {
    for (int i = 0; i < 200 && decisions().size() < count; i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    Assertions.assertEquals(count, decisions().size(), () -> folder.toString());
    return decisions();
  }

  /** The stream that is restored. */
  Path stream() {
    return stream;
  }

  /** The helper's process. */
  Process helper() {
    return helper;
  }

  /** What the helper said so far. */
  String helperSaid() throws IOException {
    return Files.readString(folder.resolve("helper.log"));
  }

  /** Starts the helper and waits until it answers. */
  HookedHost startHelper() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (ROOT) {
      String user = Integer.toString(HELPER);
      command.addAll(List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups"));
    }
    command.add(InstalledProgram.HERE.program().toString());
    command.addAll(List.of("serve", "--rehearsals", "100", "--config", configuration.toString()));
    helper =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("helper.log").toFile())
            .start();
    // What a fault is injected into shall be a question, not a rehearsal.
    waitUntilHelperSays("warm");
    return this;
  }

  void waitUntilHelperSays(String word) throws IOException, InterruptedException {
    for (int i = 0; i < 600; i++) {
      if (helperSaid().contains(word)) {
        return;
      }
      assertTrue(helper.isAlive(), "the helper ended: " + helperSaid());
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("the helper did not say '" + word + "': " + helperSaid());
  }

  /** Sends the helper a signal. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(helper.pid())).start().waitFor();
  }

  private void writeSettings() throws IOException {
    ByteBuffer settings = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    settings.put("DRAGOMAN".getBytes(StandardCharsets.US_ASCII));
    settings.putInt(1).putInt(mode).putInt(onFailure).putInt(0);
    settings.putInt(deadlineMs).putInt(helperMs).putInt(HELPER).putInt(HELPER);
    settings.putInt(wantUuid ? 1 : 0);
    settings.put(44, socket.toString().getBytes(StandardCharsets.UTF_8));
    settings.put(
        152, fallback == null ? new byte[0] : fallback.toString().getBytes(StandardCharsets.UTF_8));
    Files.write(folder.resolve("qemu-dm.dragoman"), settings.array());
  }

  /** Restores as libxl does with qemu-xen-traditional. */
  Restore restore() throws IOException, InterruptedException {
    return restore(List.of());
  }

  /** The same through a program that starts it, such as strace. */
  Restore restore(List<String> through) throws IOException, InterruptedException {
    Process process = startRestore(through);
    return end(process, System.nanoTime(), folder.resolve("restore.log"));
  }

  /** Restores with other arguments that say which domain it is. */
  Restore restoreWith(String... domain) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(domain));
    arguments.addAll(List.of("-loadvm", stream.toString()));
    Path log = folder.resolve("restore.log");
    Process process = start(List.of(), arguments, log);
    return end(process, System.nanoTime(), log);
  }

  /** Starts it. */
  Process startRestore(List<String> through) throws IOException {
    List<String> arguments =
        List.of("-d", "7", "-domain-name", "web1", "-loadvm", stream.toString(), "-M", "xenfv");
    return start(through, arguments, folder.resolve("restore.log"));
  }

  /** Starts a guest that boots, with these arguments. */
  Restore boot(String arguments) throws IOException, InterruptedException {
    Path log = folder.resolve("restore.log");
    Process process = start(List.of(), List.of(arguments.split(" ", -1)), log);
    return end(process, System.nanoTime(), log);
  }

  /** Restores as libxl does with qemu-xen: from a descriptor. */
  Restore restoreFromDescriptor() throws IOException, InterruptedException {
    return restoreFromDescriptor("-xen-domid 7 -name web1 -incoming fd:14");
  }

  /** The same with other arguments. */
  Restore restoreFromDescriptor(String arguments) throws IOException, InterruptedException {
    writeSettings();
    Path log = folder.resolve("restore.log");
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                "bash", "-c", "exec 14<" + stream + " && exec " + deviceModel + " " + arguments)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return end(process, start, log);
  }

  /** Starts many at once and waits for all. */
  List<Restore> restoreAtOnce(int count) throws IOException, InterruptedException {
    writeSettings();
    List<Process> processes = new ArrayList<>();
    List<Path> logs = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      Path log = folder.resolve("restore." + i);
      logs.add(log);
      processes.add(
          new ProcessBuilder(deviceModel.toString(), "-d", "" + i, "-loadvm", stream.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start());
    }
    List<Restore> restores = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      restores.add(end(processes.get(i), start, logs.get(i)));
    }
    return restores;
  }

  private Process start(List<String> through, List<String> arguments, Path log) throws IOException {
    writeSettings();
    List<String> command = new ArrayList<>(through);
    command.add(deviceModel.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // Not one that this machine may have.
    builder.environment().put("XENSTORED_PATH", folder.resolve("xenstored").toString());
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** Waits for the end of a restore that was started. */
  Restore end(Process process, long start, Path log) throws IOException, InterruptedException {
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("a restore hangs: " + Files.readString(log));
    }
    long milliseconds = (System.nanoTime() - start) / 1_000_000;
    return new Restore(process.exitValue(), Files.readString(log), milliseconds);
  }

  /** The stream that the device model was given; empty if it was not started. */
  Optional<byte[]> given() throws IOException {
    if (!Files.exists(given)) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(given);
    Files.delete(given);
    return Optional.of(bytes);
  }

  /** What the device model was started with, without its name; empty if it was not started. */
  Optional<String> arguments() throws IOException {
    if (!Files.exists(arguments)) {
      return Optional.empty();
    }
    List<String> words = Files.readAllLines(arguments);
    Files.delete(arguments);
    return Optional.of(String.join(" ", words));
  }

  /** The bytes of the stream as it was saved. */
  byte[] original() {
    return original.clone();
  }

  /** Fails if the file with the stream is not as it was. */
  void assertOriginalUntouched() throws IOException {
    Assertions.assertArrayEquals(original, Files.readAllBytes(stream));
    Assertions.assertEquals(originalTime, Files.getLastModifiedTime(stream));
  }

  /** Fails if a process of this host is left but the helper. */
  void assertNoProcessLeft() throws IOException, InterruptedException {
    List<String> left = List.of();
    for (int i = 0; i < 40; i++) {
      left = processes();
      if (left.isEmpty()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("left: " + left);
  }

  private List<String> processes() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      for (ProcessHandle process : all.toList()) {
        if (helper != null && process.pid() == helper.pid()) {
          continue;
        }
        String line = commandLine(process.pid());
        if (line.contains(folder.toString())) {
          found.add(line);
        }
      }
    }
    return found;
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      // It has ended meanwhile.
      return "";
    }
  }

  /**
   * What the helper has open: files, sockets, files in memory; their names, sorted. An answered
   * helper is still closing what it held, so it is looked at until it stays the same for a while.
   */
  List<String> helperDescriptors() throws IOException, InterruptedException {
    List<String> names = openDescriptors();
    int same = 0;
    for (int i = 0; i < 100 && same < 5; i++) {
      TimeUnit.MILLISECONDS.sleep(50);
      List<String> now = openDescriptors();
      same = now.equals(names) ? same + 1 : 0;
      names = now;
    }
    return names;
  }

  private List<String> openDescriptors() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc", Long.toString(helper.pid()), "fd"))) {
      for (Path fd : fds.toList()) {
        names.add(target(fd));
      }
    }
    Collections.sort(names);
    return names;
  }

  private static String target(Path fd) throws IOException {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (NoSuchFileException e) {
      return "closed meanwhile";
    }
  }

  @Override
  public void close() {
    if (helper != null) {
      helper.destroyForcibly().onExit().join();
    }
    InstalledProgram.delete(folder);
  }
}
