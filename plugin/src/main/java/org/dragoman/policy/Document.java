package org.dragoman.policy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.dragoman.yaml.CompiledTree;
import org.dragoman.yaml.Node;

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

  /** Writes the tree so that {@link #read} needs no YAML parser. */
  void write(DataOutputStream out) throws IOException {
    CompiledTree.writeText(out, kind.name());
    CompiledTree.writeText(out, file);
    CompiledTree.write(out, root);
  }

  /** Reads what {@link #write} wrote. The bytes are our own build's; they are not checked again. */
  static Document read(DataInputStream in) throws IOException {
    Kind kind = Kind.valueOf(CompiledTree.readText(in));
    return new Document(kind, CompiledTree.readText(in), (Node.Mapping) CompiledTree.read(in));
  }
}
