package org.dragoman.systemtests;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dragoman.referenceloader.LoadedSection;
import org.dragoman.referenceloader.SectionType;

/**
 * A stream taken to pieces, to be put together otherwise. Nothing is checked: it is for making
 * streams that nobody would write.
 */
final class RawStream {
  /** One section. Its fields may be set to anything. */
  static final class Section {
    int type;
    int id;
    String idstr;
    int instance;
    int label;
    byte[] payload;

    /** A FULL section. */
    static Section full(int id, String idstr, int instance, int label, byte[] payload) {
      Section section = new Section();
      section.type = 4;
      section.id = id;
      section.idstr = idstr;
      section.instance = instance;
      section.label = label;
      section.payload = payload;
      return section;
    }

    /** Takes over the label and the payload of another, and keeps its own place and number. */
    void takeFrom(Section other) {
      label = other.label;
      payload = other.payload;
    }

    /** How many bytes its header takes. */
    int headerLength() {
      return type == 1 || type == 4 ? 14 + idstr.length() : 5;
    }
  }

  /** In the order of the stream. */
  final List<Section> sections = new ArrayList<>();

  private RawStream() {}

  /** A recorded stream of one of the products, in pieces. */
  static RawStream of(RecordedStream recorded) {
    return of(recorded.bytes(), recorded.loadedSections());
  }

  private static RawStream of(byte[] stream, List<LoadedSection> loaded) {
    RawStream raw = new RawStream();
    for (LoadedSection one : loaded) {
      Section section = new Section();
      section.idstr = one.idstr();
      section.instance = one.instance();
      section.label = one.label();
      section.payload = Arrays.copyOfRange(stream, one.offset(), one.offset() + one.length());
      int headerAt = headerAt(one);
      section.type = stream[headerAt];
      section.id = ByteBuffer.wrap(stream).getInt(headerAt + 1);
      raw.sections.add(section);
    }
    return raw;
  }

  /** Where the header of a section begins that was loaded. */
  static int headerAt(LoadedSection section) {
    boolean named = section.type() == SectionType.START || section.type() == SectionType.FULL;
    return section.offset() - (named ? 14 + section.idstr().length() : 5);
  }

  /** A stream of nothing. */
  static RawStream empty() {
    return new RawStream();
  }

  /** The only FULL section by this name. */
  Section section(String idstr) {
    List<Section> found =
        sections.stream().filter(one -> one.type == 4 && one.idstr.equals(idstr)).toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(found.size() + " sections " + idstr);
    }
    return found.get(0);
  }

  /** Where in {@link #bytes} the header of a section begins. */
  int headerAt(Section section) {
    int at = 8;
    for (Section before : sections.subList(0, sections.indexOf(section))) {
      at += before.headerLength() + before.payload.length;
    }
    return at;
  }

  /** Put together again. */
  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeBytes("QEVM");
      out.writeInt(3);
      for (Section section : sections) {
        out.writeByte(section.type);
        out.writeInt(section.id);
        if (section.type == 1 || section.type == 4) {
          out.writeByte(section.idstr.length());
          out.write(section.idstr.getBytes(StandardCharsets.ISO_8859_1));
          out.writeInt(section.instance);
          out.writeInt(section.label);
        }
        out.write(section.payload);
      }
      out.writeByte(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
