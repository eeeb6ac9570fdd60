package org.dragoman.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dragoman.container.GuestConfig;
import org.dragoman.host.AuditLog;
import org.dragoman.host.Decision;
import org.dragoman.host.Decision.Outcome;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Installation;
import org.dragoman.host.Mode;
import org.dragoman.host.TopologyAtBoot;
import org.dragoman.host.UnknownUuidException;
import org.dragoman.image.ConfigEdit;
import org.dragoman.image.Filter;
import org.dragoman.image.Rewriting;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.Octets;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import picocli.CommandLine.ParseResult;

/**
 * Decides in a pipe as the hook does on this host: by its configuration, and with a line in the
 * audit log for each stream.
 *
 * @param said the product that the command line says wrote the streams; null: as the configuration
 *     says
 * @param err for what cannot be logged
 */
record HostChoice(
    HostConfiguration configuration, Translator translator, Product said, PrintStream err)
    implements Filter.Choice, Filter.Listener {
  /** In the audit log, for what happened and for who decided. */
  private static final String FILTER = "filter";

  static HostChoice of(HostConfiguration configuration, ParseResult arguments, PrintStream err)
      throws Failure {
    Product said = Options.product(configuration.policies(), arguments, Options.FROM);
    String word = said == null ? "'source' in " + configuration.file() : Options.FROM;
    return new HostChoice(configuration, new Translator(configuration.policies(), word), said, err);
  }

  @Override
  public Product from(GuestConfig guest) throws Filter.RefusedException {
    if (said != null) {
      return said;
    }
    try {
      return configuration
          .settings()
          .sourceOf(guest == null ? null : guest.name(), guest == null ? null : guest.uuid());
    } catch (UnknownUuidException e) {
      throw new Filter.RefusedException(e.getMessage());
    }
  }

  @Override
  public Product to() throws Filter.RefusedException {
    try {
      return configuration.target();
    } catch (UnknownProductException e) {
      throw new Filter.RefusedException(e.getMessage());
    }
  }

  @Override
  public boolean keepsTopology() {
    return configuration.settings().topology() == TopologyAtBoot.KEEP;
  }

  @Override
  public boolean carriesOut() {
    return configuration.settings().mode() == Mode.ENFORCE;
  }

  @Override
  public void planned(Rewriting.Planned planned, GuestConfig guest) {
    if (planned.record().kind() != StreamKind.UPSTREAM || configuration.settings().everyStream()) {
      log(() -> decision(planned, guest));
    }
  }

  /** A line of its own: a guest that is refused for its configuration has none for a stream. */
  @Override
  public void configured(ConfigEdit edit, Product target, GuestConfig guest) {
    log(() -> decision(edit, target, guest));
  }

  /** Makes a decision only where there is a log. */
  private void log(Supplier<Decision> decision) {
    Path log = configuration.settings().auditLog();
    if (log == null) {
      return;
    }
    try {
      AuditLog.add(log, decision.get());
    } catch (IOException e) {
      // A full disk must not stop a guest.
      err.println("dragoman: " + Text.withoutControls(e.getMessage()));
    }
  }

  private Decision decision(ConfigEdit edit, Product target, GuestConfig guest) {
    boolean refused = edit instanceof ConfigEdit.Refused;
    return decision(
        guest,
        carriesOut()
            ? refused ? Outcome.REFUSED : Outcome.TRANSLATED
            : refused ? Outcome.WOULD_REFUSE : Outcome.WOULD_TRANSLATE,
        target,
        List.of(),
        List.of(),
        edit.reasons(),
        Stream.concat(
                edit.changes().stream()
                    .map(one -> "the configuration's " + one.inWords() + ": " + one.reason()),
                edit.warnings().stream())
            .toList(),
        null,
        null);
  }

  private Decision decision(Rewriting.Planned planned, GuestConfig guest) {
    Plan plan = planned.plan();
    Octets octets = planned.record().octets();
    List<Edit> edits = plan instanceof Plan.Rewrite rewrite ? rewrite.edits() : List.of();
    boolean carriedOut = carriesOut() && !edits.isEmpty();
    return decision(
        guest,
        outcome(plan),
        plan.target(),
        planned.record().verdict() == null
            ? List.of()
            : planned.record().verdict().explanations().stream()
                .map(one -> one.product().id())
                .toList(),
        edits,
        plan instanceof Plan.Refusal refusal ? refusal.reasons() : List.of(),
        plan instanceof Plan.Rewrite rewrite ? rewrite.warnings() : List.of(),
        octets.copy(0, octets.size()),
        carriedOut ? planned.record().after(edits) : null);
  }

  /** The bytes are null where the decision is not about any. */
  private Decision decision(
      GuestConfig guest,
      Outcome outcome,
      Product target,
      List<String> explanations,
      List<Edit> edits,
      List<String> reasons,
      List<String> warnings,
      byte[] before,
      byte[] after) {
    return new Decision(
        Instant.now(),
        null,
        guest == null ? null : guest.name(),
        guest == null ? null : guest.uuid(),
        FILTER,
        null,
        configuration.settings().mode(),
        FILTER,
        outcome,
        target == null ? null : target.id(),
        source(guest),
        explanations,
        edits.stream().map(HostChoice::change).toList(),
        List.of(),
        reasons,
        warnings,
        before == null ? null : (long) before.length,
        after == null ? null : (long) after.length,
        before == null ? null : sha256(before),
        after == null ? null : sha256(after),
        null,
        Installation.version());
  }

  private String source(GuestConfig guest) {
    try {
      Product source = from(guest);
      return source == null ? null : source.id();
    } catch (Filter.RefusedException e) {
      // Of a stream that is not translated, it does not matter.
      return null;
    }
  }

  private static Decision.Change change(Edit edit) {
    return new Decision.Change(
        edit.offset(), edit.removeHex(), edit.insertHex(), edit.section(), edit.reason());
  }

  private Outcome outcome(Plan plan) {
    if (plan instanceof Plan.Rewrite rewrite) {
      return rewrite.edits().isEmpty()
          ? Outcome.UNCHANGED
          : carriesOut() ? Outcome.TRANSLATED : Outcome.WOULD_TRANSLATE;
    }
    return carriesOut() ? Outcome.REFUSED : Outcome.WOULD_REFUSE;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
