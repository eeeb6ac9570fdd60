package org.dragoman.referenceloader;

import java.util.Objects;

/** How a load ended. */
public sealed interface Ending {
  /** The loader reported success. That alone does not mean that everything was loaded. */
  record Success() implements Ending {}

  /**
   * The loader stopped and reported an error.
   *
   * @param code a negative Linux errno: -22 for a section it cannot take, -95 for a file version
   *     that it does not know
   * @param message the device model's own words where it has any
   */
  record Refused(int code, String message) implements Ending {
    /** Refuses a missing message. */
    public Refused {
      Objects.requireNonNull(message);
    }
  }

  /**
   * The loader read past the end of the stream (-5) and says so only after it has loaded what it
   * could.
   */
  record ReadPastEnd() implements Ending {}

  /**
   * The process died in a device's load function.
   *
   * @param signal 6 (the device model aborted itself) or 11 (it wrote where there is no memory)
   * @param device the section whose load function it was
   * @param reason what happened, as half a sentence
   */
  record Died(int signal, String device, String reason) implements Ending {
    /** Refuses missing texts. */
    public Died {
      Objects.requireNonNull(device);
      Objects.requireNonNull(reason);
    }
  }
}
