package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands that are about the host: what it is configured to do, how it stands, what it did.
 */
class HostCommandsTest {
  @TempDir private Path folder;
  private PrivateHost host;

  @BeforeEach
  void makeHost() throws IOException {
    host = new PrivateHost(folder);
  }

  private static void assertExit(int expected, Result result) {
    assertEquals(expected, result.exit(), result.all());
    assertFalse(result.err().contains("\tat "), result.all());
  }

  private static JsonNode json(Result result) throws IOException {
    return new ObjectMapper().readTree(result.out());
  }

  @Test
  void configCheckPrintsWhatHolds() throws IOException {
    host.configure("deadline-seconds: 5\nsource: {rules: [{name: \"web*\", product: xen-3.4}]}\n");
    Result result = host.dragoman("config", "check");
    assertExit(0, result);
    for (String line :
        List.of(
            "mode: enforce",
            "target: xen-4.1-4.20",
            "    - {name: \"web*\", product: xen-3.4}",
            "deadline-seconds: 5",
            "  seconds: 2.5")) {
      assertTrue(result.out().lines().anyMatch(line::equals), line + " in " + result.out());
    }
    JsonNode json = json(host.dragoman("config", "check", "--json"));
    assertEquals("xen-4.1-4.20", json.get("target").get("product").asText());
    assertEquals(2500, json.get("helper").get("ms").asInt());
  }

  @Test
  void configCheckSaysEveryProblemOfAnyFile() throws IOException {
    Path other = folder.resolve("other.yaml");
    Files.writeString(other, "mode: maybe\ntarget: xen-9\n");
    Result result = host.dragoman("config", "check", other);
    assertExit(5, result);
    assertTrue(result.err().contains(other + ":1:7: "), result.err());
    Files.writeString(other, "mode: off\ntarget: xen-9\n");
    result = host.dragoman("config", "check", other);
    assertExit(5, result);
    assertTrue(
        result.err().contains(other + ":2:9: 'xen-9': no policy covers that version; there are"),
        result.err());
    result = host.dragoman("config", "check", "--config", folder.resolve("no.yaml"));
    assertExit(5, result);
    assertTrue(
        result
            .err()
            .contains("no.yaml: no such file; to have the one that Dragoman came with: `cp"),
        result.err());
  }

  @Test
  void theShippedConfigurationIsRight() {
    Path shipped = Program.ROOT.resolve("plugin/src/dist/dragoman.yaml");
    assertExit(0, host.dragoman("config", "check", shipped));
  }

  @Test
  void statusOfAHostWhereNothingIsEnabledIsWell() throws IOException {
    Result result = host.dragoman("status");
    assertExit(0, result);
    assertTrue(result.out().contains("not enabled"), result.out());
    assertFalse(json(host.dragoman("status", "--json")).get("enabled").asBoolean());
  }

  @Test
  void statusSaysThatTheHelperIsNotThere() {
    assertExit(0, host.dragoman("enable"));
    Result result = host.dragoman("status");
    assertExit(6, result);
    assertTrue(result.out().contains("helper: not there: there is no socket"), result.out());
    assertTrue(result.out().contains(host.deviceModel() + ": enabled, shim "), result.out());
  }

  /** What is not well for one is not for the other. */
  @Test
  void doctorSaysTheSameAsStatus() {
    assertExit(0, host.dragoman("enable"));
    assertExit(6, host.dragoman("status"));
    Result result = host.dragoman("doctor");
    assertExit(6, result);
    assertTrue(
        result.out().contains("fail  helper: there is no socket " + host.socket()), result.out());
  }

  @Test
  void whereTheModeIsOffNothingIsAskedFor() throws IOException {
    host.configureWithoutTarget("mode: off\n");
    Result enabled = host.dragoman("enable");
    assertExit(0, enabled);
    assertFalse(enabled.out().contains("Next:"), enabled.out());
    assertExit(0, host.dragoman("status"));
    Result doctor = host.dragoman("doctor");
    assertExit(0, doctor);
    assertFalse(doctor.out().contains("start"), doctor.out());
  }

