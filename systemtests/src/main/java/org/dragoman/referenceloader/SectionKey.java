package org.dragoman.referenceloader;

import java.util.Objects;

/**
 * What a loader looks a section up by; both parts must match exactly. Source: qemu-xen-traditional
 * savevm.c find_se.
 *
 * @param idstr the name in the section's header, one char per byte
 * @param instance the instance id, as the signed number that the loader prints
 */
public record SectionKey(String idstr, int instance) {
  /** Refuses a missing name. */
  public SectionKey {
    Objects.requireNonNull(idstr);
  }
}
