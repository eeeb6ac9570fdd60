package org.dragoman.stream;

/**
 * Where a field stands in the payloads that have the same fields.
 *
 * @param index how many fields stand before it
 * @param path its name, with the groups around it: {@code drives[2].nsector}
 * @param name the same without the groups' indices: {@code drives.nsector}
 * @param offset of its first byte, in bytes from the beginning of the payload
 * @param width of one number, in bytes
 * @param count how many numbers
 */
public record FieldPlace(int index, String path, String name, int offset, int width, int count) {
  /** All its numbers, in bytes. */
  public int length() {
    return width * count;
  }
}
