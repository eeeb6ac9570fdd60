package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dragoman.referenceloader.Ending;
import org.dragoman.referenceloader.LoadResult;
import org.dragoman.referenceloader.ReferenceLoader;
import org.dragoman.translate.Plan;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A stream that is cut anywhere is refused. One that has a bit of any header wrong is refused too,
 * or it is the stream of a guest with the same state; no loader is ever led to read anything else.
 */
class DamageTest {
  private static final Target[] TARGETS = {Target.XEN_4_4, Target.XENSERVER_6_5};

  /** One of each writer, with all that it writes. */
  private static final List<String> STREAMS =
      List.of(
          "xen-4.0.standard",
          "xen-4.2.standard",
          "xen-4.2-with-fix.standard",
          "xenserver-6.0.standard",
          "xenserver-6.2.standard",
          "xenserver-6.5.standard",
          "xenserver-7.0.standard-vendor-device.pm1-1401");

  @TestFactory
  Stream<DynamicTest> cutAtAnyByteItIsRefused() {
    return STREAMS.stream()
        .map(RecordedStreams::named)
        .map(stream -> dynamicTest(stream.name(), () -> cutAnywhere(stream)));
  }

  @TestFactory
  Stream<DynamicTest> aFlippedBitInAHeaderNeverMakesALoaderMisreadAnything() {
    return STREAMS.stream()
        .map(RecordedStreams::named)
        .map(stream -> dynamicTest(stream.name(), () -> flipEverywhere(stream)));
  }

  private static void cutAnywhere(RecordedStream stream) {
    byte[] whole = stream.bytes();
    IntStream.range(0, whole.length)
        .parallel()
        .forEach(
            length ->
                at(
                    "cut to " + length + " bytes",
                    () -> Judgement.of(Arrays.copyOf(whole, length), TARGETS).assertRefused()));
  }

  private static void flipEverywhere(RecordedStream stream) {
    byte[] whole = stream.bytes();
    List<Integer> places = headerBytes(RawStream.of(stream), whole.length);
    assertTrue(places.size() > 400, "too few headers");
    places.parallelStream()
        .forEach(
            place ->
                IntStream.range(0, 8)
                    .forEach(
                        bit ->
                            at(
                                "bit " + bit + " of byte " + place,
                                () -> flip(stream, whole.clone(), place, bit))));
  }

  private static void flip(RecordedStream stream, byte[] bytes, int place, int bit) {
    bytes[place] ^= (byte) (1 << bit);
    Judgement judgement = Judgement.of(bytes, TARGETS);
    for (Map.Entry<Target, Plan> one : judgement.plans().entrySet()) {
      if (one.getValue() instanceof Plan.Rewrite rewrite) {
        assertNothingIsMisread(stream, one.getKey(), Dragoman.apply(bytes, rewrite.edits()));
      }
    }
  }

  private static void assertNothingIsMisread(RecordedStream stream, Target target, byte[] result) {
    LoadResult load = ReferenceLoader.load(target.loader(), result, stream.configuredDevices());
    if (load.ending() instanceof Ending.Refused refused) {
      // A serial port or network card elsewhere: legal, but not in this machine.
      assertTrue(
          refused.message().matches("Unknown savevm section or instance '(serial|rtl8139)' \\d+"),
          refused.message());
      return;
    }
    assertTrue(load.healthy(), load::toString);
    GuestState saved = stream.state().withoutSectionIds();
    assertEquals(saved.on(target), GuestState.of(load, result).withoutSectionIds());
  }

  /** The preamble, the header of every section, and the end marker. */
  private static List<Integer> headerBytes(RawStream stream, int size) {
    List<Integer> places = new ArrayList<>();
    IntStream.range(0, 8).forEach(places::add);
    for (RawStream.Section section : stream.sections) {
      int from = stream.headerAt(section);
      IntStream.range(from, from + section.headerLength()).forEach(places::add);
    }
    places.add(size - 1);
    return places;
  }

  /** Says where, if anything goes wrong. */
  private static void at(String where, Runnable test) {
    try {
      test.run();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(where + ": " + e, e);
    }
  }
}
