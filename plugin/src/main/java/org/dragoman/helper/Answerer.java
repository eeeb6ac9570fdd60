package org.dragoman.helper;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.dragoman.host.AuditLog;
import org.dragoman.host.Decision;
import org.dragoman.host.Decision.Outcome;
import org.dragoman.host.Mode;
import org.dragoman.host.Settings;
import org.dragoman.host.TopologyAtBoot;
import org.dragoman.host.UnknownUuidException;
import org.dragoman.os.FileState;
import org.dragoman.os.Mapping;
import org.dragoman.os.Memfd;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Scratch;
import org.dragoman.policy.Product;
import org.dragoman.stream.Octets;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Topology;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;

/**
 * Finds the answer to one question: takes a copy of the stream, judges, plans, checks, makes the
 * result, writes the decision to the audit log. What it opens, it closes, but for the result, which
 * is the answer's.
 */
final class Answerer {
  private static final String UNTOUCHED = "The stream is untouched.";
  private static final String WITHOUT_TOPOLOGY =
      "Without "
          + KeptTopology.OPTION
          + " in its configuration (device_model_args_hvm), or with 'topology: modern' on this host,"
          + " it boots with the PCI slots of its toolstack.";
  private static final String WHAT_TO_DO = Plan.Refusal.WHAT_TO_DO + ". " + UNTOUCHED;

  private final Served served;
  private final Question question;
  private final Scratch scratch;
  private final String helper;
  private final String version;
  private final BooleanSupplier abandoned;
  private final Instant time = Instant.now();
  private final long start;

  // Filled in on the way; whatever happens, the audit log tells how far it came.
  private Product target;
  private Product saidSource;
  private List<String> explanations = List.of();
  private List<Decision.Change> changes = List.of();
  private final List<String> arguments = new ArrayList<>();
  private List<String> warnings = List.of();
  private Long size;
  private Long sizeAfter;
  private String sha256;
  private String sha256After;

  /** Whether it was the stream that said no, and not what this host lacks or limits. */
  private boolean streamSaysNo;

  private long received;
  private long judged;
  private long planned;
  private long written;

  /**
   * For one question.
   *
   * @param helper {@code resident} or {@code fallback}
   * @param scratch for the copy of the stream
   * @param abandoned whether whoever asked has gone
   * @param start when the question came, on the clock of {@link System#nanoTime}
   */
  Answerer(
      Served served,
      Question question,
      String helper,
      String version,
      Scratch scratch,
      BooleanSupplier abandoned,
      long start) {
    this.served = served;
    this.scratch = scratch;
    this.question = question;
    this.helper = helper;
    this.version = version;
    this.abandoned = abandoned;
    this.start = start;
  }

  /** What was decided, and the stream that the device model shall get, if it is another one. */
  private record Found(
      Outcome outcome, List<String> reasons, Memfd result, List<Answer.Action> beyond) {
    static Found without(Outcome outcome, String... reasons) {
      return new Found(outcome, List.of(reasons), null, List.of());
    }

    /** All that the shim does. */
    List<Answer.Action> actions() {
      List<Answer.Action> actions = new ArrayList<>();
      if (result != null) {
        actions.add(new Answer.Action.UseStream(result));
      }
      actions.addAll(beyond);
      return actions;
    }
  }

  /**
   * Answers.
   *
   * @param stream the file; it stays the caller's. Null where a guest boots
   */
  Answer answer(OwnedFd stream) {
    Found found;
    try {
      // A helper that was stopped finds questions that somebody else has answered meanwhile.
      found = abandoned.getAsBoolean() ? gone() : stream == null ? late(booted()) : find(stream);
    } catch (IOException | UnknownUuidException e) {
      found = Found.without(Outcome.FAILED, e.getMessage());
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      // One question never takes another with it.
      found = Found.without(Outcome.FAILED, "a bug; please report it: " + e);
      e.printStackTrace();
    }
    if (abandoned.getAsBoolean()) {
      // What is decided for nobody is no decision, and the log does not say that it was one.
      close(found);
      found = gone();
    }
    return told(logged(found));
  }

  private static Found gone() {
    return Found.without(
        Outcome.FAILED, "nobody waits for the answer any more: who asked has gone");
  }

