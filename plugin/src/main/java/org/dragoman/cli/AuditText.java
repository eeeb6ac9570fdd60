package org.dragoman.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dragoman.audit.AuditFinding;
import org.dragoman.audit.AuditOutcome;
import org.dragoman.audit.AuditedStream;
import org.dragoman.audit.Meanings;
import org.dragoman.audit.Question;
import org.dragoman.audit.Tally;
import org.dragoman.stream.Text;

/** What an audit finds, for a terminal. */
final class AuditText {
  private AuditText() {}

  /** One line for an image. */
  static String line(AuditFinding finding) {
    List<String> reasons = finding.reasons();
    // The second says more where no product is known: the one that came furthest.
    String why = reasons.stream().limit(2).collect(Collectors.joining("; "));
    String more = reasons.size() > 2 ? " (and " + (reasons.size() - 2) + " more)" : "";
    return Text.withoutControls(
        String.format(
            Locale.ROOT,
            "%-15s  %-12s  %-18s  %-12s  %s%s%s",
            finding.outcome().word(),
            finding.container() == null ? "-" : finding.container().toLowerCase(Locale.ROOT),
            finding.writer() == null ? "-" : finding.writer(),
            piix4acpi(finding),
            finding.path(),
            finding.edits() == 0
                ? ""
                : ": " + finding.edits() + (finding.edits() == 1 ? " edit" : " edits"),
            why.isEmpty() ? "" : ": " + why + more));
  }

  /** Label and content of its piix4acpi, each once. */
  private static String piix4acpi(AuditFinding finding) {
    String all =
        finding.streams().stream()
            .map(AuditedStream::piix4acpi)
            .filter(one -> one != null)
            .map(
                one ->
                    "acpi " + one.label() + "=" + one.content() + (one.mislabelled() ? " *" : ""))
            .distinct()
            .collect(Collectors.joining("|"));
    return all.isEmpty() ? "-" : all;
  }

  static void summary(PrintStream out, Tally tally, Question question, long nanoseconds) {
    double seconds = nanoseconds / 1e9;
    out.println();
    out.printf(
        Locale.ROOT,
        "%d %s for %s in %.1f s, %.0f a second%n",
        tally.images(),
        tally.images() == 1 ? "image" : "images",
        question.to().id(),
        seconds,
        tally.images() / seconds);
    for (AuditOutcome outcome : AuditOutcome.values()) {
      if (tally.of(outcome) > 0) {
        out.printf(
            "%9d  %-15s  %s%n",
            tally.of(outcome), outcome.word(), Meanings.of(outcome, question.to()));
      }
    }
    if (!tally.products().isEmpty()) {
      out.println("Written by:");
      tally
          .products()
          .forEach(
              (writer, outcomes) ->
                  out.printf(
                      "%9d  %s: %s%n",
                      outcomes.values().stream().mapToLong(one -> one).sum(),
                      Text.withoutControls(Meanings.writer(writer, question.titles())),
                      Meanings.counts(outcomes)));
    }
    Meanings.sentences(tally).forEach(out::println);
  }
}
