package org.dragoman.os;

import java.io.IOException;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A file at one moment. Two that are equal mean that nothing wrote to the file in between.
 *
 * @param regular whether it is a regular file
 * @param blockDevice whether it is one, whose size this is not
 * @param size in bytes
 * @param modified nanoseconds of the last change of its content, since 1970
 * @param changed nanoseconds of the last change of it or its attributes, since 1970
 * @param born nanoseconds of when it was made, since 1970; 0 where the file system does not say
 * @param inode its number on its file system
 * @param links how many names it has
 * @param owner the number of the user that it belongs to
 * @param permissions the lower twelve bits of its mode
 */
public record FileState(
    boolean regular,
    boolean blockDevice,
    long size,
    long modified,
    long changed,
    long born,
    long inode,
    int links,
    int owner,
    int permissions) {
  private static final int TYPE_MASK = 0170000;
  private static final int PERMISSIONS_MASK = 07777;
  private static final int REGULAR = 0100000;
  private static final int BLOCK_DEVICE = 0060000;

  // struct statx. Source: Linux include/uapi/linux/stat.h, 4.11 and later; the same everywhere.
  private static final int STATX_SIZE = 256;
  private static final int MASK_AT = 0;
  private static final int LINKS_AT = 16;
  private static final int OWNER_AT = 20;
  private static final int MODE_AT = 28;
  private static final int INODE_AT = 32;
  private static final int SIZE_AT = 40;
  private static final int BTIME_AT = 80;
  private static final int CTIME_AT = 96;
  private static final int MTIME_AT = 112;

  static FileState of(OwnedFd fd) throws IOException {
    Pointer result = Memory.allocateDirect(Libc.RUNTIME, STATX_SIZE, true);
    int wanted = Libc.STATX_BASIC_STATS | Libc.STATX_BTIME;
    if (Libc.C.statx(fd.number(), "", Libc.AT_EMPTY_PATH, wanted, result) < 0) {
      throw Libc.failure("the file's state cannot be read");
    }
    return new FileState(
        (result.getShort(MODE_AT) & TYPE_MASK) == REGULAR,
        (result.getShort(MODE_AT) & TYPE_MASK) == BLOCK_DEVICE,
        result.getLongLong(SIZE_AT),
        nanoseconds(result, MTIME_AT),
        nanoseconds(result, CTIME_AT),
        (result.getInt(MASK_AT) & Libc.STATX_BTIME) == 0 ? 0 : nanoseconds(result, BTIME_AT),
        result.getLongLong(INODE_AT),
        result.getInt(LINKS_AT),
        result.getInt(OWNER_AT),
        result.getShort(MODE_AT) & PERMISSIONS_MASK);
  }

  private static long nanoseconds(Pointer result, int at) {
    return result.getLongLong(at) * 1_000_000_000L + result.getInt(at + 8);
  }
}
