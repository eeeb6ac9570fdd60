package org.dragoman.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dragoman.os.Durable;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.yaml.YamlException;

/** Checks everything that can be wrong on a host, and says for each what to do. */
public final class Doctor {
  private static final int JAVA = 17;
  private static final int EXECUTABLE = 0755;
  private static final int PRIVATE = 0600;
  private static final int OTHERS_WRITE = 0002;
  private static final int REFUSED = 4;

  /** How a check came out. */
  public enum Result {
    /** As it should be. */
    OK,
    /** It works, but look at it. */
    WARN,
    /** It does not work. */
    FAIL;

    /** For people and for JSON. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One line of the report.
   *
   * @param name what was looked at
   * @param found what was found, and what to do where it is not right
   */
  public record Check(String name, Result result, String found) {}

  /**
   * What the program itself makes of the sample stream on this host.
   *
   * @param bytes the stream that must come out; null: it is refused, for the reason given
   * @param reason null: it is not refused
   */
  public record Expected(ByteBuffer bytes, String reason) {}

  /** Translates the sample stream in this process, for a comparison. */
  public interface Sample {
    /** The stream. */
    byte[] stream();

    /** What must come of it. */
    Expected expected(HostConfiguration configuration, Product target);
  }

  private static final String SAMPLE_DOMAIN = "dragoman-doctor";

  private final Installation installation;
  private final Path configurationFile;
  private final Sample sample;
  private final List<Check> checks = new ArrayList<>();

  private Doctor(Installation installation, Path configurationFile, Sample sample) {
    this.installation = installation;
    this.configurationFile = configurationFile;
    this.sample = sample;
  }

  /** The name of the domain that the sample stream is said to be of. */
  public static String sampleDomain() {
    return SAMPLE_DOMAIN;
  }

  /** Runs all checks, in the order in which they depend on each other. */
  public static List<Check> examine(
      Installation installation, Path configurationFile, Sample sample) {
    Doctor doctor = new Doctor(installation, configurationFile.toAbsolutePath(), sample);
    doctor.examine();
    return doctor.checks;
  }

  private void examine() {
    java();
    HostConfiguration configuration = configuration();
    program();
    Account helper = null;
    if (configuration != null) {
      helper = user(configuration.settings());
    }
    boolean enabled = deviceModels();
    if (configuration != null && configuration.settings().mode() == Mode.OFF) {
      add("mode", Result.OK, "off: target, helper and audit log are not needed, nor looked at");
    } else if (configuration != null) {
      boolean translates = target(configuration);
      helper(configuration.settings(), enabled);
      unit(configuration.settings());
      if (helper != null) {
        auditLog(configuration.settings(), helper);
        if (translates) {
          translation(configuration, helper);
        }
      }
    }
    security();
  }

  private void add(String name, Result result, String found) {
    checks.add(new Check(name, result, found));
  }

  private void java() {
    int version = Runtime.version().feature();
    add(
        "java",
        version >= JAVA ? Result.OK : Result.FAIL,
        System.getProperty("java.home")
            + ", version "
            + Runtime.version()
            + (version >= JAVA ? "" : ": install a Java runtime of version 17 or later"));
  }

  private HostConfiguration configuration() {
    try {
      HostConfiguration configuration = HostConfiguration.read(configurationFile);
      add(
          "configuration",
          Result.OK,
          configurationFile + ": mode " + configuration.settings().mode().word());
      add("policies", Result.OK, configuration.policies().products().size() + " products");
      return configuration;
    } catch (YamlException e) {
      e.problems().forEach(problem -> add("configuration", Result.FAIL, problem.toString()));
      return null;
    }
  }

  private void program() {
    try {
      add(
          "shim",
          Result.OK,
          installation.shim() + ", version " + Shim.packaged(installation).version());
    } catch (IOException e) {
      add("shim", Result.FAIL, e.getMessage());
    }
    Path fallback = installation.fallback();
    boolean executable = Files.isExecutable(fallback);
    add(
        "fallback",
        executable ? Result.OK : Result.FAIL,
        fallback
            + (executable
                ? ""
                : ": not an executable program; install the package dragoman again"));
  }

  private Account user(Settings settings) {
    try {
      Account account = Account.of(settings.helperUser());
      add("user", Result.OK, account.name() + ", uid " + account.uid());
      return account;
    } catch (IOException e) {
      add("user", Result.FAIL, e.getMessage());
      return null;
    }
  }

  /** Whether any has the shim in front. What is not well for `status`, is not for us. */
  private boolean deviceModels() {
    try {
      Status status = Status.of(installation, configurationFile);
      for (Status.Standing one : status.deviceModels()) {
        add(
            "device model",
            one.toDo() == null ? Result.OK : Result.FAIL,
            one.path()
                + ": "
                + one.state().inWords()
                + (one.toDo() == null ? "" : ": " + one.toDo()));
        if (one.note() != null) {
          add("device model", Result.WARN, one.path() + ": " + one.note());
        }
        if (one.state() == Status.State.ENABLED || one.state() == Status.State.PER_DOMAIN) {
          program(DeviceModel.real(one.path()));
        }
      }
      if (!status.isEnabled()) {
        add("device model", Result.WARN, "none has the shim in front: run `dragoman enable`");
      }
      return status.isEnabled();
    } catch (IOException e) {
      add("device model", Result.FAIL, e.getMessage());
      return false;
    }
  }

