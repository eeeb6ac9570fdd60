package org.dragoman.policy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dragoman.stream.Device;
import org.dragoman.stream.Dialect;
import org.dragoman.stream.Field;
import org.dragoman.stream.Form;
import org.dragoman.stream.Framing;
import org.dragoman.stream.Habits;
import org.dragoman.stream.InstanceRule;
import org.dragoman.stream.Layout;
import org.dragoman.stream.UnrolledField;
import org.dragoman.yaml.Node;
import org.dragoman.yaml.Problem;
import org.dragoman.yaml.YamlException;

/**
 * Turns documents that their schemas found valid into devices and products, and finds what no
 * schema can: names that nothing has, two products that claim one version, fields that do not add
 * up.
 */
final class PolicyBuilder {
  private final Map<String, Document> parts = new LinkedHashMap<>();
  private final Map<String, Document> deviceFiles = new LinkedHashMap<>();
  private final Map<String, Document> productFiles = new LinkedHashMap<>();
  private final List<Document> exampleFiles = new ArrayList<>();
  private final Map<String, Device> devices = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private static final Pattern SUMMARY_FIELD = Pattern.compile("\\{([^}]*?)(:little)?\\}");

  private PolicyBuilder() {}

  /** Builds a set; what a later folder describes takes the place of an earlier one's. */
  static Policies build(List<List<Document>> folders) throws YamlException {
    PolicyBuilder builder = new PolicyBuilder();
    for (List<Document> folder : folders) {
      Map<String, Document> inFolder = new HashMap<>();
      for (Document document : folder) {
        builder.take(document, inFolder);
      }
    }
    for (Document part : builder.parts.values()) {
      builder.fields(
          part, part.root().get("fields"), new ArrayList<>(List.of(text(part.root(), "part"))));
    }
    builder.stopIfWrong();
    builder.deviceFiles.values().forEach(builder::device);
    builder.stopIfWrong();
    Set<String> claimed = new LinkedHashSet<>();
    for (Device device : builder.devices.values()) {
      claimed.add(device.idstr());
    }
    for (Document document : builder.productFiles.values()) {
      for (Node.Member section : mapping(document.root(), "sections").members().values()) {
        String idstr = text(section.value(), "idstr");
        if (idstr != null) {
          claimed.add(idstr);
        }
      }
    }
    claimed.remove(Device.ANY_IDSTR);
    List<Product> products = new ArrayList<>();
    for (Document document : builder.productFiles.values()) {
      products.add(builder.product(document, claimed, products));
    }
    Map<Boolean, List<Product>> byUpstream =
        products.stream().collect(Collectors.partitioningBy(Product::isUpstream));
    List<Example> examples = new ArrayList<>();
    builder.exampleFiles.forEach(document -> examples(document, examples));
    builder.stopIfWrong();
    return new Policies(
        new ArrayList<>(builder.devices.values()),
        byUpstream.get(false),
        byUpstream.get(true),
        examples);
  }

  private void stopIfWrong() throws YamlException {
    if (!problems.isEmpty()) {
      throw new YamlException(problems);
    }
  }

  private void take(Document document, Map<String, Document> inFolder) {
    Node.Mapping root = document.root();
    switch (document.kind()) {
      case PART -> put(parts, text(root, "part"), document, "part", inFolder);
      case DEVICE -> put(deviceFiles, text(root, "device"), document, "device", inFolder);
      case PRODUCT -> put(productFiles, id(root), document, "product", inFolder);
      case EXAMPLES -> exampleFiles.add(document);
    }
  }

  /** Two files of one folder that describe the same thing are a mistake; of two folders, not. */
  private void put(
      Map<String, Document> into,
      String name,
      Document document,
      String key,
      Map<String, Document> inFolder) {
    into.put(name, document);
    Document twin = inFolder.put(key + " " + name, document);
    if (twin != null) {
      problem(
          document,
          document.root().members().get(key).keyMark(),
          key + " '" + name + "' is described in " + twin.file() + " already");
    }
  }

  private static String id(Node.Mapping root) {
    String first = text(root.get("versions"), "first");
    String last = text(root.get("versions"), "last");
    return text(root, "product") + "-" + first + (first.equals(last) ? "" : "-" + last);
  }

