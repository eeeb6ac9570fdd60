package org.dragoman.stream;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Writes a stream byte by byte, for tests. */
public final class StreamBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** No byte yet. */
  public static StreamBytes none() {
    return new StreamBytes();
  }

  /** The magic and version 3. */
  public static StreamBytes stream() {
    return none().u32(0x5145564dL).u32(3);
  }

  public StreamBytes u8(int value) {
    out.write(value);
    return this;
  }

  public StreamBytes u32(long value) {
    return u8((int) (value >>> 24))
        .u8((int) (value >>> 16))
        .u8((int) (value >>> 8))
        .u8((int) value);
  }

  public StreamBytes u64(long value) {
    return u32(value >>> 32).u32(value);
  }

  public StreamBytes hex(String digits) {
    out.writeBytes(HexFormat.of().parseHex(digits.replace(" ", "")));
    return this;
  }

  public StreamBytes text(String latin) {
    out.writeBytes(latin.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  public StreamBytes zeros(int count) {
    out.writeBytes(new byte[count]);
    return this;
  }

  /** A FULL section. */
  public StreamBytes full(String idstr, long id, long instance, long label, String payload) {
    return header(4, idstr, id, instance, label).hex(payload);
  }

  /** A START section. */
  public StreamBytes start(String idstr, long id, long instance, long label, String payload) {
    return header(1, idstr, id, instance, label).hex(payload);
  }

  public StreamBytes part(long id, String payload) {
    return u8(2).u32(id).hex(payload);
  }

  public StreamBytes end(long id, String payload) {
    return u8(3).u32(id).hex(payload);
  }

  /** Everything of a section before its payload. */
  public StreamBytes header(int type, String idstr, long id, long instance, long label) {
    return u8(type).u32(id).u8(idstr.length()).text(idstr).u32(instance).u32(label);
  }

  /** The end marker. */
  public StreamBytes endMarker() {
    return u8(0);
  }

  /** How many bytes there are so far: the offset of the next one. */
  public int size() {
    return out.size();
  }

  public byte[] bytes() {
    return out.toByteArray();
  }

  public BufferOctets octets() {
    return new BufferOctets(ByteBuffer.wrap(bytes()));
  }
}
