package org.dragoman.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dragoman.host.TopologyAtBoot;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.Releases;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.yaml.YamlException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** Options and parameters that several commands have, and what they mean. */
final class Options {
  static final String JSON = "--json";
  static final String POLICIES = "--policies";
  static final String FROM = "--from";
  static final String TO = "--to";
  static final String WIDTH = "--width";
  static final String QUIET = "--quiet";
  static final String TOPOLOGY = "--topology";

  /** What is asked for as a target and cannot be, and why. */
  private record Hint(Pattern asked, String words) {
    private Hint(String asked, String words) {
      this(Pattern.compile(asked, Pattern.CASE_INSENSITIVE), words);
    }
  }

  private static final List<Hint> HINTS =
      List.of(
          new Hint("qemu-xen.*", "For the device model that libxl starts, give --to qemu-xen"),
          new Hint("xcp-ng.*", "XCP-ng 8 has a qemu-xen of its own, for which nothing is known"),
          new Hint(
              "xen-(4\\.(2[1-9]|[3-9][0-9])|[5-9]).*",
              "Xen 4.21 and later have no qemu-xen-traditional, only qemu-xen: give --to qemu-xen"));

  private Options() {}

  static CommandSpec command(String name, String description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help and exit.")
            .build());
    return spec;
  }

  static OptionSpec json() {
    return flag(JSON, "Print the result as JSON.");
  }

  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).description(description).build();
  }

  static OptionSpec product(String name, String description, boolean required) {
    return OptionSpec.builder(name)
        .paramLabel("PRODUCT")
        .type(String.class)
        .required(required)
        .description(description)
        .build();
  }

  static OptionSpec to() {
    return product(TO, "The product that shall read it.", true);
  }

  static OptionSpec from() {
    return product(
        FROM,
        "The product that wrote it, where you know. It is refused if the bytes say otherwise.",
        false);
  }

  static OptionSpec policies() {
    return OptionSpec.builder(POLICIES)
        .paramLabel("DIR")
        .type(List.class)
        .auxiliaryTypes(Path.class)
        .arity("1")
        .description(
            "A folder of policies of your own, which add to the shipped ones or take the place of"
                + " those of the same name. Repeatable.")
        .build();
  }

  static OptionSpec topology() {
    return OptionSpec.builder(TOPOLOGY)
        .paramLabel("WHICH")
        .type(String.class)
        .description(
            "For qemu-xen: which PCI slots the guest has after a reboot. keep: those that it knows;"
                + " its configuration then says so. modern: those of its toolstack. Default: keep.")
        .build();
  }

  /** Whether a guest that goes to qemu-xen shall have its PCI slots when it reboots, too. */
  static boolean keepsTopology(ParseResult arguments) throws Failure {
    String which = arguments.matchedOptionValue(TOPOLOGY, TopologyAtBoot.KEEP.word());
    for (TopologyAtBoot one : TopologyAtBoot.values()) {
      if (one.word().equals(which)) {
        return one == TopologyAtBoot.KEEP;
      }
    }
    throw new Failure(Exit.USAGE, TOPOLOGY + " " + which + ": expected keep or modern");
  }

  static OptionSpec width() {
    return OptionSpec.builder(WIDTH)
        .paramLabel("BITS")
        .type(Integer.class)
        .description(
            "32 or 64: the word size of the toolstack that wrote a libxc stream of Xen 4.5 or older,"
                + " where the bytes do not say.")
        .build();
  }

  /** The word size that is given, or 0. */
  static int width(ParseResult arguments) throws Failure {
    int bits = arguments.matchedOptionValue(WIDTH, 0);
    if (arguments.hasMatchedOption(WIDTH) && bits != 32 && bits != 64) {
      throw new Failure(Exit.USAGE, WIDTH + " " + bits + ": expected 32 or 64");
    }
    return bits;
  }

  static PositionalParamSpec file(String label, String index, String description) {
    return PositionalParamSpec.builder()
        .index(index)
        .arity("1")
        .required(true)
        .paramLabel(label)
        .type(Path.class)
        .description(description)
        .build();
  }

  static Policies load(ParseResult arguments) throws Failure {
    return load(arguments.matchedOptionValue(POLICIES, List.<Path>of()));
  }

  static Policies load(List<Path> folders) throws Failure {
    try {
      return Policies.load(folders);
    } catch (YamlException e) {
      throw new Failure(Exit.POLICY, e.getMessage());
    }
  }

  /** The product that an option names, in capitals or not; null where it is not given. */
  static Product product(Policies policies, ParseResult arguments, String option) throws Failure {
    String name = arguments.matchedOptionValue(option, (String) null);
    try {
      return name == null ? null : policies.product(name.toLowerCase(Locale.ROOT));
    } catch (UnknownProductException e) {
      String hint =
          HINTS.stream()
              .filter(one -> option.equals(TO) && one.asked().matcher(name).matches())
              .map(one -> ". " + one.words())
              .collect(Collectors.joining());
      throw new Failure(Exit.USAGE, option + " " + e.getMessage() + hint);
    }
  }

  /** The releases of a product that an option means. */
  static Releases releases(ParseResult arguments, String option, Product product) {
    return Releases.of(product, arguments.matchedOptionValue(option, product.id()));
  }

  /** A name that is a slip of the shell, or a habit of other programs. */
  static void refuseOddName(Path path) throws Failure {
    if (path.toString().isEmpty()) {
      throw new Failure(Exit.USAGE, "a file name is empty");
    }
    if (path.toString().equals("-")) {
      throw new Failure(
          Exit.USAGE, "-: streams are read and written as files only; a file of that name is ./-");
    }
  }
}