  private void device(Document document) {
    Node.Mapping root = document.root();
    String name = text(root, "device");
    Map<String, Device.Content> contents = new LinkedHashMap<>();
    for (Map.Entry<String, Node.Member> entry : mapping(root, "contents").members().entrySet()) {
      Node.Mapping content = (Node.Mapping) entry.getValue().value();
      try {
        int before = problems.size();
        Layout layout = new Layout(fields(document, content.get("fields"), new ArrayList<>()));
        OptionalLong size = number(content.get("size"));
        if (problems.size() == before
            && size.isPresent()
            && size.getAsLong() != layout.fixedSize()) {
          problem(
              document,
              content.get("size").mark(),
              "size is "
                  + size.getAsLong()
                  + ", but the fields add up to "
                  + (layout.fixedSize() < 0 ? "no fixed size" : layout.fixedSize()));
        }
        contents.put(entry.getKey(), new Device.Content(entry.getKey(), layout));
      } catch (IllegalArgumentException e) {
        problem(document, entry.getValue().keyMark(), e.getMessage());
      }
    }
    if (root.get("summary") instanceof Node.Scalar summary) {
      Matcher names = SUMMARY_FIELD.matcher(summary.text());
      while (names.find()) {
        String field = names.group(1);
        if (contents.values().stream().noneMatch(one -> hasField(one.layout(), field))) {
          problem(document, summary.mark(), "no content has a field '" + field + "'");
        }
      }
    }
    Node live = root.get("live");
    devices.put(
        name,
        new Device(
            name,
            text(root, "title"),
            text(root, "idstr"),
            instance(root.get("instance")),
            live != null && ((Node.Scalar) live).text().equals("true"),
            text(root, "summary"),
            contents));
  }

  private static boolean hasField(Layout layout, String name) {
    return layout.fields().stream()
        .anyMatch(field -> field instanceof Field.Numbers numbers && numbers.name().equals(name));
  }

  private List<Field> fields(Document document, Node list, List<String> partsAround) {
    List<Field> fields = new ArrayList<>();
    for (Node item : ((Node.Sequence) list).items()) {
      Node.Mapping entry = (Node.Mapping) item;
      int here = fields.size();
      if (entry.get("part") != null) {
        String name = text(entry, "part");
        Document part = parts.get(name);
        if (part == null || partsAround.contains(name)) {
          problem(
              document,
              entry.get("part").mark(),
              part == null
                  ? "there is no part '" + name + "'"
                  : "part '" + name + "' holds itself");
          continue;
        }
        List<String> inside = new ArrayList<>(partsAround);
        inside.add(name);
        fields.addAll(fields(part, part.root().get("fields"), inside));
      } else if (entry.get("when") != null) {
        Map<String, Long> when = new LinkedHashMap<>();
        mapping(entry, "when")
            .members()
            .forEach(
                (field, value) ->
                    when.put(field, number(value.value()).orElse(Field.Conditional.NONZERO)));
        fields.add(new Field.Conditional(when, fields(document, entry.get("fields"), partsAround)));
      } else if (entry.get("subsection") != null) {
        fields.add(
            new Field.Subsection(
                text(entry, "subsection"),
                number(entry.get("label")).getAsLong(),
                fields(document, entry.get("fields"), partsAround)));
      } else if (entry.get("fields") != null) {
        fields.add(
            new Field.Group(
                text(entry, "name"),
                repeat(entry.get("repeat")),
                fields(document, entry.get("fields"), partsAround)));
      } else {
        fields.add(numbers(document, entry));
      }
      if (entry.get("bytes") != null) {
        int size = Layout.fixedSize(fields.subList(here, fields.size()));
        fields.addAll(here, fixedBytes(document, entry.get("bytes"), size));
      }
    }
    return fields;
  }

  private Field.Numbers numbers(Document document, Node.Mapping entry) {
    List<Node> values = new ArrayList<>();
    if (entry.get("legal") instanceof Node.Sequence list) {
      values.addAll(list.items());
    }
    if (entry.get("constant") != null) {
      values.add(entry.get("constant"));
    }
    List<Long> legal = values.stream().map(value -> number(value).getAsLong()).toList();
    if (entry.get("implied") != null) {
      values.add(entry.get("implied"));
    }
    int bits = 8 * (int) number(entry.get("width")).getAsLong();
    for (Node value : values) {
      if (bits < 64 && number(value).getAsLong() >>> bits != 0) {
        problem(document, value.mark(), "does not fit into " + bits / 8 + " bytes");
      }
    }
    return new Field.Numbers(
        text(entry, "name"),
        (int) number(entry.get("width")).getAsLong(),
        repeat(entry.get("repeat")),
        legal,
        number(entry.get("implied")),
        text(entry, "unless_implied"));
  }