  /** Whether a file is one that the kernel can start. */
  private void program(Path file) throws IOException {
    byte[] beginning;
    try (var in = Files.newInputStream(file)) {
      beginning = in.readNBytes(4);
    }
    boolean elf = Arrays.equals(beginning, new byte[] {0x7f, 'E', 'L', 'F'});
    boolean script = beginning.length > 1 && beginning[0] == '#' && beginning[1] == '!';
    add(
        "device model",
        elf || script ? Result.OK : Result.FAIL,
        file
            + (elf
                ? ": a program"
                : script
                    ? ": a script"
                    : ": neither a program nor a script: install its package again"));
  }

  /** Whether this host's device model is known, so that a stream can be translated for it. */
  private boolean target(HostConfiguration configuration) {
    try {
      configuration.target();
      add("target", Result.OK, configuration.targetInWords());
      return true;
    } catch (UnknownProductException e) {
      add("target", Result.FAIL, e.getMessage());
      return false;
    }
  }

  private void helper(Settings settings, boolean enabled) {
    Path socket = settings.socket();
    Helper helper = Helper.of(settings);
    try {
      if (!helper.isThere()) {
        add(
            "helper",
            enabled ? Result.FAIL : Result.WARN,
            helper.problem()
                + "; each restore takes the fallback, which is slower: "
                + Helper.howToStart());
        return;
      }
      Map<String, Object> folder =
          Files.readAttributes(socket.toAbsolutePath().getParent(), "unix:mode,uid");
      int mode = (Integer) folder.get("mode");
      boolean open = (mode & OTHERS_WRITE) != 0;
      add(
          "helper",
          open ? Result.WARN : Result.OK,
          socket
              + (open
                  ? ": anybody may put another socket in its place: run `chmod o-w "
                      + socket.getParent()
                      + "`"
                  : ": a process has it"));
    } catch (IOException e) {
      add("helper", Result.FAIL, socket + ": " + e.getMessage());
    }
  }

  /** What the helper's unit forbids, of which permissions tell nothing. */
  private void unit(Settings settings) {
    try {
      HelperUnit unit = HelperUnit.ofThisHost();
      if (unit == null) {
        return;
      }
      List<String> objections = unit.objections(settings);
      objections.forEach(objection -> add("helper's unit", Result.WARN, objection));
      if (objections.isEmpty()) {
        add("helper's unit", Result.OK, "allows what the configuration says");
      }
    } catch (IOException e) {
      add("helper's unit", Result.WARN, e.getMessage());
    }
  }

  private void auditLog(Settings settings, Account helper) {
    Path log = settings.auditLog();
    if (log == null) {
      add("audit log", Result.WARN, "none (`audit-log: none`)");
      return;
    }
    Path folder = log.getParent();
    String user = helper.name();
    if (!Files.isDirectory(folder)) {
      add(
          "audit log",
          Result.FAIL,
          folder
              + ": no such folder: run `install -d -m 2750 -o "
              + user
              + " -g adm "
              + folder
              + "`");
      return;
    }
    try {
      boolean there = Files.exists(log, LinkOption.NOFOLLOW_LINKS);
      if (there && !isOneFile(log)) {
        // Whoever may write the folder chose what it leads to: nothing of that is to be given away.
        add(
            "audit log",
            Result.FAIL,
            log + ": a link, or no regular file: look who put it there, and remove it");
        return;
      }
      Path written = there ? log : folder;
      boolean may = mayWrite(written, helper);
      add(
          "audit log",
          may ? Result.OK : Result.FAIL,
          log
              + (may
                  ? ""
                  : ": "
                      + user
                      + " may not write it: run `chown -h "
                      + user
                      + " "
                      + written
                      + "`"));
    } catch (IOException e) {
      add("audit log", Result.FAIL, log + ": " + e.getMessage());
    }
  }

  /** Whether a name stands for a file that has no other. */
  private static boolean isOneFile(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1;
  }

  private static boolean mayWrite(Path file, Account account) throws IOException {
    Map<String, Object> facts = Files.readAttributes(file, "unix:mode,uid,gid");
    int mode = (Integer) facts.get("mode");
    int shift =
        facts.get("uid").equals(account.uid()) ? 6 : facts.get("gid").equals(account.gid()) ? 3 : 0;
    return ((mode >> shift) & 2) != 0;
  }

