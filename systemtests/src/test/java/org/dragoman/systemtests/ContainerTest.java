package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.dragoman.image.RecordInside;
import org.dragoman.image.Rewriting;
import org.dragoman.os.Known;
import org.dragoman.stream.StreamKind;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Verdict;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every recorded stream in everything that can hold one: it is found, nothing else is, it is judged
 * as without the container, and what a rewriting gives is the same container around the stream that
 * a rewriting without it gives. So guest memory, configurations and what follows stay as they are
 * bit by bit, and lengths and padding are the new stream's.
 */
class ContainerTest {
  /** A stream without a container. */
  private static final class Bare {
    final String name;
    final byte[] bytes;
    private Verdict verdict;

    Bare(String name, byte[] bytes) {
      this.name = name;
      this.bytes = bytes;
    }

    /** Null if today's device model wrote it. */
    Verdict verdict() {
      if (verdict == null && StreamKind.of(Dragoman.octets(bytes)) != StreamKind.UPSTREAM) {
        verdict = Dragoman.SHIPPED.judge(bytes);
      }
      return verdict;
    }
  }

  private static final List<Target> TARGETS = Target.oneForEachProduct();
  private static final List<Bare> STREAMS = streams();

  @TempDir Path folder;

  private static List<Bare> streams() {
    List<Bare> all = new ArrayList<>();
    RecordedStreams.all().forEach(one -> all.add(new Bare(one.name(), one.bytes())));
    RecordedStreams.ofQemuXen().forEach((name, bytes) -> all.add(new Bare(name, bytes)));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> everyStreamIsFoundInEveryContainer() {
    return Container.all().stream()
        .filter(container -> container.records() > 0)
        .map(
            container ->
                dynamicTest(
                    container.toString(),
                    () -> {
                      int step = container.trailing() > 0 ? 8 : 1;
                      for (int i = 0; i < STREAMS.size(); i += step) {
                        assertFound(container, STREAMS.get(i));
                      }
                    }));
  }

  private static void assertFound(Container container, Bare stream) throws DamagedException {
    byte[] bytes = container.around(stream.bytes);
    Walked walked = Walked.through(bytes);
    assertEquals(container.kind(), walked.kind());
    assertEquals(container.records(), walked.records().size());
    for (byte[] record : walked.records()) {
      assertArrayEquals(stream.bytes, record, stream.name);
    }
    assertEquals(bytes.length - container.trailing(), walked.endsAt());
  }

  @TestFactory
  Stream<DynamicTest> theContainerIsKeptAroundWhatIsRewritten() {
    return Container.all().stream()
        .filter(container -> container.records() > 0)
        .map(container -> dynamicTest(container.toString(), () -> assertSome(container)));
  }

  /**
   * Each container with an eighth of the streams, and each stream in an eighth of them; fewer where
   * something follows, which is all that differs.
   */
  private void assertSome(Container container) throws IOException {
    int turn = container.toString().hashCode() & 63;
    int step = container.trailing() > 0 ? 40 : 8;
    for (int i = turn % step; i < STREAMS.size(); i += step) {
      Bare stream = STREAMS.get(i);
      Target target = TARGETS.get(turn++ % TARGETS.size());
      try {
        assertOne(container, stream, target);
      } catch (DamagedException | RuntimeException | AssertionError e) {
        throw new AssertionError(stream.name + " for " + target + ": " + e, e);
      }
    }
  }

  private void assertOne(Container container, Bare stream, Target target)
      throws IOException, DamagedException {
    byte[] before = container.around(stream.bytes);
    if (stream.verdict() != null && stream.verdict().damage() != null) {
      assertThrows(DamagedException.class, () -> read(before));
      return;
    }
    Image image = read(before);
    assertEquals(container.kind(), image.kind());
    assertEquals(container.records(), image.records().size());
    assertEquals(before.length - container.trailing(), image.end());
    for (RecordInside record : image.records()) {
      assertArrayEquals(stream.bytes, record.octets().copy(0, record.octets().size()));
      assertSameVerdict(stream.verdict(), record.verdict());
    }
    Rewriting rewriting = Dragoman.SHIPPED.rewriting(image, target.product());
    for (Known known : rewriting.basis()) {
      int at = (int) known.at();
      assertEquals(ByteBuffer.wrap(before, at, known.bytes().limit()), known.bytes());
    }
    if (stream.verdict() == null) {
      // In a container, its own reader is beside the traditional one; alone, it is a mistake.
      boolean bare = image.records().get(0).isBare();
      assertEquals(bare ? "refused" : "not-translated", rewriting.outcome());
      return;
    }
    Plan plan =
        Dragoman.SHIPPED.plan(Dragoman.octets(stream.bytes), stream.verdict(), target.product());
    assertEquals(Rewriting.outcome(plan), rewriting.outcome());
    if (plan instanceof Plan.Rewrite rewrite) {
      byte[] after = Dragoman.replaced(before, rewriting.replacements());
      byte[] expected = container.around(Dragoman.apply(stream.bytes, rewrite.edits()));
      assertArrayEquals(expected, after);
      Rewriting again = Dragoman.SHIPPED.rewriting(read(after), target.product());
      assertEquals("unchanged", again.outcome());
      assertArrayEquals(after, Dragoman.replaced(after, again.replacements()));
    }
  }

  private static void assertSameVerdict(Verdict expected, Verdict verdict) {
    if (expected == null) {
      assertNull(verdict);
      return;
    }
    assertEquals(
        expected.explanations().stream().map(one -> one.product().id()).toList(),
        verdict.explanations().stream().map(one -> one.product().id()).toList());
    assertEquals(
        expected.mismatches().stream()
            .map(one -> one.product().id() + " " + one.mismatch())
            .toList(),
        verdict.mismatches().stream()
            .map(one -> one.product().id() + " " + one.mismatch())
            .toList());
  }

  @TestFactory
  Stream<DynamicTest> aGuestWithoutADeviceModelStaysAsItIs() {
    return Container.all().stream()
        .filter(container -> container.records() == 0)
        .map(
            container ->
                dynamicTest(
                    container.toString(),
                    () -> {
                      byte[] bytes = container.around(new byte[0]);
                      Image image = read(bytes);
                      assertEquals(container.kind(), image.kind());
                      assertEquals(List.of(), image.records());
                      assertEquals(bytes.length - container.trailing(), image.end());
                      Rewriting rewriting = Dragoman.SHIPPED.rewriting(image, "xen-4.4");
                      assertEquals("unchanged", rewriting.outcome());
                      assertEquals(List.of(), rewriting.replacements());
                    }));
  }

  @TestFactory
  Stream<DynamicTest> theConfigurationSaysWhoseItIs() {
    byte[] stream = RecordedStreams.named("xenserver-6.2.standard").bytes();
    return Container.all().stream()
        .map(
            container ->
                dynamicTest(
                    container.toString(),
                    () -> {
                      Image image = read(container.around(stream));
                      if (container.isConfigured()) {
                        assertEquals(Container.GUEST, image.config().name());
                        assertEquals(Container.UUID, image.config().uuid());
                      } else {
                        assertNull(image.config());
                      }
                    }));
  }

  @Test
  void theMemorySaysWhoWroteIt() throws Exception {
    byte[] stream = RecordedStreams.named("xenserver-6.2.standard").bytes();
    for (Container container : Container.all()) {
      Image image = read(container.around(stream));
      String name = container.toString();
      if (name.contains("bit")) {
        assertEquals(1, image.memory().version(), name);
        assertEquals(name.contains("32-bit") ? 32 : 64, image.memory().wordBits(), name);
        assertNull(image.memory().xen(), name);
      } else if (name.contains("converted")) {
        assertEquals(3, image.memory().version(), name);
        assertNull(image.memory().xen(), name);
      } else if (name.contains("libxc 2") && name.contains("4.6") && !name.contains("live")) {
        assertEquals("4.6", image.memory().xen(), name);
      }
      if (image.memory() != null) {
        assertEquals(
            !name.contains("PV,") && !name.endsWith("PV"), image.memory().hardware(), name);
      }
    }
  }

  /** Nothing is left out of the list by mistake. */
  @Test
  void thereAreContainersOfEveryKind() {
    List<Container> all = Container.all();
    assertEquals(
        List.of(org.dragoman.container.ContainerKind.values()).size(),
        all.stream().map(Container::kind).distinct().count());
    assertEquals(all.size(), all.stream().map(Container::toString).distinct().count());
    assertTrue(STREAMS.size() > 400, () -> STREAMS.size() + " streams");
  }

  private Image read(byte[] bytes) throws IOException, DamagedException {
    return Dragoman.SHIPPED.image(Files.write(folder.resolve("file"), bytes));
  }
}