  /** Of a guest that boots, and keeps its topology. */
  private Found booted() {
    if (served.configuration().settings().topology() == TopologyAtBoot.MODERN) {
      warnings = List.of("'topology' in " + served.configuration().file() + " is modern");
      return Found.without(Outcome.UNCHANGED);
    }
    if (question.topology() == null) {
      return Found.without(
          Outcome.FAILED, "a guest boots, and the question has no " + KeptTopology.OPTION);
    }
    KeptTopology kept;
    try {
      kept = KeptTopology.parse(question.topology());
    } catch (KeptTopology.MalformedException e) {
      return refusal(e.getMessage());
    }
    CommandLine commandLine = CommandLine.atBoot(question.arguments(), kept);
    planned = System.nanoTime();
    warnings = commandLine.warnings();
    if (!commandLine.refusals().isEmpty()) {
      return refusal(commandLine.refusals());
    }
    arguments.addAll(commandLine.diff());
    return enforces()
        ? new Found(Outcome.KEPT, List.of(), null, List.copyOf(commandLine.edits()))
        : Found.without(Outcome.WOULD_KEEP);
  }

  /** What the domain's configuration says that the guest booted with; null: nothing. */
  private KeptTopology kept() {
    try {
      return question.topology() == null ? null : KeptTopology.parse(question.topology());
    } catch (KeptTopology.MalformedException e) {
      // It is the next boot's business, and what is restored needs it hardly ever.
      return null;
    }
  }

  private Found find(OwnedFd stream) throws IOException, UnknownUuidException {
    Settings settings = served.configuration().settings();
    FileState before = stream.state();
    if (!before.regular()) {
      return Found.without(Outcome.FAILED, "the stream is not in a regular file");
    }
    long bytes = before.size() - question.offset();
    size = Math.max(bytes, 0);
    if (bytes > settings.maxStreamBytes()) {
      return Found.without(
          Outcome.REFUSED,
          "the stream has "
              + bytes
              + " bytes, and this host's limit is "
              + settings.maxStreamBytes()
              + " (limits, stream-mib in "
              + served.configuration().file()
              + ")");
    }
    try (Mapping source = scratch.copyOf(stream, question.offset(), size.intValue())) {
      MessageDigest digest = sha256();
      source.digest(digest, 0, source.size());
      sha256 = hex(digest);
      received = System.nanoTime();
      Found found = translated(source);
      // The kernel's clock for files is coarse; what was copied is what was judged all the same.
      if (!stream.state().equals(before)) {
        close(found);
        return Found.without(Outcome.FAILED, "the stream changed while it was read");
      }
      return late(found);
    }
  }

  /** An answer that nobody waits for any more is none. */
  private Found late(Found found) {
    long milliseconds = (System.nanoTime() - start) / 1_000_000;
    if (milliseconds < question.deadlineMs()) {
      return found;
    }
    close(found);
    return Found.without(
        Outcome.FAILED, "the answer took " + milliseconds + " ms; nobody waits for it any more");
  }

  private static void close(Found found) {
    if (found.result() != null) {
      found.result().close();
    }
  }

  private Found translated(Mapping source) throws IOException, UnknownUuidException {
    Octets octets = new MappedOctets(source);
    StreamKind kind = StreamKind.of(octets);
    Product incoming = served.readsIncoming(question.kind());
    if (kind == StreamKind.UPSTREAM && incoming != null && Translator.isRebuilt(octets)) {
      target = incoming;
      Plan plan = served.translator().planUpstream(octets, incoming, kept());
      explanations = plan.from().stream().map(Product::id).toList();
      planned = System.nanoTime();
      if (plan.from().isEmpty()) {
        // QEMU may read what nobody described, and it reads it safely: the footers show where.
        return Found.without(
            Outcome.FAILED,
            "no policy describes all of this stream of qemu-xen: "
                + ((Plan.Refusal) plan).reasons().get(0));
      }
      return carriedOut(source, plan, true);
    }
    if (kind != StreamKind.TRADITIONAL) {
      warnings = List.of("not looked into: this is " + kind.description());
      return Found.without(Outcome.UNCHANGED);
    }
    saidSource = served.configuration().settings().sourceOf(question.name(), question.uuid());
    Verdict verdict = served.translator().judge(octets);
    judged = System.nanoTime();
    explanations = verdict.explanations().stream().map(one -> one.product().id()).toList();
    if (verdict.damage() != null) {
      streamSaysNo = true;
      return refusal("damaged or not a stream: " + verdict.damage().inWords(octets));
    }
    target = incoming != null ? incoming : served.target();
    if (target == null) {
      return refusal(served.noTarget());
    }
    if (target.isUpstream() && question.kind() == Question.Kind.LOADVM) {
      return refusal(
          "the device model of this domain is qemu-xen-traditional (it is given its stream by"
              + " -loadvm), and 'target' in "
              + served.configuration().file()
              + " is "
              + target.id()
              + ": leave 'target' out, or give the domain device_model_version=\"qemu-xen\"");
    }
    Plan plan = served.translator().plan(octets, verdict, saidSource, target);
    planned = System.nanoTime();
    return carriedOut(source, plan, false);
  }

