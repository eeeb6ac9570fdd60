package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalkTest {
  private static final InstanceRule ZERO = new InstanceRule.OneOf(List.of(0L));

  private static final Device CLOCK = device("clock", false, 4);
  private static final Device RAM = device("ram", true, 0);
  private static final Device DISK = device("disk", false, 2);
  private static final Device CARD = device("card", false, 1);
  private static final Device TWIN = device("twin", false, 1);

  private static final Dialect DIALECT =
      new Dialect(
          List.of(
              form(CLOCK, ZERO, 1),
              form(RAM, ZERO, 3),
              form(DISK, new InstanceRule.Counted(), 2),
              form(CARD, new InstanceRule.PciAddress(), 1),
              form(TWIN, new InstanceRule.AlwaysZero(), 1)),
          Set.of());

  private static Device device(String name, boolean live, int size) {
    List<Field> fields =
        size == 0
            ? List.of()
            : List.of(
                new Field.Numbers(
                    "value", size, Field.ONCE, List.of(), OptionalLong.empty(), null));
    return new Device(
        name,
        name,
        name,
        ZERO,
        live,
        null,
        Map.of("v1", new Device.Content("v1", new Layout(fields))));
  }

  private static Form form(Device device, InstanceRule instance, long label) {
    return new Form(device, device.idstr(), instance, label, device.contents().get("v1"));
  }

  private static Walk walk(StreamBytes stream) {
    return assertInstanceOf(
            Reading.Complete.class,
            Walk.under(DIALECT, stream.octets()),
            () -> Walk.under(DIALECT, stream.octets()).toString())
        .walk();
  }

  private static Mismatch mismatch(StreamBytes stream) {
    return assertInstanceOf(Reading.Failed.class, Walk.under(DIALECT, stream.octets())).mismatch();
  }

  private static void assertMismatch(StreamBytes stream, Mismatch.Kind kind, int at, String words) {
    Mismatch mismatch = mismatch(stream);
    assertEquals(kind, mismatch.kind(), mismatch::toString);
    assertEquals(at, mismatch.at(), mismatch::toString);
    assertTrue(mismatch.toString().contains(words), mismatch::toString);
  }

  /** A stream with a section of every sort. */
  private static StreamBytes rich() {
    return StreamBytes.stream()
        .full("clock", 1, 0, 1, "00000001")
        .start("ram", 2, 0, 3, "")
        .part(2, "")
        .end(2, "")
        .full("disk", 3, 0, 2, "0001")
        .full("disk", 5, 1, 2, "0001")
        .full("card", 6, 0x20, 1, "01")
        .full("twin", 7, 0, 1, "01")
        .full("twin", 8, 0, 1, "01")
        .endMarker();
  }

  @Test
  void aStreamWithoutSectionsIsWhole() {
    assertEquals(new Walk(List.of(), 8, 0), walk(StreamBytes.stream().endMarker()));
  }

  @Test
  void eachSectionIsWhereItsHeaderSays() {
    Walk walk = walk(rich());
    assertEquals(9, walk.sections().size());
    assertEquals(rich().size() - 1, walk.endAt());
    Section clock = walk.sections().get(0);
    assertEquals(SectionType.FULL, clock.type());
    assertEquals(8, clock.headerAt());
    assertEquals(13, clock.idstrLengthAt());
    assertEquals(19, clock.instanceAt());
    assertEquals(23, clock.labelAt());
    assertEquals(27, clock.payloadAt());
    assertEquals(4, clock.payloadLength());
    assertEquals(31, clock.end());
    assertEquals(1, clock.sectionId());
    assertEquals(1, clock.label());
    assertEquals(CLOCK, clock.device());
    Section card = walk.sections().get(6);
    assertEquals(0x20, card.instance());
    assertEquals("'card' instance 0x20", card.inWords());
  }

  @Test
  void aLiveDeviceIsSavedInThreeSteps() {
    List<Section> sections = walk(rich()).sections();
    assertEquals(SectionType.START, sections.get(1).type());
    assertEquals(SectionType.PART, sections.get(2).type());
    assertEquals(SectionType.END, sections.get(3).type());
    assertTrue(sections.get(1).named());
    assertEquals(
        List.of(false, false), sections.subList(2, 4).stream().map(Section::named).toList());
    assertEquals("ram", sections.get(3).idstr());
  }

  @Test
  void everyTruncationIsFoundAtTheEndOfWhatIsThere() {
    byte[] whole = rich().bytes();
    for (int length = 0; length < whole.length; length++) {
      Octets cut = new BufferOctets(java.nio.ByteBuffer.wrap(whole, 0, length));
      Mismatch mismatch = ((Reading.Failed) Walk.under(DIALECT, cut)).mismatch();
      assertEquals(Mismatch.Kind.TRUNCATED, mismatch.kind(), "length " + length);
      assertEquals(length, mismatch.at());
      assertTrue(mismatch.isDamage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "5; 8 bytes",
        "8; expected a section or the end marker at 0x8",
        "10; expected a section header at 0x8",
        "20; 19 bytes at 0x8",
        "29; 'clock' label 1 (content v1)",
      })
  void aTruncationSaysWhatIsMissing(int length, String words) {
    byte[] start = java.util.Arrays.copyOf(rich().bytes(), length);
    Mismatch mismatch =
        ((Reading.Failed) Walk.under(DIALECT, new BufferOctets(java.nio.ByteBuffer.wrap(start))))
            .mismatch();
    assertTrue(mismatch.toString().contains(words), mismatch::toString);
  }

  @Test
  void theMagicAndTheVersionMustBeThere() {
    assertMismatch(
        StreamBytes.none().hex("5145564e00000003").endMarker(),
        Mismatch.Kind.FRAMING,
        0,
        "found magic 0x5145564e");
    assertMismatch(
        StreamBytes.none().hex("5145564d00000002").endMarker(),
        Mismatch.Kind.FRAMING,
        4,
        "found version 2, expected version 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 6, 0x7f, 0xff})
  void anUnknownSectionTypeIsDamage(int type) {
    assertMismatch(
        StreamBytes.stream().full("clock", 1, 0, 1, "00000001").u8(type).zeros(40),
        Mismatch.Kind.FRAMING,
        31,
        "after section 'clock' instance 0");
  }

  @Test
  void aPartThatNothingBeganIsDamage() {
    assertMismatch(
        StreamBytes.stream().part(2, "").endMarker(),
        Mismatch.Kind.FRAMING,
        8,
        "expected a section that begins something");
    assertMismatch(
        StreamBytes.stream().full("clock", 1, 0, 1, "00000001").end(1, "").endMarker(),
        Mismatch.Kind.FRAMING,
        31,
        "expected a section that begins something");
  }

  @Test
  void theStepsOfALiveDeviceComeInOrder() {
    StreamBytes noPart = StreamBytes.stream().start("ram", 2, 0, 3, "").end(2, "").endMarker();
    assertMismatch(noPart, Mismatch.Kind.FRAMING, 25, "expected PART of section 'ram'");
    StreamBytes twoParts =
        StreamBytes.stream().start("ram", 2, 0, 3, "").part(2, "").part(2, "").end(2, "");
    assertMismatch(twoParts.endMarker(), Mismatch.Kind.FRAMING, 30, "expected END of section");
    StreamBytes noEnd = StreamBytes.stream().start("ram", 2, 0, 3, "").part(2, "").endMarker();
    assertMismatch(noEnd, Mismatch.Kind.FRAMING, 30, "found the end marker, expected END");
    StreamBytes between =
        StreamBytes.stream().start("ram", 2, 0, 3, "").full("clock", 1, 0, 1, "00000001");
    assertMismatch(between.endMarker(), Mismatch.Kind.FRAMING, 25, "expected PART of section");
  }

  @Test
  void aStepOfAnotherSectionIdIsDamage() {
    assertMismatch(
        StreamBytes.stream().start("ram", 2, 0, 3, "").part(3, "").end(2, "").endMarker(),
        Mismatch.Kind.FRAMING,
        25,
        "with id 3, expected PART of section 'ram' instance 0, id 2");
  }

  @Test
  void aLiveDeviceIsNeverFullAndAnotherAlwaysIs() {
    assertMismatch(
        StreamBytes.stream().full("ram", 2, 0, 3, "").endMarker(),
        Mismatch.Kind.SECTION,
        8,
        "found section type 0x04 for 'ram', expected 0x01");
    assertMismatch(
        StreamBytes.stream().start("clock", 1, 0, 1, "00000001").endMarker(),
        Mismatch.Kind.SECTION,
        8,
        "found section type 0x01 for 'clock', expected 0x04");
  }

  @Test
  void anUnknownIdstrIsAnotherProductsSection() {
    Mismatch mismatch = mismatch(StreamBytes.stream().full("sundial", 1, 0, 1, "").endMarker());
    assertEquals(Mismatch.Kind.SECTION, mismatch.kind());
    assertEquals(14, mismatch.at());
    assertEquals("section 'sundial'", mismatch.found());
  }

  @ParameterizedTest
  @ValueSource(strings = {"clo\u0007ck", "clock\u007f", "cl\u00f6ck", ""})
  void anUnprintableIdstrIsDamage(String idstr) {
    assertMismatch(
        StreamBytes.stream().full(idstr, 1, 0, 1, "").endMarker(),
        Mismatch.Kind.FRAMING,
        14,
        "'" + Text.printable(idstr) + "'");
  }

  @Test
  void anotherLabelIsAMismatchAtTheLabel() {
    assertMismatch(
        StreamBytes.stream().full("clock", 1, 0, 7, "00000001").endMarker(),
        Mismatch.Kind.SECTION,
        23,
        "found 'clock' labelled 7, expected label 1");
  }

  @Test
  void anotherInstanceIsAMismatchAtTheInstance() {
    assertMismatch(
        StreamBytes.stream().full("clock", 1, 2, 1, "00000001").endMarker(),
        Mismatch.Kind.SECTION,
        19,
        "found 'clock' instance 0x00000002, expected instance 0");
  }

  @ParameterizedTest
  @CsvSource({"0, false", "7, false", "8, true", "65535, true", "65536, false"})
  void aPciAddressIsOneBusAndDevfnAfterTheHostBridge(long instance, boolean admitted) {
    Reading reading =
        Walk.under(
            DIALECT, StreamBytes.stream().full("card", 1, instance, 1, "00").endMarker().octets());
    assertEquals(admitted, reading instanceof Reading.Complete);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 4096})
  void zerosAfterTheEndMarkerArePadding(int zeros) {
    Walk walk = walk(rich().zeros(zeros));
    assertEquals(zeros, walk.padding());
    assertEquals(rich().size() - 1, walk.endAt());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 100})
  void anythingElseAfterTheEndMarkerIsGarbage(int zeros) {
    assertMismatch(
        rich().zeros(zeros).u8(0x1f).u8(0x40),
        Mismatch.Kind.TRAILING,
        rich().size() + zeros,
        "found byte 0x1f after the end marker at " + Text.offset(rich().size() - 1));
  }

  @Test
  void aSectionStandsThereOnce() {
    assertMismatch(
        StreamBytes.stream()
            .full("clock", 1, 0, 1, "00000001")
            .full("clock", 2, 0, 1, "00000002")
            .endMarker(),
        Mismatch.Kind.SECTION,
        31,
        "section 'clock' instance 0 a second time");
  }

  @Test
  void severalSectionsMayShareAnInstanceThatIsAlwaysZero() {
    assertEquals(
        2,
        walk(StreamBytes.stream()
                .full("twin", 1, 0, 1, "01")
                .full("twin", 2, 0, 1, "02")
                .endMarker())
            .sections()
            .size());
    assertMismatch(
        StreamBytes.stream().full("twin", 1, 1, 1, "01").endMarker(),
        Mismatch.Kind.SECTION,
        18,
        "expected instance 0");
  }

  @Test
  void countedInstancesFollowTheSectionIds() {
    // The stream's order is not the order of registration.
    walk(
        StreamBytes.stream()
            .full("disk", 9, 1, 2, "0001")
            .full("disk", 4, 0, 2, "0001")
            .endMarker());
    assertMismatch(
        StreamBytes.stream()
            .full("disk", 4, 1, 2, "0001")
            .full("disk", 9, 0, 2, "0001")
            .endMarker(),
        Mismatch.Kind.SECTION,
        18,
        "expected instance 0: it is number 1 of its kind");
    assertMismatch(
        StreamBytes.stream()
            .full("disk", 4, 0, 2, "0001")
            .full("disk", 9, 2, 2, "0001")
            .endMarker(),
        Mismatch.Kind.SECTION,
        38,
        "expected instance 1");
  }

  @Test
  void thereCanBeTooManySections() {
    StreamBytes most = StreamBytes.stream();
    for (int i = 0; i < Walk.MOST_SECTIONS; i++) {
      most.full("twin", i, 0, 1, "01");
    }
    int at = most.size();
    assertMismatch(
        most.full("twin", 5000, 0, 1, "01").endMarker(),
        Mismatch.Kind.FRAMING,
        at,
        "another section after 1024");
  }

  @Test
  void asManySectionsAsThereCanBeAreFine() {
    StreamBytes most = StreamBytes.stream();
    for (int i = 0; i < Walk.MOST_SECTIONS; i++) {
      most.full("twin", i, 0, 1, "01");
    }
    assertEquals(Walk.MOST_SECTIONS, walk(most.endMarker()).sections().size());
  }

  @Test
  void aSectionOfAnyIdstrKeepsItsOwn() {
    Device any = new Device("any", "any", "*", ZERO, false, null, CARD.contents());
    Dialect dialect = new Dialect(List.of(form(any, ZERO, 1)), Set.of());
    StreamBytes two =
        StreamBytes.stream().full("1af4:1100", 1, 0, 1, "01").full("abc", 2, 0, 1, "01");
    List<Section> sections =
        ((Reading.Complete) Walk.under(dialect, two.endMarker().octets())).walk().sections();
    assertEquals(List.of("1af4:1100", "abc"), sections.stream().map(Section::idstr).toList());
    StreamBytes wrong =
        StreamBytes.stream()
            .full("1af4:1100", 1, 0, 1, "01")
            .full("abc", 2, 0, 1, "01")
            .full("x'y", 3, 0, 9, "01");
    Mismatch mismatch =
        ((Reading.Failed) Walk.under(dialect, wrong.endMarker().octets())).mismatch();
    assertTrue(mismatch.found().contains("'x\\'y' labelled 9"), mismatch::toString);
  }

  @Test
  void theSectionsBeforeAMismatchAreKept() {
    Reading.Failed failed =
        (Reading.Failed)
            Walk.under(
                DIALECT, StreamBytes.stream().full("clock", 1, 0, 1, "00000001").u8(9).octets());
    assertEquals(List.of("clock"), failed.before().stream().map(Section::idstr).toList());
  }

  @Test
  void anIdstrOfTwoHundredAndFiftyFiveControlCharactersIsEscaped() {
    Mismatch mismatch =
        mismatch(StreamBytes.stream().full("\u001b".repeat(255), 1, 0, 1, "").endMarker());
    assertEquals(Mismatch.Kind.FRAMING, mismatch.kind());
    assertEquals("section '" + "\\x1b".repeat(255) + "'", mismatch.found());
  }

  private static final Dialect UPSTREAM =
      new Dialect(
          Framing.UPSTREAM,
          List.of(
              form(CLOCK, ZERO, 1),
              new Form(CARD, "{slot}/card", ZERO, 1, CARD.contents().get("v1"))),
          Set.of());

  private static StreamBytes upstream() {
    return StreamBytes.stream().full("clock", 1, 0, 1, "00000001");
  }

  private static Walk upstreamWalk(StreamBytes stream) {
    return assertInstanceOf(Reading.Complete.class, Walk.under(UPSTREAM, stream.octets())).walk();
  }

  private static Mismatch upstreamMismatch(StreamBytes stream) {
    return assertInstanceOf(Reading.Failed.class, Walk.under(UPSTREAM, stream.octets())).mismatch();
  }

  @Test
  void aSectionHasTheIdstrThatStandsThere() {
    Walk walk = upstreamWalk(upstream().full("1a/card", 2, 0, 1, "01").endMarker());
    assertEquals("1a/card", walk.sections().get(1).idstr());
  }

  @Test
  void upstreamFootersAreThereForAllSectionsOrNone() {
    StreamBytes all = upstream().hex("7e00000001").full("1a/card", 2, 0, 1, "01");
    assertEquals(all.size(), upstreamMismatch(all).at());
    Walk walk = upstreamWalk(all.hex("7e00000002").endMarker());
    assertTrue(walk.footers());
    Mismatch second =
        upstreamMismatch(upstream().full("1a/card", 2, 0, 1, "01").hex("7e00000002").endMarker());
    assertEquals("byte 0x7e", second.found());
  }

  @Test
  void onlyUpstreamMayHaveFootersAndNameAMachine() {
    assertMismatch(
        upstream().hex("7e00000001").endMarker(), Mismatch.Kind.FRAMING, 31, "byte 0x7e");
    StreamBytes named = StreamBytes.stream().hex("07 00000002 7063").endMarker();
    assertEquals("pc", upstreamWalk(named).machine());
    assertMismatch(named, Mismatch.Kind.FRAMING, 8, "byte 0x07");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "07",
        "07000000",
        "0700000002 70",
        "07ffffffff 7063 00",
        "0700000001 00 00",
        "0700000000 00"
      })
  void aMachineHasAWholeNameThatCanBeRead(String hex) {
    assertTrue(upstreamMismatch(StreamBytes.stream().hex(hex)).isDamage());
  }

  @Test
  void upstreamHasNoPadding() {
    Mismatch mismatch = upstreamMismatch(upstream().endMarker().zeros(3));
    assertEquals(32, mismatch.at());
    assertEquals("3 bytes after the end marker at 0x1f", mismatch.found());
  }
}
