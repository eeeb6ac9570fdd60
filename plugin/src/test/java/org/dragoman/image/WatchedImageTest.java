package org.dragoman.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dragoman.audit.SaveFile;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.DamagedException;
import org.dragoman.container.GuestConfig;
import org.dragoman.os.InputFile;
import org.dragoman.policy.Policies;
import org.dragoman.translate.Translator;
import org.dragoman.yaml.YamlException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedImageTest {
  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();

  private Image read(byte[] content) throws IOException, DamagedException, YamlException {
    Image.Watcher watcher =
        new Image.Watcher() {
          @Override
          public void kind(ContainerKind kind) {
            told.add(kind.name());
          }

          @Override
          public void config(GuestConfig config) {
            told.add("guest " + config.name());
          }

          @Override
          public void beforeMuch() {
            told.add("much");
          }
        };
    try (InputFile file = InputFile.open(Files.write(folder.resolve("image"), content))) {
      return Image.read(file, new Translator(Policies.load(List.of()), "--from"), 0, watcher);
    }
  }

  @Test
  void anUsualImageIsReadWithoutAskingForMuch() throws Exception {
    read(SaveFile.xl("web", SaveFile.stream("xen-4.2.standard")));

    assertEquals(List.of("XL", "guest web"), told);
  }

  @Test
  void muchIsAskedForBeforeALargeStreamIsInMemory() throws Exception {
    byte[] stream = SaveFile.stream("xen-4.2.standard");
    byte[] padded = Arrays.copyOf(stream, 3 << 20);

    assertEquals(padded.length, read(SaveFile.xl("web", padded)).records().get(0).octets().size());
    assertEquals(List.of("XL", "guest web", "much"), told);

    told.clear();
    read(padded);
    assertEquals(List.of("BARE", "much"), told);
  }

  @Test
  void ofADamagedImageItIsToldAsFarAsItGoes() throws Exception {
    byte[] image = SaveFile.xl("web", SaveFile.stream("xen-4.2.standard"));

    assertThrows(DamagedException.class, () -> read(Arrays.copyOf(image, 2000)));
    assertEquals(List.of("XL", "guest web"), told);
  }

  @Test
  void aConfigurationOfEmptyLinesTakesNoLongerThanAnother() {
    byte[] config = "\n".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    byte[] image =
        ByteBuffer.allocate(52 + config.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII))
            .putInt(0x01020304)
            .putInt(2)
            .putInt(0)
            .putInt(4 + config.length)
            .putInt(config.length)
            .put(config)
            .array();

    assertTimeout(
        Duration.ofSeconds(10), () -> assertThrows(DamagedException.class, () -> read(image)));
    assertEquals(List.of("XL", "much", "guest null"), told);
  }
}
