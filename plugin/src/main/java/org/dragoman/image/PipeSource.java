package org.dragoman.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dragoman.container.Source;
import org.dragoman.os.Pump;
import org.dragoman.os.Replacement;

/**
 * A pipe that is gone through on its way to another one. What is taken is sent on when something
 * else is asked for, with its replacements; what is gone past is moved by the kernel. Nothing is
 * read that was not asked for, and nothing is held back while more is waited for but what is being
 * taken.
 */
final class PipeSource implements Source {
  /** What is gone past in less than this is read, so that it can be replaced. */
  private static final int SMALL = 64;

  private final Pump pump;

  /** From {@link #sent} on: what was read and is not sent yet. */
  private ByteBuffer held = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);

  /** How many bytes of the input have been sent on, or something else in their place. */
  private long sent;

  private long position;

  /** Nothing from here on is sent. */
  private long kept = Long.MAX_VALUE;

  private final Deque<Replacement> replacements = new ArrayDeque<>();

  PipeSource(Pump pump) {
    this.pump = pump;
    held.limit(0);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public ByteBuffer peek(int count) throws IOException {
    int there = hold(count);
    return slice(Math.min(count, there));
  }

  @Override
  public ByteBuffer take(int count) throws IOException {
    if (hold(count) < count) {
      position = sent + held.limit();
      throw new EOFException();
    }
    ByteBuffer bytes = slice(count);
    position += count;
    return bytes;
  }

  /**
   * Not copied, since a large one would not be in memory twice: the caller's until what was kept is
   * replaced.
   */
  @Override
  public ByteBuffer keep(int count) throws IOException {
    return take(count);
  }

  /** As {@link #keep}. */
  @Override
  public ByteBuffer takeRest(int most) throws IOException {
    if (hold(most + 1) > most) {
      return null;
    }
    ByteBuffer rest = slice((int) (sent + held.limit() - position));
    position += rest.remaining();
    return rest;
  }

  @Override
  public void pass(long count) throws IOException {
    if (count < SMALL) {
      take((int) count);
      return;
    }
    long ahead = Math.min(count, sent + held.limit() - position);
    position += ahead;
    send();
    long rest = count - ahead;
    if (rest > 0) {
      long moved = pump.move(rest);
      position += moved;
      sent = position;
      if (moved < rest) {
        throw new EOFException();
      }
    }
  }

  /** What follows goes on with {@link #passOnTheRest}, as after any other container. */
  @Override
  public void passRest() {}

  /** Holds back what was taken from an offset on, until {@link #replace}. */
  void keepFrom(long offset) {
    kept = offset;
  }

  /**
   * Lets go of what is held back, with something else in place of some of it, and perhaps of the
   * padding that follows.
   */
  void replace(List<Replacement> more) {
    replacements.addAll(more);
    kept = Long.MAX_VALUE;
  }

  /** Sends on what was taken, and nothing that follows. */
  void passOnWhatWasTaken() throws IOException {
    send();
  }

  /** Sends on what was taken, and then all that follows until the bytes end. */
  void passOnTheRest() throws IOException {
    position = sent + held.limit();
    send();
    pump.move(Long.MAX_VALUE);
  }

  /**
   * Has the next bytes in memory.
   *
   * @return how many of them there are; less than asked for only where the bytes end
   */
  private int hold(int count) throws IOException {
    int there = (int) (sent + held.limit() - position);
    if (there >= count) {
      return there;
    }
    send();
    int most = (int) (position - sent) + count;
    int limit = held.limit();
    // In steps, so that a length that lies costs no more memory than there are bytes.
    while (there < count) {
      int step = Math.min(count - there, 1 << 20);
      grow(limit + step, most);
      ByteBuffer space = held.duplicate().clear().position(limit).limit(limit + step);
      boolean more = pump.read(space);
      there += space.position() - limit;
      limit = space.position();
      held.limit(limit);
      if (!more) {
        break;
      }
    }
    return there;
  }

  /** Makes room for what is needed now, and for no more than will be needed. */
  private void grow(int needed, int most) {
    if (needed > held.capacity()) {
      int capacity = Math.max(needed, Math.min(2 * held.capacity(), most));
      ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(held.duplicate().position(0)).flip();
      held = larger;
    }
  }

  private ByteBuffer slice(int count) {
    return held.slice((int) (position - sent), count).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Sends on what has been taken, with its replacements, but for what is kept and what is a
   * replacement's and not all taken yet.
   */
  private void send() throws IOException {
    long until = Math.min(position, kept);
    while (!replacements.isEmpty() && replacements.peek().to() <= until) {
      Replacement next = replacements.remove();
      sendUntil(next.from());
      pump.write(next.bytes());
      drop(next.to());
    }
    sendUntil(replacements.isEmpty() ? until : Math.min(until, replacements.peek().from()));
  }

  private void sendUntil(long until) throws IOException {
    pump.write(held.duplicate().position(0).limit((int) (until - sent)));
    drop(until);
  }

  /** Forgets what lies before. */
  private void drop(long until) {
    int count = (int) (until - sent);
    ByteBuffer rest = held.duplicate().position(count);
    int remaining = rest.remaining();
    held.clear().put(rest);
    held.position(0).limit(remaining);
    sent = until;
  }
}
