package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dragoman.referenceloader.Ending;
import org.dragoman.referenceloader.LoadResult;
import org.dragoman.referenceloader.LoadedSection;
import org.dragoman.referenceloader.LoaderModel;
import org.dragoman.referenceloader.NicModel;
import org.dragoman.referenceloader.ReferenceLoader;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;

/**
 * What holds of every stream that a product could have written: the recorded ones, with any values
 * in the bytes that no product constrains.
 */
@PropertyDefaults(edgeCases = EdgeCasesMode.NONE)
class PropertiesTest {
  /** Of NE2000 cards, in the order in which they are given out. */
  private static final List<Integer> ISA_PORTS = List.of(0x300, 0x320, 0x340, 0x360, 0x280, 0x380);

  @Property
  void translatingAgainChangesNothing(
      @ForAll("streams") RecordedStream stream, @ForAll Target target) {
    Optional<byte[]> result = translate(stream.bytes(), target);
    if (result.isPresent()) {
      Plan.Rewrite again =
          assertInstanceOf(
              Plan.Rewrite.class, Dragoman.SHIPPED.plan(result.get(), target.product()));
      assertEquals(List.of(), again.edits().stream().map(Edit::reason).toList());
    }
  }

  @Property
  void thereAndBackIsWhereItWas(@ForAll("streams") RecordedStream stream, @ForAll Target there) {
    Target home = home(stream);
    byte[] stayed = translate(stream.bytes(), home).orElseThrow();
    Optional<byte[]> gone = translate(stream.bytes(), there);
    if (gone.isEmpty()) {
      return;
    }
    byte[] back = translate(gone.get(), home).orElseThrow();
    boolean dropped = !stream.droppedFor(there).isEmpty();
    GuestState saved = stream.state();
    assertEquals(
        saved.on(there), GuestState.loadedBy(home.loader(), back, stream.configuredDevices()));
    boolean addressesLeftOut = stream.content() == 2 && isBeforeAddresses(there);
    if (!dropped && !addressesLeftOut) {
      // The home's own loader has just told that it reads these labels alike.
      assertArrayEquals(withoutLabels(stream, stayed, home), withoutLabels(stream, back, home));
    }
  }

  @Property
  void aChainOfTargetsKeepsEveryField(
      @ForAll("streams") RecordedStream stream,
      @ForAll @Size(min = 2, max = 4) List<Target> chain) {
    byte[] bytes = stream.bytes();
    GuestState state = stream.state();
    for (Target target : chain) {
      Optional<byte[]> result = translate(bytes, target);
      // A detour closes no way.
      assertEquals(translate(stream.bytes(), target).isPresent(), result.isPresent());
      if (result.isPresent()) {
        bytes = result.get();
        state = state.on(target);
        assertEquals(
            state, GuestState.loadedBy(target.loader(), bytes, stream.configuredDevices()));
      }
    }
  }

  @Property
  void whatTheGuestHasInItsRegistersDecidesNothing(
      @ForAll("streams") RecordedStream stream,
      @ForAll("changes") List<FreeBytes.Change> changes,
      @ForAll Target target) {
    RecordedStream changed = FreeBytes.changed(stream, changes);
    Plan expected = Dragoman.SHIPPED.plan(stream.bytes(), target.product());
    Plan plan = Dragoman.SHIPPED.plan(changed.bytes(), target.product());
    assertEquals(outcome(expected), outcome(plan));
    if (plan instanceof Plan.Rewrite rewrite) {
      GuestState saved = changed.state();
      assertEquals(
          saved.on(target),
          GuestState.loadedBy(
              target.loader(),
              Dragoman.apply(changed.bytes(), rewrite.edits()),
              changed.configuredDevices()));
    }
  }

  @Property
  void zerosAfterTheEndStayThereAndDoNoHarm(
      @ForAll("streams") RecordedStream stream,
      @ForAll @IntRange(min = 1, max = 70_000) int zeros,
      @ForAll Target target) {
    Optional<byte[]> bare = translate(stream.bytes(), target);
    Optional<byte[]> padded = translate(stream.withTail(new byte[zeros]).bytes(), target);
    assertEquals(bare.isPresent(), padded.isPresent());
    if (bare.isPresent()) {
      assertArrayEquals(Arrays.copyOf(bare.get(), bare.get().length + zeros), padded.get());
      GuestState.loadedBy(target.loader(), padded.get(), stream.configuredDevices());
    }
  }

  @Property
  void anythingElseAfterTheEndIsRefused(
      @ForAll("streams") RecordedStream stream,
      @ForAll("tails") byte[] tail,
      @ForAll Target target) {
    byte[] bytes = stream.withTail(tail).bytes();
    assertEquals(Set.of(), Dragoman.SHIPPED.writersOf(bytes));
    assertInstanceOf(Plan.Refusal.class, Dragoman.SHIPPED.plan(bytes, target.product()));
  }

