package org.dragoman.policy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A policy file that was read and found valid by its schema.
 *
 * @param kind what its folder says that it is
 * @param file the name for messages
 */
record Document(Kind kind, String file, Node.Mapping root) {

  /** What a policy file describes, by the folder it is in and the schema it must meet. */
  enum Kind {
    PART("devices/parts", "part.json"),
    DEVICE("devices", "device.json"),
    PRODUCT("products", "product.json"),
    EXAMPLES("examples", "examples.json");

    private final String folder;
    private final String schema;

    Kind(String folder, String schema) {
      this.folder = folder;
      this.schema = schema;
    }

    String folder() {
      return folder;
    }

    String schema() {
      return schema;
    }
  }

  private static final int SCALAR = 1;
  private static final int QUOTED = 2;
  private static final int SEQUENCE = 3;
  private static final int MAPPING = 4;

  /** Writes the tree so that {@link #read} needs no YAML parser. */
  void write(DataOutputStream out) throws IOException {
    out.writeUTF(kind.name());
    out.writeUTF(file);
    writeNode(out, root);
  }

  /** Reads what {@link #write} wrote. The bytes are our own build's; they are not checked again. */
  static Document read(DataInputStream in) throws IOException {
    Kind kind = Kind.valueOf(in.readUTF());
    return new Document(kind, in.readUTF(), (Node.Mapping) readNode(in));
  }

  private static void writeNode(DataOutputStream out, Node node) throws IOException {
    if (node instanceof Node.Scalar scalar) {
      out.writeByte(scalar.quoted() ? QUOTED : SCALAR);
      writeMark(out, scalar.mark());
      out.writeUTF(scalar.text());
    } else if (node instanceof Node.Sequence sequence) {
      out.writeByte(SEQUENCE);
      writeMark(out, sequence.mark());
      out.writeShort(sequence.items().size());
      for (Node item : sequence.items()) {
        writeNode(out, item);
      }
    } else if (node instanceof Node.Mapping mapping) {
      out.writeByte(MAPPING);
      writeMark(out, mapping.mark());
      out.writeShort(mapping.members().size());
      for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
        out.writeUTF(member.getKey());
        writeMark(out, member.getValue().keyMark());
        writeNode(out, member.getValue().value());
      }
    }
  }

  private static Node readNode(DataInputStream in) throws IOException {
    int tag = in.readUnsignedByte();
    Node.Mark mark = readMark(in);
    switch (tag) {
      case SCALAR, QUOTED -> {
        return new Node.Scalar(in.readUTF(), tag == QUOTED, mark);
      }
      case SEQUENCE -> {
        int size = in.readUnsignedShort();
        List<Node> items = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          items.add(readNode(in));
        }
        return new Node.Sequence(items, mark);
      }
      case MAPPING -> {
        int size = in.readUnsignedShort();
        Map<String, Node.Member> members = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
          String key = in.readUTF();
          Node.Mark keyMark = readMark(in);
          members.put(key, new Node.Member(keyMark, readNode(in)));
        }
        return new Node.Mapping(members, mark);
      }
      default -> throw new IOException("compiled policies: unknown tag " + tag);
    }
  }

  private static void writeMark(DataOutputStream out, Node.Mark mark) throws IOException {
    out.writeShort(mark.line());
    out.writeShort(mark.column());
  }

  private static Node.Mark readMark(DataInputStream in) throws IOException {
    return new Node.Mark(in.readUnsignedShort(), in.readUnsignedShort());
  }
}
