package org.dragoman.audit;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** How many of what an audit came by. */
public final class Tally {
  private final Map<AuditOutcome, Long> outcomes = new EnumMap<>(AuditOutcome.class);
  private final Map<String, Map<AuditOutcome, Long>> products = new TreeMap<>();
  private long mislabelled;
  private long warned;
  private long reused;
  private long others;
  private long empty;
  private long links;

  void add(AuditFinding finding, boolean again) {
    outcomes.merge(finding.outcome(), 1L, Long::sum);
    if (finding.writer() != null) {
      products
          .computeIfAbsent(finding.writer(), any -> new EnumMap<>(AuditOutcome.class))
          .merge(finding.outcome(), 1L, Long::sum);
    }
    if (finding.streams().stream().anyMatch(AuditedStream::hasMislabelledPiix4acpi)) {
      mislabelled++;
    }
    if (!finding.warnings().isEmpty()) {
      warned++;
    }
    if (again) {
      reused++;
    }
  }

  void addOther(boolean isEmpty) {
    others++;
    if (isEmpty) {
      empty++;
    }
  }

  void addTree(long seenLinks, long seenOthers) {
    links += seenLinks;
    others += seenOthers;
  }

  /** How many images, and what could not be looked at and may be or have some. */
  public long images() {
    return outcomes.values().stream().mapToLong(one -> one).sum();
  }

  /** How many of these may be anything. */
  public long unknown() {
    return outcomes.entrySet().stream()
        .filter(one -> one.getKey().isUnknown())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** How many of one outcome. */
  public long of(AuditOutcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** How many of each outcome, by who wrote them; of images with a device-model stream. */
  public Map<String, Map<AuditOutcome, Long>> products() {
    return products;
  }

  /** How many whose piix4acpi has another content than its label says. */
  public long mislabelled() {
    return mislabelled;
  }

  /** How many with something that an administrator should know though they can be restored. */
  public long warned() {
    return warned;
  }

  /** How many were not read, because an earlier run did. */
  public long reused() {
    return reused;
  }

  /** How many files, devices, pipes and sockets that are no images. */
  public long others() {
    return others;
  }

  /** How many of these are files without a byte. */
  public long empty() {
    return empty;
  }

  /** How many symbolic links, none of them followed. */
  public long links() {
    return links;
  }
}
