package org.dragoman.yaml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A value of a YAML file, with the place where it stands. */
public sealed interface Node {
  /** Where it begins. */
  Mark mark();

  /** A line and a column, both from 1. */
  record Mark(int line, int column) {}

  /** Text, or a number, which is text that {@link #number()} understands. */
  record Scalar(String text, boolean quoted, Mark mark) implements Node {
    /** The value of a whole number without a sign, decimal or hexadecimal. */
    public OptionalLong number() {
      boolean hexadecimal = text.startsWith("0x");
      int digits = text.length() - (hexadecimal ? 2 : 0);
      if (quoted || digits == 0 || digits > (hexadecimal ? 16 : 18)) {
        return OptionalLong.empty();
      }
      // 010 is eight to some readers of YAML and ten to others.
      if (!hexadecimal && digits > 1 && text.charAt(0) == '0') {
        return OptionalLong.empty();
      }
      long value = 0;
      for (int i = text.length() - digits; i < text.length(); i++) {
        int digit = Character.digit(text.charAt(i), hexadecimal ? 16 : 10);
        if (digit < 0) {
          return OptionalLong.empty();
        }
        value = hexadecimal ? value << 4 | digit : value * 10 + digit;
      }
      return OptionalLong.of(value);
    }

    /** Whether it is {@code true} or {@code false}, and not text of that spelling. */
    public boolean isTruth() {
      return !quoted && (text.equals("true") || text.equals("false"));
    }
  }

  /** A list. */
  record Sequence(List<Node> items, Mark mark) implements Node {
    /** Copies the list. */
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** Keys with their values, in the order of the file. */
  record Mapping(Map<String, Member> members, Mark mark) implements Node {
    /** Copies the map. */
    public Mapping {
      members = new LinkedHashMap<>(members);
    }

    /** The value of a key, or null. */
    public Node get(String key) {
      Member member = members.get(key);
      return member == null ? null : member.value();
    }
  }

  /** A value and where its key stands. */
  record Member(Mark keyMark, Node value) {}
}
