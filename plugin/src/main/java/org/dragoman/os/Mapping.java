package org.dragoman.os;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Objects;
import jnr.ffi.Pointer;

/**
 * Mapped memory with the bytes of a file, read in place. All integers are big-endian and unsigned,
 * all offsets are bytes from the start. The memory is this one's own, or lent to it: no reference
 * to it gets out, so a closed mapping can never be read; it throws instead. For one thread at a
 * time.
 */
public final class Mapping implements AutoCloseable {
  private final Pointer address;
  private final int size;

  /** Whether the memory goes when this does. */
  private final boolean own;

  /** Null when closed. */
  private ByteBuffer bytes;

  private Mapping(Pointer address, ByteBuffer bytes, int size, boolean own) {
    this.address = address;
    this.bytes = bytes;
    this.size = size;
    this.own = own;
  }

  /** New memory, full of zeros. */
  static Mapping of(int size) throws IOException {
    if (size == 0) {
      // The kernel has no mapping of nothing.
      return new Mapping(null, ByteBuffer.allocate(0), 0, false);
    }
    Pointer address =
        Libc.C.mmap(
            Pointer.wrap(Libc.RUNTIME, 0L),
            size,
            Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS,
            -1,
            0);
    if (address == null || address.address() == -1) {
      throw Libc.failure("no " + size + " bytes of memory can be had");
    }
    return new Mapping(
        address, MemoryIO.getInstance().newDirectByteBuffer(address.address(), size), size, true);
  }

  /** The beginning of this one's memory, which has to stay as long as what is lent. */
  Mapping lend(int length) {
    return new Mapping(address, open().slice(0, length), length, false);
  }

  /**
   * Fills all of it from a place in a file, whose position stays. What happens to the file later is
   * nothing to this memory.
   *
   * @throws IOException if the file is shorter or cannot be read
   */
  void fill(OwnedFd from, long offset) throws IOException {
    open();
    int done = 0;
    while (done < size) {
      long got = Libc.C.pread(from.number(), address.slice(done), size - done, offset + done);
      if (got > 0) {
        done += (int) got;
      } else if (got == 0) {
        throw new IOException("the stream cannot be read: it became shorter meanwhile");
      } else if (Libc.errno() != Libc.EINTR) {
        throw Libc.failure("the stream cannot be read");
      }
    }
  }

  /** Where a range of it is, for as long as this is open. */
  Pointer range(int at, int length) {
    open();
    Objects.checkFromIndexSize(at, length, size);
    return length == 0 ? null : address.slice(at, length);
  }

  private ByteBuffer open() {
    if (bytes == null) {
      throw new IllegalStateException("the mapping is closed");
    }
    return bytes;
  }

  /** The number of bytes. */
  public int size() {
    return size;
  }

  /** The byte at an offset, 0 to 255. */
  public int u8(int at) {
    return open().get(at) & 0xff;
  }

  /** The two bytes at an offset. */
  public int u16(int at) {
    return open().getShort(at) & 0xffff;
  }

  /** The four bytes at an offset. */
  public long u32(int at) {
    return open().getInt(at) & 0xffff_ffffL;
  }

  /** The eight bytes at an offset, as a two's complement bit pattern. */
  public long u64(int at) {
    return open().getLong(at);
  }

  /** Whether a range of this mapping and one of another are the same. */
  public boolean sameAs(int at, Mapping other, int otherAt, int length) {
    Objects.checkFromIndexSize(at, length, size);
    Objects.checkFromIndexSize(otherAt, length, other.size);
    return open().slice(at, length).equals(other.open().slice(otherAt, length));
  }

  /** Copies a range into an array. */
  public void copy(int at, byte[] into, int offset, int length) {
    open().get(at, into, offset, length);
  }

  /** Feeds a range to a digest. */
  public void digest(MessageDigest digest, int at, int length) {
    digest.update(open().slice(at, length));
  }

  /** Gives the memory back; a second time does nothing. */
  @Override
  public void close() {
    if (bytes != null) {
      bytes = null;
      if (own) {
        Libc.C.munmap(address, size);
      }
    }
  }
}
