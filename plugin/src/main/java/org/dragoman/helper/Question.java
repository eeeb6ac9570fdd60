package org.dragoman.helper;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.host.Mode;
import org.dragoman.translate.KeptTopology;

/**
 * What the shim asks. Source of the layout: native-shim/protocol.h, struct dragoman_question.
 *
 * @param kind how the device model is given its stream, or that there is none
 * @param offset bytes before the stream in its file
 * @param deadlineMs nobody waits for the answer after these milliseconds
 * @param mode enforce or dry-run
 * @param arguments of the device model, its own name first
 * @param uuid the domain's, or null
 */
record Question(
    Kind kind, long offset, int deadlineMs, Mode mode, List<String> arguments, String uuid) {
  /** The longest question: its header and the most arguments. */
  static final int MOST = 72 + 131072;

  private static final int MAGIC = 0x31515244;
  private static final int HEADER_SIZE = 72;
  private static final int UUID_AT = 32;
  private static final int UUID_SIZE = 40;

  /** How a device model is given its stream. */
  enum Kind {
    /** {@code -incoming fd:N}, qemu-xen's way. */
    INCOMING(1, "incoming"),
    /** {@code -loadvm FILE}, the traditional way. */
    LOADVM(2, "loadvm"),
    /** Not at all: a guest boots that keeps its topology. */
    START(3, "start");

    private final int number;
    private final String word;

    Kind(int number, String word) {
      this.number = number;
      this.word = word;
    }

    private static Kind numbered(int number) throws MalformedException {
      for (Kind kind : values()) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new MalformedException("found kind " + number + ", expected 1, 2 or 3");
    }

    /** How many file descriptors go with the question. */
    int descriptors() {
      return this == START ? 0 : 1;
    }

    /** As the audit log has it. */
    String word() {
      return word;
    }
  }

  /** Why a message is no question. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message, null, false, false);
    }
  }

  /** Copies the list. */
  Question {
    arguments = List.copyOf(arguments);
  }

  /**
   * Reads a question.
   *
   * @param message little-endian, from 0 to its limit
   * @throws MalformedException if it is none; the message says what was found and expected
   */
  static Question read(ByteBuffer message) throws MalformedException {
    if (message.limit() < HEADER_SIZE) {
      throw new MalformedException(
          "found " + message.limit() + " bytes, expected at least " + HEADER_SIZE);
    }
    expect("magic number", message.getInt(0), MAGIC);
    Kind kind = Kind.numbered(message.getInt(4));
    Mode mode =
        switch (message.getInt(20)) {
          case 1 -> Mode.DRY_RUN;
          case 2 -> Mode.ENFORCE;
          default ->
              throw new MalformedException(
                  "found mode " + message.getInt(20) + ", expected 1 or 2");
        };
    int count = message.getInt(24);
    int size = message.getInt(28);
    if (message.getLong(8) < 0) {
      throw new MalformedException("found an offset of " + message.getLong(8));
    }
    if (message.getInt(16) <= 0) {
      throw new MalformedException("found a deadline of " + message.getInt(16) + " ms");
    }
    expect("bytes of arguments", size, message.limit() - HEADER_SIZE);
    List<String> arguments = new ArrayList<>();
    int start = HEADER_SIZE;
    for (int at = start; at < message.limit(); at++) {
      if (message.get(at) == 0) {
        arguments.add(text(message, start, at - start));
        start = at + 1;
      }
    }
    expect("bytes after the last argument", message.limit() - start, 0);
    expect("arguments", count, arguments.size());
    if (arguments.isEmpty()) {
      throw new MalformedException("found no argument, expected the device model's name");
    }
    return new Question(
        kind, message.getLong(8), message.getInt(16), mode, arguments, uuid(message));
  }

  /** The message that {@link #read} reads. */
  ByteBuffer bytes() {
    byte[] all = (String.join("\0", arguments) + "\0").getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_SIZE + all.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(kind.number).putLong(offset).putInt(deadlineMs);
    bytes.putInt(mode == Mode.DRY_RUN ? 1 : 2).putInt(arguments.size()).putInt(all.length);
    if (uuid != null) {
      bytes.put(UUID_AT, uuid.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.put(HEADER_SIZE, all).rewind();
  }

  private static String uuid(ByteBuffer message) {
    int length = 0;
    while (length < UUID_SIZE && message.get(UUID_AT + length) != 0) {
      length++;
    }
    return length == 0 ? null : text(message, UUID_AT, length);
  }

  private static String text(ByteBuffer message, int at, int length) {
    byte[] bytes = new byte[length];
    message.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void expect(String what, int found, int expected) throws MalformedException {
    if (found != expected) {
      throw new MalformedException("found " + found + " as " + what + ", expected " + expected);
    }
  }

  /** The device model's program, as it was called. */
  String deviceModel() {
    return arguments.get(0);
  }

  /** The domain's number; -1 where the arguments do not tell. */
  int domid() {
    // qemu-xen's option first: it has a -d of another meaning.
    for (String option : List.of("xen-domid", "domid", "d")) {
      int number = number(value(option));
      if (number >= 0) {
        return number;
      }
    }
    return -1;
  }

  /** The domain's name; null where the arguments do not tell. */
  String name() {
    String name = value("domain-name");
    if (name != null) {
      return name;
    }
    name = value("name");
    if (name == null) {
      return null;
    }
    String said = name.startsWith("guest=") ? name.substring("guest=".length()) : name;
    int comma = said.indexOf(',');
    return comma < 0 ? said : said.substring(0, comma);
  }

  /** What the domain's configuration says of the topology that its guest keeps; null: nothing. */
  String topology() {
    return value(KeptTopology.OPTION.substring(1));
  }

  /** The number that a text is; -1 where it is none. */
  private static int number(String text) {
    if (text == null || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /**
   * An option's value, the last one, as the shim finds it (arguments.c): what begins with a hyphen
   * is the next option.
   */
  private String value(String option) {
    for (int i = arguments.size() - 1; i > 1; i--) {
      String before = arguments.get(i - 1);
      if ((before.equals("-" + option) || before.equals("--" + option))
          && !arguments.get(i).startsWith("-")) {
        return arguments.get(i);
      }
    }
    return null;
  }
}
