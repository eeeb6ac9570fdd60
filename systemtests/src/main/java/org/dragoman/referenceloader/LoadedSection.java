package org.dragoman.referenceloader;

import java.util.Objects;

/**
 * A section whose load function was called.
 *
 * @param type how it was framed
 * @param idstr its name
 * @param instance its instance id
 * @param label the version that its header declares
 * @param offset where its payload starts, in bytes from the start of the stream
 * @param length how many bytes the load function took; bytes past the end of the stream do not
 *     count
 * @param returned what the load function returned: 0, or a negative errno, which the loader ignores
 */
public record LoadedSection(
    SectionType type, String idstr, int instance, int label, int offset, int length, int returned) {
  /** Refuses missing parts. */
  public LoadedSection {
    Objects.requireNonNull(type);
    Objects.requireNonNull(idstr);
  }

  /** One section as {@code vectors/MANIFEST.tsv} writes it, such as {@code gpe/0/2@6025+17}. */
  @Override
  public String toString() {
    String framing = type == SectionType.FULL ? "" : type + ":";
    return framing
        + idstr.replace(' ', '_')
        + "/"
        + instance
        + "/"
        + label
        + "@"
        + offset
        + "+"
        + length;
  }
}
