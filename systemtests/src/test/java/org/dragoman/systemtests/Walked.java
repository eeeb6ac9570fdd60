package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.container.ConfigText;
import org.dragoman.container.ContainerKind;
import org.dragoman.container.ContainerWalk;
import org.dragoman.container.DamagedException;
import org.dragoman.container.DeviceRecord;
import org.dragoman.container.GuestConfig;
import org.dragoman.container.GuestMemory;
import org.dragoman.container.Visitor;

/** What a walk through bytes comes by. Device-model streams are taken for any bytes. */
final class Walked implements Visitor {
  private final ByteSource source;
  private ContainerKind kind;
  private GuestConfig config;
  private GuestMemory memory;
  private final List<byte[]> records = new ArrayList<>();
  private final List<DeviceRecord> places = new ArrayList<>();
  private final List<String> parameters = new ArrayList<>();
  private ConfigText text;
  private long end = -1;

  private Walked(ByteSource source) {
    this.source = source;
  }

  /** Of all bytes. */
  static Walked through(byte[] bytes) throws DamagedException {
    return through(new ByteSource(bytes));
  }

  /** Of the first ones. */
  static Walked through(byte[] bytes, int end) throws DamagedException {
    return through(new ByteSource(bytes, end));
  }

  static Walked through(ByteSource source) throws DamagedException {
    return through(source, 0);
  }

  static Walked through(ByteSource source, int wordBits) throws DamagedException {
    Walked walked = new Walked(source);
    try {
      ContainerWalk.walk(source, walked, wordBits);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertTrue(walked.end >= 0, "it did not say that it ended");
    return walked;
  }

  ContainerKind kind() {
    return kind;
  }

  GuestConfig config() {
    return config;
  }

  GuestMemory memory() {
    return memory;
  }

  List<byte[]> records() {
    return records;
  }

  List<DeviceRecord> places() {
    return places;
  }

  /** Those of the guest that Xen keeps, as index=value. */
  List<String> parameters() {
    return parameters;
  }

  /** The configuration as it is written; null: there is none. */
  ConfigText text() {
    return text;
  }

  long endsAt() {
    return end;
  }

  @Override
  public void kind(ContainerKind kind) {
    assertNull(this.kind);
    this.kind = kind;
  }

  @Override
  public void config(GuestConfig config) {
    this.config = config;
  }

  @Override
  public void configText(ConfigText text) {
    assertNotNull(config);
    assertNull(this.text);
    this.text = text;
  }

  @Override
  public void hvmParameter(long index, long value) {
    assertNotNull(memory);
    parameters.add(index + "=" + value);
  }

  @Override
  public void memory(GuestMemory memory) {
    assertNull(this.memory);
    this.memory = memory;
  }

  @Override
  public void record(DeviceRecord place) throws IOException {
    assertEquals(source.position(), place.at());
    if (place.length() < 0) {
      ByteBuffer rest = source.takeRest(Integer.MAX_VALUE);
      byte[] record = new byte[rest.remaining()];
      rest.get(record);
      records.add(record);
    } else if (place.length() > ContainerWalk.MOST_CONFIG) {
      source.pass(place.length());
    } else {
      byte[] record = new byte[(int) place.length()];
      source.take(record.length).get(record);
      records.add(record);
    }
    places.add(place);
  }

  @Override
  public void end() {
    assertEquals(-1, end);
    end = source.position();
  }
}
