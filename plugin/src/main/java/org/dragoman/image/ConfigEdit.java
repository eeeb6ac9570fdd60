package org.dragoman.image;

import java.nio.ByteBuffer;
import java.util.List;
import org.dragoman.os.Known;
import org.dragoman.os.Replacement;

/** What becomes of a guest's configuration so that its toolstack starts qemu-xen for it. */
public sealed interface ConfigEdit {
  /** What is changed, in the order of the places. */
  default List<Change> changes() {
    return List.of();
  }

  /** Why qemu-xen cannot be started for the guest; each a sentence. */
  default List<String> reasons() {
    return List.of();
  }

  /** What an administrator should know though it is done; each a sentence. */
  default List<String> warnings() {
    return List.of();
  }

  /** The bytes of the image that it rests on. */
  default List<Known> basis() {
    return List.of();
  }

  /** What becomes of the image's bytes. */
  default List<Replacement> replacements() {
    return List.of();
  }

  /**
   * One change.
   *
   * @param key what of the configuration, by the names on the way to it
   * @param before its value; empty: it had none, or was not there
   * @param after its value; null: it is not there any more
   * @param reason why, in a clause
   */
  record Change(String key, String before, String after, String reason) {
    /** It in words. */
    public String inWords() {
      return before.isEmpty()
          ? key + ": " + after + " is added"
          : key + ": " + before + (after == null ? " is removed" : " becomes " + after);
    }
  }

  /** It starts qemu-xen as it is, or says nothing of the device model. */
  record Unchanged() implements ConfigEdit {}

  /**
   * It starts qemu-xen with other bytes.
   *
   * @param at where it begins in the image
   * @param before all of its bytes; read-only
   * @param after those in their place, which are as many; read-only
   */
  record Edited(
      long at, ByteBuffer before, ByteBuffer after, List<Change> changes, List<String> warnings)
      implements ConfigEdit {
    /** Copies the lists, and has nobody change the bytes. */
    public Edited {
      before = before.asReadOnlyBuffer();
      after = after.asReadOnlyBuffer();
      changes = List.copyOf(changes);
      warnings = List.copyOf(warnings);
    }

    @Override
    public List<Known> basis() {
      return List.of(new Known(at, before));
    }

    /** From the first byte that differs to the last. */
    @Override
    public List<Replacement> replacements() {
      int from = before.mismatch(after);
      int to = before.limit();
      while (before.get(to - 1) == after.get(to - 1)) {
        to--;
      }
      byte[] bytes = new byte[to - from];
      after.get(from, bytes);
      return List.of(new Replacement(at + from, at + to, bytes));
    }
  }

  /** qemu-xen cannot be started for the guest. */
  record Refused(List<String> reasons) implements ConfigEdit {
    /** Copies the list. */
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }
}