  private List<Field> fixedBytes(Document document, Node list, int size) {
    List<Field> fields = new ArrayList<>();
    for (Node item : ((Node.Sequence) list).items()) {
      Node.Mapping entry = (Node.Mapping) item;
      List<byte[]> alternatives = new ArrayList<>();
      Node are = entry.get("are");
      List<Node> texts = are instanceof Node.Sequence several ? several.items() : List.of(are);
      for (Node text : texts) {
        try {
          alternatives.add(HexFormat.of().parseHex(((Node.Scalar) text).text().replace(" ", "")));
        } catch (IllegalArgumentException e) {
          problem(document, text.mark(), "expected pairs of 0-9 and a-f, like \"86 80\"");
          return fields;
        }
      }
      int at = (int) number(entry.get("at")).getAsLong();
      int length = alternatives.get(0).length;
      if (alternatives.stream().anyMatch(one -> one.length != length)) {
        problem(document, are.mark(), "the alternatives are not of one length");
      } else if (size < 0) {
        problem(document, are.mark(), "bytes need a field or part of a fixed size");
      } else if (at + length > size) {
        problem(document, are.mark(), "the bytes reach past the " + size + " of the field or part");
      }
      fields.add(new Field.FixedBytes(at, alternatives));
    }
    return fields;
  }

  private static Field.Repeat repeat(Node node) {
    if (node == null) {
      return Field.ONCE;
    }
    if (node instanceof Node.Mapping mapping) {
      List<Node> names = ((Node.Sequence) mapping.get("difference")).items();
      return new Field.Repeat.Difference(
          ((Node.Scalar) names.get(0)).text(),
          ((Node.Scalar) names.get(1)).text(),
          ((Node.Sequence) mapping.get("if_zero"))
              .items().stream().map(item -> (int) number(item).getAsLong()).toList());
    }
    OptionalLong times = number(node);
    return times.isPresent()
        ? new Field.Repeat.Times((int) times.getAsLong())
        : new Field.Repeat.AsMany(((Node.Scalar) node).text());
  }

  private static InstanceRule instance(Node node) {
    if (node instanceof Node.Sequence list) {
      return new InstanceRule.OneOf(
          list.items().stream().map(item -> number(item).getAsLong()).toList());
    }
    OptionalLong id = number(node);
    if (id.isPresent()) {
      return new InstanceRule.OneOf(List.of(id.getAsLong()));
    }
    String rule = ((Node.Scalar) node).text();
    return switch (rule) {
      case "counted" -> new InstanceRule.Counted();
      case "pci-address" -> new InstanceRule.PciAddress();
      case "always-zero" -> new InstanceRule.AlwaysZero();
      default -> throw new IllegalStateException("the schema lets no '" + rule + "' through");
    };
  }

