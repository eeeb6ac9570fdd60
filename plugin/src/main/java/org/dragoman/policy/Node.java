package org.dragoman.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A value of a policy file, with the place where it stands. */
sealed interface Node {
  Mark mark();

  /** A line and a column, both from 1. */
  record Mark(int line, int column) {}

  /** Text, or a number, which is text that {@link #number()} understands. */
  record Scalar(String text, boolean quoted, Mark mark) implements Node {
    /** The value of a whole number without a sign, decimal or hexadecimal. */
    OptionalLong number() {
      if (quoted) {
        return OptionalLong.empty();
      }
      if (text.matches("0x[0-9A-Fa-f]{1,16}")) {
        return OptionalLong.of(Long.parseUnsignedLong(text.substring(2), 16));
      }
      return text.matches("0|[1-9][0-9]{0,17}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    }

    /** Whether it is {@code true} or {@code false}, and not text of that spelling. */
    boolean isTruth() {
      return !quoted && (text.equals("true") || text.equals("false"));
    }
  }

  /** A list. */
  record Sequence(List<Node> items, Mark mark) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** Keys with their values, in the order of the file. */
  record Mapping(Map<String, Member> members, Mark mark) implements Node {
    public Mapping {
      members = new LinkedHashMap<>(members);
    }

    /** The value of a key, or null. */
    Node get(String key) {
      Member member = members.get(key);
      return member == null ? null : member.value();
    }
  }

  /** A value and where its key stands. */
  record Member(Mark keyMark, Node value) {}
}
