package org.dragoman.systemtests;

import static org.dragoman.systemtests.Container.ascii;
import static org.dragoman.systemtests.Container.concat;
import static org.dragoman.systemtests.Container.emulator;
import static org.dragoman.systemtests.Container.libxl;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the part with the guest's memory says of where Xen serves its power management. */
class ContainerParametersTest {
  private static final byte[] STREAM = ascii("QEVM\0\0\0\u0003 and so on");

  @TempDir Path folder;

  private static List<String> told(byte[] file) throws DamagedException {
    return Walked.through(file).parameters();
  }

  @Test
  void theParametersOfTheGuestAreTold() throws DamagedException {
    List<String> all = List.of("1=1044476", "12=4278083584", "17=1044479", "19=1");
    for (Container container : Container.small()) {
      String name = container.toString();
      List<String> told = told(container.around(STREAM));
      if (name.contains("PV")
          || name.contains("libvirt 1")
          || List.of("BARE", "SIGNED_RECORD", "XEND", "XENOPSD", "LEGACY_LIBXC")
              .contains(container.kind().name())
          || (name.contains("xl 4.") && name.charAt(5) < '5')
          || name.contains("legacy")) {
        assertEquals(name.contains("PVH") ? all : List.of(), told, name);
      } else if (name.contains("all chunks")) {
        assertEquals(List.of("19=1044479"), told, name);
      } else if (container.records() == 3) {
        assertEquals(3 * all.size(), told.size(), name);
      } else {
        assertEquals(all, told, name);
      }
    }
  }

  private static byte[] file(ByteBuilder params) {
    byte[] libxc =
        LibxcStreams.headers(3, 2, 4, 17)
            .record(LibxcStreams.STATIC_DATA_END)
            .record(LibxcStreams.HVM_PARAMS, params)
            .record(LibxcStreams.END)
            .bytes();
    return libxl(0, libxc, emulator(1, STREAM));
  }

  private static ByteBuilder params(long count, int entries) {
    ByteBuilder params = new ByteBuilder().u32(count).u32(0);
    for (int i = 0; i < entries; i++) {
      params.u64(i).u64(i + 1L);
    }
    return params;
  }

  @Test
  void eachIsToldHoweverManyThereAre() throws DamagedException {
    for (int count : new int[] {0, 1, 63, 64, 65, 128, 1024}) {
      List<String> expected = IntStream.range(0, count).mapToObj(i -> i + "=" + (i + 1)).toList();
      assertEquals(expected, told(file(params(count, count))), () -> count + " of them");
    }
  }

  @Test
  void aCountThatLiesIsNotBelieved() throws DamagedException {
    for (long count : new long[] {0, 2, 4, 1024, 0x1000_0003L, 0x7fff_ffffL, 0xffff_ffffL}) {
      assertEquals(List.of(), told(file(params(count, 3))), () -> count + " of them");
    }
    // More than Xen has kinds; all of them are there.
    assertEquals(List.of(), told(file(params(1025, 1025))));
    for (int length : new int[] {0, 1, 7, 8, 9, 23, 25}) {
      byte[] body = Arrays.copyOf(params(1, 2).bytes(), length);
      assertEquals(List.of(), told(file(new ByteBuilder().put(body))), () -> length + " octets");
    }
  }

  @Test
  void oneThatIsCutShortIsDamaged() {
    byte[] file = file(params(70, 70));
    int start = 24 + 40 + 8 + 8;
    for (int length : new int[] {0, 7, 8, 9, 24, 8 + 64 * 16, 8 + 70 * 16 - 1}) {
      DamagedException damage =
          Effort.bounded(
              () ->
                  assertThrows(
                      DamagedException.class,
                      () -> Walked.through(file, start + length),
                      () -> length + " octets"));
      assertTrue(damage.getMessage().contains("cut short"), damage.getMessage());
    }
  }

  /** Behind the parameters as behind every other record. */
  @Test
  void paddingIsStillLookedAt() {
    byte[] file = file(new ByteBuilder().put(Arrays.copyOf(params(1, 1).bytes(), 13)));
    file[24 + 40 + 8 + 8 + 13] = 1;
    assertThrows(DamagedException.class, () -> Walked.through(file));
  }

  private OptionalLong ports(Container container) throws Exception {
    byte[] stream = RecordedStreams.named("xenserver-6.2.standard").bytes();
    Image image =
        Dragoman.SHIPPED.image(Files.write(folder.resolve("f"), container.around(stream)));
    List<OptionalLong> all =
        image.records().stream().map(one -> one.acpiPorts()).distinct().toList();
    assertEquals(1, all.size(), container.toString());
    return all.get(0);
  }

  @Test
  void aStreamKnowsWhatTheMemoryBeforeItSays() throws Exception {
    assertEquals(OptionalLong.of(1), ports(Container.smallNamed("xl 4.6, libxc 3")));
    assertEquals(OptionalLong.of(1), ports(Container.smallNamed("xl, Remus")));
    assertEquals(OptionalLong.of(1), ports(Container.smallNamed("xenopsd 2, libxc 2")));
    assertEquals(
        OptionalLong.of(0xfefff), ports(Container.smallNamed("xl 4.5, 64-bit, all chunks")));
    // Where it says nothing, Xen takes zero.
    assertEquals(OptionalLong.of(0), ports(Container.smallNamed("xenopsd")));
    assertEquals(OptionalLong.empty(), ports(Container.smallNamed("bare, to the end")));
    assertEquals(
        OptionalLong.empty(), ports(Container.smallNamed("record, RemusDeviceModelState")));
  }

  @Test
  void whatIsNotTheirsIsNoParameter() throws DamagedException {
    byte[] page = params(1, 1).bytes();
    byte[] libxc =
        LibxcStreams.headers(3, 2, 4, 17)
            .record(0x8000_000a, page)
            .record(LibxcStreams.HVM_CONTEXT, page)
            .record(LibxcStreams.END)
            .bytes();
    assertEquals(List.of(), told(concat(libxl(0, libxc, emulator(1, STREAM)))));
  }
}