  /** Labels that lie in any combination: the record of one stream beside the block of another. */
  @Property
  void aRecordOfAnotherStreamIsReadRightOrRefused(
      @ForAll("anybodys") RecordedStream stream,
      @ForAll("anybodys") RecordedStream power,
      @ForAll("anybodys") RecordedStream events,
      @ForAll Target target) {
    RawStream mixed = RawStream.of(stream);
    mixed.section("piix4acpi").takeFrom(RawStream.of(power).section("piix4acpi"));
    mixed.section("gpe").takeFrom(RawStream.of(events).section("gpe"));
    Optional<byte[]> result = translate(mixed.bytes(), target);
    if (result.isPresent()) {
      GuestState loaded =
          GuestState.loadedBy(target.loader(), result.get(), stream.configuredDevices());
      assertEquals(power.control(), loaded.control());
      assertEquals(power.address(), loaded.address());
      assertEquals(events.state().gpeAddress(), loaded.gpeAddress());
      assertEquals(events.state().gpeHalfLength(), loaded.gpeHalfLength());
      assertEquals(power.address() == GuestState.OLD_PORTS ? 0x1f68 : 0xafe0, loaded.gpeAddress());
    }
  }

  @Property
  void damageAnywhereIsRefusedOrDoesTheLoaderNoHarm(
      @ForAll("anybodys") RecordedStream stream,
      @ForAll("damages") List<Damage> damages,
      @ForAll Target target) {
    byte[] bytes = stream.bytes();
    for (Damage damage : damages) {
      bytes = damage.done(bytes);
    }
    Plan plan = Judgement.of(bytes, target).plans().get(target);
    if (plan instanceof Plan.Rewrite rewrite) {
      byte[] result = Dragoman.apply(bytes, rewrite.edits());
      LoadResult load = ReferenceLoader.load(target.loader(), result, stream.configuredDevices());
      // A device that this machine has not, or the whole of it.
      assertTrue(load.ending() instanceof Ending.Refused || load.healthy(), load::sentence);
    }
  }

  /** Network cards get the slots that plain Xen gives them, and none on XenServer. */
  @Property
  void networkCardsComeBackToTheirSlots(
      @ForAll @Size(max = 6) List<NicModel> cards, @ForAll boolean platform) {
    byte[] plain = withNetworkCards(cards, platform);
    assertEquals(Set.of("xen-4.1-4.20"), Dragoman.SHIPPED.writersOf(plain));
    GuestState saved = GuestState.loadedBy(LoaderModel.XEN_4_2, plain, List.of());
    byte[] xenServer = translate(plain, Target.XENSERVER_6_5).orElseThrow();
    assertEquals(saved, GuestState.loadedBy(LoaderModel.XENSERVER_6_5, xenServer, List.of()));
    byte[] back = translate(xenServer, Target.XEN_4_4).orElseThrow();
    assertArrayEquals(plain, back);
  }

  /** Of no known writer, too. */
  @Provide
  Arbitrary<RecordedStream> anybodys() {
    return Arbitraries.of(RecordedStreams.saved());
  }

  /** Of a known writer. */
  @Provide
  Arbitrary<RecordedStream> streams() {
    List<RecordedStream> explained =
        Stream.of(
                RecordedStreams.saved(),
                RecordedStreams.reordered(),
                RecordedStreams.withPcislots())
            .flatMap(List::stream)
            .filter(stream -> !stream.writtenBy().startsWith("xen-4.2-with-bug"))
            .toList();
    return Combinators.combine(Arbitraries.of(explained), changes(20)).as(FreeBytes::changed);
  }

  @Provide
  Arbitrary<List<FreeBytes.Change>> changes() {
    return changes(200);
  }

  private static Arbitrary<List<FreeBytes.Change>> changes(int most) {
    return Combinators.combine(Arbitraries.integers().between(0, 1 << 20), Arbitraries.bytes())
        .as(FreeBytes.Change::new)
        .list()
        .ofMaxSize(most);
  }

