package org.dragoman.policy;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.dragoman.yaml.Node;
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlException;
import org.dragoman.yaml.YamlReader;

/** Reads a folder of YAML policies and holds each file against its schema. */
final class PolicyFiles {
  private final YamlReader reader = new YamlReader("policy");
  private final List<Problem> problems = new ArrayList<>();

  private PolicyFiles() {}

  /**
   * Reads every policy file of a folder.
   *
   * @throws YamlException with every problem of every file
   */
  static List<Document> readAll(Path folder) throws YamlException {
    return read(folder, false);
  }

  /** The same for a folder that may be without policies. */
  static List<Document> readIfAny(Path folder) throws YamlException {
    return read(folder, true);
  }

  private static List<Document> read(Path folder, boolean mayBeEmpty) throws YamlException {
    if (!Files.isDirectory(folder)) {
      throw new YamlException(List.of(new Problem(folder.toString(), "not a folder of policies")));
    }
    PolicyFiles files = new PolicyFiles();
    List<Document> documents = new ArrayList<>();
    files.foldersOf(folder, mayBeEmpty);
    for (Document.Kind kind : Document.Kind.values()) {
      Path inside = folder.resolve(kind.folder());
      if (!Files.isDirectory(inside)) {
        continue;
      }
      for (Path file : files.list(kind, inside)) {
        Node.Mapping root = files.reader.read(file, kind.schema(), files.problems);
        if (root != null) {
          documents.add(new Document(kind, file.toString(), root));
        }
      }
    }
    if (!files.problems.isEmpty()) {
      throw new YamlException(files.problems);
    }
    return documents;
  }

  /** A folder of another name is a misspelt one, whose policies would be missed without a word. */
  private void foldersOf(Path folder, boolean mayBeEmpty) {
    boolean any = false;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.equals("devices") || name.equals("products") || name.equals("examples")) {
          any = true;
        } else if (Files.isDirectory(entry) && !name.equals("schema") && !name.startsWith(".")) {
          problem(entry, "unknown folder: expected 'devices', 'products' or 'examples'");
        } else if (name.endsWith(".yaml")) {
          problem(entry, "a policy belongs into a folder 'devices', 'products' or 'examples' here");
        }
      }
    } catch (IOException e) {
      problem(folder, "cannot be listed: " + YamlReader.reason(e));
      return;
    }
    if (!any && !mayBeEmpty) {
      problem(folder, "no policies here: expected a folder 'devices', 'products' or 'examples'");
    }
  }

  /** The folder, those inside that count, and all that is in them but for hidden files. */
  static List<Path> sources(Path folder) throws IOException {
    List<Path> sources = new ArrayList<>();
    sources.add(folder);
    addEntries(folder, sources);
    for (Document.Kind kind : Document.Kind.values()) {
      Path inside = folder.resolve(kind.folder());
      if (Files.isDirectory(inside)) {
        addEntries(inside, sources);
      }
    }
    return sources;
  }

  private static void addEntries(Path folder, List<Path> sources) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      for (Path entry : stream) {
        if (!entry.getFileName().toString().startsWith(".")) {
          entries.add(entry);
        }
      }
    }
    Collections.sort(entries);
    sources.addAll(entries);
  }

  private List<Path> list(Document.Kind kind, Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> files = new ArrayList<>();
      for (Path entry : (Iterable<Path>) entries.sorted()::iterator) {
        String name = entry.getFileName().toString();
        boolean folderOfItsOwn =
            kind == Document.Kind.EXAMPLES
                || entry.equals(folder.resolveSibling(Document.Kind.PART.folder()));
        if (name.startsWith(".") || (Files.isDirectory(entry) && folderOfItsOwn)) {
          continue;
        }
        if (name.endsWith(".yaml")) {
          files.add(entry);
        } else if (kind != Document.Kind.EXAMPLES) {
          // Examples have their streams beside them.
          problem(entry, "not a policy: expected a name in .yaml");
        }
      }
      return files;
    } catch (IOException e) {
      problem(folder, "cannot be listed: " + YamlReader.reason(e));
      return List.of();
    }
  }

  private void problem(Path file, String message) {
    problems.add(new Problem(file.toString(), message));
  }
}
