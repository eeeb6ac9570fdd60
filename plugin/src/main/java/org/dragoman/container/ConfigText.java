package org.dragoman.container;

import java.nio.ByteBuffer;

/**
 * A guest's configuration as it is written in its container.
 *
 * @param form how it is written
 * @param at where it begins, in bytes from the container's start
 * @param bytes all of it, with what its reader does not look at behind a closing NUL; read-only
 */
public record ConfigText(GuestConfig.Form form, long at, ByteBuffer bytes) {
  /** Has nobody change the bytes. */
  public ConfigText {
    bytes = bytes.asReadOnlyBuffer();
  }

  /** Of an array, which is not changed any more. */
  public static ConfigText of(GuestConfig.Form form, long at, byte[] bytes) {
    return new ConfigText(form, at, ByteBuffer.wrap(bytes));
  }
}
