package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlException;
import org.dragoman.yaml.YamlReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a host's configuration says, and what is wrong with one. */
class HostConfigurationTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("dragoman.yaml");
  }

  private Settings settings(String yaml) throws IOException, YamlException {
    Files.writeString(file, yaml);
    return HostConfiguration.read(file).settings();
  }

  private List<Problem> problems(String yaml) throws IOException {
    Files.writeString(file, yaml);
    return assertThrows(YamlException.class, () -> HostConfiguration.read(file)).problems();
  }

  @ParameterizedTest
  @CsvSource({"''", "'# nothing but a comment\n'", "'---\n'"})
  void whatIsNotSaidHasADefault(String yaml)
      throws IOException, YamlException, UnknownUuidException {
    Settings settings = settings(yaml);
    assertEquals(
        new Settings(
            Mode.ENFORCE,
            null,
            null,
            List.of(),
            OnFailure.REFUSE,
            TopologyAtBoot.KEEP,
            false,
            20_000,
            Path.of("/run/dragoman/helper.sock"),
            "dragoman",
            5_000,
            64 << 20,
            4,
            Path.of("/var/log/dragoman/audit.log"),
            List.of(Path.of("/etc/dragoman/policies")),
            List.of()),
        settings);
    assertNull(settings.sourceOf("any", null));
  }

  @Test
  void everyKeyIsRead() throws IOException, YamlException, UnknownUuidException {
    Files.createDirectories(folder.resolve("mine"));
    Settings settings =
        settings(
            """
            mode: off
            target: xen-4.17
            source:
              default: xen-4.4
              rules:
                - {name: "web*", product: xenserver-6.2}
                - {name: "db?", uuid: "FFFF*", product: xenserver-6.5}
            on-failure: pass-through
            topology: modern
            every-stream: true
            deadline-seconds: 6
            helper: {socket: /run/other.sock, user: nobody, seconds: 4}
            limits: {stream-mib: 8, parallel: 2}
            audit-log: none
            policies: [%s]
            device-models: [/opt/qemu-dm]
            """
                .formatted(folder.resolve("mine")));
    assertEquals(Mode.OFF, settings.mode());
    assertEquals("xen-4.1-4.20", settings.target().id());
    assertEquals(OnFailure.PASS_THROUGH, settings.onFailure());
    assertEquals(TopologyAtBoot.MODERN, settings.topology());
    assertTrue(settings.everyStream());
    assertEquals(6_000, settings.deadlineMs());
    assertEquals(Path.of("/run/other.sock"), settings.socket());
    assertEquals("nobody", settings.helperUser());
    assertEquals(4_000, settings.helperMs());
    assertEquals(8 << 20, settings.maxStreamBytes());
    assertEquals(2, settings.parallel());
    assertNull(settings.auditLog());
    assertEquals(List.of(folder.resolve("mine")), settings.policyFolders());
    assertEquals(List.of(Path.of("/opt/qemu-dm")), settings.deviceModels());
    assertTrue(settings.wantsUuid());
    assertEquals("xenserver-6.0-6.2", settings.sourceOf("web3", null).id());
    // The name that libxl gives to a domain while it is migrated.
    assertEquals("xenserver-6.0-6.2", settings.sourceOf("web3--incoming", null).id());
    assertEquals("xenserver-6.5", settings.sourceOf("db1", "ffff0000").id());
    assertEquals("xen-4.1-4.20", settings.sourceOf("db1", "eeee0000").id());
    assertEquals("xen-4.1-4.20", settings.sourceOf(null, null).id());
  }

  @Test
  void aRuleThatDependsOnAnUnknownUuidIsNotSkipped()
      throws IOException, YamlException, UnknownUuidException {
    Settings settings =
        settings(
            """
            source:
              default: xen-4.4
              rules:
                - {name: "db1", product: xenserver-6.2}
                - {name: "db*", uuid: "FFFF*", product: xenserver-6.5}
                - {name: "db*", product: xenserver-7.0}
            """);
    UnknownUuidException error =
        assertThrows(UnknownUuidException.class, () -> settings.sourceOf("db2--incoming", null));
    assertEquals(
        "the domain's uuid is not known, xenstored did not tell it, and a rule of 'source' goes by"
            + " it (uuid: \"FFFF*\")",
        error.getMessage());
    // Where it does not depend on it: a rule before it, another name, another uuid.
    assertEquals("xenserver-6.0-6.2", settings.sourceOf("db1", null).id());
    assertEquals("xen-4.1-4.20", settings.sourceOf("web1", null).id());
    assertEquals("xenserver-7.0-7.4", settings.sourceOf("db2", "eeee0000").id());
    assertThrows(
        UnknownUuidException.class,
        () ->
            settings("source: {rules: [{uuid: \"*\", product: xen-4.4}]}").sourceOf("web1", null));
  }

  @Test
  void theHelperGetsHalfOfAShortDeadline() throws IOException, YamlException {
    assertEquals(2_500, settings("deadline-seconds: 5").helperMs());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "colour: red; 1:1; unknown key 'colour'",
        "mode: on; 1:7; found 'on', expected one of",
        "mode: dryrun; 1:7; found 'dryrun', expected one of",
        "mode: [off]; 1:7; expected one of",
        "target: xen-9.9; 1:9; xen-4.1-4.20",
        "target: 4; 1:9; put it in quotes",
        "source: {default: acme-1}; 1:19; no policy covers that product",
        "'source: {rules: [{name: a, product: xen-99}]}'; 1:37; no policy covers that version",
        "'source: {rules: [{product: xen-4.4}]}'; 1:18; expected a name or a uuid",
        "'source: {rules: [{name: a}]}'; 1:18; 'product' is missing",
        "'source: {rules: [{uuid: xyz, product: xen-4.4}]}'; 1:25; a uuid",
        "on-failure: shrug; 1:13; expected one of",
        "every-stream: yes; 1:15; true or false",
        "deadline-seconds: 0; 1:19; minimum value of 1",
        "deadline-seconds: 60; 1:19; maximum value of 55",
        "deadline-seconds: 1.5; 1:19; a whole number",
        "'helper: {seconds: 20}'; 1:19; less than the 20 of deadline-seconds",
        "'helper: {socket: run/x}'; 1:18; an absolute path",
        "'helper: {user: \"a b\"}'; 1:16; a user's name",
        "'limits: {stream-mib: 4096}'; 1:22; maximum value of 1024",
        "audit-log: log; 1:12; an absolute path, or none",
        "policies: mine; 1:11; a list",
        "'policies: [mine]'; 1:12; an absolute path",
        "'policies: [/nonexistent]'; /nonexistent; not a folder of policies",
        "'mode: off\nmode: off'; 2:1; twice",
      })
  void whatIsWrongIsSaidWithItsPlace(String yaml, String place, String words) throws IOException {
    List<Problem> problems = problems(yaml);
    assertEquals(1, problems.size(), problems::toString);
    String all = problems.get(0).toString();
    assertTrue(all.startsWith(place.startsWith("/") ? place : file + ":" + place), all);
    assertTrue(all.contains(words), all);
  }

  @Test
  void whyAFileCannotBeReadIsSaidInWords() {
    assertEquals("no such file or folder", YamlReader.reason(new NoSuchFileException("/log")));
  }

  @Test
  void everyProblemIsSaid() throws IOException {
    assertEquals(3, problems("mode: on\ncolour: red\non-failure: x\n").size());
  }

  @Test
  void aProblemOfAPolicyIsOneOfTheConfiguration() throws IOException {
    Path policy = folder.resolve("mine/devices/a.yaml");
    Files.createDirectories(policy.getParent());
    Files.writeString(policy, "device: a\n");
    assertTrue(
        problems("policies: [" + folder.resolve("mine") + "]").stream()
            .allMatch(one -> one.toString().startsWith(policy + ":1:1: ")));
  }

  @Test
  void aFileThatIsNotThereIsSaid() {
    YamlException error =
        assertThrows(YamlException.class, () -> HostConfiguration.read(folder.resolve("no.yaml")));
    assertEquals(folder.resolve("no.yaml") + ": no such file", error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"dragoman.yaml", ".", "mine", "mine/products", "mine/devices/b.yaml"})
  void whatOthersMayWriteIsRefused(String name) throws IOException {
    Path policy = folder.resolve("mine/devices/b.yaml");
    Files.createDirectories(policy.getParent());
    Files.createDirectories(folder.resolve("mine/products"));
    Files.writeString(
        policy,
        """
        device: b
        title: b
        idstr: b
        instance: 0
        contents: {v1: {sources: [b], fields: [{name: b, width: 1}]}}
        """);
    Files.writeString(file, "policies: [" + folder.resolve("mine") + "]");
    Path open = folder.resolve(name).normalize();
    Files.setPosixFilePermissions(
        open, PosixFilePermissions.fromString(Files.isDirectory(open) ? "rwxrwxr-x" : "rw-rw-r--"));
    YamlException error =
        assertThrows(YamlException.class, () -> HostConfiguration.load(file, folder));
    assertEquals(1, error.problems().size(), error.getMessage());
    assertTrue(error.getMessage().startsWith(open + ": "), error.getMessage());
    assertTrue(error.getMessage().contains("`chmod go-w " + open + "`"), error.getMessage());
  }
}
