package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import org.dragoman.systemtests.HookedHost.Restore;
import org.junit.jupiter.api.Test;

/** A restore through the real shim and the real helper, as libxl starts it. */
class HookTest {
  private static final String MISLABELLED = "xenserver-6.2.standard";
  private static final Target TARGET = Target.XEN_4_4;

  private static byte[] translated(String stream) throws IOException {
    return Dragoman.SHIPPED.translate(Program.stream(stream), TARGET).orElseThrow();
  }

  private static JsonNode decision(HookedHost host) throws IOException {
    assertEquals(1, host.decisions().size(), () -> "" + host.folder());
    return new ObjectMapper().readTree(host.decisions().get(0));
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void theDeviceModelGetsTheTranslatedStreamAndTheAuditLogTheDecision() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      byte[] expected = translated(MISLABELLED);
      assertArrayEquals(expected, host.given().orElseThrow());
      assertTrue(
          restore
              .err()
              .startsWith(
                  "dragoman: domain 7 'web1': translated for xen-4.1-4.20 from"
                      + " xenserver-6.0-6.2: 3 edits, 6504 to 6489 bytes"),
          restore.err());
      host.assertOriginalUntouched();
      host.assertNoProcessLeft();

      JsonNode decision = decision(host);
      Set<String> keys = new TreeSet<>();
      decision.fieldNames().forEachRemaining(keys::add);
      assertEquals(
          Set.of(
              "time domid name uuid kind deviceModel mode helper outcome target saidSource explanations edits arguments reasons warnings size sizeAfter sha256 sha256After ms version"
                  .split(" ")),
          keys);
      assertEquals(7, decision.get("domid").asInt());
      assertEquals("web1", decision.get("name").asText());
      assertTrue(decision.get("uuid").isNull());
      assertEquals("loadvm", decision.get("kind").asText());
      assertEquals("enforce", decision.get("mode").asText());
      assertEquals("resident", decision.get("helper").asText());
      assertEquals("translated", decision.get("outcome").asText());
      assertEquals("xen-4.1-4.20", decision.get("target").asText());
      assertEquals("[\"xenserver-6.0-6.2\"]", decision.get("explanations").toString());
      assertEquals(3, decision.get("edits").size());
      assertEquals("00000002", decision.get("edits").get(2).get("remove").asText());
      assertEquals(6504, decision.get("size").asInt());
      assertEquals(6489, decision.get("sizeAfter").asInt());
      assertEquals(sha256(host.original()), decision.get("sha256").asText());
      assertEquals(sha256(expected), decision.get("sha256After").asText());
      JsonNode ms = decision.get("ms");
      assertTrue(
          ms.get("total").asDouble()
              >= ms.get("receive").asDouble()
                  + ms.get("judge").asDouble()
                  + ms.get("plan").asDouble()
                  + ms.get("write").asDouble()
                  - 0.01,
          ms.toString());
    }
  }

  @Test
  void aStreamInADescriptorIsReplacedUnderItsNumber() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      Restore restore = host.restoreFromDescriptor();
      assertEquals(0, restore.exit(), restore.err());
      assertArrayEquals(translated(MISLABELLED), host.given().orElseThrow());
      assertEquals("incoming", decision(host).get("kind").asText());
      host.assertOriginalUntouched();
    }
  }

  @Test
  void aStreamThatTheTargetReadsIsHandedOverAsItIs() throws Exception {
    try (HookedHost host = new HookedHost("xen-4.0.standard").startHelper()) {
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertArrayEquals(host.original(), host.given().orElseThrow());
      assertEquals("unchanged", decision(host).get("outcome").asText());
    }
  }

  @Test
  void aRefusalStartsNothingAndSaysWhy() throws Exception {
    try (HookedHost host = new HookedHost("xen-4.2-with-bug.minimal").startHelper()) {
      host.passThrough();
      Restore restore = host.restore();
      assertEquals(4, restore.exit(), restore.err());
      assertTrue(host.given().isEmpty());
      assertTrue(
          restore
              .err()
              .startsWith(
                  "dragoman: domain 7 'web1': refused for xen-4.1-4.20: no product that a policy"
                      + " describes wrote this stream\n  "),
          restore.err());
      assertTrue(restore.err().contains("xenserver-6.0-6.2 did not write this"), restore.err());
      assertTrue(restore.err().contains("What to do:"), restore.err());
      assertEquals("refused", decision(host).get("outcome").asText());
      assertEquals(9, decision(host).get("reasons").size());
      host.assertOriginalUntouched();
    }
  }

  @Test
  void aDryRunLogsThePlanAndHandsOverTheOriginal() throws Exception {
    for (String stream : new String[] {MISLABELLED, "xen-4.2-with-bug.minimal"}) {
      try (HookedHost host = new HookedHost(stream).dryRun().startHelper()) {
        Restore restore = host.restore();
        assertEquals(0, restore.exit(), restore.err());
        assertArrayEquals(host.original(), host.given().orElseThrow());
        JsonNode decision = decision(host);
        boolean translates = stream.equals(MISLABELLED);
        assertEquals(
            translates ? "would-translate" : "would-refuse", decision.get("outcome").asText());
        assertEquals("dry-run", decision.get("mode").asText());
        assertTrue(restore.err().contains("dry run: would "), restore.err());
        if (translates) {
          assertEquals(sha256(translated(stream)), decision.get("sha256After").asText());
        }
        host.assertOriginalUntouched();
      }
    }
  }

  @Test
  void aSourceThatTheConfigurationNamesAndTheBytesContradictIsARefusal() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      host.configure("source: {rules: [{name: \"web*\", product: xen-4.2}]}");
      host.startHelper();
      Restore restore = host.restore();
      assertEquals(4, restore.exit(), restore.err());
      assertEquals("xen-4.1-4.20", decision(host).get("saidSource").asText());
      String file = host.folder().resolve("dragoman.yaml").toString();
      assertTrue(
          restore.err().contains("'source' in " + file + " says xen-4.1-4.20, and the bytes"),
          restore.err());
      assertFalse(restore.err().contains("--from"), restore.err());
    }
  }

  @Test
  void theDomainIsTheSameForShimAndHelper() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      Restore restore =
          host.restoreWith("--d", "8", "-d", "9", "-name", "other", "--domain-name", "web,1");
      assertEquals(0, restore.exit(), restore.err());
      assertTrue(restore.err().startsWith("dragoman: domain 9 'web,1': "), restore.err());
      assertEquals(9, decision(host).get("domid").asInt());
      assertEquals("web,1", decision(host).get("name").asText());
    }
  }

  @Test
  void aStreamThatIsLargerThanTheHostsLimitIsRefused() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      host.configure("limits: {stream-mib: 1}");
      host.startHelper();
      byte[] padded = Arrays.copyOf(host.original(), (1 << 20) + 1);
      Files.write(host.stream(), padded);
      Restore restore = host.restore();
      assertEquals(4, restore.exit(), restore.err());
      assertTrue(restore.err().contains("the stream has 1048577 bytes"), restore.err());
      // That page is about what streams say, not about what a host allows.
      assertFalse(restore.err().contains("translate.md"), restore.err());
      Files.write(host.stream(), Arrays.copyOf(padded, 1 << 20));
      assertEquals(0, host.restore().exit());
    }
  }

  @Test
  void theFallbackGivesTheSameAnswer() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertArrayEquals(translated(MISLABELLED), host.given().orElseThrow());
      assertTrue(restore.err().contains("asked the fallback"), restore.err());
      assertEquals("fallback", decision(host).get("helper").asText());
      host.assertOriginalUntouched();
      host.assertNoProcessLeft();
    }
  }

  @Test
  void theHelperIsNobody() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      String status = Files.readString(Path.of("/proc/" + host.helper().pid() + "/status"));
      assertFalse(status.contains("Uid:\t0"), status);
    }
  }
}
