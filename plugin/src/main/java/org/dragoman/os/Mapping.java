package org.dragoman.os;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Objects;
import jnr.ffi.Pointer;

/**
 * A mapped file, read and written in place. All integers are big-endian and unsigned, all offsets
 * are bytes from the start. The memory is this one's own: no reference to it gets out, so a closed
 * mapping can never be read; it throws instead. For one thread at a time.
 */
public final class Mapping implements AutoCloseable {
  private final Pointer address;
  private final int size;

  /** Null when closed. */
  private ByteBuffer bytes;

  private Mapping(Pointer address, ByteBuffer bytes, int size) {
    this.address = address;
    this.bytes = bytes;
    this.size = size;
  }

  static Mapping of(OwnedFd fd, int size, boolean writable) throws IOException {
    if (size == 0) {
      // The kernel has no mapping of nothing.
      return new Mapping(null, ByteBuffer.allocate(0), 0);
    }
    int protection = writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
    Pointer address =
        Libc.C.mmap(
            Pointer.wrap(Libc.RUNTIME, 0L), size, protection, Libc.MAP_SHARED, fd.number(), 0);
    if (address == null || address.address() == -1) {
      throw Libc.failure("the stream cannot be mapped");
    }
    return new Mapping(
        address, MemoryIO.getInstance().newDirectByteBuffer(address.address(), size), size);
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

  /** Copies a range of another mapping to a place in this one, which is writable. */
  public void put(int at, Mapping source, int sourceAt, int length) {
    open().put(at, source.open(), sourceAt, length);
  }

  /** Copies bytes to a place in this mapping, which is writable. */
  public void put(int at, byte[] source) {
    open().put(at, source);
  }

  /** Feeds all bytes to a digest. */
  public void digest(MessageDigest digest) {
    digest.update(open().slice(0, size));
  }

  /** Unmaps it; a second time does nothing. */
  @Override
  public void close() {
    if (bytes != null) {
      bytes = null;
      if (address != null) {
        Libc.C.munmap(address, size);
      }
    }
  }
}
