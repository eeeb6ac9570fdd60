package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dragoman.systemtests.HookedHost.Restore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a restore when something is broken. Faults are made in the real processes: strace
 * makes a system call of the helper fail, wait, or end it. In every case the original stays as it
 * is, no process or descriptor is left, and the outcome is the configured one, in time. Faults that
 * need a helper that lies are in {@code native-shim/tests}.
 */
class HookFaultTest {
  private static final String MISLABELLED = "xenserver-6.2.standard";

  private static byte[] translated() throws IOException {
    return Dragoman.SHIPPED.translate(Program.stream(MISLABELLED), Target.XEN_4_4).orElseThrow();
  }

  /** strace on the helper, with a fault for one system call. */
  private static Process inject(HookedHost host, String call, String fault)
      throws IOException, InterruptedException {
    Path log = host.folder().resolve("strace.log");
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":" + fault,
                "-p",
                Long.toString(host.helper().pid()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    for (int i = 0; i < 200 && !Files.readString(log).contains("attached"); i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertTrue(Files.readString(log).contains("attached"), Files.readString(log));
    return strace;
  }

  private static void detach(Process strace) throws InterruptedException {
    strace.destroy();
    strace.waitFor();
  }

  /** It was translated, by the fallback. */
  private static void assertFallback(HookedHost host, Restore restore, String why)
      throws IOException, InterruptedException {
    assertEquals(0, restore.exit(), restore.err());
    assertArrayEquals(translated(), host.given().orElseThrow());
    assertTrue(restore.err().contains("asked the fallback"), restore.err());
    assertTrue(restore.err().contains(why), restore.err());
    host.assertOriginalUntouched();
    host.assertNoProcessLeft();
  }

  private static void assertRefused(HookedHost host, Restore restore)
      throws IOException, InterruptedException {
    assertEquals(6, restore.exit(), restore.err());
    assertTrue(host.given().isEmpty());
    host.assertOriginalUntouched();
    host.assertNoProcessLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accept4",
        "getsockopt",
        "recvmsg",
        "statx",
        "pread64",
        "memfd_create",
        "pwrite64",
        "fcntl",
        "write",
        "sendmsg"
      })
  void aHelperThatIsKilledAtAStepLeavesTheQuestionToTheFallback(String step) throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      Process strace = inject(host, step, "signal=KILL:when=1");
      assertFallback(host, host.restore(), "the helper ");
      assertTrue(host.helper().waitFor(5, TimeUnit.SECONDS), step + " was never reached");
      detach(strace);
    }
  }

  @Test
  void aHelperThatIsStoppedIsWaitedForNoLongerThanItsTime() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.deadline(20_000, 700);
      host.signal("STOP");
      Restore restore = host.restore();
      assertFallback(host, restore, "its time is over");
      assertTrue(restore.milliseconds() >= 700, restore.milliseconds() + " ms");
      host.signal("CONT");
    }
  }

  @Test
  void aQuestionWhoseAskerHasGoneIsNotWorkedOnAndNoDecision() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.deadline(20_000, 700);
      host.signal("STOP");
      assertFallback(host, host.restore(), "its time is over");
      host.signal("CONT");
      List<String> decisions = host.decisionsWhenThereAre(2);
      assertTrue(decisions.get(0).contains("\"helper\":\"fallback\""), decisions.get(0));
      assertTrue(decisions.get(0).contains("\"outcome\":\"translated\""), decisions.get(0));
      assertTrue(decisions.get(1).contains("\"helper\":\"resident\""), decisions.get(1));
      assertTrue(decisions.get(1).contains("\"outcome\":\"failed\""), decisions.get(1));
      assertTrue(decisions.get(1).contains("who asked has gone"), decisions.get(1));
      // It was not looked into.
      assertTrue(decisions.get(1).contains("\"sha256\":null"), decisions.get(1));
    }
  }

  @Test
  void anAskerThatGoesWhileTheHelperWorksGetsNoDecision() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.deadline(20_000, 10_000);
      Process strace = inject(host, "pread64", "delay_enter=1500000:when=1");
      Process restore = host.startRestore(List.of());
      TimeUnit.MILLISECONDS.sleep(700);
      restore.destroyForcibly().waitFor();
      String decision = host.decisionsWhenThereAre(1).get(0);
      detach(strace);
      assertTrue(decision.contains("\"outcome\":\"failed\""), decision);
      assertTrue(decision.contains("who asked has gone"), decision);
      assertTrue(host.given().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRuleThatGoesByAnUnknownUuidIsAFailureAndNotTheDefault(boolean resident) throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).wantUuid()) {
      host.configure(
          "source: {default: xenserver-6.2, rules: [{uuid: \"*\", product: xenserver-7.0}]}");
      if (resident) {
        host.startHelper();
      }
      Restore restore = host.restore();
      assertRefused(host, restore);
      assertTrue(restore.err().contains("the domain's uuid is not known"), restore.err());
      assertTrue(host.decisions().get(0).contains("\"failed\""), host.decisions().get(0));
      Restore passed = host.passThrough().restore();
      assertEquals(0, passed.exit(), passed.err());
      assertArrayEquals(host.original(), host.given().orElseThrow());
    }
  }

  @Test
  void aSlowHelperIsWaitedFor() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      Process strace = inject(host, "sendmsg", "delay_enter=600000");
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertTrue(restore.milliseconds() >= 600, restore.milliseconds() + " ms");
      assertTrue(!restore.err().contains("fallback"), restore.err());
      assertArrayEquals(translated(), host.given().orElseThrow());
      detach(strace);
    }
  }

  @Test
  void whatIsTooSlowAltogetherIsAFailureWithinTheDeadline() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      Path hangs = host.folder().resolve("hangs");
      Files.writeString(hangs, "#!/bin/sh\nsleep 60 # " + host.folder() + "\n");
      assertTrue(hangs.toFile().setExecutable(true, false));
      host.fallback(hangs).deadline(1500, 500).startHelper();
      host.signal("STOP");
      Restore restore = host.restore();
      assertRefused(host, restore);
      assertTrue(
          restore.milliseconds() >= 1400 && restore.milliseconds() < 4000,
          restore.milliseconds() + " ms");
      host.signal("CONT");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "memfd_create:error=ENOSYS",
        "statx:error=EIO",
        "pwrite64:error=ENOSPC",
        "fcntl:error=EPERM"
      })
  void aHelperWithoutWhatItNeedsLeavesTheQuestionToTheFallback(String fault) throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      List<String> descriptors = host.helperDescriptors();
      String call = fault.substring(0, fault.indexOf(':'));
      Process strace = inject(host, call, fault.substring(call.length() + 1));
      assertFallback(host, host.restore(), "the helper");
      detach(strace);
      assertEquals(descriptors, host.helperDescriptors());
      assertEquals(0, host.restore().exit());
      assertTrue(host.decisions().get(host.decisions().size() - 1).contains("\"resident\""));
    }
  }

  @Test
  void aHostWithoutMemfdRefuses() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      Restore restore =
          host.restore(
              List.of(
                  "strace",
                  "-f",
                  "-o",
                  "/dev/null",
                  "-e",
                  "trace=memfd_create",
                  "-e",
                  "inject=memfd_create:error=ENOSYS"));
      assertRefused(host, restore);
      assertTrue(restore.err().contains("no file in memory can be made"), restore.err());
    }
  }

  @Test
  void aHelperWithoutDescriptorsLeavesTheQuestionToTheFallbackAndRecovers() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.deadline(20_000, 1000);
      Process strace = inject(host, "accept4", "error=EMFILE");
      assertFallback(host, host.restore(), "its time is over");
      assertTrue(host.helperSaid().contains("no connection can be taken in"), host.helperSaid());
      detach(strace);
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertTrue(!restore.err().contains("fallback"), restore.err());
    }
  }

  @Test
  void aFullDiskCostsALineOfTheAuditLogAndNoGuest() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      host.configure("audit-log: /dev/full");
      host.startHelper();
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertArrayEquals(translated(), host.given().orElseThrow());
      assertTrue(
          host.helperSaid().contains("the decision is not in the audit log: /dev/full"),
          host.helperSaid());
    }
  }

  @Test
  void aSocketThatIsAFileOrALinkToNothingLeavesTheQuestionToTheFallback() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      Path file = Files.createFile(host.folder().resolve("file"));
      assertFallback(host.socket(file), host.restore(), "the helper");
      Path link = host.folder().resolve("link");
      Files.createSymbolicLink(link, host.folder().resolve("nowhere"));
      assertFallback(host.socket(link.resolve("helper.sock")), host.restore(), "the helper");
    }
  }

  @Test
  void withoutAJvmTheConfigurationDecides() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      host.fallback(Path.of("/nonexistent/java"));
      Restore refused = host.restore();
      assertRefused(host, refused);
      assertTrue(refused.err().contains("/nonexistent/java"), refused.err());
      assertTrue(refused.err().contains("dragoman doctor"), refused.err());

      Restore passed = host.passThrough().restore();
      assertEquals(0, passed.exit(), passed.err());
      assertArrayEquals(host.original(), host.given().orElseThrow());
      assertTrue(passed.err().contains("passed through unchecked"), passed.err());

      Restore dry = host.dryRun().restore();
      assertEquals(0, dry.exit(), dry.err());
      assertArrayEquals(host.original(), host.given().orElseThrow());
    }
  }

  @Test
  void aBrokenConfigurationIsNotLoadedAndTheOldOneStays() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.configure("target: xen-9.9");
      host.signal("HUP");
      host.waitUntilHelperSays("not reloaded");
      assertTrue(host.helperSaid().contains("dragoman.yaml:"), host.helperSaid());
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertArrayEquals(translated(), host.given().orElseThrow());

      host.configure("target: xenserver-6.5");
      host.signal("HUP");
      host.waitUntilHelperSays("reloaded, target xenserver-6.5");
      assertEquals(0, host.restore().exit());
      // That target reads it as it is.
      assertArrayEquals(host.original(), host.given().orElseThrow());
    }
  }

  @Test
  void aBrokenPolicyIsNotLoadedAndTheOldOnesStay() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      Path policies = Files.createDirectories(host.folder().resolve("policies/products"));
      host.configure("policies: [" + policies.getParent() + "]");
      host.startHelper();
      Files.writeString(policies.resolve("mine.yaml"), "product: [\n");
      host.signal("HUP");
      host.waitUntilHelperSays("not reloaded");
      assertTrue(host.helperSaid().contains("mine.yaml:"), host.helperSaid());
      assertEquals(0, host.restore().exit());
      assertArrayEquals(translated(), host.given().orElseThrow());
    }
  }

  @Test
  void theFallbackWithABrokenConfigurationSaysWhereItIsBroken() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED)) {
      host.configure("mode: sometimes");
      Restore restore = host.restore();
      assertRefused(host, restore);
      assertTrue(restore.err().matches("(?s).*dragoman\\.yaml:\\d+:\\d+: .*"), restore.err());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStreamThatChangesWhileItIsReadIsReadAnew(boolean grows) throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      host.deadline(20_000, 10_000);
      // Between a look at the file and the copy.
      Process strace = inject(host, "pread64", "delay_enter=1500000:when=1");
      Process restore = host.startRestore(List.of());
      long start = System.nanoTime();
      TimeUnit.MILLISECONDS.sleep(700);
      byte[] cut = java.util.Arrays.copyOf(host.original(), 100);
      if (grows) {
        Files.write(host.stream(), new byte[100], StandardOpenOption.APPEND);
      } else {
        Files.write(host.stream(), cut);
      }
      Restore result = host.end(restore, start, host.folder().resolve("restore.log"));
      detach(strace);
      if (grows) {
        // Zeros behind the end are padding; the fallback read the file as it is now.
        assertEquals(0, result.exit(), result.err());
        assertEquals(translated().length + 100, host.given().orElseThrow().length);
      } else {
        assertEquals(4, result.exit(), result.err());
        assertTrue(host.given().isEmpty());
      }
      assertTrue(host.decisions().get(0).contains("\"failed\""), host.decisions().get(0));
      assertTrue(
          host.decisions()
              .get(0)
              .contains(grows ? "changed while it was read" : "became shorter meanwhile"),
          host.decisions().get(0));
      assertTrue(host.helper().isAlive());
    }
  }

  @Test
  void twoHundredRestoresAtOnceAreAllAnsweredAndLeaveNothing() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      assertEquals(0, host.restore().exit());
      List<String> descriptors = host.helperDescriptors();
      List<String> wrong = new ArrayList<>();
      for (Restore restore : host.restoreAtOnce(200)) {
        if (restore.exit() != 0
            || restore.err().contains("fallback")
            || !restore.err().contains(": translated for")) {
          wrong.add(restore.toString());
        }
      }
      assertEquals(List.of(), wrong);
      assertEquals(201, host.decisions().size());
      assertEquals(descriptors, host.helperDescriptors());
      host.assertOriginalUntouched();
      host.assertNoProcessLeft();
    }
  }

  @Test
  void oneWhoIsNotAShimCostsTheOthersNothing() throws Exception {
    try (HookedHost host = new HookedHost(MISLABELLED).startHelper()) {
      // Connects and says nothing, as often as there are workers.
      List<Process> silent = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        silent.add(
            new ProcessBuilder(
                    "python3",
                    "-c",
                    "import socket,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET);"
                        + "s.connect('"
                        + host.folder().resolve("run/helper.sock")
                        + "'); time.sleep(30)")
                .start());
      }
      TimeUnit.MILLISECONDS.sleep(300);
      Restore restore = host.restore();
      assertEquals(0, restore.exit(), restore.err());
      assertTrue(!restore.err().contains("fallback"), restore.err());
      silent.forEach(Process::destroyForcibly);
    }
  }
}
