package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.List;
import org.dragoman.stream.Framing;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Section;
import org.dragoman.stream.StreamBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SurveyTest {
  @TempDir private Path root;

  private Survey survey(StreamBytes stream) {
    return Survey.of(
        new World(root)
            .product("short", "clock writes: {2: v1}, reads: {1: v1, 2: v1}")
            .product("long", "clock writes: {2: v2}, reads: {2: v2}", "other reads: {9: v1}")
            .product("disks", "disk idstr: drive, writes: {1: v1}, reads: {1: v1}")
            .policies()
            .products(),
        Framing.TRADITIONAL,
        stream.octets());
  }

  private static List<String> words(Survey survey) {
    return survey.sections().stream().map(one -> one.idstr() + " " + content(one)).toList();
  }

  private static String content(Section section) {
    return section.content().name();
  }

  @Test
  void theSectionsOfSeveralProductsAreToldTogether() {
    Survey survey =
        survey(
            StreamBytes.stream()
                .full("clock", 1, 0, 2, "000000010010")
                .full("drive", 2, 0, 1, "00")
                .full("clock", 3, 1, 2, "000000010010")
                .full("strange", 4, 0, 9, "00")
                .endMarker());
    assertNull(survey.mismatch());
    assertEquals(List.of("clock v2", "drive v1", "clock v2", "strange v1"), words(survey));
  }

  @Test
  void theReadingThatGetsFurthestIsTaken() {
    for (String clock : List.of("00000001", "000000010010")) {
      Survey survey =
          survey(
              StreamBytes.stream()
                  .full("clock", 1, 0, 2, clock)
                  .full("drive", 2, 0, 1, "00")
                  .full("drive", 3, 0, 7, "00")
                  .endMarker());
      assertEquals(
          List.of(clock.length() == 8 ? "clock v1" : "clock v2", "drive v1"), words(survey));
      assertEquals(Mismatch.Kind.SECTION, survey.mismatch().kind());
    }
  }

  @Test
  void instancesDoNotMatter() {
    Survey survey = survey(StreamBytes.stream().full("drive", 1, 0xffff, 1, "00").endMarker());
    assertNull(survey.mismatch());
    assertEquals(1, survey.sections().size());
  }

  @Test
  void anIdstrThatADeviceClaimsIsNotAnyIdstr() {
    Survey survey = survey(StreamBytes.stream().full("drive", 1, 0, 9, "00").endMarker());
    assertEquals(Mismatch.Kind.SECTION, survey.mismatch().kind());
  }
}