  /** What a plan comes to, for a guest that was translated before or was not. */
  private Found carriedOut(Mapping source, Plan plan, boolean again) throws IOException {
    if (plan instanceof Plan.Refusal refusal) {
      streamSaysNo = true;
      return refusal(refusal.reasons());
    }
    Plan.Rewrite rewrite = (Plan.Rewrite) plan;
    // While the source can be read: an edit looks up what it removes.
    changes =
        rewrite.edits().stream()
            .map(
                edit ->
                    new Decision.Change(
                        edit.offset(),
                        edit.removeHex(),
                        edit.insertHex(),
                        edit.section(),
                        edit.reason()))
            .toList();
    warnings = rewrite.warnings();
    List<Answer.Action> beyond = new ArrayList<>();
    if (rewrite.topology() != null) {
      CommandLine commandLine = CommandLine.of(question.arguments(), rewrite.topology(), again);
      if (!commandLine.refusals().isEmpty()) {
        return refusal(commandLine.refusals());
      }
      beyond.addAll(commandLine.edits());
      arguments.addAll(commandLine.diff());
      Topology.Relocation move = rewrite.topology().relocation();
      if (move != null) {
        beyond.add(
            new Answer.Action.Relocate(move.from(), move.to(), move.frames(), question.domid()));
        arguments.add(
            "relocate "
                + move.frames()
                + " frames of video memory from frame "
                + Text.offset(move.from())
                + " to "
                + Text.offset(move.to()));
      }
    }
    if (changes.isEmpty() && beyond.isEmpty()) {
      return Found.without(Outcome.UNCHANGED);
    }
    if (!enforces()) {
      if (!changes.isEmpty()) {
        result(source, rewrite.edits()).close();
        written = System.nanoTime();
      }
      return Found.without(Outcome.WOULD_TRANSLATE);
    }
    if (changes.isEmpty()) {
      return new Found(Outcome.UNCHANGED, List.of(), null, beyond);
    }
    Memfd result = result(source, rewrite.edits());
    written = System.nanoTime();
    return new Found(Outcome.TRANSLATED, List.of(), result, beyond);
  }

  private boolean enforces() {
    return question.mode() == Mode.ENFORCE;
  }

  private Found refusal(String reason) {
    return refusal(List.of(reason));
  }

  private Found refusal(List<String> reasons) {
    return new Found(enforces() ? Outcome.REFUSED : Outcome.WOULD_REFUSE, reasons, null, List.of());
  }

