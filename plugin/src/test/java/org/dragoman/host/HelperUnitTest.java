package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says that the helper's unit does not allow. */
class HelperUnitTest {
  /** What systemd 252 says of the shipped unit. */
  private static final String SHIPPED =
      """
      LoadState=loaded
      MemoryMax=805306368
      ReadWritePaths=-/var/log/dragoman
      BindPaths=
      BindReadOnlyPaths=
      PrivateTmp=yes
      ProtectHome=yes
      ProtectSystem=strict
      """;

  @TempDir private Path folder;

  private Settings settings(String configuration) throws IOException, YamlException {
    Path file = folder.resolve("dragoman.yaml");
    // What is not there is no valid configuration.
    Files.writeString(file, configuration);
    return HostConfiguration.read(file).settings();
  }

  private List<String> objections(String properties, String configuration)
      throws IOException, YamlException {
    return HelperUnit.parse(SHIPPED + properties).objections(settings(configuration));
  }

  @Test
  void theDefaultsAreAllowed() throws IOException, YamlException {
    assertEquals(List.of(), objections("", ""));
    assertEquals(List.of(), objections("", "audit-log: none\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "/srv/x/audit.log,         ProtectSystem=strict",
    "/var/log/dragoman2/a.log, ProtectSystem=strict",
    "/home/x/audit.log,        ProtectHome=yes",
    "/root/audit.log,          ProtectHome=yes",
    "/tmp/audit.log,           PrivateTmp=yes",
  })
  void anAuditLogThatTheHelperCannotWriteIsSaid(String log, String why)
      throws IOException, YamlException {
    List<String> objections = objections("", "audit-log: " + log + "\n");
    assertEquals(1, objections.size(), objections::toString);
    assertTrue(objections.get(0).startsWith("audit-log: " + log + ": "), objections::toString);
    assertTrue(objections.get(0).contains(why), objections::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "/srv/x/audit.log,  ReadWritePaths=-/var/log/dragoman /srv/x",
    "/srv/x/audit.log,  BindPaths=/data:/srv/x:rbind",
    "/srv/x/audit.log,  ProtectSystem=full",
    "/tmp/x/audit.log,  BindPaths=/tmp/x:/tmp/x:rbind",
  })
  void aDropInAllowsIt(String log, String property) throws IOException, YamlException {
    assertEquals(List.of(), objections(property + "\n", "audit-log: " + log + "\n"));
  }

  @Test
  void policiesThatTheHelperCannotSeeAreSaid() throws IOException, YamlException {
    Path policies = Files.createDirectories(folder.resolve("policies/devices")).getParent();
    assertTrue(policies.startsWith("/tmp"), "a folder that the unit hides");
    String configuration = "policies: [" + policies + "]\n";
    List<String> objections = objections("", configuration);
    assertEquals(1, objections.size(), objections::toString);
    assertTrue(objections.get(0).startsWith("policies: " + policies + ": "), objections::toString);
    assertEquals(List.of(), objections("PrivateTmp=no\n", configuration));
    assertEquals(List.of(), objections("BindReadOnlyPaths=/tmp:/tmp:rbind\n", configuration));
    // To bind something into a folder that is not there is of no use.
    Path link = Files.createSymbolicLink(folder.resolve("link"), policies);
    assertEquals(1, objections("", "policies: [" + link + "]\n").size());
  }

  @ParameterizedTest
  @CsvSource({
    "64, 4,  805306368, 0",
    "65, 4,  805306368, 1",
    "1024, 64, 805306368, 1",
    "1024, 64, infinity, 0",
    "1024, 64, 18446744073709551615, 0",
    "1024, 64, 137707388928, 0",
  })
  void moreMemoryThanTheUnitGivesIsSaid(int mib, int parallel, String most, int expected)
      throws IOException, YamlException {
    List<String> objections =
        objections(
            "MemoryMax=" + most + "\n",
            "limits: {stream-mib: " + mib + ", parallel: " + parallel + "}\n");
    assertEquals(expected, objections.size(), objections::toString);
  }
}
