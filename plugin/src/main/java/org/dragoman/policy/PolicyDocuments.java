package org.dragoman.policy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.yaml.CompiledTree;
import org.dragoman.yaml.YamlException;

/** The files of one folder of policies, each valid by itself; {@link Policies#of} joins them. */
public final class PolicyDocuments {
  private final List<Document> documents;

  private PolicyDocuments(List<Document> documents) {
    this.documents = documents;
  }

  /**
   * Reads a folder. One without a policy in it is right, too.
   *
   * @throws YamlException with every problem of every file
   */
  public static PolicyDocuments of(Path folder) throws YamlException {
    return new PolicyDocuments(PolicyFiles.readIfAny(folder));
  }

  /**
   * What a folder's policies depend on: the folder itself, those inside that count, and all that is
   * in them, in an order that stays.
   *
   * @throws IOException if one cannot be listed
   */
  public static List<Path> sources(Path folder) throws IOException {
    return PolicyFiles.sources(folder);
  }

  /** Writes them so that {@link #read} needs no YAML parser. */
  public void write(DataOutputStream out) throws IOException {
    CompiledTree.writeNumber(out, documents.size());
    for (Document document : documents) {
      document.write(out);
    }
  }

  /** Reads what {@link #write} wrote; the bytes are our own and not checked again. */
  public static PolicyDocuments read(DataInputStream in) throws IOException {
    List<Document> documents = new ArrayList<>();
    for (int rest = CompiledTree.readNumber(in); rest > 0; rest--) {
      documents.add(Document.read(in));
    }
    return new PolicyDocuments(documents);
  }

  List<Document> documents() {
    return documents;
  }
}