  /** Carries out the edits, and seals the result. */
  private Memfd result(Mapping source, List<Edit> edits) throws IOException {
    Memfd result = Memfd.create("dragoman-stream");
    try {
      MessageDigest digest = sha256();
      ResultWriter writer = new ResultWriter(result, digest);
      int from = 0;
      for (Edit edit : edits) {
        writer.add(source, from, edit.offset() - from);
        writer.add(edit.insertedBytes());
        from = edit.end();
      }
      writer.add(source, from, source.size() - from);
      writer.flush();
      result.seal();
      sha256After = hex(digest);
      sizeAfter = (long) result.size();
      return result;
    } catch (IOException | RuntimeException e) {
      result.close();
      throw e;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Before it is told: what a guest felt is in the log. */
  private Found logged(Found found) {
    if (served.configuration().settings().auditLog() == null) {
      return found;
    }
    long end = System.nanoTime();
    int domid = question.domid();
    Decision decision =
        new Decision(
            time,
            domid < 0 ? null : domid,
            question.name(),
            question.uuid(),
            question.kind().word(),
            question.deviceModel(),
            question.mode(),
            helper,
            found.outcome(),
            target == null ? null : target.id(),
            saidSource == null ? null : saidSource.id(),
            explanations,
            changes,
            arguments,
            found.reasons(),
            warnings,
            size,
            sizeAfter,
            sha256,
            sha256After,
            new Decision.Phases(
                span(start, received),
                span(received, judged),
                span(judged, planned),
                span(planned, written),
                end - start),
            version);
    try {
      AuditLog.add(served.configuration().settings().auditLog(), decision);
    } catch (IOException e) {
      // A full disk must not stop a guest.
      System.err.println("dragoman: " + Text.withoutControls(e.getMessage()));
    }
    return found;
  }

  private static long span(long from, long to) {
    return from == 0 || to == 0 ? 0 : to - from;
  }

  private Answer told(Found found) {
    return question.kind() == Question.Kind.START ? toldOfBoot(found) : toldOfStream(found);
  }

  private Answer toldOfBoot(Found found) {
    return switch (found.outcome()) {
      case KEPT ->
          new Answer.Go(
              found.actions(), withDetails("the guest boots with the PCI slots it knows"));
      case WOULD_KEEP ->
          new Answer.Go(
              List.of(), withDetails("dry run: the guest would boot with the PCI slots it knows"));
      case WOULD_REFUSE -> new Answer.Go(List.of(), reasons("dry run: would refuse", found));
      case REFUSED -> {
        List<String> text = new ArrayList<>(reasons("refused", found));
        text.add(WITHOUT_TOPOLOGY);
        yield new Answer.Refused(text);
      }
      case FAILED -> new Answer.Failed(reasons("failed", found));
      default ->
          new Answer.Go(
              List.of(),
              List.of("the guest boots with the PCI slots of its toolstack: " + warnings.get(0)));
    };
  }

  private Answer toldOfStream(Found found) {
    String forTarget = target == null ? "" : " for " + target.id();
    return switch (found.outcome()) {
      case TRANSLATED ->
          new Answer.Go(found.actions(), withDetails("translated" + forTarget + " " + change()));
      case UNCHANGED ->
          new Answer.Go(
              found.actions(),
              withDetails(
                  target == null
                      ? "unchanged: " + String.join("; ", warnings)
                      : "unchanged: " + target.id() + " reads it as it is, " + from()));
      case WOULD_TRANSLATE ->
          new Answer.Go(
              List.of(), withDetails("dry run: would translate" + forTarget + " " + change()));
      case WOULD_REFUSE ->
          new Answer.Go(List.of(), reasons("dry run: would refuse" + forTarget, found));
      case REFUSED -> {
        List<String> text = new ArrayList<>(reasons("refused" + forTarget, found));
        text.add(streamSaysNo ? WHAT_TO_DO : UNTOUCHED);
        yield new Answer.Refused(text);
      }
      case FAILED -> new Answer.Failed(reasons("failed" + forTarget, found));
      case KEPT, WOULD_KEEP -> throw new IllegalStateException("a guest boots without a stream");
    };
  }

  /** What is lost and what else is done for a target that needs more than its stream. */
  private List<String> withDetails(String line) {
    List<String> text = new ArrayList<>();
    text.add(line);
    if (!arguments.isEmpty()) {
      arguments.stream().map(Text::withoutControls).forEach(text::add);
      text.addAll(warnings);
    }
    return text;
  }

  private String change() {
    return from()
        + ": "
        + (changes.size() == 1 ? "1 edit" : changes.size() + " edits")
        + (sizeAfter == null ? "" : ", " + size + " to " + sizeAfter + " bytes");
  }

  private String from() {
    return "from " + explanations.stream().collect(Collectors.joining(" or "));
  }

  private static List<String> reasons(String head, Found found) {
    List<String> text = new ArrayList<>();
    text.add(head + ": " + Text.withoutControls(found.reasons().get(0)));
    found.reasons().stream().skip(1).map(Text::withoutControls).forEach(text::add);
    return text;
  }
}
