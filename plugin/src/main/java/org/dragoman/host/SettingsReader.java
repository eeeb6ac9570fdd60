package org.dragoman.host;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.yaml.Node;
import org.dragoman.yaml.Problem;

/** Makes settings of a tree that its schema found valid, and finds what no schema can. */
final class SettingsReader {
  /** The folder that may be missing where the configuration does not name it. */
  static final Path DEFAULT_POLICIES = Path.of("/etc/dragoman/policies");

  private static final int DEADLINE_MS = 20_000;
  private static final int HELPER_MS = 5_000;

  /** What a Unix socket's address holds, with the NUL after it. */
  private static final int SOCKET_SIZE = 108;

  private final String file;
  private final Node.Mapping root;
  private final Policies policies;
  private final List<Problem> problems;

  private SettingsReader(Path file, Node.Mapping root, Policies policies, List<Problem> problems) {
    this.file = file.toString();
    this.root = root;
    this.policies = policies;
    this.problems = problems;
  }

  /**
   * Reads the settings.
   *
   * @param policies where products are looked up; null where they are wrong: then products are not
   * @param problems takes everything that is wrong; the settings are of no use then
   */
  static Settings read(Path file, Node.Mapping root, Policies policies, List<Problem> problems) {
    return new SettingsReader(file, root, policies, problems).settings();
  }

  /** The folders of policies that a configuration names. */
  static List<Path> policyFolders(Node.Mapping root) {
    return root.get("policies") == null ? List.of(DEFAULT_POLICIES) : paths(root.get("policies"));
  }

  private Settings settings() {
    Node helper = root.get("helper");
    Node limits = root.get("limits");
    int deadlineMs = number(root.get("deadline-seconds"), 1000, DEADLINE_MS);
    Node.Scalar helperSeconds = scalar(helper, "seconds");
    int helperMs = number(helperSeconds, 1000, Math.min(HELPER_MS, deadlineMs / 2));
    if (helperMs >= deadlineMs) {
      problem(
          helperSeconds,
          "helper/seconds: expected less than the "
              + deadlineMs / 1000
              + " of deadline-seconds: the rest is the fallback's");
    }
    Path socket = Path.of(text(scalar(helper, "socket"), "/run/dragoman/helper.sock"));
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length >= SOCKET_SIZE) {
      problem(scalar(helper, "socket"), "helper/socket: longer than a socket's name can be");
    }
    String auditLog = text(root.get("audit-log"), "/var/log/dragoman/audit.log");
    return new Settings(
        mode(),
        product(root.get("target"), "auto"),
        product(scalar(root.get("source"), "default"), "none"),
        rules(),
        text(root.get("on-failure"), "refuse").equals("refuse")
            ? OnFailure.REFUSE
            : OnFailure.PASS_THROUGH,
        text(root.get("topology"), "keep").equals("keep")
            ? TopologyAtBoot.KEEP
            : TopologyAtBoot.MODERN,
        text(root.get("every-stream"), "false").equals("true"),
        deadlineMs,
        socket,
        text(scalar(helper, "user"), "dragoman"),
        helperMs,
        number(scalar(limits, "stream-mib"), 1 << 20, 64 << 20),
        number(scalar(limits, "parallel"), 1, 4),
        auditLog.equals("none") ? null : Path.of(auditLog),
        policyFolders(root),
        paths(root.get("device-models")));
  }

  private Mode mode() {
    String word = text(root.get("mode"), "enforce");
    for (Mode mode : Mode.values()) {
      if (mode.word().equals(word)) {
        return mode;
      }
    }
    throw new IllegalStateException("the schema lets no '" + word + "' through");
  }

  private List<SourceRule> rules() {
    List<SourceRule> rules = new ArrayList<>();
    if (root.get("source") instanceof Node.Mapping source
        && source.get("rules") instanceof Node.Sequence list) {
      for (Node item : list.items()) {
        Node.Scalar name = scalar(item, "name");
        Node.Scalar uuid = scalar(item, "uuid");
        if (name == null && uuid == null) {
          problem(item, "source/rules: expected a name or a uuid: which domains is this about?");
        }
        rules.add(
            new SourceRule(
                text(name, null), text(uuid, null), product(scalar(item, "product"), null)));
      }
    }
    return rules;
  }

  /** The product that a value names; null for nothing, and for the word for it. */
  private Product product(Node value, String wordForNone) {
    if (value == null || policies == null || text(value, null).equals(wordForNone)) {
      return null;
    }
    try {
      return policies.product(text(value, null));
    } catch (UnknownProductException e) {
      problem(value, e.getMessage());
      return null;
    }
  }

  private void problem(Node value, String message) {
    problems.add(new Problem(file, value == null ? root.mark() : value.mark(), message));
  }

  private static Node.Scalar scalar(Node parent, String key) {
    return parent instanceof Node.Mapping mapping ? (Node.Scalar) mapping.get(key) : null;
  }

  private static String text(Node value, String fallback) {
    return value instanceof Node.Scalar scalar ? scalar.text() : fallback;
  }

  private static int number(Node value, int unit, int fallback) {
    return value instanceof Node.Scalar scalar
        ? Math.toIntExact(scalar.number().getAsLong() * unit)
        : fallback;
  }

  private static List<Path> paths(Node list) {
    List<Path> paths = new ArrayList<>();
    if (list instanceof Node.Sequence sequence) {
      for (Node item : sequence.items()) {
        paths.add(Path.of(((Node.Scalar) item).text()));
      }
    }
    return paths;
  }
}