  @Provide
  Arbitrary<List<Damage>> damages() {
    return Combinators.combine(
            Arbitraries.of(Damage.Kind.class),
            Arbitraries.integers().between(0, 8000),
            // Most of all, single bytes and headers.
            Arbitraries.oneOf(
                Arbitraries.just(1),
                Arbitraries.integers().between(1, 30),
                Arbitraries.integers().between(1, 2000)),
            Arbitraries.oneOf(Arbitraries.of((byte) 0, (byte) 1, (byte) 4), Arbitraries.bytes()))
        .as(Damage::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  /** At least one byte that is not zero; now and then an address where piix4acpi might have it. */
  @Provide
  Arbitrary<byte[]> tails() {
    Arbitrary<byte[]> any =
        Arbitraries.bytes()
            .array(byte[].class)
            .ofMinSize(1)
            .ofMaxSize(300)
            .filter(tail -> !Arrays.equals(tail, new byte[tail.length]));
    Arbitrary<byte[]> address =
        Combinators.combine(
                Arbitraries.of(0x00b00000, 0x001f4000, 0x0000b000, 0x00001f40),
                Arbitraries.integers().between(0, 20))
            .as(PropertiesTest::address);
    return Arbitraries.oneOf(any, address);
  }

  private static byte[] address(int word, int zeros) {
    byte[] tail = new byte[4 + zeros];
    ByteBuffer.wrap(tail).putInt(word);
    return tail;
  }

  /** A stream as Xen 4.2 writes it, with these cards in this order. */
  private static byte[] withNetworkCards(List<NicModel> cards, boolean platform) {
    RawStream stream = RawStream.of(RecordedStreams.named("xen-4.2.no-nic"));
    if (!platform) {
      stream.sections.removeIf(section -> section.idstr.startsWith("platform"));
    }
    int slot = platform ? 4 : 3;
    Map<NicModel, Integer> count = new EnumMap<>(NicModel.class);
    int place = stream.sections.indexOf(stream.section("ide"));
    for (NicModel card : cards) {
      int number = count.merge(card, 1, Integer::sum) - 1;
      RawStream.Section section =
          switch (card) {
            case RTL8139 -> RawStream.Section.full(0, "rtl8139", slot << 3, 4, new byte[642]);
            case PCNET -> RawStream.Section.full(0, "pcnet", slot << 3, 2, new byte[4756]);
            case E1000 -> RawStream.Section.full(0, "e1000", number, 2, new byte[67608]);
            case NE2000_PCI -> RawStream.Section.full(0, "ne2000", number, 3, new byte[49472]);
            case NE2000_ISA ->
                RawStream.Section.full(0, "ne2000", ISA_PORTS.get(number), 2, new byte[49196]);
          };
      if (card != NicModel.NE2000_ISA) {
        section.payload[3] = 2;
        slot++;
      }
      stream.sections.add(place++, section);
    }
    int id = stream.section("I440FX").id;
    for (int i = stream.sections.indexOf(stream.section("I440FX"));
        i < stream.sections.size();
        i++) {
      stream.sections.get(i).id = id++;
    }
    return stream.bytes();
  }

  private static Optional<byte[]> translate(byte[] stream, Target target) {
    return Dragoman.SHIPPED.translate(stream, target);
  }

  private static Target home(RecordedStream stream) {
    return switch (stream.writtenBy()) {
      case "xen-3.4" -> Target.XEN_3_4;
      case "xenserver-5.6" -> Target.XENSERVER_5_6;
      case "xen-4.0", "xen-4.0-nopassthrough" -> Target.XEN_4_0;
      case "xen-4.2", "xen-4.2-nopassthrough", "xen-4.2-pciemulation" -> Target.XEN_4_4;
      case "xen-4.2-with-fix", "xen-4.2-with-fix-pciemulation" -> Target.XEN_PROPOSAL_2013;
      case "xenserver-6.0", "xenserver-6.1", "xenserver-6.2" -> Target.XENSERVER_6_2;
      case "xenserver-6.5", "xenserver-6.5-pciemulation" -> Target.XENSERVER_6_5;
      case "xenserver-7.0" -> Target.XENSERVER_7_0;
      default -> throw new IllegalStateException(stream.writtenBy());
    };
  }

  private static boolean isBeforeAddresses(Target target) {
    return switch (target) {
      case XEN_3_4, XEN_4_0, XENSERVER_5_6, XENSERVER_6_0, XENSERVER_6_2 -> true;
      default -> false;
    };
  }

  private static byte[] withoutLabels(RecordedStream stream, byte[] bytes, Target home) {
    byte[] blank = bytes.clone();
    for (LoadedSection section :
        ReferenceLoader.load(home.loader(), bytes, stream.configuredDevices()).sections()) {
      if (section.offset() - RawStream.headerAt(section) > 5) {
        Arrays.fill(blank, section.offset() - 4, section.offset(), (byte) 0);
      }
    }
    return blank;
  }

  /** What a plan comes to, so that two of them can be compared. */
  private static List<String> outcome(Plan plan) {
    if (plan instanceof Plan.Rewrite rewrite) {
      return rewrite.edits().stream()
          .map(edit -> edit.offset() + "-" + edit.end() + ": " + edit.insertHex())
          .toList();
    }
    return ((Plan.Refusal) plan).reasons();
  }
}