  @ParameterizedTest
  @CsvSource({"enforce, every stream is refused", "dry-run, no stream can be translated"})
  void aTargetThatIsNotKnownIsNotWell(String mode, String what)
      throws IOException, InterruptedException {
    assumeTrue(!Files.exists(Path.of("/sys/hypervisor/version/major")), "this is a Xen");
    host.configureWithoutTarget("mode: " + mode + "\n");
    Result enabled = host.dragoman("enable");
    assertExit(0, enabled);
    assertTrue(enabled.out().contains("`target:`"), enabled.out());
    assertEquals(mode.equals("enforce"), enabled.out().contains("WARNING: " + what));
    Process helper = host.startHelper();
    try {
      Result status = host.dragoman("status");
      assertExit(6, status);
      assertTrue(status.out().contains("  " + what + " until it is known"), status.out());
      Result doctor = host.dragoman("doctor");
      assertExit(6, doctor);
      String line =
          doctor.out().lines().filter(one -> one.startsWith("fail  target")).findFirst().get();
      assertEquals(line.indexOf("say it with"), line.lastIndexOf("say it with"), line);
    } finally {
      helper.destroy();
      helper.waitFor();
    }
  }

  /** The script of the same installation, and another word where a helper runs already. */
  @Test
  void whereTheSocketOfARunningHelperIsGoneDoctorSaysRestart() throws IOException {
    assumeFalse(Files.exists(Path.of("/run/systemd/system")), "systemd starts it");
    Path etc = PrivateHost.configuration().getParent().getParent();
    Path pid = PrivateHost.state().resolve("../../run/dragoman.pid").normalize();
    assertExit(0, host.dragoman("enable"));
    String script = etc.resolve("init.d/dragoman").toString();
    assertTrue(host.dragoman("doctor").out().contains("slower: " + script + " start"));
    Files.createDirectories(pid.getParent());
    Files.writeString(pid, "0\n");
    try {
      String doctor = host.dragoman("doctor").out();
      assertTrue(doctor.contains("slower: " + script + " restart"), doctor);
    } finally {
      Files.delete(pid);
    }
  }

