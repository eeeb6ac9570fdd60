package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.dragoman.referenceloader.Ending;
import org.dragoman.referenceloader.LoadResult;
import org.dragoman.referenceloader.ReferenceLoader;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every recorded stream for every product: refused, unchanged or changed as the table says, with no
 * edit too many, and what comes out gives that product's own loader all that the guest had.
 */
class TranslationTest {
  /**
   * What must come out. A number is the new label of piix4acpi; {@code v1} is content v1 of both
   * piix4acpi and gpe; {@code names} are XenServer's or plain Xen's, wherever the stream has such
   * sections. The rows "true 3" of the table are here once for each of the two writers: the
   * 2013 proposal's streams have plain Xen's names.
   */
  private static final String TABLE =
      """
      from \\ to              | xen-4.0   | xen-4.1…4.20 | xenserver-6.0…6.2 | xenserver-6.5, 7.x | proposal
      label 1                | unchanged | unchanged    | names             | names              | unchanged
      XenServer 5.6's 1      | names     | names        | unchanged         | unchanged          | names
      mislabelled 2          | 1, names  | 1, names     | 1                 | unchanged          | 1, names
      true 2, 0xb000         | refuse    | unchanged    | refuse            | 3, names           | unchanged
      true 2, 0x1f40         | v1        | unchanged    | v1, names         | 3, names           | unchanged
      XenServer's 3, 0xb000  | refuse    | 2, names     | refuse            | unchanged          | names
      XenServer's 3, 0x1f40  | v1, names | 2, names     | v1                | unchanged          | names
      proposal's 3, 0xb000   | refuse    | 2            | refuse            | names              | unchanged
      proposal's 3, 0x1f40   | v1        | 2            | v1, names         | names              | unchanged
      short 2 beside a gpe 2 | refuse    | refuse       | refuse            | refuse             | refuse
      """;

  private static final Map<String, List<String>> ROWS = rows();

  @TestFactory
  Stream<DynamicTest> everyStreamForEveryProduct() {
    return RecordedStreams.all()
        .flatMap(
            stream ->
                Arrays.stream(Target.values())
                    .map(
                        target ->
                            dynamicTest(
                                stream + " for " + target + ": " + expected(stream, target),
                                () -> assertTranslation(stream, target))));
  }

  @TestFactory
  Stream<DynamicTest> noEditCanBeLeftOut() {
    return Stream.concat(RecordedStreams.saved().stream(), RecordedStreams.withPcislots().stream())
        .map(stream -> dynamicTest(stream.name(), () -> assertEveryEditIsNeeded(stream)));
  }

  /** By way of any product to any other, as if it had gone there directly; or nowhere at all. */
  @TestFactory
  Stream<DynamicTest> aDetourOpensAndClosesNoWay() {
    return Stream.of(
            RecordedStreams.saved(), RecordedStreams.reordered(), RecordedStreams.withPcislots())
        .flatMap(List::stream)
        .map(stream -> dynamicTest(stream.name(), () -> assertDetours(stream)));
  }

  /** The bug that all this is about. */
  @TestFactory
  Stream<DynamicTest> untranslatedTheMislabelledRecordKillsConfusesOrIsIgnored() {
    return RecordedStreams.saved().stream()
        .filter(stream -> row(stream).equals("mislabelled 2"))
        .map(stream -> dynamicTest(stream.name(), () -> assertHarmWithoutTranslation(stream)));
  }

