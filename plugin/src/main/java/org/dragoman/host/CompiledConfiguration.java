package org.dragoman.host;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.dragoman.policy.PolicyDocuments;
import org.dragoman.yaml.CompiledTree;
import org.dragoman.yaml.Node;

/**
 * A configuration and its policies as {@code dragoman enable} found them valid, in a form that
 * needs neither YAML nor schemas: the fallback has no time for these. It holds the stamp of every
 * file that it was made from, and counts for nothing once one of them is another.
 */
final class CompiledConfiguration {
  private static final int MAGIC = 0x44524743;
  private static final int HEADER_SIZE = 12;
  private static final int LARGEST_FILE = 64 << 20;

  private CompiledConfiguration() {}

  /** The compiled form, for {@link #readIfCurrent}. */
  static byte[] write(Path file, HostConfiguration.Sources sources) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    CompiledTree.writeText(out, Installation.version());
    CompiledTree.writeText(out, file.toString());
    List<Path> folders = SettingsReader.policyFolders(sources.root());
    CompiledTree.writeNumber(out, folders.size());
    for (Path folder : folders) {
      CompiledTree.writeText(out, folder.toString());
    }
    byte[] stamps = stamps(file, folders);
    CompiledTree.writeNumber(out, stamps.length);
    out.write(stamps);
    CompiledTree.write(out, sources.root());
    CompiledTree.writeNumber(out, sources.policyFolders().size());
    for (PolicyDocuments folder : sources.policyFolders()) {
      folder.write(out);
    }
    out.flush();
    CRC32 sum = new CRC32();
    sum.update(bytes.toByteArray());
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(whole);
    header.writeInt(MAGIC);
    header.writeLong(sum.getValue());
    bytes.writeTo(header);
    return whole.toByteArray();
  }

  /**
   * What was compiled of a configuration; null where nothing was, where somebody else could have
   * written it, or where a file that it was made from changed since.
   */
  static HostConfiguration.Sources readIfCurrent(Path compiled, Path file) {
    try {
      Trust.Facts facts = Trust.Facts.of(compiled);
      int self = Trust.self();
      if (!facts.regular()
          || facts.size() > LARGEST_FILE
          || !facts.trusted(self)
          || !Trust.Facts.of(compiled.toAbsolutePath().getParent()).trusted(self)) {
        return null;
      }
      byte[] bytes = Files.readAllBytes(compiled);
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      CRC32 sum = new CRC32();
      sum.update(bytes, HEADER_SIZE, bytes.length - HEADER_SIZE);
      if (in.readInt() != MAGIC
          || in.readLong() != sum.getValue()
          || !CompiledTree.readText(in).equals(Installation.version())
          || !CompiledTree.readText(in).equals(file.toString())) {
        return null;
      }
      List<Path> folders = new ArrayList<>();
      for (int rest = CompiledTree.readNumber(in); rest > 0; rest--) {
        folders.add(Path.of(CompiledTree.readText(in)));
      }
      byte[] then = in.readNBytes(CompiledTree.readNumber(in));
      if (!Arrays.equals(then, stamps(file, folders))) {
        return null;
      }
      Node.Mapping root = (Node.Mapping) CompiledTree.read(in);
      List<PolicyDocuments> documents = new ArrayList<>();
      for (int rest = CompiledTree.readNumber(in); rest > 0; rest--) {
        documents.add(PolicyDocuments.read(in));
      }
      return new HostConfiguration.Sources(root, documents);
    } catch (IOException | RuntimeException e) {
      // Not there, or of another version of the program: the YAML files say the same.
      return null;
    }
  }

  /**
   * What can be seen of the files without reading them: all their names, sizes, times and inodes.
   *
   * @throws IOException if one of them is not there, or somebody else may write it
   */
  private static byte[] stamps(Path file, List<Path> folders) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    int self = Trust.self();
    stamp(out, file.toAbsolutePath().getParent(), self);
    stamp(out, file, self);
    for (Path folder : folders) {
      if (Files.notExists(folder)) {
        out.writeByte(0);
        continue;
      }
      for (Path source : PolicyDocuments.sources(folder)) {
        stamp(out, source, self);
      }
    }
    out.flush();
    return bytes.toByteArray();
  }

  private static void stamp(DataOutputStream out, Path path, int self) throws IOException {
    Trust.Facts facts = Trust.Facts.of(path);
    if (!facts.trusted(self)) {
      throw new IOException(path + ": others may write it");
    }
    out.writeByte(facts.folder() ? 2 : 1);
    CompiledTree.writeText(out, path.toString());
    if (!facts.folder()) {
      // What is in a folder follows, and each file of it stands for itself.
      out.writeLong(facts.size());
      out.writeLong(facts.modifiedNs());
      out.writeLong(facts.changedNs());
      out.writeLong(facts.inode());
    }
  }
}
