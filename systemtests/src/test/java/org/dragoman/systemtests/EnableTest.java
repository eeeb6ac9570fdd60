package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The shim in front of a device model, and away again: whatever happens, a guest can be started,
 * and in the end the host is as it was.
 */
class EnableTest {
  @TempDir private Path folder;
  private PrivateHost host;
  private Map<String, String> before;

  @BeforeEach
  void makeHost() throws IOException {
    host = new PrivateHost(folder);
    before = host.look();
  }

  private static void assertExit(int expected, Result result) {
    assertEquals(expected, result.exit(), result.all());
    assertFalse(result.err().contains("\tat "), result.all());
  }

  private void assertEnabled() throws IOException {
    assertArrayEquals(
        Files.readAllBytes(PrivateHost.home().resolve("dragoman-dm")),
        Files.readAllBytes(host.deviceModel()));
    assertEquals(1024, Files.size(host.settings()));
    assertStarts();
    JsonNode status =
        new ObjectMapper().readTree(host.dragoman("status", "--json").out()).get("deviceModels");
    assertTrue(
        status
            .toString()
            .contains("{\"path\":\"" + host.deviceModel() + "\",\"state\":\"enabled\""),
        status.toString());
    assertTrue(status.get(0).get("toDo").isNull(), status.toString());
  }

  /** A guest can be started: the device model does what it did. */
  private void assertStarts() {
    Result result = host.run(List.of(host.deviceModel().toString(), "-version"));
    assertEquals("a device model\n", result.out(), result.all());
  }

  private void assertAsBefore() throws IOException {
    assertEquals(before, host.look());
    assertFalse(host.diversions().contains("by dragoman"), host.diversions());
    assertEquals(Set.of("lock"), PrivateHost.stateFiles());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void enableAndDisableLeaveNoTrace(boolean owned) throws IOException {
    if (owned) {
      host.ownDeviceModel();
    }
    assertExit(0, host.dragoman("enable"));
    assertEnabled();
    assertEquals(Set.of("enabled.json", "lock", "settings.compiled"), PrivateHost.stateFiles());
    assertEquals(
        owned, host.diversions().contains(host.real() + " by dragoman"), host.diversions());
    assertEquals(
        Files.readAttributes(host.real(), "unix:mode,uid,gid"),
        Files.readAttributes(host.deviceModel(), "unix:mode,uid,gid"));
    Map<String, String> enabled = host.look();
    Result again = host.dragoman("enable");
    assertExit(0, again);
    assertTrue(again.out().contains("was already in front"), again.out());
    assertEquals(enabled, host.look());
    assertExit(0, host.dragoman("disable"));
    assertAsBefore();
    Result nothing = host.dragoman("disable");
    assertExit(0, nothing);
    assertTrue(nothing.out().contains("nothing to do"), nothing.all());
  }

  @Test
  void guestsThatNeedTheShimAreNamedWhenItGoes() throws IOException {
    Process guest = deviceModelOf("4711", "web", "migration.send-section-footer=on");
    Process other = deviceModelOf("4712", "db", "migration.send-section-footer=off");
    try {
      assertExit(0, host.dragoman("enable"));
      Result disabled = host.dragoman("disable");
      assertExit(0, disabled);
      assertTrue(
          disabled.out().contains("  domain 4711 'web' has its devices where Dragoman put them."),
          disabled.all());
      assertFalse(disabled.out().contains("domain 4712"), disabled.all());
      assertAsBefore();
    } finally {
      guest.destroyForcibly();
      other.destroyForcibly();
    }
  }

  /** A process that runs with arguments as a guest's device model has them. */
  private static Process deviceModelOf(String domid, String name, String global)
      throws IOException {
    return new ProcessBuilder(
            "sh", "-c", "read line", "qemu", "-xen-domid", domid, "-name", name, "-global", global)
        .start();
  }

  @ParameterizedTest
  @CsvSource({
    "rename, enable",
    "fsync, enable",
    "link, enable",
    "chmod, enable",
    "rename, disable",
    "fsync, disable",
    "unlink, disable"
  })
  void aKillAnywhereLeavesADeviceModelAndTheNextRunFinishes(String systemCall, String command)
      throws IOException {
    host.ownDeviceModel();
    boolean enabling = command.equals("enable");
    int killed = 0;
    for (int nth = 1; ; nth++) {
      if (!enabling) {
        assertExit(0, host.dragoman("enable"));
      }
      Result result = host.killedAt(systemCall, nth, command);
      assertStarts();
      if (result.exit() == 0) {
        break;
      }
      killed++;
      // Either may be wanted next.
      if (enabling == (nth % 2 == 0)) {
        assertExit(0, host.dragoman("enable"));
        assertStarts();
      }
      assertExit(0, host.dragoman("disable"));
      assertAsBefore();
    }
    assertTrue(killed > 0, systemCall + " was never called");
  }

  @Test
  void theSettingsAreWhatTheConfigurationSays() throws IOException {
    host.configure(
        """
        mode: dry-run
        on-failure: pass-through
        every-stream: true
        deadline-seconds: 8
        source: {rules: [{uuid: "ab*", product: xenserver-6.2}]}
        """);
    assertExit(0, host.dragoman("enable"));
    ByteBuffer record =
        ByteBuffer.wrap(Files.readAllBytes(host.settings())).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(1024, record.capacity());
    byte[] magic = new byte[8];
    record.get(magic);
    assertEquals("DRAGOMAN", new String(magic, StandardCharsets.US_ASCII));
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      numbers.add(record.getInt());
    }
    int nobody = Integer.parseInt(host.run(List.of("id", "-u", "nobody")).out().strip());
    int nogroup = Integer.parseInt(host.run(List.of("id", "-g", "nobody")).out().strip());
    assertEquals(List.of(1, 1, 1, 1, 8000, 4000, nobody, nogroup, 1), numbers);
    assertEquals(host.socket().toString(), text(record, 108));
    assertEquals(PrivateHost.home().resolve("dragoman-answer").toString(), text(record, 256));
    assertEquals(PrivateHost.home().resolve("dragoman-relocate").toString(), text(record, 256));
    while (record.hasRemaining()) {
      assertEquals(0, record.get());
    }
    assertEquals("rw-r--r--", permissions(host.settings()));
  }

