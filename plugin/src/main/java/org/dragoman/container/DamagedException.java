package org.dragoman.container;

/** What nobody's save file or migration stream has. */
public class DamagedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long at;

  /**
   * A message of the form "at 0x10: found this, expected that".
   *
   * @param at the offset of the first byte that is wrong, in bytes from the start
   */
  public DamagedException(long at, String found, String expected) {
    this(at, "at 0x" + Long.toHexString(at) + ": found " + found + ", expected " + expected);
  }

  /**
   * A message as it is.
   *
   * @param at the offset of the first byte that is wrong, in bytes from the start
   */
  public DamagedException(long at, String message) {
    super(message);
    this.at = at;
  }

  /** The offset of the first byte that is wrong, in bytes from the start. */
  public long at() {
    return at;
  }
}
