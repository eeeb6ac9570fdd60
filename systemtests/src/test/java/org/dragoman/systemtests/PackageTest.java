package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Debian package that the build makes, and what is in it. */
class PackageTest {
  /** Files that run; all others do not. */
  private static final Set<String> PROGRAMS =
      Set.of(
          "/etc/init.d/dragoman",
          "/usr/bin/dragoman",
          "/usr/lib/dragoman/archive-classes",
          "/usr/lib/dragoman/dragoman-answer",
          "/usr/lib/dragoman/dragoman-dm",
          "/usr/lib/dragoman/dragoman-relocate",
          "/usr/lib/dragoman/put-back",
          "/usr/lib/dragoman/xl");

  private static final Set<String> CONFIGURATION =
      Set.of("/etc/dragoman/dragoman.yaml", "/etc/init.d/dragoman", "/etc/logrotate.d/dragoman");

  /** What is also expected; jars, policies and documents have tests of their own. */
  private static final Set<String> OTHERS =
      Set.of(
          "/usr/lib/dragoman/dragoman.jar",
          "/usr/lib/dragoman/java.sh",
          "/usr/lib/systemd/system/dragoman.service",
          "/usr/lib/systemd/system/dragoman.socket",
          "/usr/share/bash-completion/completions/dragoman",
          "/usr/share/doc/dragoman/changelog.gz",
          "/usr/share/doc/dragoman/copyright",
          "/usr/share/dragoman/dragoman.yaml",
          "/usr/share/man/man1/dragoman.1.gz");

  /** What every installation of every package leaves in dpkg's and the user database's files. */
  private static final Pattern LEFT_BY_OTHERS =
      Pattern.compile(
          "/etc/(passwd|shadow|group|gshadow|subuid|subgid)-?|/etc/\\.pwd\\.lock"
              + "|/var/(cache/man|lib/dpkg|log/dpkg\\.log|log/alternatives\\.log)(/.*)?");

  @TempDir private static Path tree;
  private static Path deb;

  @BeforeAll
  static void unpack() throws IOException {
    try (Stream<Path> built = Files.list(Program.ROOT.resolve("plugin/target"))) {
      deb =
          built
              .filter(file -> file.getFileName().toString().matches("dragoman_.*\\.deb"))
              .max(Comparator.comparing(file -> file.toFile().lastModified()))
              .orElseThrow(() -> new AssertionError("no package; mvn package makes it"));
    }
    succeed("dpkg-deb", "-x", deb.toString(), tree.toString());
  }

  private static String succeed(String... command) {
    Result result = Program.run(List.of(command));
    assertEquals(0, result.exit(), result.all());
    return result.out();
  }

  private static String field(String name) {
    return succeed("dpkg-deb", "-f", deb.toString(), name).strip();
  }

  private static String script(String name) {
    return succeed("dpkg-deb", "-I", deb.toString(), name);
  }

  /** The line of {@code tar -tv} for each path of the package. */
  private static Map<String, String> contents() {
    Map<String, String> lines = new TreeMap<>();
    Pattern path = Pattern.compile(" \\.(/\\S*)");
    succeed("dpkg-deb", "-c", deb.toString())
        .lines()
        .forEach(
            line -> {
              Matcher matcher = path.matcher(line);
              assertTrue(matcher.find(), line);
              lines.put(matcher.group(1), line);
            });
    return lines;
  }

  @Test
  void everyFileIsRootsAndRunsOnlyIfItIsAProgram() {
    contents()
        .forEach(
            (path, line) -> {
              String mode =
                  path.endsWith("/")
                      ? "drwxr-xr-x"
                      : PROGRAMS.contains(path) ? "-rwxr-xr-x" : "-rw-r--r--";
              assertTrue(line.startsWith(mode + " root/root "), line);
            });
  }

  @Test
  void everythingIsThereAndNothingElse() throws IOException {
    Set<String> expected = new TreeSet<>(PROGRAMS);
    expected.addAll(CONFIGURATION);
    expected.addAll(OTHERS);
    expected.addAll(filesBelow("policies", "/usr/share/dragoman/policies/"));
    expected.add("/usr/share/doc/dragoman/README.md");
    filesBelow("docs", "/usr/share/doc/dragoman/").stream()
        .filter(file -> file.matches(".*/dragoman/[^/]+\\.(md|json|yaml|svg)"))
        .forEach(expected::add);
    try (JarFile jar = new JarFile(tree.resolve("usr/lib/dragoman/dragoman.jar").toFile())) {
      String libraries = jar.getManifest().getMainAttributes().getValue("Class-Path");
      for (String library : libraries.split(" ", -1)) {
        if (!library.contains("-native")) {
          expected.add("/usr/lib/dragoman/" + library);
        }
      }
    }
    Set<String> found = new TreeSet<>(contents().keySet());
    assertTrue(found.remove("/etc/dragoman/policies/"), "the folder for the host's own policies");
    found.removeIf(path -> path.endsWith("/"));
    assertTrue(
        found.removeIf(path -> path.matches("/usr/lib/dragoman/native/libjffi-[0-9.]+\\.so")));
    found.removeIf(path -> path.matches("/usr/share/man/man[1-8]/dragoman.*\\.gz"));
    expected.removeIf(path -> path.startsWith("/usr/share/man/"));
    assertEquals(expected, found);
  }

