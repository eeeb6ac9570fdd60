package org.dragoman.audit;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.DamagedException;
import org.dragoman.container.GuestConfig;
import org.dragoman.container.WrappedException;
import org.dragoman.image.Image;
import org.dragoman.os.InPlace;
import org.dragoman.os.InputFile;
import org.dragoman.stream.Text;

/** Looks at files, one after the other or several at once. */
final class Examiner {
  private final Question question;

  /**
   * Of files that need much memory one at a time is read, so that what an audit needs does not grow
   * with the number of its threads.
   */
  private final ReentrantLock much = new ReentrantLock();

  Examiner(Question question) {
    this.question = question;
  }

  /** What it asks. */
  Question question() {
    return question;
  }

  /**
   * What is found of a file.
   *
   * @return null: it does not begin as any image does
   */
  AuditFinding examine(Path path) {
    Seen seen = new Seen();
    try {
      return examine(path, seen);
    } catch (NoSuchFileException e) {
      return unreadable(path, seen, "went away while the audit ran");
    } catch (IOException e) {
      return unreadable(path, seen, Reasons.of(e, path));
    } catch (RuntimeException e) {
      throw new IllegalStateException("at " + Text.withoutControls(path.toString()), e);
    } finally {
      // Here, where nothing has the image any more.
      if (much.isHeldByCurrentThread()) {
        much.unlock();
      }
    }
  }

  private AuditFinding examine(Path path, Seen seen) throws IOException {
    String name = path.toString();
    seen.mark = FileMark.of(path);
    if (InPlace.isBegun(path)) {
      return unreadable(path, seen, BEGUN);
    }
    try (InputFile file = InputFile.openItself(path)) {
      Image image = Image.read(file, question.translator(), question.wordBits(), seen);
      return FileMark.of(path).equals(seen.mark)
          ? AuditFinding.of(name, seen.mark, image, question)
          : unreadable(path, seen, CHANGED);
    } catch (DamagedException e) {
      if (!FileMark.of(path).equals(seen.mark)) {
        return unreadable(path, seen, CHANGED);
      }
      if (e instanceof WrappedException wrapped) {
        return AuditFinding.of(
            name,
            seen.mark,
            null,
            null,
            wrapped.wrapper().isCompressed() ? AuditOutcome.COMPRESSED : AuditOutcome.FILE_SYSTEM,
            e.getMessage(),
            question);
      }
      return seen.isImage()
          ? AuditFinding.of(
              name,
              seen.mark,
              seen.kind,
              seen.config,
              AuditOutcome.DAMAGED,
              e.getMessage(),
              question)
          : null;
    }
  }

  private static final String BEGUN =
      "a change in place was begun and not finished: run dragoman rewrite --in-place on it again";

  private static final String CHANGED =
      "changed while it was read: it may be in the making; audit it again";

  private AuditFinding unreadable(Path path, Seen seen, String reason) {
    return AuditFinding.of(
        path.toString(),
        seen.mark,
        seen.kind,
        seen.config,
        AuditOutcome.UNREADABLE,
        reason,
        question);
  }

  /** What was seen of a file before something went wrong. */
  private final class Seen implements Image.Watcher {
    private FileMark mark;
    private ContainerKind kind;
    private GuestConfig config;

    @Override
    public void kind(ContainerKind kind) {
      this.kind = kind;
    }

    @Override
    public void config(GuestConfig config) {
      this.config = config;
    }

    @Override
    public void beforeMuch() {
      if (!much.isHeldByCurrentThread()) {
        much.lock();
      }
    }

    /**
     * Whether it begins as an image. A libxc stream of Xen 4.5 or older has no mark of its own: any
     * file whose first numbers are small enough looks like one, until it goes on otherwise.
     */
    private boolean isImage() {
      return kind != null && kind != ContainerKind.LEGACY_LIBXC;
    }
  }
}
