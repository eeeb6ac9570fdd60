package org.dragoman.yaml;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The compiled form of a tree: what was read and found valid once is read again without YAML. */
public final class CompiledTree {
  private static final int SCALAR = 1;
  private static final int QUOTED = 2;
  private static final int SEQUENCE = 3;
  private static final int MAPPING = 4;

  private CompiledTree() {}

  /** Writes a tree so that {@link #read} needs no YAML parser. */
  public static void write(DataOutputStream out, Node node) throws IOException {
    if (node instanceof Node.Scalar scalar) {
      out.writeByte(scalar.quoted() ? QUOTED : SCALAR);
      writeMark(out, scalar.mark());
      writeText(out, scalar.text());
    } else if (node instanceof Node.Sequence sequence) {
      out.writeByte(SEQUENCE);
      writeMark(out, sequence.mark());
      writeNumber(out, sequence.items().size());
      for (Node item : sequence.items()) {
        write(out, item);
      }
    } else if (node instanceof Node.Mapping mapping) {
      out.writeByte(MAPPING);
      writeMark(out, mapping.mark());
      writeNumber(out, mapping.members().size());
      for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
        writeText(out, member.getKey());
        writeMark(out, member.getValue().keyMark());
        write(out, member.getValue().value());
      }
    }
  }

  /** Reads what {@link #write} wrote. The bytes are our own; they are not checked again. */
  public static Node read(DataInputStream in) throws IOException {
    int tag = in.readUnsignedByte();
    Node.Mark mark = readMark(in);
    switch (tag) {
      case SCALAR, QUOTED -> {
        return new Node.Scalar(readText(in), tag == QUOTED, mark);
      }
      case SEQUENCE -> {
        int size = readNumber(in);
        List<Node> items = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          items.add(read(in));
        }
        return new Node.Sequence(items, mark);
      }
      case MAPPING -> {
        int size = readNumber(in);
        Map<String, Node.Member> members = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
          String key = readText(in);
          Node.Mark keyMark = readMark(in);
          members.put(key, new Node.Member(keyMark, read(in)));
        }
        return new Node.Mapping(members, mark);
      }
      default -> throw new IOException("a compiled tree: unknown tag " + tag);
    }
  }

  /** Writes text of any length. */
  public static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    writeNumber(out, bytes.length);
    out.write(bytes);
  }

  /** Reads what {@link #writeText} wrote. */
  public static String readText(DataInputStream in) throws IOException {
    return new String(in.readNBytes(readNumber(in)), StandardCharsets.UTF_8);
  }

  /** Seven bits an octet, the low ones first: most numbers here are small, and none is negative. */
  public static void writeNumber(DataOutputStream out, int number) throws IOException {
    int rest = number;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  /** Reads what {@link #writeNumber} wrote. */
  public static int readNumber(DataInputStream in) throws IOException {
    int number = 0;
    for (int shift = 0; shift < 32; shift += 7) {
      int octet = in.readUnsignedByte();
      number |= (octet & 0x7f) << shift;
      if (octet < 0x80) {
        return number;
      }
    }
    throw new IOException("a compiled tree: a number that does not end");
  }

  private static void writeMark(DataOutputStream out, Node.Mark mark) throws IOException {
    writeNumber(out, mark.line());
    writeNumber(out, mark.column());
  }

  private static Node.Mark readMark(DataInputStream in) throws IOException {
    return new Node.Mark(readNumber(in), readNumber(in));
  }
}
