package org.dragoman.yaml;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads YAML files and holds each against its schema, a resource {@code /schema/NAME}. */
public final class YamlReader {
  /** A file of ours is a few kilobytes; a larger one is a mistake. */
  private static final long LARGEST_FILE = 1 << 20;

  private static final String SCHEMA_BASE = "https://dragoman.invalid/";

  /** Deeper than any of our files is nested, and far from what a stack cannot hold. */
  private static final int DEEPEST = 64;

  private final String what;
  private final YAMLFactory yaml =
      YAMLFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemas(
                  location ->
                      location.startsWith(SCHEMA_BASE)
                          ? resource(location.substring(SCHEMA_BASE.length()))
                          : null));
  private final Map<String, Schema> schemas = new HashMap<>();

  /**
   * A reader.
   *
   * @param what a file is, in messages: {@code policy}
   */
  public YamlReader(String what) {
    this.what = what;
  }

  private static String resource(String name) {
    try (InputStream in = YamlReader.class.getResourceAsStream("/schema/" + name)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a file with keys and values.
   *
   * @param schema the name of its schema
   * @param problems takes everything that is wrong
   * @return null if anything is wrong
   */
  public Node.Mapping read(Path file, String schema, List<Problem> problems) {
    int before = problems.size();
    Node root = parse(file, problems);
    return problems.size() > before ? null : checked(file, root, schema, problems);
  }

  /** The same for a file that may be empty or hold comments alone: no keys, then. */
  public Node.Mapping readOrEmpty(Path file, String schema, List<Problem> problems) {
    int before = problems.size();
    Node root = parse(file, problems);
    if (problems.size() > before) {
      return null;
    }
    boolean nothing = root instanceof Node.Scalar scalar && scalar.text().isEmpty();
    return root == null || nothing
        ? new Node.Mapping(Map.of(), new Node.Mark(1, 1))
        : checked(file, root, schema, problems);
  }

  /** The tree, or null where there is none, or where it cannot be read. */
  private Node parse(Path file, List<Problem> problems) {
    String name = file.toString();
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        problems.add(new Problem(name, "not a regular file"));
        return null;
      }
      if (attributes.size() > LARGEST_FILE) {
        problems.add(new Problem(name, "larger than " + LARGEST_FILE + " bytes"));
        return null;
      }
      try (JsonParser parser = yaml.createParser(Files.readString(file))) {
        Node root = parser.nextToken() == null ? null : node(parser);
        if (parser.nextToken() != null) {
          problems.add(
              new Problem(name, mark(parser), "a second document; a " + what + " file holds one"));
          return null;
        }
        return root;
      }
    } catch (JsonProcessingException e) {
      String message = "not a " + what + ": " + cause(e.getOriginalMessage());
      problems.add(
          e.getLocation() == null
              ? new Problem(name, message)
              : new Problem(
                  name, e.getLocation().getLineNr(), e.getLocation().getColumnNr(), message));
    } catch (NoSuchFileException e) {
      problems.add(
          new Problem(name, Files.isSymbolicLink(file) ? "not a regular file" : "no such file"));
    } catch (CharacterCodingException e) {
      problems.add(new Problem(name, "not UTF-8 text"));
    } catch (IOException e) {
      problems.add(new Problem(name, "cannot be read: " + reason(e)));
    }
    return null;
  }

  private Node.Mapping checked(Path file, Node root, String schema, List<Problem> problems) {
    String name = file.toString();
    if (!(root instanceof Node.Mapping mapping)) {
      problems.add(new Problem(name, 1, 1, "expected keys and values"));
      return null;
    }
    int before = problems.size();
    List<Error> errors =
        schemas
            .computeIfAbsent(
                schema, one -> registry.getSchema(SchemaLocation.of(SCHEMA_BASE + one)))
            .validate(json(mapping));
    for (Error error : errors) {
      if (isWorthSaying(error, errors)) {
        problems.add(problem(name, mapping, error));
      }
    }
    return problems.size() > before ? null : mapping;
  }

  /** Why a file cannot be read, in words. */
  public static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : e instanceof NoSuchFileException ? "no such file or folder" : e.toString();
  }

  /** The parser says in its first lines what it was doing, and then what was wrong. */
  private static String cause(String message) {
    return message
        .lines()
        .filter(line -> !line.startsWith("while ") && !line.startsWith(" "))
        .findFirst()
        .orElse(message);
  }

  private static Problem problem(String file, Node.Mapping root, Error error) {
    Node node = root;
    NodePath path = error.getInstanceLocation();
    for (int i = 0; i < path.getNameCount(); i++) {
      Object step = path.getElement(i);
      if (node instanceof Node.Mapping mapping && mapping.get(step.toString()) != null) {
        node = mapping.get(step.toString());
      } else if (node instanceof Node.Sequence sequence) {
        node = sequence.items().get(Integer.parseInt(step.toString()));
      }
    }
    Node.Mark mark = node.mark();
    if (node instanceof Node.Mapping mapping && error.getProperty() != null) {
      Node.Member member = mapping.members().get(error.getProperty());
      mark = member == null ? mark : member.keyMark();
    }
    String where = path.getNameCount() == 0 ? "" : path + ": ";
    return new Problem(file, mark.line(), mark.column(), where + inWords(error));
  }

  /**
   * Of a choice, what is wrong with the branch that was meant, or else that it is none of them;
   * not, for each branch, that it is not that one.
   */
  private static boolean isWorthSaying(Error error, List<Error> all) {
    boolean choice = error.getKeyword().equals("oneOf");
    if (!choice && !error.getEvaluationPath().toString().contains("/oneOf/")) {
      return true;
    }
    return choice
        ? all.stream().noneMatch(other -> isInside(other, error) && !isOfAnotherBranch(other))
        : !isOfAnotherBranch(error)
            || all.stream()
                .noneMatch(
                    other ->
                        other.getKeyword().equals("oneOf")
                            && other.getInstanceLocation().equals(error.getInstanceLocation()));
  }

  private static boolean isInside(Error error, Error choice) {
    return error
        .getEvaluationPath()
        .toString()
        .startsWith(choice.getEvaluationPath().toString() + "/");
  }

  private static boolean isOfAnotherBranch(Error error) {
    return List.of("type", "enum", "const", "pattern").contains(error.getKeyword());
  }

  /** What a schema found, in the words of the other messages. */
  private static String inWords(Error error) {
    JsonNode schema = error.getSchemaNode();
    String key = "key '" + error.getProperty() + "'";
    return switch (error.getKeyword()) {
      case "additionalProperties" -> "unknown " + key;
      case "required" -> key + " is missing";
      case "type" -> {
        String[] words = error.getMessage().split(" found, | expected", -1);
        yield "found "
            + kind(words[0])
            + ", expected "
            + kind(words[1])
            + (words[1].equals("string") && words[0].equals("integer") ? ": put it in quotes" : "");
      }
      case "enum" -> found(error) + "expected one of " + schema;
      case "const" -> "expected " + schema;
      case "minLength" -> "is empty";
      case "pattern", "oneOf" -> "expected " + description(error);
      case "propertyNames" -> key + " cannot stand here: " + description(error);
      default -> error.getMessage();
    };
  }

  /** A value that somebody wrote, which may be close to the one that was meant. */
  private static String found(Error error) {
    JsonNode value = error.getInstanceNode();
    return value != null && value.isValueNode() ? "found '" + value.asText() + "', " : "";
  }

  /** What the schema says of the value that one of its keywords does not like. */
  private static String description(Error error) {
    String location = error.getSchemaLocation().toString();
    String schema = location.substring(SCHEMA_BASE.length(), location.indexOf('#'));
    String pointer = location.substring(location.indexOf('#') + 1);
    try {
      JsonNode root = new ObjectMapper().readTree(resource(schema));
      JsonNode at = root.at(pointer);
      JsonNode around = root.at(pointer.substring(0, pointer.lastIndexOf('/')));
      String fallback = at.isTextual() ? "the form " + at.asText() : "something else";
      return at.path("description").asText(around.path("description").asText(fallback));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A type of JSON for somebody who writes YAML. */
  private static String kind(String type) {
    return switch (type) {
      case "object" -> "keys and values";
      case "array" -> "a list";
      case "integer" -> "a whole number";
      case "number" -> "a number";
      case "boolean" -> "true or false";
      case "string" -> "text";
      default -> type;
    };
  }

  private static Node.Mark mark(JsonParser parser) {
    return new Node.Mark(
        parser.currentTokenLocation().getLineNr(), parser.currentTokenLocation().getColumnNr());
  }

  private static Node node(JsonParser parser) throws IOException {
    Node.Mark mark = mark(parser);
    if (parser.getObjectId() != null || ((YAMLParser) parser).isCurrentAlias()) {
      throw new JsonParseException(
          parser, "anchors and aliases (& and *) are not supported", parser.currentTokenLocation());
    }
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Node.Member> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String key = parser.currentName();
          Node.Mark keyMark = mark(parser);
          if (members.containsKey(key)) {
            throw new JsonParseException(
                parser, "key '" + key + "' stands there twice", parser.currentTokenLocation());
          }
          parser.nextToken();
          members.put(key, new Node.Member(keyMark, node(parser)));
        }
        return new Node.Mapping(members, mark);
      }
      case START_ARRAY -> {
        List<Node> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(node(parser));
        }
        return new Node.Sequence(items, mark);
      }
      case VALUE_STRING -> {
        return new Node.Scalar(parser.getText(), true, mark);
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> {
        return new Node.Scalar(parser.getText(), false, mark);
      }
      default ->
          throw new JsonParseException(
              parser, "unexpected " + parser.currentToken(), parser.currentTokenLocation());
    }
  }

  /** The same values for the validator, which knows no places. */
  private static JsonNode json(Node node) {
    if (node instanceof Node.Mapping mapping) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      mapping.members().forEach((key, member) -> object.set(key, json(member.value())));
      return object;
    }
    if (node instanceof Node.Sequence sequence) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      sequence.items().forEach(item -> array.add(json(item)));
      return array;
    }
    Node.Scalar scalar = (Node.Scalar) node;
    if (scalar.number().isPresent()) {
      return JsonNodeFactory.instance.numberNode(
          new BigInteger(Long.toUnsignedString(scalar.number().getAsLong())));
    }
    return scalar.isTruth()
        ? JsonNodeFactory.instance.booleanNode(scalar.text().equals("true"))
        : JsonNodeFactory.instance.textNode(scalar.text());
  }
}
