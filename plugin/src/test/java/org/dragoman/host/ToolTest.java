package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that are run: what they print, and that none of them is waited for without end. */
class ToolTest {

  @Test
  void whatItPrintsAndHowItEndsIsKnown() throws IOException {
    Tool.Result result = Tool.run("sh", "-c", "echo out; echo err >&2; exit 3");
    assertEquals(new Tool.Result(3, "out\n", "err\n"), result);
    assertNull(Tool.run("/nonexistent/program"));
  }

  @Test
  void moreThanAPipeHoldsIsReadFromBothOutputs() throws IOException {
    String many = "head -c 1000000 /dev/zero";
    Tool.Result result = Tool.run("sh", "-c", many + " >&2; " + many);
    assertEquals(1_000_000, result.out().length());
    assertEquals(1_000_000, result.err().length());
  }

  /** The second ends; what it started keeps its output open, while it is being read. */
  @ParameterizedTest
  @ValueSource(strings = {"sleep 20; true", "sleep 20 & sleep 0.3"})
  void aProgramThatDoesNotComeBackIsGivenUp(String script) {
    long start = System.nanoTime();
    IOException e = assertThrows(IOException.class, () -> Tool.run(1, "sh", "-c", script));
    assertEquals("sh does not come back", e.getMessage());
    long ms = (System.nanoTime() - start) / 1_000_000;
    assertTrue(ms >= 900 && ms < 15_000, () -> ms + " ms");
  }
}