  /** And the other way round, it is silent. */
  @TestFactory
  Stream<DynamicTest> untranslatedATrueTwoLosesItsAddressOnXenServer() {
    return RecordedStreams.saved().stream()
        .filter(stream -> row(stream).equals("true 2, 0xb000"))
        // Others stop earlier, at a name that XenServer does not know.
        .filter(stream -> stream.count("uhci") + stream.count("rtl8139") == 0)
        .map(
            stream ->
                dynamicTest(
                    stream.name(),
                    () -> {
                      LoadResult result = stream.untranslatedOn(Target.XENSERVER_6_5);
                      assertEquals(0, result.returnCode().orElseThrow());
                      GuestState loaded = GuestState.of(result, stream.bytes());
                      assertEquals(GuestState.OLD_PORTS, loaded.address());
                      assertFalse(result.leftIsZero(), "everything was read");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> theAdministratorsWordDecidesNothingAgainstTheBytes() {
    return RecordedStreams.saved().stream()
        .map(stream -> dynamicTest(stream.name(), () -> assertFromOnlyConfirms(stream)));
  }

  @Test
  void everyRowOfTheTableIsThere() {
    for (String row : ROWS.keySet()) {
      assertTrue(
          RecordedStreams.all().anyMatch(stream -> row(stream).equals(row)),
          () -> "no stream for " + row);
    }
    assertEquals(
        (144L + 9 + 34 + 232) * Target.values().length, everyStreamForEveryProduct().count());
    assertEquals(36, untranslatedTheMislabelledRecordKillsConfusesOrIsIgnored().count());
    assertEquals(3, untranslatedATrueTwoLosesItsAddressOnXenServer().count());
  }

  private static void assertTranslation(RecordedStream stream, Target target) {
    Plan plan = Dragoman.SHIPPED.plan(stream.bytes(), target.product());
    if (expected(stream, target).equals("refuse")) {
      Plan.Refusal refusal = assertInstanceOf(Plan.Refusal.class, plan);
      assertFalse(refusal.reasons().isEmpty(), "no reason");
      refusal.reasons().forEach(reason -> assertFalse(reason.isBlank()));
      return;
    }
    Plan.Rewrite rewrite = assertInstanceOf(Plan.Rewrite.class, plan);
    assertEquals(editsNeeded(stream, target), rewrite.edits().size(), "edits");

    byte[] result = Dragoman.apply(stream.bytes(), rewrite.edits());
    if (rewrite.edits().isEmpty()) {
      assertArrayEquals(stream.bytes(), result);
    }
    LoadResult load = ReferenceLoader.load(target.loader(), result, stream.configuredDevices());
    assertEquals(stream.tail(), load.bytesLeft(), "unread");
    GuestState loaded = GuestState.loadedBy(target.loader(), result, stream.configuredDevices());
    assertEquals(stream.control(), loaded.control());
    assertEquals(stream.address(), loaded.address());
    boolean old = stream.address() == GuestState.OLD_PORTS;
    assertEquals(old ? 0x1f68 : 0xafe0, loaded.gpeAddress());
    assertEquals(old ? 4 : 2, loaded.gpeHalfLength());
    assertEquals(stream.state().on(target), loaded);
    for (String dropped : stream.droppedFor(target)) {
      assertSays(rewrite.warnings(), dropped);
    }
    if (target.isXenServer() && stream.count("rtl8139") > 1) {
      assertSays(rewrite.warnings(), "share instance 0");
    }
    if (stream.tail() > 0) {
      assertSays(rewrite.warnings(), "padding");
    }
  }

  /** What one of the products writes; with the exceptions that the issue names. */
  private static String expected(RecordedStream stream, Target target) {
    boolean hotplugUnknown = target.isBeforePciDevfn() && stream.count("pci_devfn") > 0;
    return hotplugUnknown || !stream.isPadded() ? "refuse" : cell(stream, target);
  }

  private static String cell(RecordedStream stream, Target target) {
    int column =
        switch (target) {
          case XEN_3_4, XEN_4_0 -> 0;
          case XEN_4_1, XEN_4_4, XEN_4_20 -> 1;
          case XENSERVER_5_6, XENSERVER_6_0, XENSERVER_6_2 -> 2;
          case XENSERVER_6_5, XENSERVER_7_0, XENSERVER_7_4 -> 3;
          case XEN_PROPOSAL_2013 -> 4;
        };
    return ROWS.get(row(stream)).get(column);
  }

  private static String row(RecordedStream stream) {
    if (stream.writtenBy().startsWith("xen-4.2-with-bug")) {
      return "short 2 beside a gpe 2";
    }
    String address = String.format(", 0x%04x", stream.address());
    return switch (stream.label()) {
      case 1 -> stream.fromXenServer() ? "XenServer 5.6's 1" : "label 1";
      case 2 -> stream.content() == 1 ? "mislabelled 2" : "true 2" + address;
      default -> (stream.fromXenServer() ? "XenServer's 3" : "proposal's 3") + address;
    };
  }

  /** Counted in the manifest, not in the plan. */
  private static int editsNeeded(RecordedStream stream, Target target) {
    int edits = stream.droppedFor(target).size();
    for (String part : expected(stream, target).split(", ", -1)) {
      edits +=
          switch (part) {
            case "unchanged" -> 0;
            case "1", "2", "3" -> 1;
            // piix4acpi and gpe: the label, and the addresses at the end.
            case "v1" -> 2 + 2;
            case "names" -> names(stream, target);
            default -> throw new IllegalStateException(part);
          };
    }
    return edits;
  }

  private static int names(RecordedStream stream, Target target) {
    assertNotEquals(target.isXenServer(), stream.fromXenServer(), "the names are the same");
    return stream.count("uhci")
        + stream.count("UHCI_usb_controller")
        + stream.count("rtl8139")
        // XenServer takes a 4 as well as its own 6; nobody else takes a 6.
        + (target.isXenServer() ? 0 : stream.count("vga/0/6"));
  }

  private static void assertEveryEditIsNeeded(RecordedStream stream) {
    GuestState saved = stream.state();
    for (Target target : Target.oneForEachProduct()) {
      if (Dragoman.SHIPPED.plan(stream.bytes(), target.product()) instanceof Plan.Rewrite plan) {
        for (Edit leftOut : plan.edits()) {
          List<Edit> others = new ArrayList<>(plan.edits());
          others.remove(leftOut);
          byte[] result = Dragoman.apply(stream.bytes(), others);
          LoadResult load =
              ReferenceLoader.load(target.loader(), result, stream.configuredDevices());
          assertFalse(
              load.healthy() && saved.equals(GuestState.of(load, result)),
              () -> "for " + target + " at " + leftOut.offset() + ": " + leftOut.reason());
        }
      }
    }
  }

  private static void assertDetours(RecordedStream stream) {
    for (Target via : Target.oneForEachProduct()) {
      Optional<byte[]> first = Dragoman.SHIPPED.translate(stream.bytes(), via);
      if (first.isEmpty()) {
        continue;
      }
      for (Target target : Target.oneForEachProduct()) {
        boolean direct = Dragoman.SHIPPED.translate(stream.bytes(), target).isPresent();
        Optional<byte[]> second = Dragoman.SHIPPED.translate(first.get(), target);
        assertEquals(direct, second.isPresent(), () -> "by way of " + via + " to " + target);
        if (second.isPresent()) {
          assertEquals(
              stream.state().on(via).on(target),
              GuestState.loadedBy(target.loader(), second.get(), stream.configuredDevices()));
        }
        if (via == target) {
          assertArrayEquals(first.get(), second.orElseThrow());
        }
        if (second.isPresent()) {
          assertArrayEquals(
              second.get(),
              Dragoman.SHIPPED.translate(second.get(), target).orElseThrow(),
              () -> "by way of " + via + " to " + target + " and there again");
        }
      }
    }
  }

  private static void assertHarmWithoutTranslation(RecordedStream stream) {
    for (Target target : List.of(Target.XEN_4_0, Target.XEN_4_4, Target.XEN_PROPOSAL_2013)) {
      LoadResult load = stream.untranslatedOn(target);
      assertFalse(load.ending() instanceof Ending.Success, () -> target + ": " + load);
      boolean reachesPiix4acpi =
          stream.count("UHCI_usb_controller") + stream.count("rtl8139") + stream.count("vga") == 0;
      if (reachesPiix4acpi && target != Target.XEN_4_0) {
        assertInstanceOf(Ending.Died.class, load.ending(), () -> target + ": " + load);
      }
    }
    LoadResult own = stream.untranslatedOn(Target.XENSERVER_6_2);
    assertEquals(0, own.returnCode().orElseThrow());
    assertFalse(own.piix4acpiLoaded(), own::toString);
    assertEquals(
        stream.state(), GuestState.of(stream.untranslatedOn(Target.XENSERVER_6_5), stream.bytes()));
  }

  private static void assertFromOnlyConfirms(RecordedStream stream) {
    Plan unasked = Dragoman.SHIPPED.plan(stream.bytes(), "xen-4.4");
    Set<String> writers = Dragoman.SHIPPED.writersOf(stream.bytes());
    Dragoman.SHIPPED
        .products()
        .forEach(
            product -> {
              Plan plan = Dragoman.SHIPPED.planFrom(stream.bytes(), product.id(), "xen-4.4");
              if (writers.contains(product.id())) {
                assertEquals(
                    unasked instanceof Plan.Rewrite, plan instanceof Plan.Rewrite, product.id());
              } else {
                Plan.Refusal refusal = assertInstanceOf(Plan.Refusal.class, plan);
                assertSays(refusal.reasons(), product.id());
              }
            });
  }

  private static void assertSays(List<String> texts, String word) {
    assertTrue(texts.stream().anyMatch(text -> text.contains(word)), texts::toString);
  }

  private static Map<String, List<String>> rows() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (String line : TABLE.lines().skip(1).toList()) {
      List<String> cells = Arrays.stream(line.split("\\|", -1)).map(String::trim).toList();
      rows.put(cells.get(0), cells.subList(1, cells.size()));
    }
    return rows;
  }
}
