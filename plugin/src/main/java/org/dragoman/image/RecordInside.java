package org.dragoman.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dragoman.container.DamagedException;
import org.dragoman.container.DeviceRecord;
import org.dragoman.container.Source;
import org.dragoman.os.Known;
import org.dragoman.os.Replacement;
import org.dragoman.policy.Product;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;

/**
 * One device-model stream of an image.
 *
 * @param place where it is
 * @param octets its bytes, which are its own
 * @param kind what it is by its first bytes
 * @param verdict who could have written it; null if it is not the traditional device model's
 * @param acpiPorts where Xen serves the guest's power management, HVM parameter 19; empty where
 *     there is no memory of the guest before the stream
 */
public record RecordInside(
    DeviceRecord place,
    BufferOctets octets,
    StreamKind kind,
    Verdict verdict,
    OptionalLong acpiPorts) {

  /**
   * Takes a stream out of a source that stands at it, and judges it.
   *
   * @throws DamagedException if it is larger than any, cut short, or no device-model stream
   */
  static RecordInside take(
      Source source, DeviceRecord place, Translator translator, OptionalLong acpiPorts)
      throws IOException, DamagedException {
    if (place.length() > Image.MOST_STREAM) {
      throw tooLarge(place, place.length() + " bytes");
    }
    ByteBuffer bytes;
    if (place.length() < 0) {
      bytes = source.takeRest(Image.MOST_STREAM);
      if (bytes == null) {
        throw tooLarge(place, "more than " + Image.MOST_STREAM + " bytes");
      }
    } else {
      bytes = source.keep((int) place.length());
    }
    BufferOctets octets = new BufferOctets(bytes);
    StreamKind kind = StreamKind.of(octets);
    Verdict verdict = null;
    switch (kind) {
      case TRADITIONAL -> {
        verdict = translator.judge(octets);
        if (verdict.damage() != null) {
          throw new DamagedException(
              place.at() + verdict.damage().at(),
              (place.at() == 0
                      ? "damaged or not a stream: "
                      : "the device-model stream that begins at "
                          + Text.offset(place.at())
                          + " is damaged: ")
                  + verdict.damage().inWords(octets));
        }
      }
      case VERSION_1, VERSION_2, UPSTREAM -> {}
      default -> {
        int shown = Math.min(8, octets.size());
        throw new DamagedException(
            place.at(),
            shown == 0
                ? "an empty device-model record"
                : "bytes " + java.util.HexFormat.of().formatHex(octets.copy(0, shown)),
            "5145564d00000003 (QEVM, version 3)");
      }
    }
    return new RecordInside(place, octets, kind, verdict, acpiPorts);
  }

  private static DamagedException tooLarge(DeviceRecord place, String found) {
    return new DamagedException(
        place.at(),
        found + " in a device-model stream",
        "at most " + Image.MOST_STREAM + ": none is larger");
  }

  /**
   * What to do with it for a target. In a container, what the traditional device model did not
   * write is for the one that did, and stays as it is.
   *
   * @param from the product that the operator says wrote it, or null
   */
  public Plan plan(Translator translator, Product from, Product to) {
    return switch (kind) {
      case TRADITIONAL -> fitting(translator.plan(octets, verdict, from, to));
      case UPSTREAM ->
          isBare()
              ? new Plan.Refusal(to, List.of(), List.of(whyNotTranslated()))
              : new Plan.Rewrite(
                  to,
                  List.of(),
                  List.of(),
                  List.of(
                      "this is "
                          + kind.description()
                          + ": its own reader reads it, and it is not translated"));
      default -> new Plan.Refusal(to, List.of(), List.of(whyNotTranslated()));
    };
  }

  /** Of what the traditional device model did not write, what it is. */
  public String whyNotTranslated() {
    return "this is "
        + kind.description()
        + "; Dragoman translates version 3 of qemu-xen-traditional and XenServer so far";
  }

  /** The plan, unless what comes out does not go with what is around it. */
  Plan fitting(Plan plan) {
    if (!(plan instanceof Plan.Rewrite rewrite)) {
      return plan;
    }
    String disagreement =
        saysPorts() ? AcpiPorts.disagreement(rewrite.topology(), acpiPorts) : null;
    if (disagreement != null) {
      return new Plan.Refusal(rewrite.target(), rewrite.from(), List.of(disagreement));
    }
    if (sizeAfter(rewrite.edits()) > place.most()) {
      return new Plan.Refusal(
          rewrite.target(),
          rewrite.from(),
          List.of(
              "the result would have "
                  + sizeAfter(rewrite.edits())
                  + " bytes, and who reads this container takes at most "
                  + place.most()));
    }
    return plan;
  }

  /** A guest without ACPI has no section of its power management. */
  private boolean saysPorts() {
    return verdict.explanations().get(0).walk().sections().stream()
        .anyMatch(section -> section.device().name().equals("piix4acpi"));
  }

  private long sizeAfter(List<Edit> edits) {
    long size = octets.size();
    for (Edit edit : edits) {
      size += edit.inserted() - (edit.end() - edit.offset());
    }
    return size;
  }

  /** What comes out of a plan's edits; the caller's. */
  public byte[] after(List<Edit> edits) {
    ByteBuffer result = ByteBuffer.allocate((int) sizeAfter(edits));
    int from = 0;
    for (Edit edit : edits) {
      result.put(octets.copy(from, edit.offset() - from)).put(edit.insertedBytes());
      from = edit.end();
    }
    byte[] bytes = new byte[result.capacity()];
    result.put(octets.copy(from, octets.size() - from)).flip().get(bytes);
    return bytes;
  }

  /** Whether it is in no container. */
  public boolean isBare() {
    return place.length() < 0 && place.at() == 0;
  }

  /** The bytes of the image that a plan for this stream rests on. */
  List<Known> basis() {
    return List.of(
        new Known(place.headerAt(), ByteBuffer.wrap(place.header(octets.size()))),
        new Known(place.at(), octets.slice(0, octets.size())));
  }

  /** What becomes of the image's bytes for a list of edits of this stream. */
  List<Replacement> replacements(List<Edit> edits) {
    List<Replacement> all = new ArrayList<>();
    long length = octets.size();
    long after = sizeAfter(edits);
    if (after != length && place.length() >= 0) {
      all.add(new Replacement(place.headerAt(), place.at(), place.header(after)));
    }
    for (Edit edit : edits) {
      all.add(
          new Replacement(
              place.at() + edit.offset(), place.at() + edit.end(), edit.insertedBytes()));
    }
    if (place.length() >= 0 && place.padding(after) != place.padding(length)) {
      long end = place.at() + length;
      all.add(new Replacement(end, end + place.padding(length), new byte[place.padding(after)]));
    }
    return all;
  }
}