  private static String text(ByteBuffer record, int room) {
    byte[] bytes = new byte[room];
    record.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aChangedConfigurationIsShownAndTakenUp() throws IOException {
    assertExit(0, host.dragoman("enable"));
    host.configure("mode: dry-run\n");
    Result status = host.dragoman("status");
    assertExit(6, status);
    assertTrue(status.out().contains("not what the configuration says"), status.out());
    assertExit(0, host.dragoman("enable"));
    assertEnabled();
  }

  /** Where no diversion holds it back, a package puts its new device model over the shim. */
  @Test
  void aPackageUpgradeIsMended() throws IOException {
    assertExit(0, host.dragoman("enable"));
    Files.delete(host.deviceModel());
    PrivateHost.writeDeviceModel(host.deviceModel(), "a device model\n");
    Files.setLastModifiedTime(host.deviceModel(), FileTime.from(Instant.EPOCH));
    Map<String, String> upgraded = host.look();
    Result status = host.dragoman("status");
    assertExit(6, status);
    assertTrue(status.out().contains("a package put another device model over"), status.out());
    assertExit(0, host.dragoman("enable"));
    assertEnabled();
    assertExit(0, host.dragoman("disable"));
    assertEquals(upgraded.get("qemu-dm"), host.look().get("qemu-dm"));
    assertEquals(Set.of("qemu-dm"), host.look().keySet());
  }

  @Test
  void whatIsNeitherShimNorRealIsNotTouchedWithoutForce() throws IOException {
    assertExit(0, host.dragoman("enable"));
    Files.delete(host.deviceModel());
    PrivateHost.writeDeviceModel(host.deviceModel(), "another one\n");
    Map<String, String> now = host.look();
    Result refused = host.dragoman("disable");
    assertExit(6, refused);
    assertTrue(refused.err().contains("--force keeps it"), refused.err());
    assertEquals(now, host.look());
    assertExit(0, host.dragoman("disable", "--force"));
    assertEquals(Map.of("qemu-dm", now.get("qemu-dm")), host.look());
    assertEquals(Set.of("lock"), PrivateHost.stateFiles());
  }

  @Test
  void aLostDeviceModelIsSaidWithItsPackage() throws IOException {
    host.ownDeviceModel();
    assertExit(0, host.dragoman("enable"));
    Files.delete(host.real());
    for (String command : List.of("enable", "disable", "status")) {
      Result result = host.dragoman(command);
      assertExit(6, result);
      assertTrue(result.all().contains("--reinstall xen-device-model"), result.all());
    }
    assertExit(0, host.dragoman("disable", "--force"));
    assertEquals(Set.of(), host.look().keySet());
    assertFalse(host.diversions().contains("by dragoman"), host.diversions());
  }

  /** Its package was removed while the shim was in front: nothing is left to put back. */
  @Test
  void aDeviceModelWhosePackageIsGoneIsNoReasonToStay() throws IOException {
    host.ownDeviceModel();
    assertExit(0, host.dragoman("enable"));
    host.removeOwner();
    Result result = host.dragoman("disable");
    assertExit(0, result);
    assertTrue(result.out().contains("there is no device model here now"), result.out());
    assertEquals(Set.of(), host.look().keySet());
    assertFalse(host.diversions().contains("by dragoman"), host.diversions());
    assertEquals(Set.of("lock"), PrivateHost.stateFiles());
  }

  /** {@code disable} was killed when all was renamed, and a package was upgraded then. */
  @ParameterizedTest
  @ValueSource(strings = {"enable", "disable"})
  void aPackagesNewDeviceModelOutlivesHalfADisable(String command) throws IOException {
    host.ownDeviceModel();
    assertExit(0, host.dragoman("enable"));
    upgradePackage("# version 2\n");
    // The first is killed when it has renewed the record, the second when it has renamed.
    assertNotEquals(0, host.killedAt("fsync", 2, "disable").exit());
    assertNotEquals(0, host.killedAt("fsync", 1, "disable").exit());
    assertFalse(Files.exists(host.real()));
    assertTrue(host.diversions().contains("by dragoman"), host.diversions());
    upgradePackage("# version 3\n");
    String upgraded = host.look().get("qemu-dm.real");
    assertExit(0, host.dragoman(command));
    if (command.equals("enable")) {
      assertEnabled();
      assertEquals(upgraded, host.look().get("qemu-dm.real"));
      assertExit(0, host.dragoman("disable"));
    }
    assertEquals(Map.of("qemu-dm", upgraded), host.look());
    assertFalse(host.diversions().contains("by dragoman"), host.diversions());
  }

  /** As dpkg does it under a diverted name: to the device model that is put aside. */
  private void upgradePackage(String version) throws IOException {
    Path unpacked = host.real().resolveSibling("qemu-dm.dpkg-new");
    PrivateHost.writeDeviceModel(unpacked, "a device model\n");
    Files.writeString(unpacked, version, StandardOpenOption.APPEND);
    Files.move(unpacked, host.real(), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Under a diverted name, what is put aside is the package's, whoever put what over the shim. */
  @Test
  void aThirdFileAtADivertedNameIsSaidAndTakesNoPlace() throws IOException {
    host.ownDeviceModel();
    assertExit(0, host.dragoman("enable"));
    Files.delete(host.deviceModel());
    PrivateHost.writeDeviceModel(host.deviceModel(), "an administrator's\n");
    Map<String, String> now = host.look();
    for (int i = 0; i < 2; i++) {
      Result result = host.dragoman("enable");
      assertExit(6, result);
      assertTrue(result.err().contains("neither the shim nor the device model"), result.err());
      assertEquals(now, host.look());
    }
    assertExit(0, host.dragoman("disable", "--force"));
    assertEquals(Map.of("qemu-dm", now.get("qemu-dm.real")), host.look());
  }

  @Test
  void aSymbolicLinkIsPutAsideAsOne() throws IOException {
    Path elsewhere = folder.resolve("qemu-system-i386");
    PrivateHost.writeDeviceModel(elsewhere, "a device model\n");
    Files.delete(host.deviceModel());
    Files.createSymbolicLink(host.deviceModel(), elsewhere);
    before = host.look();
    assertExit(0, host.dragoman("enable"));
    assertTrue(Files.isSymbolicLink(host.real()));
    assertEnabled();
    assertExit(0, host.dragoman("disable"));
    before.replaceAll(
        (name, facts) -> facts.replaceAll("ino=[0-9]+, |lastModifiedTime=[^,]+, ", ""));
    Map<String, String> after = host.look();
    after.replaceAll(
        (name, facts) -> facts.replaceAll("ino=[0-9]+, |lastModifiedTime=[^,]+, ", ""));
    assertEquals(before, after);
  }

  @Test
  void severalAtOnceComeToTheSame() throws IOException {
    host.ownDeviceModel();
    List<Thread> threads = new ArrayList<>();
    List<Result> results = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 4; i++) {
      Thread thread = new Thread(() -> results.add(host.dragoman("enable")));
      threads.add(thread);
      thread.start();
    }
    join(threads);
    assertEquals(4, results.size());
    results.forEach(result -> assertExit(0, result));
    assertEnabled();
    assertExit(0, host.dragoman("disable"));
    assertAsBefore();
  }

  private static void join(List<Thread> threads) {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void forSingleDomainsNothingIsDiverted() throws IOException {
    host.ownDeviceModel();
    Path shim = PrivateHost.home().resolve("device-models/qemu-dm");
    Result result = host.dragoman("enable", "--per-domain");
    assertExit(0, result);
    assertTrue(result.out().contains("device_model_override = \"" + shim + "\""), result.out());
    assertTrue(result.out().contains("<emulator>" + shim + "</emulator>"), result.out());
    assertEquals(before, host.look());
    assertFalse(host.diversions().contains("by dragoman"));
    assertEquals("a device model\n", host.run(List.of(shim.toString())).out());
    // An upgrade of the package says no more than this.
    assertExit(0, host.dragoman("enable"));
    assertEquals(before, host.look());
    Result whole = host.dragoman("enable", host.deviceModel());
    assertExit(0, whole);
    assertEnabled();
    assertEquals("a device model\n", host.run(List.of(shim.toString())).out());
    assertEquals(host.real(), Files.readSymbolicLink(Path.of(shim + ".real")));
    assertExit(0, host.dragoman("disable"));
    assertAsBefore();
    assertFalse(Files.exists(shim.getParent()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode: maybe\n", "on-failure: [refuse\n", "colour: red\n"})
  void aWrongConfigurationChangesNothing(String wrong) throws IOException {
    host.configure(wrong);
    Result result = host.dragoman("enable");
    assertExit(5, result);
    assertTrue(
        result.err().matches("(?s)dragoman: " + PrivateHost.configuration() + ":\\d+:\\d+: .*"),
        result.err());
    assertEquals(before, host.look());
    assertEquals(Set.of(), PrivateHost.stateFiles());
  }

  @Test
  void aConfigurationThatOthersMayWriteChangesNothing() throws IOException {
    Files.setAttribute(PrivateHost.configuration(), "unix:mode", 0666);
    try {
      Result result = host.dragoman("enable");
      assertExit(5, result);
      assertTrue(
          result.err().contains("run `chmod go-w " + PrivateHost.configuration() + "`"),
          result.err());
    } finally {
      Files.setAttribute(PrivateHost.configuration(), "unix:mode", 0644);
    }
    assertEquals(before, host.look());
  }

  @Test
  void aDeviceModelThatIsNotThereIsSaid() throws IOException {
    Result result = host.dragoman("enable", folder.resolve("qemu-dm"));
    assertExit(6, result);
    assertTrue(result.err().contains("there is no such device model"), result.err());
    assertEquals(before, host.look());
  }

  /** A wrapper of an administrator's has the same idea: the real one beside it, as .real. */
  @ParameterizedTest
  @CsvSource({"real, false", "real, true", "dragoman, false", "dragoman, true"})
  void whatIsThereAlreadyAndNotOursIsNotWrittenOver(String ending, boolean owned)
      throws IOException {
    if (owned) {
      host.ownDeviceModel();
    }
    Path foreign = host.deviceModel().resolveSibling("qemu-dm." + ending);
    PrivateHost.writeDeviceModel(foreign, "an administrator's\n");
    before = host.look();
    for (int i = 0; i < 2; i++) {
      Result result = host.dragoman("enable");
      assertExit(6, result);
      assertTrue(
          result.err().contains(foreign + " is there already, and not Dragoman's"), result.err());
      assertFalse(result.out().contains("Next:"), result.out());
      assertEquals(before, host.look());
    }
    assertExit(0, host.dragoman("disable"));
    assertAsBefore();
  }

  @Test
  void whatIsNoProgramIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("web1.cfg"), "name = 'web1'\n");
    Result result = host.dragoman("enable", file);
    assertExit(6, result);
    assertTrue(result.err().contains(file + ": not an executable program"), result.err());
    result = host.dragoman("enable", "--per-domain", file);
    assertExit(6, result);
    assertTrue(
        result.err().contains("takes the device model, not the domain's configuration"),
        result.err());
    assertFalse(Files.exists(PrivateHost.home().resolve("device-models/web1.cfg")));
  }

  @Test
  void aDiversionOfSomebodyElseIsSaidWithWhatToDo() throws IOException {
    host.ownDeviceModel();
    assertExit(
        0,
        host.run(
            List.of(
                "dpkg-divert",
                "--package",
                "another",
                "--no-rename",
                "--divert",
                host.deviceModel() + ".theirs",
                "--add",
                host.deviceModel().toString())));
    Result result = host.dragoman("enable");
    assertExit(6, result);
    assertTrue(
        result.err().contains("dpkg diverts it already, for the package another: see"),
        result.err());
    assertFalse(result.out().contains("Next:"), result.out());
    assertEquals(before, host.look());
    Result status = host.dragoman("status");
    assertFalse(status.out().contains("interrupted"), status.out());
  }

  /** As the shim does, which refuses every stream then. */
  @Test
  void settingsThatTheShimWouldNotReadAreShownAndMended() throws IOException {
    assertExit(0, host.dragoman("enable"));
    Files.setAttribute(host.settings(), "unix:mode", 0664);
    for (String command : List.of("status", "doctor")) {
      Result result = host.dragoman(command);
      assertExit(6, result);
      assertTrue(
          result.out().contains("others than their owner may write them (mode 664)"), result.out());
    }
    assertExit(0, host.dragoman("enable"));
    assertEnabled();
  }

  @Test
  void qemuXenIsNamed() throws IOException {
    Path upstream = host.deviceModel().resolveSibling("qemu-system-i386");
    PrivateHost.writeDeviceModel(upstream, "a device model\n");
    for (List<Object> command :
        List.<List<Object>>of(List.of("enable", upstream), List.of("status"), List.of("doctor"))) {
      Result result = host.dragoman(command.toArray());
      assertTrue(result.out().contains("by its name it is qemu-xen: streams"), result.all());
    }
    assertExit(0, host.dragoman("disable"));
    assertFalse(host.dragoman("enable").out().contains("qemu-xen"));
  }

  @Test
  void aUserThatIsNotThereIsSaidBeforeAnythingIsDone() throws IOException {
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration()).replace("nobody", "no-such-user"));
    Result result = host.dragoman("enable");
    assertExit(6, result);
    assertTrue(result.err().contains("there is no user 'no-such-user'"), result.err());
    assertEquals(before, host.look());
  }

  @Test
  void aHelperThatWouldBeRootIsRefusedBeforeAnythingIsDone() throws IOException {
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration()).replace("nobody", "root"));
    for (List<String> command :
        List.of(List.of("enable"), List.of("status"), List.of("config", "check"))) {
      Result result = host.dragoman(command.toArray());
      assertExit(command.size() > 1 ? 5 : 6, result);
      assertTrue(result.all().contains("root is root, or in its group"), result.all());
    }
    assertEquals(before, host.look());
    assertEquals(Set.of(), PrivateHost.stateFiles());
  }

  /** Where the file system has no links, the real device model is copied. */
  @Test
  void withoutHardLinksItIsCopied() throws IOException {
    Result result =
        host.run(
            List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=link,linkat",
                "-e",
                "inject=link,linkat:error=EPERM",
                InstalledProgram.HERE.program().toString(),
                "enable"));
    assertExit(0, result);
    assertEnabled();
    assertExit(0, host.dragoman("disable"));
    Map<String, String> after = host.look();
    before.replaceAll((name, facts) -> facts.replaceAll("ino=[0-9]+, ", ""));
    after.replaceAll((name, facts) -> facts.replaceAll("ino=[0-9]+, ", ""));
    assertEquals(before, after);
  }

  @Test
  void afterEnableAStartNeedsNoYaml() throws IOException {
    assertExit(0, host.dragoman("enable"));
    String classes = classesLoaded();
    assertFalse(classes.contains("com.networknt"), "the schema validator was loaded");
    assertFalse(classes.contains("dataformat.yaml"), "the YAML parser was loaded");
    host.configure("mode: off\n");
    assertTrue(classesLoaded().contains("dataformat.yaml"), "the change was not seen");
  }

  private String classesLoaded() throws IOException {
    Path classes = folder.resolve("classes");
    host.run(
        List.of(
            "java",
            "-Xlog:class+load:file=" + classes,
            "-Ddragoman.home=" + PrivateHost.home(),
            "-Ddragoman.state=" + PrivateHost.state(),
            "-Ddragoman.config=" + PrivateHost.configuration(),
            "-jar",
            PrivateHost.home().resolve("dragoman.jar").toString(),
            "log"));
    return Files.readString(classes);
  }
}
