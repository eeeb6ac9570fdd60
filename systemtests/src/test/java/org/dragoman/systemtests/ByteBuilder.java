package org.dragoman.systemtests;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Bytes that grow at their end. Numbers are little-endian where nothing else is said. */
final class ByteBuilder {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ByteBuilder u8(int value) {
    bytes.write(value);
    return this;
  }

  ByteBuilder u16(int value) {
    return u8(value).u8(value >> 8);
  }

  ByteBuilder u32(long value) {
    return u16((int) value).u16((int) (value >> 16));
  }

  ByteBuilder u64(long value) {
    return u32(value).u32(value >> 32);
  }

  ByteBuilder u32BigEndian(long value) {
    return put(ByteBuffer.allocate(4).putInt((int) value).array());
  }

  ByteBuilder text(String text) {
    return put(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  ByteBuilder put(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  ByteBuilder put(ByteBuilder more) {
    return put(more.bytes());
  }

  ByteBuilder zeros(int count) {
    return put(new byte[count]);
  }

  /** A record as libxl and libxc write it: zeros up to a multiple of 8. */
  ByteBuilder record(int type, byte[] body) {
    return u32(type).u32(body.length).put(body).zeros(-body.length & 7);
  }

  ByteBuilder record(int type, ByteBuilder body) {
    return record(type, body.bytes());
  }

  /** The same without a body. */
  ByteBuilder record(int type) {
    return record(type, new byte[0]);
  }

  int size() {
    return bytes.size();
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
