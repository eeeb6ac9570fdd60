package org.dragoman.helper;

import org.dragoman.os.Mapping;
import org.dragoman.stream.Octets;

/** A mapped stream, read in place. The mapping stays its owner's. */
final class MappedOctets extends Octets {
  private final Mapping mapping;
  private int contentEnd = -1;

  MappedOctets(Mapping mapping) {
    this.mapping = mapping;
  }

  @Override
  public int size() {
    return mapping.size();
  }

  @Override
  public int u8(int at) {
    return mapping.u8(at);
  }

  @Override
  public int u16(int at) {
    return mapping.u16(at);
  }

  @Override
  public long u32(int at) {
    return mapping.u32(at);
  }

  @Override
  public long u64(int at) {
    return mapping.u64(at);
  }

  @Override
  public boolean sameAs(int at, Octets other, int otherAt, int length) {
    return other instanceof MappedOctets that
        ? mapping.sameAs(at, that.mapping, otherAt, length)
        : other.sameAs(otherAt, this, at, length);
  }

  @Override
  public int contentEnd() {
    if (contentEnd < 0) {
      contentEnd = super.contentEnd();
    }
    return contentEnd;
  }
}
