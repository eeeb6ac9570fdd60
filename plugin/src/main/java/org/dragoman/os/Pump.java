package org.dragoman.os;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Bytes from one file descriptor to another. Where one of them is a pipe, those that nobody looks
 * at are moved by the kernel and never come up into this process. Waits as long as the other ends
 * do.
 */
public final class Pump implements AutoCloseable {
  /** What goes in one step: as much as an enlarged pipe holds. */
  private static final int STEP = 1 << 20;

  private static final int BUFFER = 128 << 10;

  private final OwnedFd in;
  private final OwnedFd out;
  private final Pointer memory;
  private final ByteBuffer buffer;
  private final Pointer waited;
  private boolean splices = true;

  /** Nobody reads the output any more. */
  public static final class NobodyReadsException extends IOException {
    private static final long serialVersionUID = 1L;

    NobodyReadsException() {
      super("the output cannot be written: nobody reads it any more");
    }
  }

  /** From one to another; it closes both. */
  public Pump(OwnedFd in, OwnedFd out) {
    this.in = in;
    this.out = out;
    memory = jnr.ffi.Memory.allocateDirect(Libc.RUNTIME, BUFFER);
    waited = jnr.ffi.Memory.allocateDirect(Libc.RUNTIME, 16);
    buffer = MemoryIO.getInstance().newDirectByteBuffer(memory.address(), BUFFER);
    // Fewer changes between this process and those at the other ends. None of it where they are no
    // pipes, or the kernel gives no more.
    Libc.C.fcntl(in.number(), Libc.F_SETPIPE_SZ, STEP);
    Libc.C.fcntl(out.number(), Libc.F_SETPIPE_SZ, STEP);
  }

  /**
   * Reads into what remains of a buffer.
   *
   * @return whether it is full; false where the bytes end
   */
  public boolean read(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      waitForInput();
      long got = Libc.C.read(in.number(), memory, Math.min(BUFFER, into.remaining()));
      if (got == 0) {
        return false;
      }
      if (got > 0) {
        into.put(buffer.slice(0, (int) got));
      } else if (!isToBeTriedAgain()) {
        throw Libc.failure("the input cannot be read");
      }
    }
    return true;
  }

  /**
   * Waits until there is something to read, or the bytes end. A reader that leaves meanwhile is
   * noticed: whoever writes the input may itself wait for that reader's answer, and would do so for
   * ever.
   */
  private void waitForInput() throws IOException {
    waitFor(Libc.POLLIN, 0);
  }

  /** For a descriptor that somebody else has set not to wait. */
  private void waitForRoom() throws IOException {
    waitFor(0, Libc.POLLOUT);
  }

  private void waitFor(int input, int output) throws IOException {
    while (true) {
      // Two struct pollfd: the descriptor, what is waited for, what is so.
      waited.putInt(0, input == 0 ? -1 : in.number());
      waited.putInt(4, input);
      waited.putInt(8, out.number());
      waited.putInt(12, output);
      if (Libc.C.poll(waited, 2, -1) >= 0) {
        if ((waited.getShort(14) & Libc.POLLERR) != 0) {
          throw new NobodyReadsException();
        }
        return;
      }
      if (Libc.errno() != Libc.EINTR) {
        throw Libc.failure("input and output cannot be waited for");
      }
    }
  }

  /** Writes what remains of a buffer. */
  public void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      int count = Math.min(BUFFER, from.remaining());
      buffer.clear().put(from.slice(from.position(), count));
      write(count);
      from.position(from.position() + count);
    }
  }

  /** Writes the beginning of the memory. */
  private void write(int count) throws IOException {
    int done = 0;
    while (done < count) {
      long put = Libc.C.write(out.number(), memory.slice(done), count - done);
      if (put >= 0) {
        done += (int) put;
      } else if (Libc.errno() == Libc.EAGAIN) {
        waitForRoom();
      } else if (Libc.errno() != Libc.EINTR) {
        throw notWritten("the output cannot be written");
      }
    }
  }

  private static IOException notWritten(String what) {
    return Libc.errno() == Libc.EPIPE ? new NobodyReadsException() : Libc.failure(what);
  }

  /**
   * Moves bytes on.
   *
   * @param most how many at most
   * @return how many; fewer only where the bytes end
   */
  public long move(long most) throws IOException {
    long done = 0;
    while (done < most) {
      waitForInput();
      long moved = splices ? splice(most - done) : copy(most - done);
      if (moved == 0) {
        break;
      }
      if (moved > 0) {
        done += moved;
      }
    }
    return done;
  }

  /** -1: try again. */
  private long splice(long most) throws IOException {
    long moved =
        Libc.C.splice(
            in.number(), null, out.number(), null, Math.min(most, STEP), Libc.SPLICE_F_MOVE);
    if (moved < 0 && Libc.errno() == Libc.EINVAL) {
      // No pipe at either end, or one that the kernel cannot do it with.
      splices = false;
    } else if (moved < 0 && Libc.errno() == Libc.EAGAIN) {
      // There was something to read, or it is about to come.
      waitForRoom();
    } else if (moved < 0 && Libc.errno() != Libc.EINTR) {
      throw notWritten("the stream cannot be passed on");
    }
    return moved;
  }

  private long copy(long most) throws IOException {
    long got = Libc.C.read(in.number(), memory, Math.min(BUFFER, most));
    if (got > 0) {
      write((int) got);
    } else if (got < 0 && !isToBeTriedAgain()) {
      throw Libc.failure("the input cannot be read");
    }
    return got;
  }

  private static boolean isToBeTriedAgain() {
    return Libc.errno() == Libc.EINTR || Libc.errno() == Libc.EAGAIN;
  }

  /**
   * Whether the input is a block device.
   *
   * @throws IOException if it cannot be looked at
   */
  public boolean readsBlockDevice() throws IOException {
    return in.state().blockDevice();
  }

  /** Both ends of a new pipe: what is written to the second is read from the first. */
  public static OwnedFd[] pipe() throws IOException {
    Pointer fds = jnr.ffi.Memory.allocateDirect(Libc.RUNTIME, 8);
    if (Libc.C.pipe2(fds, Libc.O_CLOEXEC) < 0) {
      throw Libc.failure("no pipe can be had");
    }
    return new OwnedFd[] {new OwnedFd(fds.getInt(0)), new OwnedFd(fds.getInt(4))};
  }

  @Override
  public void close() {
    in.close();
    out.close();
  }
}
