package org.dragoman.helper;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.dragoman.os.Memfd;
import org.dragoman.os.OwnedFd;

/** What the shim is told. Source of the layout: native-shim/protocol.h, struct dragoman_answer. */
sealed interface Answer {

  /** What was decided and why, a line each. The first is for logs; the others are details. */
  List<String> text();

  /**
   * Carry out the actions, then start the device model.
   *
   * @param actions in this order; none: as it is
   */
  record Go(List<Action> actions, List<String> text) implements Answer {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if these are more actions than the shim takes
     */
    public Go {
      actions = List.copyOf(actions);
      text = List.copyOf(text);
      int size = actions.stream().mapToInt(Action::size).sum();
      if (actions.size() > MOST_ACTIONS || size > MOST_ACTIONS_SIZE) {
        throw new IllegalArgumentException(actions.size() + " actions of " + size + " bytes");
      }
    }
  }

  /** Do not start the device model. */
  record Refused(List<String> text) implements Answer {
    /** Copies the list. */
    public Refused {
      text = List.copyOf(text);
    }
  }

  /** It could not be found out. */
  record Failed(List<String> text) implements Answer {
    /** Copies the list. */
    public Failed {
      text = List.copyOf(text);
    }
  }

  /** One thing that the shim does before it starts the device model. */
  sealed interface Action {
    /**
     * Gives the device model another stream.
     *
     * @param stream sealed; it stays the sender's, who closes it when the answer is sent
     */
    record UseStream(Memfd stream) implements Action {
      @Override
      public int size() {
        return HEAD + Long.BYTES;
      }

      @Override
      public void put(ByteBuffer bytes) {
        bytes.putInt(1).putInt(Long.BYTES).putLong(stream.size());
      }
    }

    /**
     * Changes the device model's arguments. Of several, each counts in the arguments of the
     * question; they are in ascending order and do not overlap.
     *
     * @param first the argument that the others come before or take the place of; 1 to as many as
     *     there are, which is behind the last one
     * @param removed how many are taken out
     * @param added what is put there
     */
    record EditArguments(int first, int removed, List<String> added) implements Action {
      /** Copies the list. */
      public EditArguments {
        added = List.copyOf(added);
      }

      @Override
      public int size() {
        return HEAD + bodySize();
      }

      private int bodySize() {
        int size = 3 * Integer.BYTES;
        for (String word : added) {
          size += word.getBytes(StandardCharsets.UTF_8).length + 1;
        }
        return (size + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
      }

      @Override
      public void put(ByteBuffer bytes) {
        bytes.putInt(2).putInt(bodySize());
        int end = bytes.position() + bodySize();
        bytes.putInt(first).putInt(removed).putInt(added.size());
        for (String word : added) {
          bytes.put(word.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        }
        while (bytes.position() < end) {
          bytes.put((byte) 0);
        }
      }
    }

    /**
     * Moves memory of the guest before the device model starts. At most one, and behind all others.
     * The shim starts the device model only if it is done.
     *
     * @param from the first guest frame
     * @param to the guest frame that it becomes
     * @param frames how many, of 4 KiB; 1 to 65536
     * @param domid the domain's number, as the device model's arguments tell it
     */
    record Relocate(long from, long to, int frames, int domid) implements Action {
      @Override
      public int size() {
        return HEAD + 2 * Long.BYTES + 2 * Integer.BYTES;
      }

      @Override
      public void put(ByteBuffer bytes) {
        bytes.putInt(3).putInt(2 * Long.BYTES + 2 * Integer.BYTES);
        bytes.putLong(from).putLong(to).putInt(frames).putInt(domid);
      }
    }

    /** Bytes before each action's body. */
    int HEAD = 2 * Integer.BYTES;

    /** The bytes that it takes in the message. */
    int size();

    /** Puts it behind what is in the message. */
    void put(ByteBuffer bytes);
  }

  /** The most actions that the shim takes. */
  int MOST_ACTIONS = 64;

  /** The most bytes of actions that the shim takes. */
  int MOST_ACTIONS_SIZE = 8192;

  /** The most text that the shim takes, in bytes. */
  int MOST_TEXT = 4096;

  /** The longest answer, in bytes. */
  int MOST = 32 + MOST_ACTIONS_SIZE + MOST_TEXT;

  /** The text of a message that {@link #bytes} made. */
  static String text(ByteBuffer message) {
    byte[] text = new byte[message.getInt(16)];
    message.get(32 + message.getInt(12), text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** The message. */
  default ByteBuffer bytes() {
    List<Action> actions = actions();
    byte[] text = encoded(String.join("\n", text()));
    int actionsSize = actions.stream().mapToInt(Action::size).sum();
    ByteBuffer bytes =
        ByteBuffer.allocate(32 + actionsSize + text.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0x31415244);
    bytes.putInt(this instanceof Go ? 0 : this instanceof Refused ? 1 : 2);
    bytes.putInt(actions.size());
    bytes.putInt(actionsSize);
    bytes.putInt(text.length);
    bytes.putInt(0).putInt(0).putInt(0);
    actions.forEach(action -> action.put(bytes));
    return bytes.put(text).flip();
  }

  /** What goes with the message, in the order of the actions. */
  default List<OwnedFd> fds() {
    return streams().stream().map(Memfd::fd).toList();
  }

  /** What its actions hold, for whoever sent it to close. */
  default List<Memfd> streams() {
    return actions().stream()
        .filter(Action.UseStream.class::isInstance)
        .map(action -> ((Action.UseStream) action).stream())
        .toList();
  }

  private List<Action> actions() {
    return this instanceof Go go ? go.actions() : List.of();
  }

  /** As much of a text as the shim takes; never half a character. */
  private static byte[] encoded(String text) {
    CharsetEncoder encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    ByteBuffer out = ByteBuffer.allocate(MOST_TEXT);
    encoder.encode(CharBuffer.wrap(text), out, true);
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }
}
