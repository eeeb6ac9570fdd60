package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.dragoman.image.Rewriting;

/** Whatever happens to a container: it is read or refused, and soon. */
class ContainerPropertiesTest {
  private static Path folder;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("dragoman-containers");
  }

  @AfterContainer
  static void removeFolder() {
    InstalledProgram.delete(folder);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void aDamagedContainerIsReadOrRefused(
      @ForAll("containers") Container container, @ForAll("damages") List<Damage> damages) {
    byte[] bytes = damaged(container, damages);
    Effort.bounded(
        () -> {
          try {
            Walked walked = Walked.through(bytes);
            assertTrue(walked.endsAt() <= bytes.length);
          } catch (DamagedException e) {
            assertTrue(e.at() >= 0 && e.at() <= bytes.length, e.getMessage());
          }
          return null;
        });
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void whatIsWrittenOfADamagedContainerCanBeReadAndIsOnlyChangedInItsRecords(
      @ForAll("containers") Container container,
      @ForAll("damages") List<Damage> damages,
      @ForAll Target target) {
    byte[] before = damaged(container, damages);
    Image image;
    try {
      image = Effort.bounded(() -> read(before));
    } catch (UncheckedDamage e) {
      return;
    }
    Rewriting rewriting = Dragoman.SHIPPED.rewriting(image, target.product());
    if (rewriting.isRefused()) {
      return;
    }
    byte[] after = Dragoman.replaced(before, rewriting.replacements());
    Image result = read(after);
    assertEquals(image.kind(), result.kind());
    assertEquals(image.records().size(), result.records().size());
    assertEquals(before.length - image.end(), after.length - result.end());
    assertEquals("unchanged", Dragoman.SHIPPED.rewriting(result, target.product()).outcome());
  }

  /** Bytes that begin like a container, and go on as they like. */
  @Property(tries = 1000)
  void anythingBehindAMagicNumberIsReadOrRefused(
      @ForAll("magics") String magic, @ForAll byte[] rest) {
    byte[] bytes = Container.concat(Container.ascii(magic), rest);
    for (int bits : new int[] {0, 32, 64}) {
      try {
        Walked.through(new ByteSource(bytes), bits);
      } catch (DamagedException e) {
        assertTrue(e.at() <= bytes.length, e.getMessage());
      }
    }
  }

  private static byte[] damaged(Container container, List<Damage> damages) {
    byte[] bytes = container.around(RecordedStreams.named("xenserver-6.2.minimal").bytes());
    for (Damage damage : damages) {
      bytes = damage.done(bytes);
    }
    return bytes;
  }

  private static final class UncheckedDamage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UncheckedDamage(DamagedException cause) {
      super(cause);
    }
  }

  private static Image read(byte[] bytes) {
    try {
      return Dragoman.SHIPPED.image(Files.write(folder.resolve("file"), bytes));
    } catch (DamagedException e) {
      throw new UncheckedDamage(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Provide
  Arbitrary<Container> containers() {
    return Arbitraries.of(Container.small());
  }

  @Provide
  Arbitrary<String> magics() {
    return Arbitraries.of(
        "Xen saved domain, xl format\n \0 \r\u0004\u0003\u0002\u0001",
        "LibxlFmt\0\0\0\u0002\0\0\0\0",
        "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffXENF\0\0\0\u0003\0\0\0\0\0\0\0\0",
        "libvirt-xml\n \0 \r\u0001\0\0\0",
        "LinuxGuestRecord\0\0\0\0",
        "XenSavedDomain\n",
        "XenSavedDomv2-\n",
        "QemuDeviceModelRecord",
        "DeviceModelRecord0002",
        "QEVM",
        "\0\u00f0\u000f\0\0\0\0\0",
        "\0\u00f0\u000f\0");
  }

  /** One to three, most of them short, half of them where the headers are. */
  @Provide
  Arbitrary<List<Damage>> damages() {
    return Combinators.combine(
            Arbitraries.of(Damage.Kind.values()),
            Arbitraries.oneOf(
                Arbitraries.integers().between(0, 400), Arbitraries.integers().between(0, 20_000)),
            Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(4, Arbitraries.integers().between(1, 8)),
                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(1, 5_000))),
            Arbitraries.of((byte) 0, (byte) 1, (byte) 0x7f, (byte) 0x80, (byte) 0xff))
        .as(Damage::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }
}
