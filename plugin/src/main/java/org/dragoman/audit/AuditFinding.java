package org.dragoman.audit;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.GuestConfig;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.Image;
import org.dragoman.image.RecordInside;
import org.dragoman.image.Restoring;

/**
 * What an audit says of one image, or of a directory that it cannot list. The names of the
 * components are the keys of its JSON, and stay.
 *
 * @param path the directory of the audit, and the way from there
 * @param basis what else the finding depends on: the program, the policies, what the operator said
 * @param to the id of the product that it is for
 * @param outcome what would become of it
 * @param restorable whether the target can restore it; null where that was not judged
 * @param reasons why not; each a sentence
 * @param warnings what an administrator should know though it can be restored
 * @param file by what the file is known again; null where it is not a file or could not be asked
 * @param container what holds the stream, by {@link ContainerKind}'s names; null where unknown
 * @param guest null where the container says nothing of it
 * @param xen the version of the Xen that wrote it, where it says so; else null
 * @param config what would be changed in its configuration
 * @param streams its device-model streams
 */
@JsonPropertyOrder({
  "path",
  "basis",
  "to",
  "outcome",
  "restorable",
  "reasons",
  "warnings",
  "file",
  "container",
  "guest",
  "xen",
  "config",
  "streams"
})
public record AuditFinding(
    String path,
    String basis,
    String to,
    AuditOutcome outcome,
    Boolean restorable,
    List<String> reasons,
    List<String> warnings,
    FileMark file,
    String container,
    Guest guest,
    String xen,
    List<ConfigChange> config,
    List<AuditedStream> streams) {

  /** Stands between several that can have written a stream. */
  static final String OR = " or ";

  /** Stands for a writer whom nobody knows. */
  static final String UNKNOWN = "unknown";

  /** Whose image it is, as its configuration says; each may be null. */
  public record Guest(String name, String uuid) {
    static Guest of(GuestConfig config) {
      return config == null ? null : new Guest(config.name(), config.uuid());
    }
  }

  /**
   * A change of the configuration.
   *
   * @param after null: it would not be there any more
   */
  @JsonPropertyOrder({"key", "before", "after", "reason"})
  public record ConfigChange(String key, String before, String after, String reason) {}

  /** Copies the lists. */
  public AuditFinding {
    // A finding of before there was any is read, too.
    config = config == null ? List.of() : List.copyOf(config);
    reasons = List.copyOf(reasons);
    warnings = List.copyOf(warnings);
    streams = List.copyOf(streams);
  }

  /** That of an image which could be read. */
  static AuditFinding of(String path, FileMark file, Image image, Question question) {
    AuditOutcome outcome = AuditOutcome.NO_DEVICE_MODEL;
    Set<String> reasons = new LinkedHashSet<>();
    Set<String> warnings = new LinkedHashSet<>();
    List<AuditedStream> streams = new ArrayList<>();
    for (RecordInside record : image.records()) {
      AuditedStream stream = AuditedStream.of(record, question, reasons, warnings);
      outcome = outcome.orWorse(stream.outcome());
      streams.add(stream);
    }
    ConfigEdit edit = question.to().isUpstream() ? image.forQemuXen() : new ConfigEdit.Unchanged();
    if (edit instanceof ConfigEdit.Edited) {
      outcome = outcome.orWorse(AuditOutcome.TRANSLATED);
      edit.changes().forEach(one -> warnings.add("in its configuration, " + one.inWords()));
      warnings.addAll(edit.warnings());
    } else if (edit instanceof ConfigEdit.Refused) {
      outcome = outcome.orWorse(AuditOutcome.REFUSED);
      reasons.addAll(edit.reasons());
    }
    warnings.addAll(Restoring.notes(image, question.to(), question.releases()));
    return new AuditFinding(
        path,
        question.basis(),
        question.to().id(),
        outcome,
        outcome.restorable(),
        List.copyOf(reasons),
        List.copyOf(warnings),
        file,
        image.kind().name(),
        Guest.of(image.config()),
        image.memory() == null ? null : image.memory().xen(),
        edit.changes().stream()
            .map(one -> new ConfigChange(one.key(), one.before(), one.after(), one.reason()))
            .toList(),
        streams);
  }

  /**
   * That of one which could not be read to its end.
   *
   * @param file null where it could not be asked
   * @param kind null where it is not known
   * @param config null where it is not known
   */
  static AuditFinding of(
      String path,
      FileMark file,
      ContainerKind kind,
      GuestConfig config,
      AuditOutcome outcome,
      String reason,
      Question question) {
    return new AuditFinding(
        path,
        question.basis(),
        question.to().id(),
        outcome,
        outcome.restorable(),
        List.of(reason),
        List.of(),
        file,
        kind == null ? null : kind.name(),
        Guest.of(config),
        null,
        List.of(),
        List.of());
  }

  /** The products that can have written its streams, by their ids; empty where nobody is known. */
  List<String> products() {
    return streams.stream().flatMap(one -> one.products().stream()).distinct().toList();
  }

  /** Who wrote its streams, in a word or two for people; null where it has none. */
  public String writer() {
    if (streams.isEmpty()) {
      return null;
    }
    List<String> products = products();
    return !products.isEmpty()
        ? String.join(OR, products)
        : streams.stream().allMatch(AuditedStream::isOfQemuXen) ? "qemu-xen" : UNKNOWN;
  }

  /** How many edits it takes. */
  public int edits() {
    return config.size() + streams.stream().mapToInt(one -> one.edits().size()).sum();
  }
}
