package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dragoman.container.ContainerKind;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What Xen's own converter makes of a stream of Xen 4.5 or older, which xl has it do at a restore.
 */
class ConvertedStreamTest {
  @TempDir Path folder;

  private byte[] converted(String format, int bits, byte[] legacy) throws Exception {
    Path in = Files.write(folder.resolve("legacy"), legacy);
    Path out = folder.resolve("converted");
    Result result =
        Program.run(
            List.of(
                Program.ROOT.resolve("systemtests/src/test/sh/convert-legacy").toString(),
                format,
                Integer.toString(bits),
                in.toString(),
                out.toString()));
    assumeTrue(result.exit() != 77, "bin/check got no convert-legacy-stream");
    assertEquals(0, result.exit(), result.all());
    return Files.readAllBytes(out);
  }

  private byte[] rewritten(byte[] file) throws Exception {
    Path path = Files.write(folder.resolve("file"), file);
    return Dragoman.replaced(
        file, Dragoman.SHIPPED.rewriting(Dragoman.SHIPPED.image(path), "xen-4.4").replacements());
  }

  @ParameterizedTest
  @CsvSource({"libxl, 32", "libxl, 64", "libxc, 32", "libxc, 64"})
  void itDoesNotMatterWhetherAStreamIsConvertedFirstOrTranslatedFirst(String format, int bits)
      throws Exception {
    for (String name : List.of("xenserver-6.2.standard", "xen-4.2.standard")) {
      byte[] stream = RecordedStreams.named(name).bytes();
      byte[] legacy =
          Container.named("legacy libxc, " + bits + "-bit, DeviceModelRecord0002").around(stream);
      byte[] converted = converted(format, bits, legacy);
      Walked walked = Walked.through(converted);
      assertEquals(
          format.equals("libxl") ? ContainerKind.LIBXL : ContainerKind.LIBXC, walked.kind());
      assertArrayEquals(stream, walked.records().get(0));
      byte[] last = rewritten(converted);
      assertArrayEquals(converted(format, bits, rewritten(legacy)), last);
    }
  }
}
