package org.dragoman.audit;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.dragoman.image.RecordInside;
import org.dragoman.policy.Product;
import org.dragoman.stream.Device;
import org.dragoman.stream.Field;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Section;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Verdict;

/**
 * One device-model stream of an image, with what a report draws of it. Offsets inside are bytes
 * from the stream's start.
 *
 * @param offset where it begins in the image
 * @param length in bytes
 * @param kind by its first bytes, by {@link StreamKind}'s names
 * @param outcome what would become of it
 * @param products the ids of those that can have written it, or whose dialect it was given
 * @param rewrittenFrom the ids of those that wrote it before it was rewritten; empty if it was not
 * @param edits what would be done
 * @param sections in the order of the stream; as far as they can be told
 * @param piix4acpi the one that products disagree about; null where it has none
 */
@JsonPropertyOrder({
  "offset",
  "length",
  "kind",
  "outcome",
  "products",
  "rewrittenFrom",
  "edits",
  "sections",
  "piix4acpi"
})
public record AuditedStream(
    long offset,
    int length,
    String kind,
    AuditOutcome outcome,
    List<String> products,
    List<String> rewrittenFrom,
    List<Change> edits,
    List<Part> sections,
    Payload piix4acpi) {

  /** The device whose record means different things to different products. */
  private static final String PIIX4ACPI = "piix4acpi";

  /**
   * One edit. How many bytes, and not which: what is left out may be large, and {@code dragoman
   * rewrite --dry-run} shows it.
   */
  @JsonPropertyOrder({"offset", "removed", "inserted", "section", "reason"})
  public record Change(int offset, int removed, int inserted, String section, String reason) {}

  /**
   * One section.
   *
   * @param length with its header
   * @param mislabelled whether its label is that of another content
   */
  @JsonPropertyOrder({
    "type",
    "idstr",
    "instance",
    "label",
    "content",
    "mislabelled",
    "offset",
    "length"
  })
  public record Part(
      String type,
      String idstr,
      long instance,
      long label,
      String content,
      boolean mislabelled,
      int offset,
      int length) {}

  /**
   * The bytes of a section, field by field.
   *
   * @param offset where they begin, after the section's header
   * @param labelOffset where the label is
   * @param bytes in lower-case hexadecimal
   * @param missing the fields that its label promises and its content has not
   */
  @JsonPropertyOrder({
    "offset",
    "labelOffset",
    "label",
    "content",
    "mislabelled",
    "bytes",
    "fields",
    "missing"
  })
  public record Payload(
      int offset,
      int labelOffset,
      long label,
      String content,
      boolean mislabelled,
      String bytes,
      List<Place> fields,
      List<String> missing) {
    /** Copies the lists. */
    public Payload {
      fields = List.copyOf(fields);
      missing = List.copyOf(missing);
    }
  }

  /** A field: where in the payload, and how many bytes. */
  @JsonPropertyOrder({"name", "offset", "length"})
  public record Place(String name, int offset, int length) {}

  /** Copies the lists. */
  public AuditedStream {
    products = List.copyOf(products);
    rewrittenFrom = List.copyOf(rewrittenFrom);
    edits = List.copyOf(edits);
    sections = List.copyOf(sections);
  }

  /**
   * That of a stream.
   *
   * @param reasons takes those for which it is refused
   * @param warnings takes what an administrator should know though it is not
   */
  static AuditedStream of(
      RecordInside record,
      Question question,
      Collection<String> reasons,
      Collection<String> warnings) {
    Plan plan = record.plan(question.translator(), question.from(), question.to());
    AuditOutcome outcome;
    List<Change> edits = List.of();
    if (record.kind() == StreamKind.UPSTREAM) {
      outcome = AuditOutcome.NOT_TRANSLATED;
      warnings.add(
          "this is "
              + record.kind().description()
              + ": qemu-xen has to read it, and Dragoman does"
              + " not judge whether it can");
    } else if (plan instanceof Plan.Rewrite rewrite) {
      edits = rewrite.edits().stream().map(AuditedStream::change).toList();
      outcome = edits.isEmpty() ? AuditOutcome.UNCHANGED : AuditOutcome.TRANSLATED;
      warnings.addAll(rewrite.warnings());
    } else {
      outcome = AuditOutcome.REFUSED;
      ((Plan.Refusal) plan).reasons().forEach(reason -> reasons.add(placed(reason, record)));
    }
    Verdict verdict = record.verdict();
    List<Section> sections = verdict == null ? List.of() : sections(verdict);
    return new AuditedStream(
        record.place().at(),
        record.octets().size(),
        record.kind().name(),
        outcome,
        verdict == null
            ? List.of()
            : verdict.explanations().stream().map(one -> one.product().id()).toList(),
        verdict == null
            ? List.of()
            : verdict.explanations().stream()
                .flatMap(one -> one.rewrittenFrom().stream())
                .map(Product::id)
                .distinct()
                .toList(),
        edits,
        sections.stream().map(AuditedStream::part).toList(),
        sections.stream()
            .filter(one -> one.named() && one.device().name().equals(PIIX4ACPI))
            .findFirst()
            .map(one -> payload(record.octets(), one))
            .orElse(null));
  }

  /** A reason that has an offset in it says from where, unless that is the file's start. */
  private static String placed(String reason, RecordInside record) {
    return record.isBare() || !reason.contains("at 0x")
        ? reason
        : "in the stream that begins at " + Text.offset(record.place().at()) + ": " + reason;
  }

  private static List<Section> sections(Verdict verdict) {
    return verdict.explanations().isEmpty()
        ? verdict.survey().sections()
        : verdict.explanations().get(0).walk().sections();
  }

  private static Change change(Edit edit) {
    return new Change(
        edit.offset(), edit.end() - edit.offset(), edit.inserted(), edit.section(), edit.reason());
  }

  private static Part part(Section section) {
    return new Part(
        section.type().name(),
        section.idstr(),
        section.instance(),
        section.label(),
        section.content().name(),
        section.isMislabelled(),
        section.headerAt(),
        section.end() - section.headerAt());
  }

  private static Payload payload(Octets octets, Section section) {
    List<Place> fields = new ArrayList<>();
    section
        .content()
        .layout()
        .visit(
            octets,
            section.payloadAt(),
            (path, field, at, count) ->
                fields.add(new Place(path, at - section.payloadAt(), count * field.width())));
    Set<String> missing = new TreeSet<>();
    Device.Content labelled = section.labelledContent();
    if (labelled != null) {
      labelled.layout().fields().forEach(field -> addName(field, missing));
      section.content().layout().fields().forEach(field -> removeName(field, missing));
    }
    return new Payload(
        section.payloadAt(),
        section.labelAt(),
        section.label(),
        section.content().name(),
        section.isMislabelled(),
        HexFormat.of().formatHex(octets.copy(section.payloadAt(), section.payloadLength())),
        fields,
        List.copyOf(missing));
  }

  private static void addName(Field field, Set<String> names) {
    if (field instanceof Field.Numbers numbers) {
      names.add(numbers.name());
    }
  }

  private static void removeName(Field field, Set<String> names) {
    if (field instanceof Field.Numbers numbers) {
      names.remove(numbers.name());
    }
  }

  /** Whether today's upstream device model wrote it. */
  boolean isOfQemuXen() {
    return kind.equals(StreamKind.UPSTREAM.name());
  }

  /** Whether its label does not say what its piix4acpi is. */
  public boolean hasMislabelledPiix4acpi() {
    return piix4acpi != null && piix4acpi.mislabelled();
  }
}
