package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dragoman.systemtests.HookedHost.Restore;
import org.junit.jupiter.api.Test;

/** A guest that keeps its PCI slots, through the real shim and the real helper. */
class BootTest {
  private static final String CARD = "-device e1000,id=nic0,netdev=net0,mac=00:16:3e:00:00:01";

  /** As libxl 4.17 starts qemu-xen, as far as it matters; what it has of extra_hvm comes last. */
  private static final String ARGUMENTS =
      "-xen-domid 7 -name web1 -nodefaults -device VGA,vgamem_mb=16 -usb -usbdevice tablet "
          + CARD
          + " -netdev type=tap,id=net0 -machine xenfv,suppress-vmdesc=on -m 496";

  private static final String KEEP = " -dragoman-topology keep";

  /** The same with the slots, the ports and the memory that the guest knows. */
  private static final String KEPT =
      ARGUMENTS
              .replace("-device VGA,vgamem_mb=16", "-vga std -global VGA.vgamem_mb=8")
              .replace("-usbdevice tablet", "-device usb-tablet,bus=usb-bus.0,port=2")
              .replace(CARD, CARD + ",addr=0x4")
              .replace("-m 496", "-m 504")
          + " -global migration.send-section-footer=on";

  /** As libxl restores the guest of the stream. */
  private static final String RESTORED = ARGUMENTS.replace("e1000", "rtl8139") + " -incoming fd:14";

  private static HookedHost host() throws Exception {
    HookedHost host = new HookedHost("xen-4.2.stdvga");
    host.configure("target: qemu-xen");
    return host;
  }

  private static JsonNode decision(HookedHost host) throws Exception {
    assertEquals(1, host.decisions().size(), () -> "" + host.folder());
    return new ObjectMapper().readTree(host.decisions().get(0));
  }

  @Test
  void aGuestBootsWithTheSlotsThatItKnows() throws Exception {
    try (HookedHost host = host().startHelper()) {
      Restore boot = host.boot(ARGUMENTS + KEEP);
      assertEquals(0, boot.exit(), boot.err());
      assertEquals(Optional.of(KEPT), host.arguments());
      assertTrue(
          boot.err().startsWith("dragoman: domain 7 'web1': the guest boots with the PCI slots it"),
          boot.err());
      assertTrue(boot.err().contains("  - -device VGA,vgamem_mb=16"), boot.err());
      JsonNode decision = decision(host);
      assertEquals("start", decision.get("kind").asText());
      assertEquals("kept", decision.get("outcome").asText());
      assertEquals("resident", decision.get("helper").asText());
      assertEquals(9, decision.get("arguments").size());
      assertTrue(decision.get("size").isNull());
      Program.Result log =
          Program.dragoman("log", "--config", host.folder().resolve("dragoman.yaml"));
      assertTrue(log.out().contains("domain 7 (web1)  kept: a guest boots, "), log.all());
      // A guest that keeps nothing is none of its business.
      assertEquals(0, host.boot(ARGUMENTS).exit());
      assertEquals(Optional.of(ARGUMENTS), host.arguments());
      assertEquals(1, host.decisions().size());
      host.assertNoProcessLeft();
    }
  }

  @Test
  void theFallbackKeepsThemToo() throws Exception {
    try (HookedHost host = host()) {
      Restore boot =
          host.boot(ARGUMENTS.replace("-nodefaults", "-dragoman-topology keep,vga-mib=16"));
      assertEquals(0, boot.exit(), boot.err());
      assertEquals(
          Optional.of(
              KEPT.replace(" -nodefaults", "")
                  .replace("vgamem_mb=8", "vgamem_mb=16")
                  .replace("-m 504", "-m 496")),
          host.arguments());
      assertTrue(boot.err().contains("asked the fallback"), boot.err());
      assertEquals("fallback", decision(host).get("helper").asText());
      host.assertNoProcessLeft();
    }
  }

  @Test
  void aModernTopologyIsThatOfTheToolstack() throws Exception {
    try (HookedHost host = host()) {
      host.configure("target: qemu-xen", "topology: modern");
      host.startHelper();
      Restore boot = host.boot(ARGUMENTS + KEEP);
      assertEquals(0, boot.exit(), boot.err());
      assertEquals(Optional.of(ARGUMENTS), host.arguments());
      assertTrue(boot.err().contains("the PCI slots of its toolstack: 'topology' in "), boot.err());
      assertEquals("unchanged", decision(host).get("outcome").asText());
    }
  }

