package org.dragoman.container;

import java.io.IOException;

/** What a walk tells as it goes along, in the order of the bytes. */
public interface Visitor {
  /** What the whole is; first of all. */
  void kind(ContainerKind kind);

  /** The guest's configuration, if the container has one. */
  void config(GuestConfig config);

  /** What the part with the guest's memory says of itself, if there is one. */
  void memory(GuestMemory memory);

  /**
   * A device-model stream. The source stands at its first byte; whoever is told takes or goes past
   * exactly {@link DeviceRecord#length} bytes, or all that follow where that is -1.
   *
   * @throws DamagedException to end the walk
   */
  void record(DeviceRecord record) throws IOException, DamagedException;

  /** A checkpoint is complete: its reader can run the guest from here on, whatever follows. */
  default void checkpoint() {}

  /**
   * The container ends where the source stands. What follows is none of it: nothing, or what was on
   * the disk before, or the next message of a migration.
   */
  void end();
}
