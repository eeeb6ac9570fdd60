package org.dragoman.policy;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.dragoman.stream.Device;
import org.dragoman.stream.Dialect;
import org.dragoman.stream.Form;
import org.dragoman.stream.Framing;
import org.dragoman.stream.Habits;

/**
 * A line of Xen toolstack releases with one dialect: one policy file.
 *
 * @param id name and versions: {@code xenserver-6.0-6.2}
 * @param name the name that {@code --to} takes before the version: {@code xenserver}
 * @param first the first release that it covers
 * @param last the last release that it covers, with all its point releases
 * @param title for people
 * @param story what goes wrong without it; may be null
 * @param writes the forms of the sections that it writes
 * @param reads the forms of the sections that it reads
 * @param habits what else its streams have in common
 * @param drops devices that it has not and whose sections may be left out for it, with the reason
 * @param pciSlots devices that take one PCI slot each, from slot 0, in the order of section ids
 * @param namedAlone whether this is what the name without a version means
 * @param rebuilding how the traditional device model's sections become its; null: it is no target
 *     that is rebuilt for
 * @param sources by short name, where the statements come from
 * @param statements what it says, device by device, in the order of the file
 * @param file where it was read from
 */
public record Product(
    String id,
    String name,
    Version first,
    Version last,
    String title,
    String story,
    Dialect writes,
    Dialect reads,
    Habits habits,
    Map<String, String> drops,
    List<String> pciSlots,
    boolean namedAlone,
    Rebuilding rebuilding,
    Map<String, Source> sources,
    List<Statement> statements,
    String file) {

  /** Copies the collections. */
  public Product {
    drops = Map.copyOf(drops);
    pciSlots = List.copyOf(pciSlots);
    statements = List.copyOf(statements);
  }

  /** Whether its streams are those of QEMU itself. */
  public boolean isUpstream() {
    return writes.framing() == Framing.UPSTREAM;
  }

  /** Whether streams of the traditional device model can be given to it. */
  public boolean isTarget() {
    return !isUpstream() || rebuilding != null;
  }

  /**
   * The label under which a content is best given to this product: the one that it writes itself,
   * or else the lowest that it reads so. Empty where it reads the content under none.
   */
  public OptionalLong label(Device device, Device.Content content) {
    OptionalLong lowest = OptionalLong.empty();
    for (Form read : reads.formsOf(device)) {
      if (!read.content().equals(content)) {
        continue;
      }
      for (Form written : writes.formsOf(device)) {
        if (written.content().equals(content) && written.label() == read.label()) {
          return OptionalLong.of(read.label());
        }
      }
      if (lowest.isEmpty() || read.label() < lowest.getAsLong()) {
        lowest = OptionalLong.of(read.label());
      }
    }
    return lowest;
  }

  /**
   * Where a statement comes from.
   *
   * @param sure {@code seen}, {@code read} or {@code inferred}
   * @param from file and version of the product, or the reason of an inference
   */
  public record Source(String sure, String from) {}

  /**
   * What is said of one device.
   *
   * @param instance in words
   * @param writes content by label
   * @param reads content by label
   * @param source the short name of its source
   */
  public record Statement(
      String device,
      String idstr,
      String instance,
      Map<Long, String> writes,
      Map<Long, String> reads,
      String source) {}
}
