package org.dragoman.translate;

import java.util.List;
import org.dragoman.stream.Octets;

/**
 * A stream as it will be after some edits, without making it: what does not change is read from the
 * source in place.
 *
 * <p>Not for several threads at once: it remembers where it read last.
 */
final class EditedOctets extends Octets {
  private final Octets source;

  /** Piece i covers starts[i] to starts[i + 1] of the result. */
  private final int[] starts;

  /** Where piece i begins in the source, for runs of it. */
  private final int[] sourceAt;

  /** What piece i inserts; null for a run of the source. */
  private final Edit[] inserted;

  private int current;

  /** The edits are in the order of their offsets and do not overlap. */
  EditedOctets(Octets source, List<Edit> edits) {
    this.source = source;
    int pieces = 2 * edits.size() + 1;
    starts = new int[pieces + 1];
    sourceAt = new int[pieces];
    inserted = new Edit[pieces];
    int from = 0;
    int at = 0;
    int piece = 0;
    for (Edit edit : edits) {
      starts[piece] = at;
      sourceAt[piece++] = from;
      at += edit.offset() - from;
      starts[piece] = at;
      inserted[piece++] = edit;
      at += edit.inserted();
      from = edit.end();
    }
    starts[piece] = at;
    sourceAt[piece++] = from;
    starts[piece] = at + source.size() - from;
  }

  @Override
  public int size() {
    return starts[starts.length - 1];
  }

  private int pieceOf(int at) {
    if (at < 0 || at >= size()) {
      throw new IndexOutOfBoundsException(at);
    }
    int piece = current;
    while (at < starts[piece]) {
      piece--;
    }
    while (at >= starts[piece + 1]) {
      piece++;
    }
    current = piece;
    return piece;
  }

  @Override
  public int u8(int at) {
    int piece = pieceOf(at);
    int inside = at - starts[piece];
    return inserted[piece] == null
        ? source.u8(sourceAt[piece] + inside)
        : inserted[piece].inserted(inside);
  }

  @Override
  public long u32(int at) {
    int piece = pieceOf(at);
    return inserted[piece] == null && at + 4 <= starts[piece + 1]
        ? source.u32(sourceAt[piece] + at - starts[piece])
        : super.u32(at);
  }

  @Override
  public boolean sameAs(int at, Octets other, int otherAt, int length) {
    int done = 0;
    while (done < length) {
      int piece = pieceOf(at + done);
      int run = Math.min(length - done, starts[piece + 1] - at - done);
      int inside = at + done - starts[piece];
      if (inserted[piece] == null) {
        if (!source.sameAs(sourceAt[piece] + inside, other, otherAt + done, run)) {
          return false;
        }
      } else {
        for (int i = 0; i < run; i++) {
          if (inserted[piece].inserted(inside + i) != other.u8(otherAt + done + i)) {
            return false;
          }
        }
      }
      done += run;
    }
    return true;
  }

  /** The source knows where its padding begins, and the padding is as a rule its own. */
  @Override
  public int contentEnd() {
    int last = sourceAt.length - 1;
    return source.contentEnd() > sourceAt[last]
        ? starts[last] + source.contentEnd() - sourceAt[last]
        : super.contentEnd();
  }
}