  private Product product(Document document, Set<String> claimed, List<Product> earlier) {
    Node.Mapping root = document.root();
    String name = text(root, "product");
    Version first = Version.of(text(root.get("versions"), "first"));
    Version last = Version.of(text(root.get("versions"), "last"));
    Node.Mark versions = root.members().get("versions").keyMark();
    if (first.compareTo(last) > 0) {
      problem(document, versions, "the first version is after the last");
    }
    for (Product other : earlier) {
      if (other.name().equals(name) && Version.overlap(first, last, other.first(), other.last())) {
        problem(
            document,
            versions,
            "versions " + first + " to " + last + ": " + other.file() + " claims some of them too");
      }
    }
    Map<String, Product.Source> sources = new LinkedHashMap<>();
    mapping(root, "sources")
        .members()
        .forEach(
            (key, member) ->
                sources.put(
                    key,
                    new Product.Source(
                        text(member.value(), "sure"), text(member.value(), "from"))));
    Framing framing =
        "upstream".equals(text(root, "framing")) ? Framing.UPSTREAM : Framing.TRADITIONAL;
    List<Form> writes = new ArrayList<>();
    List<Form> reads = new ArrayList<>();
    List<Product.Statement> statements = new ArrayList<>();
    Set<String> always = new LinkedHashSet<>();
    Map<String, List<String>> with = new HashMap<>();
    for (Map.Entry<String, Node.Member> entry : mapping(root, "sections").members().entrySet()) {
      Node.Mapping section = (Node.Mapping) entry.getValue().value();
      Device device = knownDevice(document, entry.getKey(), entry.getValue().keyMark());
      knownSource(document, section, sources);
      if (device == null) {
        continue;
      }
      String idstr = section.get("idstr") == null ? device.idstr() : text(section, "idstr");
      InstanceRule instance =
          section.get("instance") == null ? device.instance() : instance(section.get("instance"));
      statements.add(
          new Product.Statement(
              device.name(),
              idstr,
              instance.inWords(),
              forms(document, device, idstr, instance, section.get("writes"), writes),
              forms(document, device, idstr, instance, section.get("reads"), reads),
              text(section, "per")));
      if (isTrue(section.get("always"))) {
        always.add(device.name());
        if (section.get("writes") == null) {
          problem(
              document,
              section.get("always").mark(),
              "always there, but no 'writes' says what it is");
        }
      }
      if (section.get("with") instanceof Node.Sequence list) {
        list.items().forEach(item -> knownDevice(document, text(item), item.mark()));
        with.put(device.name(), list.items().stream().map(PolicyBuilder::text).toList());
      }
    }
    Dialect read = dialect(document, framing, reads, claimed);
    return new Product(
        id(root),
        name,
        first,
        last,
        text(root, "title"),
        text(root, "story"),
        dialect(document, framing, writes, claimed),
        read,
        new Habits(
            always,
            with,
            agreements(document, root.get("agree"), sources),
            sectionIds(document, root.get("section_ids"), sources),
            statements.stream().map(Product.Statement::device).toList()),
        drops(document, root.get("drops"), sources),
        pciSlots(document, root.get("pci_slots")),
        isTrue(root.get("named_alone")),
        rebuilding(document, root, read, sources),
        sources,
        statements,
        document.file());
  }

  private Device knownDevice(Document document, String name, Node.Mark mark) {
    Device device = devices.get(name);
    if (device == null) {
      problem(document, mark, "there is no device '" + name + "'");
    }
    return device;
  }

  private void knownSource(
      Document document, Node.Mapping statement, Map<String, Product.Source> sources) {
    Node per = statement.get("per");
    if (!sources.containsKey(text(per))) {
      problem(document, per.mark(), "there is no source '" + text(per) + "'");
    }
  }

  private Map<Long, String> forms(
      Document document,
      Device device,
      String idstr,
      InstanceRule instance,
      Node labels,
      List<Form> forms) {
    Map<Long, String> contents = new TreeMap<>();
    if (labels == null) {
      return contents;
    }
    ((Node.Mapping) labels)
        .members()
        .forEach(
            (key, member) -> {
              long label = Long.parseLong(key);
              Device.Content content = device.contents().get(text(member.value()));
              if (content == null) {
                problem(
                    document,
                    member.value().mark(),
                    "device '" + device.name() + "' has no content '" + text(member.value()) + "'");
              } else if (label > 0xffff_ffffL) {
                problem(document, member.keyMark(), "a label has 32 bits");
              } else {
                forms.add(new Form(device, idstr, instance, label, content));
                contents.put(label, content.name());
              }
            });
    return contents;
  }

  private Dialect dialect(
      Document document, Framing framing, List<Form> forms, Set<String> claimed) {
    try {
      return new Dialect(framing, forms, claimed);
    } catch (IllegalArgumentException e) {
      problem(document, document.root().members().get("sections").keyMark(), e.getMessage());
      return new Dialect(List.of(), claimed);
    }
  }

  private List<Habits.Agreement> agreements(
      Document document, Node node, Map<String, Product.Source> sources) {
    List<Habits.Agreement> agreements = new ArrayList<>();
    if (node == null) {
      return agreements;
    }
    for (Node item : ((Node.Sequence) node).items()) {
      knownSource(document, (Node.Mapping) item, sources);
      List<List<Habits.Value>> rows = new ArrayList<>();
      for (Node row : ((Node.Sequence) ((Node.Mapping) item).get("rows")).items()) {
        List<Habits.Value> values = new ArrayList<>();
        ((Node.Mapping) row)
            .members()
            .forEach(
                (key, member) -> {
                  String field = key.substring(key.indexOf('/') + 1);
                  Device device =
                      knownDevice(document, key.substring(0, key.indexOf('/')), member.keyMark());
                  if (device == null) {
                    return;
                  }
                  if (device.contents().values().stream()
                      .noneMatch(content -> content.layout().hasValue(field))) {
                    problem(
                        document,
                        member.keyMark(),
                        "device '" + device.name() + "' has no single field '" + field + "'");
                  }
                  values.add(
                      new Habits.Value(device.name(), field, number(member.value()).getAsLong()));
                });
        rows.add(values);
      }
      agreements.add(new Habits.Agreement(rows));
    }
    return agreements;
  }

