package org.dragoman.translate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a domain's configuration says of the topology that its guest keeps whenever it boots: the
 * value of an argument of the device model that only Dragoman knows. A stream says all of it; where
 * a guest boots, there is none. Immutable.
 *
 * @param stdMib the memory of a standard VGA in MiB; a Cirrus always has as much
 * @param slots the PCI slots of the emulated network cards in their order, ascending; those behind
 *     the last one have the next ones; empty: from 4 on
 */
public record KeptTopology(int stdMib, List<Integer> slots) {
  /** The argument before the value. Source: native-shim/protocol.h. */
  public static final String OPTION = "-dragoman-topology";

  /** What both device models have where nobody says how much. */
  private static final int DEFAULT_STD_MIB = 8;

  private static final int FIRST_SLOT = 4;
  private static final int LAST_SLOT = 31;

  /** All slots, and more than the rest. */
  private static final int LONGEST = 120;

  private static final String KEEP = "keep";
  private static final String MIB = "vga-mib=";
  private static final String SLOTS = "slots=";

  /** Why a value is none. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    private MalformedException(String value) {
      super(
          OPTION
              + (value.length() > LONGEST
                  ? " has a value of " + value.length() + " characters"
                  : " has the value " + value)
              + ", expected keep, behind it where needed ,vga-mib=N, the MiB of a standard VGA (1, 2,"
              + " 4, 8, 16, 32, 64 or 128), and ,slots=4:6, the PCI slots of the network cards,"
              + " ascending, from 4 to 31",
          null,
          false,
          false);
    }
  }

  /** Copies the list. */
  public KeptTopology {
    slots = List.copyOf(slots);
  }

  /** What a topology comes to. */
  static KeptTopology of(Topology topology) {
    List<Integer> slots = topology.cards().stream().map(Topology.Card::slot).toList();
    boolean usual =
        slots.equals(IntStream.range(0, slots.size()).map(i -> FIRST_SLOT + i).boxed().toList());
    return new KeptTopology(
        topology.vga() == Topology.Vga.STD ? topology.vramMib() : DEFAULT_STD_MIB,
        usual ? List.of() : slots);
  }

  /** That of a guest of which only the memory of its standard VGA is known. */
  public static KeptTopology ofStdMib(int stdMib) {
    return new KeptTopology(isStdMib(stdMib) ? stdMib : DEFAULT_STD_MIB, List.of());
  }

  /**
   * Understands a value.
   *
   * @throws MalformedException if it is none
   */
  public static KeptTopology parse(String value) throws MalformedException {
    List<String> parts = List.of(value.split(",", -1));
    if (value.length() > LONGEST || !parts.get(0).equals(KEEP)) {
      throw new MalformedException(value);
    }
    int stdMib = DEFAULT_STD_MIB;
    List<Integer> slots = new ArrayList<>();
    int next = 1;
    if (next < parts.size() && parts.get(next).startsWith(MIB)) {
      stdMib = number(parts.get(next++).substring(MIB.length()), value);
      if (!isStdMib(stdMib)) {
        throw new MalformedException(value);
      }
    }
    if (next < parts.size() && parts.get(next).startsWith(SLOTS)) {
      int before = FIRST_SLOT - 1;
      for (String slot : parts.get(next++).substring(SLOTS.length()).split(":", -1)) {
        int number = number(slot, value);
        // In any other order, a stream does not say later which card is which.
        if (number <= before || number > LAST_SLOT) {
          throw new MalformedException(value);
        }
        slots.add(number);
        before = number;
      }
    }
    if (next < parts.size()) {
      throw new MalformedException(value);
    }
    return new KeptTopology(stdMib, slots);
  }

  /** What a stream that is translated can have, which is what qemu-xen takes. */
  private static boolean isStdMib(int mib) {
    return Integer.bitCount(mib) == 1 && mib > 0 && mib <= TopologyOf.MOST_STD_MIB;
  }

  private static int number(String text, String value) throws MalformedException {
    if (!text.matches("[1-9][0-9]{0,2}")) {
      throw new MalformedException(value);
    }
    return Integer.parseInt(text);
  }

  /** The value, which {@link #parse} understands. */
  public String value() {
    return KEEP
        + (stdMib == DEFAULT_STD_MIB ? "" : "," + MIB + stdMib)
        + (slots.isEmpty()
            ? ""
            : "," + SLOTS + slots.stream().map(String::valueOf).collect(Collectors.joining(":")));
  }

  /** The line of an xl configuration. */
  public String line() {
    return "device_model_args_hvm = [\"" + OPTION + "\", \"" + value() + "\"]";
  }

  /**
   * The display adapter's memory in MiB.
   *
   * @param vga null: none
   */
  public int vramMib(Topology.Vga vga) {
    if (vga == null) {
      return 0;
    }
    return vga == Topology.Vga.CIRRUS ? TopologyOf.CIRRUS_MIB : stdMib;
  }

  /**
   * The PCI slot of a network card; 0: there is none left. Always above the one before it.
   *
   * @param index of the card, from 0 on
   * @param before the slot of the card before it; 0: it is the first
   */
  public int slot(int index, int before) {
    int least = index < slots.size() ? slots.get(index) : FIRST_SLOT;
    int slot = Math.max(least, before + 1);
    return slot > LAST_SLOT ? 0 : slot;
  }
}
