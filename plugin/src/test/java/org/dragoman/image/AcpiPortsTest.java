package org.dragoman.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.dragoman.audit.SaveFile;
import org.dragoman.os.InputFile;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Topology;
import org.dragoman.translate.Translator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcpiPortsTest {
  @TempDir Path folder;

  private static Topology topology(boolean oldPorts) {
    return new Topology(Topology.Vga.CIRRUS, 4, List.of(), false, true, oldPorts, -1, null);
  }

  private static String disagreement(boolean oldPorts, long location) {
    return AcpiPorts.disagreement(topology(oldPorts), OptionalLong.of(location));
  }

  @Test
  void bothPartsMeanTheSamePorts() {
    assertNull(disagreement(true, 0));
    assertNull(disagreement(false, 1));
  }

  @Test
  void otherwiseItIsSaidWhatEachMeans() {
    String old = disagreement(true, 1);
    assertTrue(old.contains("stream says that the guest's firmware has its power management"), old);
    assertTrue(old.contains("at port 0x1f40, and"), old);
    assertTrue(old.contains("Xen serve it at 0xb000 (HVM parameter 19 is 1, expected 0)"), old);
    String later = disagreement(false, 0);
    assertTrue(later.contains("at port 0xb000, and"), later);
    assertTrue(later.contains("Xen serve it at 0x1f40 (HVM parameter 19 is 0, expected 1)"), later);
  }

  @Test
  void whatXenDoesNotKnowAgreesWithNothing() {
    assertTrue(disagreement(true, 2).contains("is 2, expected 0"));
    assertTrue(disagreement(false, -1).contains("is 18446744073709551615, expected 1"));
  }

  @Test
  void whereNothingIsKnownNothingIsSaid() {
    assertNull(AcpiPorts.disagreement(topology(true), OptionalLong.empty()));
    assertNull(AcpiPorts.disagreement(null, OptionalLong.of(1)));
  }

  @Test
  void aPlanThatDoesNotGoWithTheMemoryIsRefused() throws Exception {
    Policies policies = Policies.load(List.of());
    Product target = policies.described("qemu-xen-3.1");
    Path file =
        Files.write(
            folder.resolve("file"), SaveFile.xl("web", SaveFile.stream("xen-4.2.standard")));
    try (InputFile input = InputFile.open(file)) {
      Image image = Image.read(input, new Translator(policies, "--from"), 0);
      RecordInside record = image.records().get(0);
      assertEquals(OptionalLong.of(0), record.acpiPorts());
      Plan fits = new Plan.Rewrite(target, List.of(), List.of(), List.of(), topology(true));
      assertSame(fits, record.fitting(fits));
      Plan.Refusal refusal =
          assertInstanceOf(
              Plan.Refusal.class,
              record.fitting(
                  new Plan.Rewrite(target, List.of(), List.of(), List.of(), topology(false))));
      assertEquals(target, refusal.target());
      assertTrue(refusal.reasons().get(0).contains("HVM parameter 19"));
    }
  }
}
