package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which names a pattern is about. */
class GlobTest {

  @ParameterizedTest
  @CsvSource({
    "web, web, true",
    "web, Web, false",
    "web, web1, false",
    "web*, web, true",
    "web*, web1, true",
    "*, '', true",
    "*web, a web, true",
    "*web, webs, false",
    "w?b, web, true",
    "w?b, wb, false",
    "*a*b, xaybzb, true",
    "*a*b, xbya, false",
    "a.b, axb, false",
    "[a], a, false",
    "?, '', false",
  })
  void aPatternMatches(String pattern, String text, boolean matches) {
    assertEquals(matches, Glob.matches(pattern, text));
  }

  @Test
  void manyStarsTakeNoLongTime() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> Assertions.assertFalse(Glob.matches("*a".repeat(1000) + "b", "a".repeat(10_000))));
  }
}
