package org.dragoman.referenceloader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  @Test
  void aHealthyLoadIsOneLineAndStatusZero() {
    String file = file("xen-4.2.minimal.pm1-1c01.qemu-save");
    assertEquals(0, run("xen-4.2", file));
    assertEquals(
        file + " on xen-4.2: ret=0 pm1=0x1c01 pm1a=0x0000b000 left=0: everything was loaded.\n",
        text(out));
  }

  @Test
  void oneUnhealthyLoadAmongHealthyOnesIsStatusOne() {
    assertEquals(
        1,
        run(
            "xen-4.2", file("xenserver-6.2.minimal.qemu-save"),
            "xen-4.2", file("xen-4.2.minimal.qemu-save")));
    assertTrue(
        text(out)
            .contains("DIED sig=6 in piix4acpi pm1=0x0001 pm1a=0x00000000: the process aborts: "));
    assertEquals(2, text(out).lines().count());
  }

  @Test
  void wrongArgumentsAreStatusTwo() {
    assertEquals(2, run());
    assertEquals(2, run("xen-4.2"));
    assertEquals(2, run("xen-9.9", "x"));
    assertTrue(text(err).contains("xenserver-6.5"));
    assertEquals("", text(out));
  }

  @Test
  void anUnreadableFileIsStatusSixEvenBesideAnUnhealthyLoad() {
    assertEquals(
        6,
        run(
            "xen-4.2",
            file("xenserver-6.2.minimal.qemu-save"),
            "xen-4.2",
            folder.resolve("none").toString()));
  }

  @Test
  void aStreamThatCannotBeJudgedIsStatusSix() throws IOException {
    Path file = folder.resolve("old");
    Files.write(file, new byte[] {'Q', 'E', 'V', 'M', 0, 0, 0, 2});
    assertEquals(6, run("xen-4.2", file.toString()));
    assertTrue(text(err).contains("version 3 only"));
  }

  private int run(String... args) {
    return Main.run(args, printTo(out), printTo(err));
  }

  private String file(String vector) {
    try {
      return Files.write(folder.resolve(vector), Vectors.stream(vector)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PrintStream printTo(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
