package org.dragoman.container;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A device-model stream in its container: the header that the container puts before it, and what
 * follows it up to the next thing.
 */
public final class DeviceRecord {
  private final long headerAt;
  private final byte[] header;
  private final int lengthAt;
  private final Width width;
  private final int more;
  private final long length;
  private final int alignment;
  private final long most;

  /** How a length is written. */
  enum Width {
    NONE(0),
    U32_LITTLE(4),
    U32_BIG(4),
    U64_LITTLE(8);

    private final int bytes;

    Width(int bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * A record.
   *
   * @param headerAt where its header begins
   * @param header the header, taken over
   * @param lengthAt where in the header the length is
   * @param more by how much the length in the header is more than that of the stream
   * @param length of the stream; -1: as far as there are bytes
   * @param alignment what the record with its header is padded to
   * @param most what its reader takes at most, in bytes of the stream
   */
  DeviceRecord(
      long headerAt,
      byte[] header,
      int lengthAt,
      Width width,
      int more,
      long length,
      int alignment,
      long most) {
    this.headerAt = headerAt;
    this.header = header;
    this.lengthAt = lengthAt;
    this.width = width;
    this.more = more;
    this.length = length;
    this.alignment = alignment;
    this.most = most;
  }

  /** Where its header begins, in bytes from the container's start. */
  public long headerAt() {
    return headerAt;
  }

  /** Where the device-model stream begins, in bytes from the container's start. */
  public long at() {
    return headerAt + header.length;
  }

  /** The number of bytes of the device-model stream; -1: all that follow. */
  public long length() {
    return length;
  }

  /** The most bytes that a stream in this place may have for its reader. */
  public long most() {
    return most;
  }

  /** How many zeros follow a device-model stream of a length. */
  public int padding(long streamLength) {
    return (int) (-(header.length + streamLength) & (alignment - 1));
  }

  /** The header for a stream of another length; a new array. */
  public byte[] header(long streamLength) {
    byte[] changed = header.clone();
    ByteBuffer field = ByteBuffer.wrap(changed, lengthAt, width.bytes);
    switch (width) {
      case NONE -> {}
      case U32_LITTLE -> field.order(ByteOrder.LITTLE_ENDIAN).putInt((int) (streamLength + more));
      case U32_BIG -> field.order(ByteOrder.BIG_ENDIAN).putInt((int) (streamLength + more));
      case U64_LITTLE -> field.order(ByteOrder.LITTLE_ENDIAN).putLong(streamLength + more);
    }
    return changed;
  }
}