  private Habits.SectionIds sectionIds(
      Document document, Node node, Map<String, Product.Source> sources) {
    if (!(node instanceof Node.Mapping mapping)) {
      return null;
    }
    knownSource(document, mapping, sources);
    return new Habits.SectionIds(
        gaps(document, mapping.get("unused_before")), gaps(document, mapping.get("unused_after")));
  }

  private Map<String, Integer> gaps(Document document, Node node) {
    Map<String, Integer> gaps = new HashMap<>();
    if (node instanceof Node.Mapping mapping) {
      mapping
          .members()
          .forEach(
              (device, member) -> {
                knownDevice(document, device, member.keyMark());
                gaps.put(device, (int) number(member.value()).getAsLong());
              });
    }
    return gaps;
  }

  private Map<String, String> drops(
      Document document, Node node, Map<String, Product.Source> sources) {
    Map<String, String> drops = new HashMap<>();
    if (node instanceof Node.Mapping mapping) {
      mapping
          .members()
          .forEach(
              (device, member) -> {
                knownDevice(document, device, member.keyMark());
                knownSource(document, (Node.Mapping) member.value(), sources);
                drops.put(device, text(member.value(), "because"));
              });
    }
    return drops;
  }

  private List<String> pciSlots(Document document, Node node) {
    List<String> slots = new ArrayList<>();
    if (node instanceof Node.Sequence sequence) {
      for (Node item : sequence.items()) {
        knownDevice(document, text(item), item.mark());
        slots.add(text(item));
      }
    }
    return slots;
  }

  private Rebuilding rebuilding(
      Document document, Node.Mapping root, Dialect reads, Map<String, Product.Source> sources) {
    if (!(root.get("rebuilds") instanceof Node.Mapping rebuilds)) {
      return null;
    }
    if (reads.framing() != Framing.UPSTREAM) {
      problem(
          document,
          root.members().get("rebuilds").keyMark(),
          "only a product with the framing upstream is rebuilt for");
    }
    Map<String, Rebuilding.Rebuilt> sections = new HashMap<>();
    each(
        document,
        rebuilds,
        sources,
        (device, entry) -> {
          Form form = knownForm(document, entry, text(entry, "into"), "into", reads);
          if (form == null) {
            return;
          }
          if (!UnrolledField.canUnroll(form.content().layout().fields())) {
            problem(
                document,
                entry.get("label").mark(),
                "in '"
                    + form.device().name()
                    + "' a field repeats as often as another one says, and none such is rebuilt");
          } else {
            Map<String, Long> fresh = new HashMap<>();
            if (entry.get("new") instanceof Node.Mapping fields) {
              fields
                  .members()
                  .forEach((key, member) -> fresh.put(key, number(member.value()).getAsLong()));
            }
            Map<String, String> gone = new HashMap<>();
            if (entry.get("gone") instanceof Node.Mapping fields) {
              fields.members().forEach((key, member) -> gone.put(key, text(member.value())));
            }
            sections.put(
                device.name(),
                new Rebuilding.Rebuilt(
                    form.device(),
                    form.label(),
                    fresh,
                    gone,
                    bits(document, entry.get("bits")),
                    text(entry, "by")));
          }
        });
    List<Rebuilding.Added> added = new ArrayList<>();
    each(
        document,
        root.get("adds"),
        sources,
        (device, entry) -> {
          if (knownForm(document, entry, device.name(), "label", reads) != null) {
            added.add(
                new Rebuilding.Added(
                    device, number(entry.get("label")).getAsLong(), text(entry, "by")));
          }
        });
    Map<String, String> merged = new HashMap<>();
    each(
        document,
        root.get("merges"),
        sources,
        (device, entry) -> {
          if (sections.containsKey(text(entry, "with"))) {
            merged.put(device.name(), text(entry, "with"));
          } else {
            problem(
                document,
                entry.get("with").mark(),
                "no section of '" + text(entry, "with") + "' is rebuilt");
          }
        });
    Map<String, String> refused = new HashMap<>();
    each(
        document,
        root.get("refuses"),
        sources,
        (device, entry) -> refused.put(device.name(), text(entry, "because")));
    List<Rebuilding.Loss> losses = new ArrayList<>();
    if (root.get("loses") instanceof Node.Sequence list) {
      for (Node item : list.items()) {
        Node.Mapping entry = (Node.Mapping) item;
        knownSource(document, entry, sources);
        if (entry.get("with") != null) {
          knownDevice(document, text(entry, "with"), entry.get("with").mark());
        }
        losses.add(
            new Rebuilding.Loss(
                text(entry, "what"),
                text(entry, "with"),
                isTrue(entry.get("changed")),
                entry.get("ports") == null ? null : text(entry, "ports").equals("old")));
      }
    }
    return new Rebuilding(sections, added, merged, losses, refused);
  }

