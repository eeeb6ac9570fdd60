package org.dragoman.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dragoman.stream.Device;

/**
 * How the traditional device model's sections become those of a product whose streams are QEMU's
 * own.
 *
 * @param sections what becomes of a section, by the name of its device
 * @param added sections that the traditional device model has not
 * @param merged devices whose sections go into another's, and into which one's
 * @param losses what a guest has not any more
 * @param refused devices without which the guest cannot go on, with the reason
 */
public record Rebuilding(
    Map<String, Rebuilt> sections,
    List<Added> added,
    Map<String, String> merged,
    List<Loss> losses,
    Map<String, String> refused) {

  /** Copies all. */
  public Rebuilding {
    sections = Map.copyOf(sections);
    added = List.copyOf(added);
    merged = Map.copyOf(merged);
    losses = List.copyOf(losses);
    refused = Map.copyOf(refused);
  }

  /**
   * What one section becomes. Fields of one name are copied. Names have the groups around them:
   * {@code drives.sector}.
   *
   * @param into the device of the new section
   * @param label the label of the new section
   * @param fresh fields that the source has not, with the value of each of their numbers
   * @param gone fields that go, or of which fewer numbers stay, with the reason
   * @param bits bytes that are copied with other bits, by their fields
   * @param by the name of what gives the fields that no table tells; null: nothing
   */
  public record Rebuilt(
      Device into,
      long label,
      Map<String, Long> fresh,
      Map<String, String> gone,
      Map<String, List<Bits>> bits,
      String by) {
    /** Copies all. */
    public Rebuilt {
      fresh = Map.copyOf(fresh);
      gone = Map.copyOf(gone);
      Map<String, List<Bits>> copies = new HashMap<>();
      bits.forEach((field, of) -> copies.put(field, List.copyOf(of)));
      bits = Map.copyOf(copies);
    }
  }

  /**
   * A byte of a field of which some bits stay and others are set.
   *
   * @param at which byte of the field
   * @param keep the bits that stay
   * @param set the bits that are set; none of those that stay
   */
  public record Bits(int at, int keep, int set) {
    /** What becomes of a byte, 0 to 255. */
    public int of(int value) {
      return (value & keep) | set;
    }
  }

  /** A section that is made from others. */
  public record Added(Device device, long label, String by) {}

  /**
   * What a guest has not any more.
   *
   * @param what for an administrator
   * @param with only if it has a section of this device; null: always
   * @param changed only if bits of that device's section change
   * @param oldPorts only if its power management is at 0x1f40; false: at 0xb000; null: always
   */
  public record Loss(String what, String with, boolean changed, Boolean oldPorts) {}
}
