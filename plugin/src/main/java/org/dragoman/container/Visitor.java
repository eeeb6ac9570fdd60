package org.dragoman.container;

import java.io.IOException;

/** What a walk tells as it goes along, in the order of the bytes. */
public interface Visitor {
  /** What the whole is; first of all. */
  void kind(ContainerKind kind);

  /** The guest's configuration, if the container has one. */
  void config(GuestConfig config);

  /**
   * The same as it is written, right after {@link #config}. It has been taken from the source, and
   * nothing that follows it.
   */
  default void configText(ConfigText text) throws IOException {}

  /** What the part with the guest's memory says of itself, if there is one. */
  void memory(GuestMemory memory);

  /**
   * One of the numbers that Xen keeps of an HVM guest, as the part with the guest's memory has it.
   * Where that part says no number, the guest has a zero there. Those of a checkpoint come again.
   *
   * @param index which one, as in Xen's public/hvm/params.h
   */
  default void hvmParameter(long index, long value) {}

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