  /** A stream, from end to end: with the helper, and as if there were none. */
  private void translation(HostConfiguration configuration, Account helper) {
    Expected expected;
    try {
      expected = sample.expected(configuration, configuration.target());
    } catch (UnknownProductException e) {
      throw new IllegalStateException(e);
    }
    if (expected.bytes() == null) {
      add(
          "translation",
          Result.WARN,
          "not tried: this host refuses the sample, a stream of XenServer 6.2: "
              + expected.reason());
      return;
    }
    if (Helper.of(configuration.settings()).isThere()) {
      translation(
          "translation by the helper",
          configuration.settings(),
          configuration.settings().socket(),
          helper,
          expected);
    }
    translation(
        "translation by the fallback",
        configuration.settings(),
        installation.state().resolve("no-helper.sock"),
        helper,
        expected);
  }

  private void translation(
      String name, Settings settings, Path socket, Account helper, Expected expected) {
    Path folder = null;
    try {
      Path base =
          Files.isWritable(installation.state())
              ? installation.state()
              : Path.of(System.getProperty("java.io.tmpdir"));
      folder =
          Files.createTempDirectory(
              base,
              "doctor-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path probe = folder.resolve("probe");
      Path result = folder.resolve("result");
      Path stream = folder.resolve("stream");
      Durable.write(probe, Shim.packaged(installation).bytes(), EXECUTABLE);
      Durable.write(
          DeviceModel.real(probe),
          """
          #!/bin/sh
          # Stands for the real device model: keeps the stream that it was given.
          while [ $# -gt 1 ]; do
              [ "$1" != -loadvm ] || cat -- "$2" >"${0%/*}/result"
              shift
          done
          """
              .getBytes(StandardCharsets.UTF_8),
          EXECUTABLE);
      Durable.write(
          DeviceModel.settings(probe),
          ShimSettings.of(settings, Mode.ENFORCE, socket, helper, installation),
          EXECUTABLE & ~0111);
      Durable.write(stream, sample.stream(), PRIVATE);
      long start = System.nanoTime();
      Tool.Result run =
          Tool.run(
              probe.toString(),
              "-d",
              "0",
              "-domain-name",
              SAMPLE_DOMAIN,
              "-loadvm",
              stream.toString());
      long ms = (System.nanoTime() - start) / 1_000_000;
      conclude(name, settings, run, result, expected, ms);
    } catch (IOException e) {
      add(name, Result.FAIL, e.getMessage());
    } finally {
      remove(folder);
    }
  }

  private void conclude(
      String name, Settings settings, Tool.Result run, Path result, Expected expected, long ms)
      throws IOException {
    boolean byHelper = name.endsWith("helper");
    if (run == null) {
      add(
          name,
          Result.FAIL,
          "the shim cannot be started in "
              + result.getParent()
              + ": is it on a file system mounted noexec?");
    } else if (!run.succeeded()) {
      add(
          name,
          Result.FAIL,
          (run.exit() == REFUSED ? "the sample was refused: " : "the shim failed: ")
              + run.problem());
    } else if (settings.onFailure() == OnFailure.PASS_THROUGH
        && Files.exists(result)
        && !expected.bytes().equals(ByteBuffer.wrap(sample.stream()))
        && Arrays.equals(Files.readAllBytes(result), sample.stream())) {
      add(
          name,
          Result.FAIL,
          "the sample was not translated, and passed through (on-failure): " + run.problem());
    } else if (!Files.exists(result)
        || !expected.bytes().equals(ByteBuffer.wrap(Files.readAllBytes(result)))) {
      add(
          name,
          Result.FAIL,
          "the device model got another stream than it should; please report it: " + run.problem());
    } else if (byHelper && run.err().contains("asked the fallback")) {
      add(name, Result.FAIL, "the helper did not answer: " + run.problem());
    } else {
      add(name, Result.OK, "a stream of XenServer 6.2 arrived as it should, in " + ms + " ms");
    }
  }

  private static void remove(Path folder) {
    if (folder == null) {
      return;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        Files.delete(entry);
      }
      Files.delete(folder);
    } catch (IOException e) {
      System.err.println("dragoman: " + folder + " is left behind: " + e);
    }
  }

  /** What the host's security modules may forbid, and nobody else would tell. */
  private void security() {
    try {
      Path enforcing = Path.of("/sys/fs/selinux/enforce");
      if (Files.exists(enforcing) && Files.readString(enforcing).strip().equals("1")) {
        add(
            "SELinux",
            Result.WARN,
            "enforcing: if a guest does not start, look for dragoman in `ausearch -m avc`");
      }
      Path profiles = Path.of("/sys/kernel/security/apparmor/profiles");
      if (Files.isReadable(profiles) && Files.readString(profiles).contains("libvirtd")) {
        Path local = Path.of("/etc/apparmor.d/local/usr.sbin.libvirtd");
        boolean mentioned = Files.isReadable(local) && Files.readString(local).contains(".real");
        add(
            "AppArmor",
            mentioned ? Result.OK : Result.WARN,
            mentioned
                ? local + " mentions the real device model"
                : "libvirtd has a profile: it must be allowed to start the device model and the one"
                    + " with .real after its name; see docs/host.md");
      }
    } catch (IOException e) {
      add("security modules", Result.WARN, "cannot be looked at: " + e.getMessage());
    }
  }
}
