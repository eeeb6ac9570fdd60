package org.dragoman.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What a file is that is no save file, and may well have one in it. Nothing looks into one: what
 * comes out may be of any size, and is as well made by the program that is there for it.
 */
public enum Wrapper {
  /** Source: RFC 1952. */
  GZIP("a gzip file", 0, "1f8b", true),
  /** Source: xz-file-format.txt 1.2.1, 2.1.1.1. */
  XZ("an xz file", 0, "fd377a585a00", true),
  /** Source: RFC 8878, 3.1.1. */
  ZSTD("a zstd file", 0, "28b52ffd", true),
  /** Source: bzip2 1.0.8 compress.c: before it "BZh" and a digit, which texts may begin with. */
  BZIP2("a bzip2 file", 4, "314159265359", true),
  /** Source: lz4 doc/lz4_Frame_format.md 1.6.4. */
  LZ4("an lz4 file", 0, "04224d18", true),
  /**
   * Up to July 2014 xenopsd kept the image in an ext2 file system on the suspend VDI. Source: Linux
   * fs/ext4/ext4.h, s_magic; xenopsd before 7d136948.
   */
  FILE_SYSTEM("an ext2, ext3 or ext4 file system", 1080, "53ef", false);

  private final String title;
  private final int at;
  private final String magic;
  private final boolean compressed;

  Wrapper(String title, int at, String magic, boolean compressed) {
    this.title = title;
    this.at = at;
    this.magic = magic;
    this.compressed = compressed;
  }

  /** Whether it is one file made smaller; else it has files in it. */
  public boolean isCompressed() {
    return compressed;
  }

  /** What it is, for a sentence. */
  String title() {
    return title;
  }

  /** How to come by what is in it. */
  String advice() {
    return compressed
        ? "unpack it first"
        : "mount it and give the file suspend-image in it, which XenServer up to 6.2 has there";
  }

  /** What stands at the source's first bytes; null: none of these. */
  static Wrapper at(Source source) throws IOException {
    for (Wrapper one : values()) {
      byte[] there = new byte[one.at + one.magic.length() / 2];
      ByteBuffer start = source.peek(there.length);
      if (start.remaining() == there.length) {
        start.get(there);
        if (HexFormat.of().formatHex(there, one.at, there.length).equals(one.magic)) {
          return one;
        }
      }
    }
    return null;
  }
}
