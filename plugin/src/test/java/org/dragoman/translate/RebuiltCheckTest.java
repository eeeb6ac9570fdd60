package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.FieldPlace;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.Section;
import org.dragoman.stream.Walk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QEMU notices next to nothing of a wrong stream, so this check has to notice everything. */
class RebuiltCheckTest {
  private static final Path STREAMS = Path.of("../systemtests/src/test/resources/vectors");

  private final Translator translator;
  private final Policies policies;

  RebuiltCheckTest() throws Exception {
    policies = Policies.load(List.of());
    translator = new Translator(policies, "--from");
  }

  /** A stream with the plan for it. */
  private record Rebuilt(Octets source, Walk walk, Plan.Rewrite plan) {
    byte[] result() {
      Octets edited = new EditedOctets(source, plan.edits());
      return edited.copy(0, edited.size());
    }

    String failure(byte[] other) {
      Edit all = new Edit(source, 0, source.size(), other, "", "a test");
      return RebuiltCheck.failure(
          source,
          walk,
          new Plan.Rewrite(
              plan.target(), plan.from(), List.of(all), plan.warnings(), plan.topology()),
          false);
    }
  }

  private Rebuilt rebuilt(String name) throws Exception {
    Octets source = new BufferOctets(ByteBuffer.wrap(Files.readAllBytes(STREAMS.resolve(name))));
    Verdict verdict = translator.judge(source);
    Plan.Rewrite plan =
        assertInstanceOf(
            Plan.Rewrite.class,
            translator.plan(source, verdict, null, policies.product("qemu-xen")));
    return new Rebuilt(source, verdict.explanations().get(0).walk(), plan);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xenserver-6.2.standard.qemu-save",
        "xen-4.2.standard.qemu-save",
        "xen-4.2.stdvga.qemu-save",
        "xen-4.2.e1000.qemu-save"
      })
  void noByteCanBeAnother(String name) throws Exception {
    Rebuilt rebuilt = rebuilt(name);
    byte[] result = rebuilt.result();
    assertNull(rebuilt.failure(result));
    List<Integer> unnoticed = new ArrayList<>();
    // Of a long one, whose length is that of two tables, some.
    int step = result.length > 20_000 ? 37 : 1;
    for (int at = 0; at < result.length; at += step) {
      byte[] poisoned = result.clone();
      poisoned[at] ^= 1;
      if (rebuilt.failure(poisoned) == null) {
        unnoticed.add(at);
      }
    }
    assertEquals(List.of(), unnoticed);
  }

  @Test
  void whatIsAnotherIsCalledByItsNameWhereverItStandsAmongItsNeighbours() throws Exception {
    Rebuilt rebuilt = rebuilt("xenserver-6.2.standard.qemu-save");
    byte[] result = rebuilt.result();
    Octets octets = new BufferOctets(ByteBuffer.wrap(result));
    Reading.Complete reading =
        assertInstanceOf(
            Reading.Complete.class, Walk.under(rebuilt.plan().target().reads(), octets));
    Section card =
        reading.walk().sections().stream()
            .filter(section -> section.device().name().equals("rtl8139"))
            .findFirst()
            .orElseThrow();
    for (FieldPlace place : card.content().layout().placesIn(octets, card.payloadAt()).values()) {
      if (place.path().equals("pci_version")) {
        // No other value is read at all.
        continue;
      }
      byte[] poisoned = result.clone();
      poisoned[card.payloadAt() + place.offset() + place.length() - 1] ^= 1;
      assertEquals(
          "section 'rtl8139' instance 0: "
              + place.path()
              + " changed at byte "
              + (place.length() - 1),
          rebuilt.failure(poisoned));
    }
  }

  @Test
  void noByteCanBeMissingOrTooMany() throws Exception {
    Rebuilt rebuilt = rebuilt("xenserver-6.2.standard.qemu-save");
    byte[] result = rebuilt.result();
    List<Integer> unnoticed = new ArrayList<>();
    for (int at = 8; at < result.length; at += 7) {
      byte[] longer = new byte[result.length + 1];
      System.arraycopy(result, 0, longer, 0, at);
      System.arraycopy(result, at, longer, at + 1, result.length - at);
      byte[] shorter = new byte[result.length - 1];
      System.arraycopy(result, 0, shorter, 0, at);
      System.arraycopy(result, at + 1, shorter, at, result.length - at - 1);
      if (rebuilt.failure(longer) == null || rebuilt.failure(shorter) == null) {
        unnoticed.add(at);
      }
    }
    assertEquals(List.of(), unnoticed);
  }
}