  private static Set<String> filesBelow(String folder, String prefix) throws IOException {
    Path top = Program.ROOT.resolve(folder);
    try (Stream<Path> files = Files.walk(top)) {
      Set<String> names = new TreeSet<>();
      files.filter(Files::isRegularFile).forEach(file -> names.add(prefix + top.relativize(file)));
      return names;
    }
  }

  @Test
  void needsAJavaRuntimeAndNoMore() {
    assertEquals(
        "adduser, default-jre-headless (>= 2:1.17) | java17-runtime-headless, libc6",
        field("Depends"));
    assertEquals("", field("Pre-Depends"));
    assertEquals("", field("Recommends"));
    assertTrue(Set.of("amd64", "arm64").contains(field("Architecture")), field("Architecture"));
    assertFalse(field("Version").contains("-"), field("Version"));
    assertFalse(
        succeed("readelf", "-d", tree.resolve("usr/lib/dragoman/dragoman-dm").toString())
            .contains("NEEDED"),
        "the shim needs a library, which the package would have to depend on");
    assertEquals(
        List.of("libc.so.6"),
        needed(tree.resolve("usr/lib/dragoman/dragoman-relocate")),
        "Xen's library is that of the host, found when it runs");
  }

  private static List<String> needed(Path program) {
    return Pattern.compile("\\(NEEDED\\).*\\[(.*)\\]")
        .matcher(succeed("readelf", "-d", program.toString()))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @Test
  void configurationIsDpkgsToKeep() {
    assertEquals(CONFIGURATION, Set.copyOf(script("conffiles").lines().toList()));
  }

  @Test
  void noFileNamesTheMachineThatBuiltIt() throws IOException {
    List<String> named = new ArrayList<>();
    for (String path : contents().keySet()) {
      Path file = tree.resolve(path.substring(1));
      // Libraries come as they are.
      if (Files.isRegularFile(file) && !path.startsWith("/usr/lib/dragoman/lib/")) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (bytes.contains(Program.ROOT.toString())
            || bytes.contains(System.getProperty("user.home") + "/")) {
          named.add(path);
        }
      }
    }
    assertEquals(List.of(), named);
  }

  @Test
  void noTimeTellsWhenItWasBuilt() {
    Set<String> times = new TreeSet<>();
    contents()
        .values()
        .forEach(line -> times.add(line.replaceFirst(".* (\\S+ \\S+) \\./.*", "$1")));
    assertEquals(1, times.size(), times::toString);
  }

  @Test
  void theLauncherFindsTheProgramBesideItself() throws IOException {
    String program = tree.resolve("usr/bin/dragoman").toString();
    assertTrue(succeed(program, "--version").startsWith("dragoman "));
    Path stream = Program.stream("xenserver-6.2.standard", tree.resolve("usr"));
    assertTrue(succeed(program, "inspect", stream.toString()).contains("xenserver-6.0-6.2"));
    assertTrue(succeed(program, "policy", "test").contains(" 0 failed"));
  }

  @Test
  void theLauncherWorksThroughALink() throws IOException {
    Path link = Files.createSymbolicLink(tree.resolve("link"), tree.resolve("usr/bin/dragoman"));
    assertTrue(succeed(link.toString(), "--version").startsWith("dragoman "));
  }

