package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DependentGuestTest {
  private static final String MARK = "-global\0migration.send-section-footer=on\0";

  @TempDir private Path proc;

  private void process(String pid, byte[] arguments) throws IOException {
    Files.createDirectory(proc.resolve(pid));
    Files.write(proc.resolve(pid).resolve("cmdline"), arguments);
  }

  private void process(String pid, String arguments) throws IOException {
    process(pid, arguments.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aGuestIsOneWithTheMarkAndANumber() throws IOException {
    process("7", "qemu\0-xen-domid\0003\0-name\0Büro\0" + MARK);
    process("8", "qemu\0-xen-domid\0004\0-name\0other\0");
    process("9", "qemu\0-name\0none\0" + MARK);
    process("10", "qemu\0-global\0x=y\0migration.send-section-footer=on\0-xen-domid\0005\0");
    process("self", "qemu\0-xen-domid\0006\0" + MARK);
    assertEquals(List.of(new DependentGuest("3", "Büro")), DependentGuest.running(proc));
  }

  @Test
  void whateverStandsThereIsRead() throws IOException {
    process("1", "");
    process("2", "-xen-domid");
    process("3", new byte[] {(byte) 0xff, 0, (byte) 0xc3});
    process("4", new byte[3 << 20]);
    Files.createDirectory(proc.resolve("5"));
    Files.createDirectories(proc.resolve("6/cmdline"));
    process("7", "q\0" + MARK + "-xen-domid\0001\0-name");
    assertEquals(
        List.of("domain 1"),
        DependentGuest.running(proc).stream().map(DependentGuest::inWords).toList());
  }

  @Test
  void whereThereIsNothingToListItIsSaid() {
    IOException error =
        assertThrows(IOException.class, () -> DependentGuest.running(proc.resolve("none")));
    assertTrue(error.getMessage().startsWith(proc.resolve("none") + " cannot be read"));
  }
}
