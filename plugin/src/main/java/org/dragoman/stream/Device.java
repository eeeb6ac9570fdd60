package org.dragoman.stream;

import java.util.Map;

/**
 * A device whose state a section holds.
 *
 * @param name Dragoman's name for it
 * @param title what it is, in a few words
 * @param idstr the idstr of its section, unless a dialect says otherwise; {@code *} for any
 *     printable one that no device claims
 * @param instance the instance ids, unless a dialect says otherwise
 * @param live saved as START, PART and END instead of FULL
 * @param summary what to print of a payload: text with {@code {field}} in it; may be null
 * @param contents by name, the layouts that its payload can have
 */
public record Device(
    String name,
    String title,
    String idstr,
    InstanceRule instance,
    boolean live,
    String summary,
    Map<String, Content> contents) {

  /** The idstr of a device that has none of its own. */
  public static final String ANY_IDSTR = "*";

  /** Copies the map. */
  public Device {
    contents = Map.copyOf(contents);
  }

  /** A device is itself: those of another set of policies are others, whatever they are called. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /** One of a device's contents. Contents of one device are told apart by name. */
  public record Content(String name, Layout layout) {}
}
