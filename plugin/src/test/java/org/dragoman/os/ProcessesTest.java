package org.dragoman.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  /** Field 19 of 52; the second is a name in parentheses. Source: Linux proc(5). */
  private static int nice() throws Exception {
    String stat = Files.readString(Path.of("/proc/thread-self/stat"));
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
  }

  @Test
  void onlyTheThreadThatGivesWayDoes() throws Exception {
    int before = nice();
    FutureTask<Integer> other =
        new FutureTask<>(
            () -> {
              Processes.giveWay();
              return nice();
            });
    Thread thread = new Thread(other);
    thread.start();
    assertEquals(before + 10, other.get(1, TimeUnit.MINUTES));
    assertEquals(before, nice());
  }
}