  @Test
  void aRuntimeThatIsTooOldIsPassedOver() throws IOException {
    Path old = runtime("old", "1.8.0_292");
    Result result = launch(Map.of("JAVA_HOME", old.toString()), "--version");
    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().startsWith("dragoman "), result.all());
  }

  @Test
  void aRuntimeIsTakenFromJavaHomeFirst() throws IOException {
    Path own = runtime("own", "21.0.1");
    Result result = launch(Map.of("JAVA_HOME", own.toString()), "--version");
    assertTrue(result.out().startsWith("started with "), result.all());
    assertTrue(result.out().contains("-jar "), result.all());
  }

  /** A folder like a Java runtime's, whose program only says how it was started. */
  private static Path runtime(String name, String version) throws IOException {
    Path home = tree.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path java = home.resolve("bin/java");
    Files.writeString(java, "#!/bin/sh\necho started with \"$@\"\n");
    assertTrue(java.toFile().setExecutable(true));
    return home;
  }

  private static Result launch(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> command.add(name + "=" + value));
    command.add(tree.resolve("usr/bin/dragoman").toString());
    command.addAll(List.of(arguments));
    return Program.run(command);
  }

  @Test
  void theFallbackStartsNoOtherProgramOnItsWayToJava() throws IOException {
    Path trace = tree.resolve("trace");
    Path own = runtime("traced", "17");
    Result result =
        Program.run(
            List.of(
                "env",
                "JAVA_HOME=" + own,
                "strace",
                "-f",
                "-e",
                "trace=execve,clone,clone3,fork,vfork",
                "-o",
                trace.toString(),
                tree.resolve("usr/lib/dragoman/dragoman-answer").toString()));
    assertTrue(result.out().contains(" answer"), result.all());
    List<String> calls =
        Files.readAllLines(trace).stream().filter(line -> line.contains("(")).toList();
    // The launcher, then the runtime, which is a script here.
    assertEquals(2, calls.size(), calls::toString);
  }

  @Test
  void completionKnowsEveryCommand() {
    List<String> commands =
        Program.dragoman("--help")
            .out()
            .lines()
            .dropWhile(line -> !line.equals("Commands:"))
            .skip(1)
            .takeWhile(line -> line.startsWith("  "))
            .filter(line -> !line.startsWith("   "))
            .map(line -> line.strip().split(" ", 2)[0])
            .toList();
    assertTrue(commands.containsAll(List.of("inspect", "rewrite", "policy")), commands::toString);
    Set<String> completed =
        Set.of(
            succeed(
                    "bash",
                    "-c",
                    "source \"$0\"; COMP_WORDS=(dragoman ''); COMP_CWORD=1;"
                        + " _complete_dragoman; echo ${COMPREPLY[*]}",
                    tree.resolve("usr/share/bash-completion/completions/dragoman").toString())
                .strip()
                .split(" ", -1));
    assertTrue(completed.containsAll(commands), () -> completed + " lacks some of " + commands);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postinst", "prerm", "postrm"})
  void aScriptRefusesWhatItDoesNotKnow(String name) throws IOException {
    Path file = tree.resolve(name);
    Files.writeString(file, script(name));
    Result result = Program.run(List.of("sh", file.toString(), "unheard-of"));
    assertEquals(1, result.exit(), result.all());
    assertTrue(result.err().contains("unknown argument"), result.all());
  }

  @Test
  void installingUpgradingRemovingAndPurgingLeavesNothingBehind() {
    Path scripts = Program.ROOT.resolve("systemtests/src/test/sh");
    Result result =
        Program.run(
            List.of(
                scripts.resolve("on-a-copy-of-this-host").toString(),
                scripts.resolve("package-lifecycle").toString(),
                deb.toString()),
            400);
    assumeTrue(result.exit() != 77, "needs root and overlay file systems");
    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().contains("== done"), result.all());
    List<String> left =
        result
            .out()
            .lines()
            .filter(line -> line.startsWith("left "))
            .map(line -> line.substring("left ".length()))
            .filter(path -> !LEFT_BY_OTHERS.matcher(path).matches())
            .toList();
    assertEquals(List.of(), left);
  }

  @Test
  void theHelperTranslatesInItsSandboxUnderARealSystemd() {
    Path scripts = Program.ROOT.resolve("systemtests/src/test/sh");
    Result result =
        Program.run(
            List.of(
                scripts.resolve("under-systemd").toString(),
                scripts.resolve("package-under-systemd").toString(),
                deb.toString()),
            180);
    assumeTrue(result.exit() != 77, "needs root, systemd, overlay file systems and cgroups v2");
    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().contains("== done"), result.all());
  }

  @Test
  void withoutDpkgItIsInstalledAndUninstalledWhole(@TempDir Path folder) throws IOException {
    Path prefix = folder.resolve("opt/dragoman");
    String install = Program.ROOT.resolve("bin/install").toString();
    Result installed = Program.run(List.of(install, "--prefix", prefix.toString()), 180);
    assertEquals(0, installed.exit(), installed.all());
    assertTrue(
        succeed(prefix.resolve("bin/dragoman").toString(), "policy", "test").contains(" 0 failed"));
    Set<String> files = new TreeSet<>();
    try (Stream<Path> all = Files.walk(prefix)) {
      all.filter(Files::isRegularFile).forEach(file -> files.add("/" + prefix.relativize(file)));
    }
    for (String path : contents().keySet()) {
      if (!path.endsWith("/")) {
        assertTrue(files.contains(path.replaceFirst("^/usr/", "/")), path);
      }
    }
    Path configuration = prefix.resolve("etc/dragoman/dragoman.yaml");
    assertTrue(Files.readString(configuration).contains("\n  socket: " + prefix + "/var/run/"));
    Files.writeString(configuration, "mode: dry-run\n");
    Result again = Program.run(List.of(install, "--prefix", prefix.toString()), 180);
    assertEquals(0, again.exit(), again.all());
    assertEquals("mode: dry-run\n", Files.readString(configuration));
    Result uninstalled =
        Program.run(List.of(install, "--uninstall", "--prefix", prefix.toString()), 180);
    assertEquals(0, uninstalled.exit(), uninstalled.all());
    assertTrue(uninstalled.err().contains("left, because it was changed"), uninstalled.all());
    try (Stream<Path> left = Files.walk(folder)) {
      assertEquals(List.of(configuration), left.filter(Files::isRegularFile).toList());
    }
    assertNotEquals(
        0, Program.run(List.of(install, "--uninstall", "--prefix", prefix.toString())).exit());
  }
}