  @Test
  void aDryRunSaysWhatItWouldKeep() throws Exception {
    try (HookedHost host = host().dryRun().startHelper()) {
      Restore boot = host.boot(ARGUMENTS + KEEP);
      assertEquals(0, boot.exit(), boot.err());
      assertEquals(Optional.of(ARGUMENTS), host.arguments());
      assertTrue(boot.err().contains("dry run: the guest would boot with"), boot.err());
      assertTrue(boot.err().contains("+ " + CARD + ",addr=0x4\n"), boot.err());
      assertEquals("would-keep", decision(host).get("outcome").asText());
    }
  }

  @Test
  void withoutAnAnswerOnFailureDecides() throws Exception {
    try (HookedHost host = host().fallback(null)) {
      Restore boot = host.boot(ARGUMENTS + KEEP);
      assertEquals(6, boot.exit(), boot.err());
      assertEquals(Optional.empty(), host.arguments());
      assertTrue(boot.err().contains("refused: Dragoman keeps this guest's PCI slots"), boot.err());
      host.passThrough();
      boot = host.boot(ARGUMENTS + KEEP);
      assertEquals(0, boot.exit(), boot.err());
      assertEquals(Optional.of(ARGUMENTS), host.arguments());
      assertTrue(boot.err().contains("started with the PCI slots of its toolstack"), boot.err());
    }
  }

  @Test
  void whatCannotBeKeptIsRefusedWithTheWayOut() throws Exception {
    try (HookedHost host = host().passThrough().startHelper()) {
      Map<String, String> wrong = new LinkedHashMap<>();
      wrong.put(ARGUMENTS + KEEP + ",slots=3", "-dragoman-topology has the value keep,slots=3");
      wrong.put(ARGUMENTS.replace("xenfv", "pc") + KEEP, "is to be the machine pc");
      for (Map.Entry<String, String> one : wrong.entrySet()) {
        Restore boot = host.boot(one.getKey());
        assertEquals(4, boot.exit(), boot.err());
        assertEquals(Optional.empty(), host.arguments());
        assertTrue(boot.err().contains(one.getValue()), boot.err());
        assertTrue(boot.err().contains("Without -dragoman-topology in its"), boot.err());
      }
      assertTrue(host.decisions().stream().allMatch(line -> line.contains("\"refused\"")));
      assertEquals(wrong.size(), host.decisions().size());
    }
  }

  /** Whatever its configuration has become since, it goes on with what its record says. */
  @Test
  void aGuestThatBootedSoIsRestoredSo() throws Exception {
    try (HookedHost host = host().startHelper()) {
      assertRestored(host, 0, "keep", 8);
      assertRestored(host, 0, "keep,vga-mib=4", 4);
      assertRestored(host, 128, "keep,vga-mib=16", 8);
      assertRestored(host, 128, "wrong", 8);
    }
  }

  private static void assertRestored(HookedHost host, int banks, String value, int mib)
      throws Exception {
    byte[] stream = QemuXenTargetTest.booted("xen-4.2.stdvga", banks);
    Files.write(host.stream(), stream);
    Restore restore =
        host.restoreFromDescriptor(
            RESTORED.replace("-usb ", "-dragoman-topology " + value + " -usb "));
    assertEquals(0, restore.exit(), restore.err());
    assertEquals(
        Optional.of(
            KEPT.replace("e1000", "rtl8139")
                .replace(" -global migr", " -incoming fd:14 -global migr")
                .replace("vgamem_mb=8", "vgamem_mb=" + mib)
                .replace("-m 504", "-m " + (512 - mib))),
        host.arguments());
    assertArrayEquals(stream, host.given().orElseThrow());
  }

  /** Of a guest that is translated now, and of one that never had the old slots. */
  @Test
  void aRestoreIsWhatItWasBefore() throws Exception {
    try (HookedHost host = host().startHelper()) {
      byte[] ofQemuXen = RecordedStreams.ofQemuXen().values().iterator().next();
      for (byte[] stream : List.of(host.original(), ofQemuXen)) {
        Files.write(host.stream(), stream);
        assertEquals(0, host.restoreFromDescriptor(RESTORED).exit());
        Optional<String> before = host.arguments();
        Restore restore = host.restoreFromDescriptor(RESTORED + KEEP);
        assertEquals(0, restore.exit(), restore.err());
        assertEquals(before, host.arguments());
        assertEquals(stream != ofQemuXen, before.orElseThrow().contains("addr=0x4"));
      }
    }
  }
}
