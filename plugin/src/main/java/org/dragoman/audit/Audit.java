package org.dragoman.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dragoman.os.InPlace;

/**
 * Goes through a directory with several threads. Findings come in the order of the tree, whichever
 * thread is done first, and are handed on one by one: no more of them are held than the threads
 * need to be kept at work.
 */
public final class Audit {
  /** How far the threads may be ahead of the image that is waited for, each. */
  private static final int AHEAD = 16;

  private final Examiner examiner;
  private final Ledger ledger;
  private final int jobs;
  private final boolean inJson;

  /** Takes what is found, in the order of the tree. Called by one thread. */
  public interface Listener {
    /**
     * An image, or a directory that cannot be listed.
     *
     * @param json its one line of JSON; null where nobody wants it
     */
    void finding(AuditFinding finding, String json) throws IOException;

    /** So many files are done with, images and others. */
    void done(long files);
  }

  /**
   * An audit.
   *
   * @param ledger where findings are kept, or null
   * @param jobs how many threads look at files
   * @param inJson whether the listener wants JSON, which takes as long as to look at an image
   */
  public Audit(Question question, Ledger ledger, int jobs, boolean inJson) {
    this.examiner = new Examiner(question);
    this.ledger = ledger;
    this.jobs = jobs;
    this.inJson = inJson;
  }

  /** What came of one entry of the tree; without a finding, it is no image. */
  private record Result(AuditFinding finding, String json, Ledger.Known known, boolean isEmpty) {}

  /**
   * Goes through a directory, to the end or to the first failure.
   *
   * @throws IOException if it cannot be listed, or the listener or the ledger fails; the message is
   *     for people
   * @throws InterruptedException if somebody wants it to stop
   */
  public Tally run(Path root, Listener listener) throws IOException, InterruptedException {
    Tree tree;
    try {
      tree = new Tree(root);
    } catch (IOException e) {
      throw new IOException(root + ": " + Reasons.of(e, root), e);
    }
    Tally tally = new Tally();
    ExecutorService threads =
        Executors.newFixedThreadPool(
            jobs,
            work -> {
              Thread thread = new Thread(work, "audit");
              thread.setDaemon(true);
              return thread;
            });
    try {
      Deque<Future<Result>> waiting = new ArrayDeque<>();
      long done = 0;
      while (tree.hasNext() || !waiting.isEmpty()) {
        while (tree.hasNext() && waiting.size() < jobs * AHEAD) {
          Tree.Entry entry = tree.next();
          waiting.add(threads.submit(() -> look(entry)));
        }
        take(resultOf(waiting.remove()), tally, listener);
        listener.done(++done);
      }
      tally.addTree(tree.links(), tree.others());
      if (ledger != null) {
        ledger.complete();
      }
      return tally;
    } finally {
      threads.shutdownNow();
    }
  }

  /** How many files an audit of a directory will have to look at. */
  public static long count(Path root) throws IOException {
    Tree tree = new Tree(root);
    long files = 0;
    while (tree.hasNext()) {
      tree.next();
      files++;
    }
    return files;
  }

  private void take(Result result, Tally tally, Listener listener) throws IOException {
    if (result.finding() == null) {
      tally.addOther(result.isEmpty());
      return;
    }
    tally.add(result.finding(), result.known() != null);
    if (ledger != null) {
      if (result.known() != null) {
        ledger.keep(result.known());
      } else {
        ledger.append(result.json());
      }
    }
    listener.finding(result.finding(), result.json());
  }

  private Result look(Tree.Entry entry) throws IOException {
    if (entry instanceof Tree.Entry.Closed closed) {
      AuditFinding finding =
          AuditFinding.of(
              closed.path().toString(),
              null,
              null,
              null,
              AuditOutcome.UNREADABLE,
              closed.reason(),
              examiner.question());
      return new Result(finding, line(finding), null, false);
    }
    Path path = ((Tree.Entry.File) entry).path();
    Ledger.Known known = known(path);
    AuditFinding finding = known != null ? known.finding() : examiner.examine(path);
    return finding == null
        ? new Result(null, null, null, isEmpty(path))
        : new Result(finding, line(finding), known, false);
  }

  private String line(AuditFinding finding) {
    return inJson || ledger != null ? FindingJson.line(finding) : null;
  }

  private Ledger.Known known(Path path) throws IOException {
    if (ledger == null) {
      return null;
    }
    FileMark now;
    try {
      if (InPlace.isBegun(path)) {
        return null;
      }
      now = FileMark.of(path);
    } catch (IOException e) {
      // The examiner meets it again, and says so.
      return null;
    }
    return ledger.known(path.toString(), now);
  }

  private static boolean isEmpty(Path path) {
    try {
      return Files.size(path) == 0;
    } catch (IOException e) {
      // It went away, and was no image before.
      return false;
    }
  }

  private static Result resultOf(Future<Result> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
