package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.container.ContainerKind;
import org.dragoman.image.Rewriting;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Xen's own verifier of streams says of what Dragoman writes. */
class StreamVerifierTest {
  /** One whose length changes by what is no multiple of 8, and one that stays. */
  private static final List<String> STREAMS = List.of("xenserver-6.2.standard", "xen-4.2.standard");

  @TempDir Path folder;

  private static Result verify(String format, List<Path> files) {
    List<String> command = new ArrayList<>();
    command.add(Program.ROOT.resolve("systemtests/src/test/sh/verify-streams").toString());
    command.add(format);
    files.forEach(file -> command.add(file.toString()));
    Result result = Program.run(command, 60);
    assumeTrue(result.exit() != 77, "bin/check got no verify-stream-v2");
    return result;
  }

  /** It knows no checkpoints and no optional records, and not all that it knows under Python 3. */
  private static boolean canBeVerified(Container container) {
    String name = container.toString();
    boolean current =
        container.kind() == ContainerKind.LIBXL
            || container.kind() == ContainerKind.LIBXC
            || (container.kind() == ContainerKind.XL && name.contains("4.6"));
    return current && !name.matches(".*(COLO|optional|xenstore).*") && container.trailing() == 0;
  }

  private List<Path> results(ContainerKind kind) throws Exception {
    List<Path> files = new ArrayList<>();
    for (Container container : Container.all()) {
      if (container.kind() != kind || !canBeVerified(container)) {
        continue;
      }
      for (String stream : STREAMS) {
        byte[] before = container.around(RecordedStreams.named(stream).bytes());
        Path file = folder.resolve(files.size() + " " + container);
        Files.write(file, before);
        Rewriting rewriting = Dragoman.SHIPPED.rewriting(Dragoman.SHIPPED.image(file), "xen-4.4");
        files.add(Files.write(file, Dragoman.replaced(before, rewriting.replacements())));
      }
    }
    return files;
  }

  private void assertAccepted(String format, List<Path> files) {
    Result result = verify(format, files);
    assertEquals(0, result.exit(), result.all());
  }

  @Test
  void itAcceptsEverySaveFile() throws Exception {
    List<Path> files = results(ContainerKind.XL);
    assertTrue(files.size() >= 16, () -> files.size() + " files");
    assertAccepted("xl", files);
  }

  @Test
  void itAcceptsEveryLibxlStream() throws Exception {
    assertAccepted("libxl", results(ContainerKind.LIBXL));
  }

  @Test
  void itAcceptsEveryLibxcStream() throws Exception {
    assertAccepted("libxc", results(ContainerKind.LIBXC));
  }

  /** So that nobody believes one that says yes to everything. */
  @Test
  void itSaysNoToPaddingThatIsNotZero() throws IOException {
    byte[] file = Container.named("xl 4.6, libxc 3").around(new byte[] {'Q'});
    file[file.length - 9] = 1;
    Result result = verify("xl", List.of(Files.write(folder.resolve("wrong"), file)));
    assertEquals(1, result.exit(), result.all());
    assertTrue(result.err().contains("Padding"), result.err());
  }
}