  @Test
  void doctorTellsAStreamThatWasPassedThroughFromAWrongOne() throws IOException {
    host.configure("on-failure: pass-through\n");
    Files.createDirectories(host.auditLog().getParent());
    Path fallback = PrivateHost.home().resolve("dragoman-answer");
    Path aside = fallback.resolveSibling("dragoman-answer.aside");
    Files.move(fallback, aside);
    try {
      Files.writeString(fallback, "#!/bin/sh\nexit 1\n");
      Files.setAttribute(fallback, "unix:mode", 0755);
      Result result = host.dragoman("doctor");
      assertExit(6, result);
      assertTrue(
          result.out().contains("was not translated, and passed through (on-failure)"),
          result.out());
      assertFalse(result.out().contains("please report it"), result.out());
    } finally {
      Files.move(aside, fallback, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Otherwise the helper's last words would be nowhere. */
  @Test
  void theInitScriptSaysThatTheLogCannotBeWritten() {
    Path etc = PrivateHost.configuration().getParent().getParent();
    Result result = host.run(List.of("sh", etc.resolve("init.d/dragoman").toString(), "start"));
    assertExit(1, result);
    assertTrue(result.out().contains("/log/dragoman/helper.log: install -d"), result.all());
  }

  @Test
  void withoutJavaDisableNamesWhatNeedsNone() {
    for (String command : List.of("disable", "status")) {
      Result result =
          host.run(
              List.of(
                  "env",
                  "JAVA_HOME=/nonexistent",
                  "sh",
                  "-c",
                  "home=$1; prefix=; state=/state; . \"$home/java.sh\"; is_new_enough() { false; };"
                      + " start \"$2\"",
                  "sh",
                  PrivateHost.home().toString(),
                  command));
      assertExit(6, result);
      assertEquals(
          command.equals("disable"),
          result.err().contains(PrivateHost.home() + "/put-back /state/enabled.json"),
          result.err());
    }
  }

  @Test
  void aMissingFolderOfTheSocketIsSaid() {
    assumeTrue("root".equals(System.getProperty("user.name")), "the helper is not for root");
    Result result =
        host.run(
            List.of(
                "setpriv",
                "--reuid",
                "65534",
                "--clear-groups",
                InstalledProgram.HERE.program().toString(),
                "serve"));
    assertExit(6, result);
    assertTrue(
        result.err().contains(host.socket().getParent() + ": no such folder, which the helper's"),
        result.err());
    assertTrue(result.err().contains("install -d -o nobody"), result.err());
  }

  @Test
  void doctorSaysWhatToDo() throws IOException {
    host.configure("policies: [/nonexistent]\n");
    Result result = host.dragoman("doctor");
    assertExit(6, result);
    assertTrue(
        result.out().contains("fail  configuration: /nonexistent: not a folder of policies"),
        result.out());
    host.configure("");
    Files.setAttribute(host.deviceModel(), "unix:mode", 0755);
    assertExit(0, host.dragoman("enable"));
    Files.setAttribute(host.real(), "unix:mode", 0644);
    JsonNode checks = json(host.dragoman("doctor", "--json"));
    assertTrue(
        checks.toString().contains("qemu-dm.real is not executable: run `chmod +x` on it"),
        checks.toString());
    assertTrue(checks.toString().contains("there is no socket"), checks.toString());
  }

  @Test
  void doctorTranslatesThroughShimHelperAndFallback() throws IOException, InterruptedException {
    assertExit(0, host.dragoman("enable"));
    Process helper = host.startHelper();
    try {
      Result result = host.dragoman("doctor");
      assertExit(0, result);
      for (String by : List.of("helper", "fallback")) {
        assertTrue(
            result.out().contains("ok    translation by the " + by + ": a stream of XenServer 6.2"),
            result.out());
      }
      assertFalse(result.out().contains("fail"), result.out());
      assertExit(0, host.dragoman("status"));
      Result log = host.dragoman("log", "--domain", "dragoman-doctor");
      assertExit(0, log);
      assertEquals(2, log.out().lines().filter(line -> line.contains("translated:")).count());
      assertTrue(log.out().contains("by the fallback"), log.out());
    } finally {
      helper.destroy();
      helper.waitFor();
    }
  }

  /** What the helper's user puts in the log's folder is not root's to give away. */
  @ParameterizedTest
  @ValueSource(strings = {"link", "dangling link", "second name", "folder"})
  void doctorGivesNoFileAwayThatTheLogLeadsTo(String what) throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "root's");
    Path log = host.auditLog();
    Files.createDirectories(log.getParent());
    switch (what) {
      case "link" -> Files.createSymbolicLink(log, secret);
      case "dangling link" -> Files.createSymbolicLink(log, folder.resolve("nothing"));
      case "second name" -> Files.createLink(log, secret);
      default -> Files.createDirectory(log);
    }
    Result result = host.dragoman("doctor");
    assertExit(6, result);
    assertTrue(
        result.out().contains("fail  audit log: " + log + ": a link, or no regular file"),
        result.out());
    assertFalse(result.out().contains("chown"), result.out());
  }

  @Test
  void doctorSaysWhoMustOwnTheLogAndFollowsNoLink() throws IOException {
    Files.createDirectories(host.auditLog().getParent());
    Files.writeString(host.auditLog(), "");
    Files.setAttribute(host.auditLog(), "unix:mode", 0600);
    String asked = host.dragoman("doctor").out();
    assertTrue(
        asked.contains("run `chown -h nobody " + host.auditLog() + "`")
            || !"root".equals(System.getProperty("user.name")),
        asked);
  }

  private static String line(Instant time, int domid, String name, String outcome) {
    return """
    {"time":"%s","domid":%d,"name":"%s","uuid":null,"kind":"loadvm","deviceModel":"qemu-dm",\
    "mode":"enforce","helper":"resident","outcome":"%s","target":"xen-4.1-4.20","saidSource":null,\
    "explanations":["xenserver-6.0-6.2"],"edits":[{"offset":6218,"remove":"02","insert":"01",\
    "section":"piix4acpi","reason":"it is version 1"}],"reasons":[],"warnings":["look"],\
    "size":6504,"sizeAfter":6504,"sha256":"00","sha256After":"01",\
    "ms":{"receive":1,"judge":1,"plan":1,"write":1,"total":4},"version":"0.1.0"}
    """
        .formatted(time, domid, name, outcome);
  }

  private void writeLog() throws IOException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Path log = host.auditLog();
    Files.createDirectories(log.getParent());
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(Path.of(log + ".2.gz")))) {
      out.write(
          line(now.minus(9, ChronoUnit.DAYS), 1, "web1", "translated")
              .getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(
        Path.of(log + ".1"), line(now.minus(3, ChronoUnit.HOURS), 2, "db", "refused"));
    Files.writeString(
        log,
        line(now.minus(10, ChronoUnit.MINUTES), 3, "web2--incoming", "unchanged")
            + "{\"time\": \"2026\n"
            + line(now, 4, "a\\u001b[31m", "would-translate"));
  }

  @Test
  void logShowsEveryDecisionOldestFirst() throws IOException {
    writeLog();
    Result result = host.dragoman("log");
    assertExit(0, result);
    List<String> decisions = result.out().lines().filter(line -> !line.startsWith(" ")).toList();
    assertEquals(4, decisions.size(), result.out());
    assertTrue(
        decisions
            .get(0)
            .matches(
                "\\S+Z  domain 1 \\(web1\\)  translated: from xenserver-6.0-6.2 to xen-4.1-4.20,"
                    + " 1 edit, 4 ms"),
        decisions.get(0));
    assertTrue(result.out().contains("    at 0x184a (piix4acpi): it is version 1"), result.out());
    assertTrue(result.out().contains("    look"), result.out());
    assertFalse(result.out().contains("\u001b"), "a control character of a domain's name");
    assertEquals(
        "dragoman: " + host.auditLog() + ":2: not a line of the audit log; left out",
        result.err().strip());
  }

  @ParameterizedTest
  @CsvSource({
    "--domain, 2, 1",
    "--domain, web*, 2",
    "--domain, web2, 1",
    "--domain, nothing, 0",
    "--since, 1h, 2",
    "--since, 5d, 3",
    "--since, 2020-01-01, 4",
    "--since, 2020-01-01T00:00, 4",
    "--since, 2020-01-01T00:00:00Z, 4",
    "--since, 2020-01-01 00:00:00+02:00, 4",
  })
  void logShowsWhatIsAskedFor(String option, String value, int expected) throws IOException {
    writeLog();
    Result result = host.dragoman("log", "--json", option, value);
    assertExit(0, result);
    assertEquals(expected, result.out().lines().count(), result.out());
    for (String line : result.out().lines().toList()) {
      assertTrue(new ObjectMapper().readTree(line).has("outcome"));
    }
  }

  @Test
  void logReadsNothingThatALinkLeadsToAndWaitsForNoPipe() throws IOException {
    writeLog();
    Path log = host.auditLog();
    Path secret = folder.resolve("secret");
    Files.writeString(secret, line(Instant.now(), 5, "secret", "refused"));
    Files.createSymbolicLink(Path.of(log + ".3"), secret);
    assertEquals(0, host.run(List.of("mkfifo", log + ".4")).exit());
    Result result = host.dragoman("log");
    assertExit(0, result);
    assertFalse(result.all().contains("(secret)"), result.all());
    for (String name : List.of(".3", ".4")) {
      assertTrue(
          result.err().contains(log + name + ": a link, or no regular file; left out"),
          result.err());
    }
    assertEquals(4, result.out().lines().filter(line -> !line.startsWith(" ")).count());
  }

  @Test
  void aLineWithoutAnEndIsLeftOut() throws IOException {
    writeLog();
    byte[] many = new byte[1 << 20];
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(Path.of(host.auditLog() + ".3.gz")))) {
      // More than the program has memory for.
      for (int mib = 0; mib < 400; mib++) {
        out.write(many);
      }
    }
    Result result = host.dragoman("log");
    assertExit(0, result);
    assertTrue(
        result.err().contains(".3.gz:1: not a line of the audit log; left out"), result.err());
    assertEquals(4, result.out().lines().filter(line -> !line.startsWith(" ")).count());
  }

  @Test
  void aLogThatIsNotThereIsSaid() throws IOException {
    Result result = host.dragoman("log");
    assertExit(6, result);
    assertTrue(
        result.err().contains("its folder is not there, and no decision is logged"), result.err());
    Files.createDirectories(host.auditLog().getParent());
    result = host.dragoman("log");
    assertExit(0, result);
    assertEquals("", result.out());
    assertTrue(result.err().contains("nothing was decided yet, or it was removed"), result.err());
    assertExit(2, host.dragoman("log", "--since", "yesterday"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"config", "config check", "enable", "disable", "status", "doctor", "log"})
  void helpIsPrinted(String command) {
    Result result = host.dragoman((Object[]) (command + " --help").split(" ", -1));
    assertExit(0, result);
    assertTrue(result.out().startsWith("Usage: dragoman " + command), result.out());
  }
}
