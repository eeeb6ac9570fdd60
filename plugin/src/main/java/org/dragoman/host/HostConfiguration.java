package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.PolicyDocuments;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.yaml.Node;
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlException;
import org.dragoman.yaml.YamlReader;

/**
 * A host's configuration, valid, with its policies.
 *
 * @param file where it was read from
 * @param settings what it says
 * @param policies the shipped ones and those of its folders
 */
public record HostConfiguration(Path file, Settings settings, Policies policies) {

  /**
   * Loads a configuration: as {@code dragoman enable} compiled it, where nothing changed since, or
   * else from the YAML files.
   *
   * @param stateFolder where the compiled form would be
   * @throws YamlException with everything that is wrong with it, its policies, and their owners and
   *     permissions
   */
  public static HostConfiguration load(Path file, Path stateFolder) throws YamlException {
    Sources compiled =
        CompiledConfiguration.readIfCurrent(
            new Installation(stateFolder, stateFolder).compiledSettings(), file);
    return compiled == null ? read(file) : compiled.configuration(file);
  }

  /**
   * Reads a configuration from the YAML files.
   *
   * @throws YamlException as {@link #load}
   */
  public static HostConfiguration read(Path file) throws YamlException {
    return Sources.read(file).configuration(file);
  }

  /** The same with other settings. */
  public HostConfiguration withSettings(Settings other) {
    return new HostConfiguration(file, other, policies);
  }

  /**
   * The product that this host's device model is.
   *
   * @throws UnknownProductException if the host does not say it, or says one that no policy covers;
   *     the message says what to do
   */
  public Product target() throws UnknownProductException {
    if (settings.target() != null) {
      return settings.target();
    }
    String host = ThisHost.product();
    if (host == null) {
      throw new UnknownProductException(
          "this host does not say which Xen it runs; say it with `target` in " + file);
    }
    try {
      return policies.product(host);
    } catch (UnknownProductException e) {
      throw new UnknownProductException(e.getMessage() + "; say it with `target` in " + file);
    }
  }

  /** Whether there is a target. */
  public boolean targetIsKnown() {
    try {
      target();
      return true;
    } catch (UnknownProductException e) {
      return false;
    }
  }

  /** The target, how it was found, or why it was not; one line. */
  public String targetInWords() {
    try {
      Product target = target();
      return settings.target() != null
          ? target.id()
          : target.id() + " (auto: this host is " + ThisHost.product() + ")";
    } catch (UnknownProductException e) {
      return "not known: " + e.getMessage();
    }
  }

  /**
   * What a configuration is made of: trees that their schemas found valid.
   *
   * @param root the configuration's own
   * @param policyFolders those of the folders that are there
   */
  record Sources(Node.Mapping root, List<PolicyDocuments> policyFolders) {

    /** Reads all files, and looks at who may write them. */
    static Sources read(Path file) throws YamlException {
      List<Problem> problems = new ArrayList<>();
      Path shipped = Installation.shippedConfiguration();
      if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS) && Files.exists(shipped)) {
        problems.add(
            new Problem(
                file.toString(),
                "no such file; to have the one that Dragoman came with: `cp "
                    + shipped
                    + " "
                    + file
                    + "`"));
        throw new YamlException(problems);
      }
      Node.Mapping root = new YamlReader("configuration").readOrEmpty(file, "host.json", problems);
      if (Files.exists(file)) {
        Trust.check(file.toAbsolutePath().getParent(), problems);
        Trust.check(file, problems);
      }
      if (root == null) {
        throw new YamlException(problems);
      }
      List<PolicyDocuments> folders = new ArrayList<>();
      for (Path folder : SettingsReader.policyFolders(root)) {
        if (root.get("policies") == null && Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try {
          folders.add(PolicyDocuments.of(folder));
        } catch (YamlException e) {
          problems.addAll(e.problems());
        }
        checkTrust(folder, problems);
      }
      if (!problems.isEmpty()) {
        // The file's own mistakes are said with those of its policies, not after them.
        SettingsReader.read(file, root, null, problems);
        throw new YamlException(problems);
      }
      return new Sources(root, folders);
    }

    private static void checkTrust(Path folder, List<Problem> problems) {
      try {
        for (Path source : PolicyDocuments.sources(folder)) {
          Trust.check(source, problems);
        }
      } catch (IOException e) {
        // The reader of policies said already that there is no such folder.
        if (Files.isDirectory(folder)) {
          problems.add(new Problem(folder.toString(), "cannot be listed: " + YamlReader.reason(e)));
        }
      }
    }

    HostConfiguration configuration(Path file) throws YamlException {
      List<Problem> problems = new ArrayList<>();
      Policies policies = null;
      try {
        policies = Policies.of(policyFolders);
      } catch (YamlException e) {
        problems.addAll(e.problems());
      }
      Settings settings = SettingsReader.read(file, root, policies, problems);
      if (!problems.isEmpty()) {
        throw new YamlException(problems);
      }
      return new HostConfiguration(file, settings, policies);
    }
  }
}
