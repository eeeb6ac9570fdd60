package org.dragoman.stream;

import java.util.List;
import java.util.stream.Collectors;

/** The instance ids that a section of one device may carry in one dialect. */
public sealed interface InstanceRule {

  /** Whether a section that stands alone may carry this instance id. */
  boolean admits(long instance);

  /** The rule in words, for a message that says what was expected. */
  String inWords();

  /** One of a list of ids, each of them once. */
  record OneOf(List<Long> ids) implements InstanceRule {
    /** Copies the list. */
    public OneOf {
      ids = List.copyOf(ids);
    }

    @Override
    public boolean admits(long instance) {
      for (int i = 0; i < ids.size(); i++) {
        if (ids.get(i) == instance) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String inWords() {
      return ids.stream()
          .map(id -> id < 10 ? Long.toString(id) : "0x" + Long.toHexString(id))
          .collect(Collectors.joining(" or "));
    }
  }

  /** 0, 1, 2 and so on, in the order of the section ids. */
  record Counted() implements InstanceRule {
    @Override
    public boolean admits(long instance) {
      return instance < 256;
    }

    @Override
    public String inWords() {
      return "0, 1, 2 … in the order of the section ids";
    }
  }

  /**
   * Bus in bits 8 to 15, devfn below it. Device 0 of bus 0 is the host bridge, which has its own.
   */
  record PciAddress() implements InstanceRule {
    @Override
    public boolean admits(long instance) {
      return instance > 7 && instance <= 0xffff;
    }

    @Override
    public String inWords() {
      return "a PCI address, bus << 8 | devfn";
    }
  }

  /** Always 0, for each of several sections of the device. */
  record AlwaysZero() implements InstanceRule {
    @Override
    public boolean admits(long instance) {
      return instance == 0;
    }

    @Override
    public String inWords() {
      return "0";
    }
  }

  /** Anything: for looking at a stream that no dialect explains. */
  record Any() implements InstanceRule {
    @Override
    public boolean admits(long instance) {
      return true;
    }

    @Override
    public String inWords() {
      return "any number";
    }
  }
}
