package org.dragoman.referenceloader;

/** A load function whose only effect, in this model, is how many bytes it takes. */
@FunctionalInterface
interface Payload {
  /** What a load function returns when it refuses its record (Linux EINVAL). */
  int EINVAL = -22;

  /**
   * Takes one record's payload.
   *
   * @param file the stream, positioned after the section's header
   * @param label the version that the header declares
   * @return 0, or {@link #EINVAL}; the loader ignores it
   */
  int load(SaveFile file, int label);

  /** The same function for one label only; any other is refused before a byte is read. */
  default Payload onlyFor(int accepted) {
    return (file, label) -> label == accepted ? load(file, label) : EINVAL;
  }
}
