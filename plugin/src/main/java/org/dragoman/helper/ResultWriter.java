package org.dragoman.helper;

import java.io.IOException;
import java.security.MessageDigest;
import org.dragoman.os.Mapping;
import org.dragoman.os.Memfd;

/**
 * Writes a stream to a file in memory, and takes its digest. A rebuilt stream consists of some
 * hundred short runs, and a system call for each takes longer than all else: they are gathered.
 */
final class ResultWriter {
  /** In bytes. Longer runs are written from where they are. */
  private static final int ROOM = 16 << 10;

  private final Memfd result;
  private final MessageDigest digest;
  private final byte[] gathered = new byte[ROOM];
  private int size;

  /** Both stay the caller's. */
  ResultWriter(Memfd result, MessageDigest digest) {
    this.result = result;
    this.digest = digest;
  }

  /** Adds a run of a mapping. */
  void add(Mapping source, int at, int length) throws IOException {
    if (length > ROOM) {
      flush();
      result.append(source, at, length);
      source.digest(digest, at, length);
      return;
    }
    makeRoom(length);
    source.copy(at, gathered, size, length);
    size += length;
  }

  /** Adds bytes. */
  void add(byte[] bytes) throws IOException {
    if (bytes.length > ROOM) {
      flush();
      result.append(bytes);
      digest.update(bytes);
      return;
    }
    makeRoom(bytes.length);
    System.arraycopy(bytes, 0, gathered, size, bytes.length);
    size += bytes.length;
  }

  private void makeRoom(int length) throws IOException {
    if (length > ROOM - size) {
      flush();
    }
  }

  /** Writes what was gathered; due after the last run. */
  void flush() throws IOException {
    result.append(gathered, size);
    digest.update(gathered, 0, size);
    size = 0;
  }
}
