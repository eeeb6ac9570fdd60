package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled configuration says what the files say, and nothing once they changed. */
class CompiledConfigurationTest {
  private static final String DEVICE =
      """
      device: gadget
      title: a gadget
      idstr: gadget
      instance: 0
      contents: {v1: {sources: [here], fields: [{name: mode, width: 1}]}}
      """;

  @TempDir private Path folder;
  private Path file;
  private Path device;
  private Path compiled;

  @BeforeEach
  void compile() throws IOException, YamlException {
    file = folder.resolve("dragoman.yaml");
    device = folder.resolve("mine/devices/gadget.yaml");
    compiled = folder.resolve("settings.compiled");
    Files.createDirectories(device.getParent());
    Files.writeString(device, DEVICE);
    Files.writeString(
        file, "policies: [" + folder.resolve("mine") + "]\ntarget: auto\nmode: dry-run\n");
    Files.write(compiled, CompiledConfiguration.write(file, HostConfiguration.Sources.read(file)));
  }

  private boolean isCurrent() {
    return CompiledConfiguration.readIfCurrent(compiled, file) != null;
  }

  @Test
  void itSaysWhatTheFilesSay() throws YamlException {
    HostConfiguration.Sources sources = CompiledConfiguration.readIfCurrent(compiled, file);
    assertNotNull(sources);
    HostConfiguration configuration = sources.configuration(file);
    assertEquals(
        HostConfiguration.read(file).settings().toString(), configuration.settings().toString());
    assertTrue(
        configuration.policies().devices().stream().anyMatch(one -> one.name().equals("gadget")));
    assertEquals(
        configuration.settings().toString(),
        HostConfiguration.load(file, folder).settings().toString());
  }

  @Test
  void anotherSizeMakesItStale() throws IOException {
    FileTime time = Files.getLastModifiedTime(device);
    Files.writeString(device, DEVICE + "# more\n");
    Files.setLastModifiedTime(device, time);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void anotherTimeMakesItStale() throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  /** As `cp -p` and restored backups do it. */
  @Test
  void otherContentOfTheSameSizeAndTimeMakesItStale() throws IOException, InterruptedException {
    FileTime time = Files.getLastModifiedTime(file);
    // Longer than the kernel's clock takes from one time to the next.
    TimeUnit.MILLISECONDS.sleep(20);
    Files.writeString(file, Files.readString(file).replace("dry-run", "enforce"));
    Files.setLastModifiedTime(file, time);
    assertEquals(time, Files.getLastModifiedTime(file));
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void anotherFileInItsPlaceMakesItStale() throws IOException {
    FileTime time = Files.getLastModifiedTime(device);
    Path other = device.resolveSibling("other");
    Files.writeString(other, DEVICE.replace("a gadget", "A GADGET"));
    Files.setLastModifiedTime(other, time);
    Files.move(other, device, StandardCopyOption.REPLACE_EXISTING);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void aNewFileMakesItStale() throws IOException {
    Path products = folder.resolve("mine/products");
    Files.createDirectories(products);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
    Files.delete(products);
    assertTrue(isCurrent());
    Files.writeString(device.resolveSibling("other.yaml"), DEVICE);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void aMissingFileMakesItStale() throws IOException {
    Files.delete(device);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void aFileThatOthersMayWriteMakesItStale() throws IOException {
    Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void itCountsForNothingIfOthersMayWriteIt() throws IOException {
    Files.setPosixFilePermissions(compiled, PosixFilePermissions.fromString("rw-rw-r--"));
    assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
  }

  @Test
  void anotherConfigurationIsNotThisOne() throws IOException {
    Path other = folder.resolve("other.yaml");
    Files.copy(file, other);
    assertNull(CompiledConfiguration.readIfCurrent(compiled, other));
  }

  @Test
  void damageOfAnyOctetIsSeen() throws IOException {
    byte[] bytes = Files.readAllBytes(compiled);
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x40;
      Files.write(compiled, damaged);
      assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
    }
    for (int length = 0; length < bytes.length; length++) {
      Files.write(compiled, java.util.Arrays.copyOf(bytes, length));
      assertNull(CompiledConfiguration.readIfCurrent(compiled, file));
    }
  }
}
