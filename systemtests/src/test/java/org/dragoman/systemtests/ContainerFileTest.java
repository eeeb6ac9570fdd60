package org.dragoman.systemtests;

import static org.dragoman.systemtests.Container.concat;
import static org.dragoman.systemtests.Container.emulator;
import static org.dragoman.systemtests.Container.libxl;
import static org.dragoman.systemtests.Container.libxlHeader;
import static org.dragoman.systemtests.Container.xl;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.dragoman.image.Rewriting;
import org.dragoman.systemtests.Program.Result;
import org.dragoman.translate.Plan;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Save files, as the program is given them. */
class ContainerFileTest {
  private static final byte[] STREAM = RecordedStreams.named("xenserver-6.2.standard").bytes();

  @TempDir Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void nameFiles() {
    input = folder.resolve("saved");
    output = folder.resolve("new");
  }

  private void save(byte[]... parts) throws IOException {
    Files.write(input, concat(parts));
  }

  private Result rewrite() {
    return Program.dragoman("rewrite", "--to", "xen-4.4", input, output);
  }

  private void assertRefused(int exit, String words) {
    Result result = rewrite();
    assertEquals(exit, result.exit(), result.all());
    assertTrue(result.err().contains(words), result.all());
    assertFalse(result.err().contains("\tat "), result.all());
    assertFalse(Files.exists(output));
    assertEquals(1, folder.toFile().list().length, "something is left behind");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xl 4.6, libxc 3",
        "xl 4.4, 32-bit, live",
        "xend, 64-bit, to the end",
        "xenopsd, followed",
        "xenopsd 2, libxc 2"
      })
  void aSaveFileIsRewritten(String name) throws IOException {
    Container container = Container.named(name);
    save(container.around(STREAM));
    Result result = rewrite();
    assertEquals(0, result.exit(), result.all());
    Plan.Rewrite plan = (Plan.Rewrite) Dragoman.SHIPPED.plan(STREAM, "xen-4.4");
    assertArrayEquals(
        container.around(Dragoman.apply(STREAM, plan.edits())), Files.readAllBytes(output));
    Files.move(output, input, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    byte[] once = Files.readAllBytes(input);
    assertEquals(0, rewrite().exit());
    assertArrayEquals(once, Files.readAllBytes(output));
  }

  private Result filter() {
    return Program.run(
        List.of(
            "sh",
            "-c",
            "cat \"$1\" | \"$0\" filter --quiet --to xen-4.4 >\"$2\"",
            Program.ROOT.resolve("bin/dragoman").toString(),
            input.toString(),
            output.toString()));
  }

  /** In a pipe the same comes out as in a file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bare, to the end",
        "record, RemusDeviceModelState",
        "xl 4.6, xenstore data, followed",
        "xl, Remus, followed",
        "libxl, COLO",
        "xl 4.4, Remus, DeviceModelRecord0002, followed",
        "xl 4.4, 32-bit, live, followed",
        "xend, 64-bit, to the end",
        "xenopsd, followed",
        "xenopsd 2, varstored and swtpm",
        "xenopsd 2, legacy libxc, followed",
        "libvirt 2, libxc 2",
        "xl 4.6, PV, libxc 3, followed",
        "xl 4.4, 64-bit, PV, to the end"
      })
  void aSaveFileIsRewrittenInAPipe(String name) throws IOException {
    Container container = Container.named(name);
    save(container.around(STREAM));
    Result result = filter();
    assertEquals(0, result.exit(), result.all());
    Plan.Rewrite plan = (Plan.Rewrite) Dragoman.SHIPPED.plan(STREAM, "xen-4.4");
    assertArrayEquals(
        container.around(Dragoman.apply(STREAM, plan.edits())), Files.readAllBytes(output));
  }

  @Test
  void inAPipeADamagedRecordEndsWith3BeforeTheReaderTakesItForWhole() throws IOException {
    Container container = Container.named("xl 4.6, libxc 3");
    byte[] file = container.around(Arrays.copyOf(STREAM, STREAM.length - 20));
    save(file);
    Result result = filter();
    assertEquals(3, result.exit(), result.all());
    int record = file.length - 8 - 16 - (STREAM.length - 20 + 7 & ~7);
    assertArrayEquals(Arrays.copyOf(file, record), Files.readAllBytes(output));
  }

  @Test
  void aPvGuestsSaveFileIsCopied() throws IOException {
    byte[] file = Container.named("xl 4.6, PV, libxc 3").around(STREAM);
    save(file);
    Result result = rewrite();
    assertEquals(0, result.exit(), result.all());
    assertArrayEquals(file, Files.readAllBytes(output));
  }

  @Test
  void aFileThatIsCutShortEndsWith3AndNoOutput() throws IOException {
    byte[] file = Container.named("xl 4.6, libxc 3").around(STREAM);
    save(Arrays.copyOf(file, file.length - 1));
    assertRefused(3, "cut short");
    save(Arrays.copyOf(file, 47));
    assertRefused(3, "cut short");
  }

  @Test
  void aSecondRecordEndsWith3AndNoOutput() throws IOException {
    byte[] libxc = LibxcStreams.small().hvm(3);
    save(xl(2, null), libxl(0, libxc, emulator(1, STREAM), emulator(1, STREAM)));
    assertRefused(3, "a second EMULATOR_CONTEXT");
  }

  @Test
  void theWrongWidthEndsWith3() throws IOException {
    save(Container.named("xl 4.4, 32-bit").around(STREAM));
    Result result = Program.dragoman("inspect", "--width", "64", input);
    assertEquals(3, result.exit(), result.all());
    assertEquals(0, Program.dragoman("inspect", "--width", "32", input).exit());
  }

  /** What the record is part of has no say in what it is. */
  @Test
  void aRecordThatIsDamagedEndsWith3() throws IOException {
    byte[] damaged = Arrays.copyOf(STREAM, STREAM.length - 20);
    save(Container.named("xl 4.6, libxc 3").around(damaged));
    assertRefused(3, "is damaged");
  }

  @Test
  void whatTheContainersReaderWouldNotTakeIsRefused() throws Exception {
    // Plain Xen's names are shorter than XenServer's.
    byte[] stream = RecordedStreams.named("xen-4.2.standard").bytes();
    Container container = Container.named("xenopsd 2, libxc 3");
    for (int size : new int[] {1 << 20, (1 << 20) - 64}) {
      Files.write(input, container.around(Arrays.copyOf(stream, size)));
      Rewriting rewriting =
          Dragoman.SHIPPED.rewriting(Dragoman.SHIPPED.image(input), "xenserver-6.5");
      assertEquals(size < 1 << 20 ? "translated" : "refused", rewriting.outcome());
    }
  }

  /** Guest memory is gone past. */
  @Test
  void eightGibibytesOfMemoryTakeAMoment() throws IOException {
    int batches = 2000;
    byte[] start = concat(xl(2, null), libxlHeader(0).record(1).bytes());
    byte[] libxc = LibxcStreams.small().hvm(3);
    byte[] pages = new ByteBuilder().u32(1).u32(4_202_504).bytes();
    try (RandomAccessFile file = new RandomAccessFile(input.toFile(), "rw")) {
      file.write(start);
      file.write(libxc, 0, 40);
      for (int i = 0; i < batches; i++) {
        file.write(pages);
        file.seek(file.getFilePointer() + 4_202_504);
      }
      file.write(libxc, 40, libxc.length - 40);
      file.write(emulator(1, STREAM));
      file.write(new byte[8]);
    }
    long began = System.nanoTime();
    Result result = Program.dragoman("rewrite", "--to", "xen-4.4", "--dry-run", input);
    long milliseconds = (System.nanoTime() - began) / 1_000_000;
    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().contains("from xenserver-6.0-6.2 to xen-4.1-4.20"), result.out());
    // A second on a machine that does nothing else.
    assertTrue(milliseconds < 5000, () -> milliseconds + " ms");
  }

  /** As many checkpoints as there is room for, each with the smallest stream that there is. */
  @Test
  void aMillionCheckpointsAreTooMany() throws Exception {
    byte[] libxc = LibxcStreams.headers(3, 2, 4, 17).record(0xe).bytes();
    byte[] smallest = RawStream.empty().bytes();
    byte[] checkpoint = new ByteBuilder().put(emulator(1, smallest)).record(4).record(0xe).bytes();
    int count = 1_000_000;
    ByteBuffer all = ByteBuffer.allocate(count * checkpoint.length);
    for (int i = 0; i < count; i++) {
      all.put(checkpoint);
    }
    save(libxlHeader(0).record(1).bytes(), libxc, all.array());
    Effort.bounded(() -> assertThrows(DamagedException.class, () -> Dragoman.SHIPPED.image(input)));
  }

  /** The largest one that is read, in the little memory that the program has. */
  @Test
  void aConfigurationOfTheMostOctetsFitsIntoMemory() throws IOException {
    int most = org.dragoman.container.ContainerWalk.MOST_CONFIG;
    String json = "{\"c_info\": {\"name\": \"" + "\u00e9".repeat(most - 40) + "\"}}\0";
    save(xl(3, json), libxl(0, LibxcStreams.small().hvm(3), emulator(1, STREAM)));
    Result result = rewrite();
    assertEquals(0, result.exit(), result.err());
  }

  @Test
  void whatFollowsTheEndIsKeptAndNotLookedAt() throws Exception {
    Container container = Container.named("xenopsd 2, libxc 3, followed");
    Files.write(input, container.around(STREAM));
    Image image = Dragoman.SHIPPED.image(input);
    assertEquals(1, image.records().size());
    Result result = Program.dragoman("inspect", input);
    assertTrue(
        result.out().contains(container.trailing() + " bytes that are not part of it"),
        result.out());
  }
}
