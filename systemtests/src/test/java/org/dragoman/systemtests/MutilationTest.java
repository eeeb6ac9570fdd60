package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.Section;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams that parse well and are not whole: a section is gone, or a section id is another. A
 * target would load them and leave a device as after a reset, without a word. Section ids tell.
 *
 * <p>What cannot be told: that the section with the last id is gone, which is piix4acpi, and a
 * guest without ACPI has none; and that Xen 4.0 wrote a pci_devfn, because a stream of Xen 3.4
 * whose pcislots was left out for Xen 4.0 looks the same.
 */
class MutilationTest {
  private final Policies policies;
  private final Translator translator;

  MutilationTest() throws YamlException {
    policies = Policies.load(List.of());
    translator = new Translator(policies, "--from");
  }

  private Verdict judge(byte[] stream) {
    return translator.judge(new BufferOctets(ByteBuffer.wrap(stream)));
  }

  private static byte[] without(byte[] stream, int from, int to) {
    byte[] rest = new byte[stream.length - (to - from)];
    System.arraycopy(stream, 0, rest, 0, from);
    System.arraycopy(stream, to, rest, from, stream.length - to);
    return rest;
  }

  private byte[] rewritten(byte[] stream, String to) throws UnknownProductException {
    Plan plan =
        translator.plan(new BufferOctets(ByteBuffer.wrap(stream)), null, policies.product(to));
    ByteBuffer result = ByteBuffer.allocate(stream.length + 64);
    int at = 0;
    for (Edit edit : ((Plan.Rewrite) plan).edits()) {
      result.put(stream, at, edit.offset() - at).put(edit.insertedBytes());
      at = edit.end();
    }
    result.put(stream, at, stream.length - at);
    byte[] bytes = new byte[result.position()];
    result.flip().get(bytes);
    return bytes;
  }

  private void everySectionIsMissed(byte[] stream, String except) {
    List<Section> sections = new ArrayList<>(judge(stream).explanations().get(0).walk().sections());
    sections.removeIf(section -> !section.named() || section.device().live());
    long lastId = sections.stream().mapToLong(Section::sectionId).max().orElseThrow();
    assertTrue(sections.size() > 15);
    for (Section section : sections) {
      if (section.sectionId() != lastId
          && section.sectionId() != 0
          && !section.idstr().equals(except)) {
        Verdict verdict = judge(without(stream, section.headerAt(), section.end()));
        assertEquals(List.of(), verdict.explanations(), "without " + section.inWords());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xen-4.0.standard",
        "xen-4.0-nopassthrough.standard",
        "xen-4.2.standard",
        "xen-4.2-nopassthrough.standard",
        "xen-4.2-with-fix.standard",
        "xenserver-6.0.standard",
        "xenserver-6.2.standard",
        "xenserver-6.5.standard",
        "xenserver-6.5.standard.pm1-0801.via-xenserver-6.2",
        "xenserver-7.0.standard-vendor-device.pm1-1401",
      })
  void aStreamWithoutOneOfItsSectionsIsNobodys(String name) throws Exception {
    byte[] stream = Program.stream(name);
    String except = name.equals("xen-4.0.standard") ? "pci_devfn" : "";
    everySectionIsMissed(stream, except);
    everySectionIsMissed(rewritten(stream, "xen-4.4"), except);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xen-4.0.minimal",
        "xen-4.0-nopassthrough.minimal",
        "xen-4.2.minimal",
        "xenserver-6.2.minimal",
        "xenserver-6.5.minimal",
      })
  void anotherSectionIdIsNobodys(String name) throws IOException {
    byte[] stream = Program.stream(name);
    List<Section> sections = judge(stream).explanations().get(0).walk().sections();
    for (Section section : sections) {
      for (int bit = 0; bit < 32 && section.named(); bit++) {
        if (name.contains("nopassthrough") && section.idstr().equals("piix4acpi") && bit == 0) {
          // One id left out before it: just what is left of Xen 3.4's pcislots.
          continue;
        }
        byte[] flipped = stream.clone();
        flipped[section.headerAt() + 4 - bit / 8] ^= (byte) (1 << bit % 8);
        Verdict verdict = judge(flipped);
        assertEquals(
            List.of(), verdict.explanations(), "bit " + bit + " of the id of " + section.inWords());
      }
    }
  }

  /** A builder of plain Xen that says 2 means 2; nothing that Dragoman does leaves this. */
  @ParameterizedTest
  @ValueSource(strings = {"xen-4.0.minimal", "xen-4.0-nopassthrough.minimal"})
  void aLabelThatNoRewriteLeavesIsNobodys(String name) throws IOException {
    byte[] stream = Program.stream(name);
    List<Section> sections = judge(stream).explanations().get(0).walk().sections();
    Section last = sections.get(sections.size() - 1);
    assertEquals("piix4acpi", last.idstr());
    stream[last.labelAt() + 3] = 2;
    assertEquals(List.of(), judge(stream).explanations());
  }
}
