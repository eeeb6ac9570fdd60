package org.dragoman.translate;

import org.dragoman.stream.Section;

/**
 * A serial port that is not in the middle of a character. QEMU refuses a section whose line status
 * says that one is being sent, unless a subsection has it; the traditional device model does not
 * save it, so it is gone in any case. Source: QEMU 7.2 hw/char/serial.c serial_post_load.
 */
final class SerialPort implements RebuildRule {
  private static final int TRANSMITTER_EMPTY = 0x40;
  private static final int BOTH_EMPTY = 0x60;

  @Override
  public byte[] field(String name, OldGuest guest, Section section) {
    if (!name.equals("lsr")) {
      return null;
    }
    int status = (int) guest.number(section, "lsr").getAsLong();
    return new byte[] {(byte) ((status & TRANSMITTER_EMPTY) == 0 ? status | BOTH_EMPTY : status)};
  }
}
