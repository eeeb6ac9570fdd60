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
    /** Copies the lists. */
    public Go {
      actions = List.copyOf(actions);
      text = List.copyOf(text);
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
    record UseStream(Memfd stream) implements Action {}
  }

  /** The most text that the shim takes. */
  int MOST_TEXT = 4096;

  /** The longest answer. */
  int MOST = 32 + 16 + MOST_TEXT;

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
    int actionsSize = actions.size() * 16;
    ByteBuffer bytes =
        ByteBuffer.allocate(32 + actionsSize + text.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0x31415244);
    bytes.putInt(this instanceof Go ? 0 : this instanceof Refused ? 1 : 2);
    bytes.putInt(actions.size());
    bytes.putInt(actionsSize);
    bytes.putInt(text.length);
    bytes.putInt(0).putInt(0).putInt(0);
    for (Action action : actions) {
      if (action instanceof Action.UseStream use) {
        bytes.putInt(1).putInt(Long.BYTES).putLong(use.stream().size());
      }
    }
    return bytes.put(text).flip();
  }

  /** What goes with the message, in the order of the actions. */
  default List<OwnedFd> fds() {
    return actions().stream().map(action -> ((Action.UseStream) action).stream().fd()).toList();
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