  /** What is said of one device. */
  private interface OfDevice {
    void say(Device device, Node.Mapping entry);
  }

  /** Each statement of a map whose keys are devices. */
  private void each(
      Document document, Node map, Map<String, Product.Source> sources, OfDevice statement) {
    if (!(map instanceof Node.Mapping mapping)) {
      return;
    }
    mapping
        .members()
        .forEach(
            (name, member) -> {
              Device device = knownDevice(document, name, member.keyMark());
              Node.Mapping entry = (Node.Mapping) member.value();
              knownSource(document, entry, sources);
              if (device != null) {
                statement.say(device, entry);
              }
            });
  }

  /** The form that the product reads of a device under the label of an entry, or null. */
  private Form knownForm(
      Document document, Node.Mapping entry, String name, String key, Dialect reads) {
    Device device = knownDevice(document, name, entry.get(key).mark());
    if (device == null) {
      return null;
    }
    long label = number(entry.get("label")).getAsLong();
    for (Form form : reads.formsOf(device)) {
      if (form.label() == label) {
        return form;
      }
    }
    problem(
        document,
        entry.get("label").mark(),
        "this product reads no '" + name + "' under the label " + label);
    return null;
  }

  private Map<String, List<Rebuilding.Bits>> bits(Document document, Node node) {
    Map<String, List<Rebuilding.Bits>> bits = new HashMap<>();
    if (node instanceof Node.Sequence list) {
      for (Node item : list.items()) {
        Node.Mapping entry = (Node.Mapping) item;
        int keep = (int) number(entry.get("keep")).getAsLong();
        int set = (int) number(entry.get("set")).getAsLong();
        if ((keep & set) != 0) {
          problem(document, entry.get("set").mark(), "a bit that stays is set, too");
        }
        bits.computeIfAbsent(text(entry, "field"), any -> new ArrayList<>())
            .add(new Rebuilding.Bits((int) number(entry.get("at")).getAsLong(), keep, set));
      }
    }
    return bits;
  }

  private static boolean isTrue(Node node) {
    return node instanceof Node.Scalar truth && truth.text().equals("true");
  }

  private static void examples(Document document, List<Example> examples) {
    for (Node item : ((Node.Sequence) document.root().get("examples")).items()) {
      Node.Mapping example = (Node.Mapping) item;
      List<Example.Edit> edits = null;
      if (example.get("edits") instanceof Node.Sequence list) {
        edits = new ArrayList<>();
        for (Node edit : list.items()) {
          edits.add(
              new Example.Edit(
                  (int) number(((Node.Mapping) edit).get("offset")).getAsLong(),
                  text(edit, "remove"),
                  text(edit, "insert")));
        }
      }
      examples.add(
          new Example(
              document.file() + ":" + item.mark().line() + ":" + item.mark().column(),
              Path.of(document.file()).resolveSibling(text(example, "stream")),
              text(example, "to"),
              text(example, "from"),
              example.get("explained_by") instanceof Node.Sequence ids
                  ? ids.items().stream().map(PolicyBuilder::text).toList()
                  : null,
              text(example, "outcome"),
              edits,
              text(example, "reason")));
    }
  }

  private void problem(Document document, Node.Mark mark, String message) {
    problems.add(new Problem(document.file(), mark.line(), mark.column(), message));
  }

  private static Node.Mapping mapping(Node.Mapping parent, String key) {
    return (Node.Mapping) parent.get(key);
  }

  private static String text(Node node) {
    return ((Node.Scalar) node).text();
  }

  private static String text(Node parent, String key) {
    Node node = ((Node.Mapping) parent).get(key);
    return node == null ? null : text(node);
  }

  private static OptionalLong number(Node node) {
    return node instanceof Node.Scalar scalar ? scalar.number() : OptionalLong.empty();
  }
}
