package org.dragoman.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What libxl's domain configuration says of the device model, and where it says it. */
final class JsonConfig {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  /** The objects that have something to do with it. */
  private enum Place {
    TOP(""),
    C_INFO("c_info."),
    B_INFO("b_info."),
    HVM("b_info.type.hvm."),
    VGA("b_info.type.hvm.vga."),
    ELSEWHERE(null);

    private final String prefix;

    Place(String prefix) {
      this.prefix = prefix;
    }

    private Place inside(String name) {
      return switch (this) {
        case TOP ->
            switch (name) {
              case "c_info" -> C_INFO;
              case "b_info" -> B_INFO;
              default -> ELSEWHERE;
            };
        case B_INFO -> name.equals("type.hvm") ? HVM : ELSEWHERE;
        case HVM -> name.equals("vga") ? VGA : ELSEWHERE;
        default -> ELSEWHERE;
      };
    }
  }

  /**
   * A key with a value that is no object and no array. Places are in bytes from the start.
   *
   * @param key by the names on the way to it
   * @param text the value
   * @param isInteger whether it is written as one
   * @param keyAt where its key begins
   * @param valueAt where its value begins
   * @param valueEnd after its value
   * @param previousEnd after the value before it in the same object; -1: it is the first
   * @param nextKeyAt where the key after it in the same object begins; -1: it is the last
   */
  record Member(
      String key,
      String text,
      boolean isInteger,
      int keyAt,
      int valueAt,
      int valueEnd,
      int previousEnd,
      int nextKeyAt) {

    private Member before(int nextKeyAt) {
      return new Member(key, text, isInteger, keyAt, valueAt, valueEnd, previousEnd, nextKeyAt);
    }
  }

  /**
   * A key with an array of words for the device model. Places are in bytes from the start.
   *
   * @param key by the names on the way to it
   * @param words in their order
   * @param isPlain whether nothing else is in it
   * @param end after the last word, or where there is none, after the bracket
   */
  record Words(String key, List<String> words, boolean isPlain, int end) {}

  /** Those of libxl's keys that are such arrays. */
  private static final Set<String> WORDS = Set.of("extra", "extra_hvm");

  /** An object or array that is not closed yet. */
  private static final class Frame {
    private final Place place;
    private final boolean ofPciDevices;
    private String name = "";
    private int keyAt;
    private int lastEnd = -1;

    /** The last member, while it is not known what follows. */
    private Member last;

    /** Of an array of words, its key; null: it is another. */
    private String wordsOf;

    private final List<String> words = new ArrayList<>();
    private boolean isPlain = true;

    private Frame(Place place, boolean ofPciDevices) {
      this.place = place;
      this.ofPciDevices = ofPciDevices;
    }
  }

  private final Map<String, Member> members = new HashMap<>();
  private final Map<String, Words> lists = new HashMap<>();
  private final Set<Place> places = new LinkedHashSet<>();
  private final Set<String> duplicates = new LinkedHashSet<>();
  private boolean passesThrough;

  private JsonConfig() {}

  /**
   * Reads it.
   *
   * @param end after its last byte
   * @throws UnreadableException if it is no JSON object, or one that is nested without end
   */
  static JsonConfig read(byte[] bytes, int end) throws UnreadableException {
    JsonConfig config = new JsonConfig();
    // Else it might be taken for UTF-16 or a byte order mark gone past, and places be others.
    int first = 0;
    while (first < end && Character.isWhitespace(bytes[first])) {
      first++;
    }
    if (first == end || bytes[first] != '{') {
      throw new UnreadableException(first);
    }
    try (JsonParser json = JSON.createParser(bytes, 0, end)) {
      config.read(json);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new UnreadableException(at == null ? 0 : Math.max(0, at.getByteOffset()));
    } catch (IOException e) {
      throw new IllegalStateException("no bytes are read from anywhere", e);
    }
    return config;
  }

  private void read(JsonParser json) throws IOException, UnreadableException {
    Deque<Frame> open = new ArrayDeque<>();
    for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
      Frame frame = open.peek();
      if (frame == null && !places.isEmpty()) {
        throw new UnreadableException(at(json.currentTokenLocation()));
      }
      if (frame != null && frame.ofPciDevices && token != JsonToken.END_ARRAY) {
        passesThrough = true;
      }
      switch (token) {
        case START_OBJECT, START_ARRAY -> {
          Frame inner = opened(frame, token);
          if (token == JsonToken.START_ARRAY
              && frame.place == Place.B_INFO
              && WORDS.contains(frame.name)) {
            inner.wordsOf = frame.place.prefix + frame.name;
            inner.lastEnd = at(json.currentLocation());
          } else if (frame != null) {
            frame.isPlain = false;
          }
          open.push(inner);
        }
        case END_OBJECT, END_ARRAY -> {
          keep(open.pop());
          ended(open.peek(), json);
        }
        case FIELD_NAME -> {
          frame.keyAt = at(json.currentTokenLocation());
          frame.name = json.currentName();
          if (frame.last != null) {
            frame.last = frame.last.before(frame.keyAt);
            keep(frame);
          }
        }
        default -> {
          if (frame.wordsOf != null) {
            word(frame, json);
          } else if (frame.place != Place.ELSEWHERE) {
            value(frame, json);
          }
        }
      }
    }
  }

  private Frame opened(Frame parent, JsonToken token) {
    boolean isObject = token == JsonToken.START_OBJECT;
    if (parent == null) {
      places.add(Place.TOP);
      return new Frame(Place.TOP, false);
    }
    Place place = isObject ? parent.place.inside(parent.name) : Place.ELSEWHERE;
    if (place != Place.ELSEWHERE && !places.add(place)) {
      duplicates.add(place.prefix.substring(0, place.prefix.length() - 1));
    }
    return new Frame(
        place, !isObject && parent.place == Place.TOP && parent.name.equals("pcidevs"));
  }

  private static void ended(Frame parent, JsonParser json) {
    if (parent != null) {
      parent.lastEnd = at(json.currentLocation());
    }
  }

  private static void word(Frame frame, JsonParser json) throws IOException {
    json.finishToken();
    frame.words.add(json.getText());
    frame.isPlain &= json.currentToken() == JsonToken.VALUE_STRING;
    frame.lastEnd = at(json.currentLocation());
  }

  private void value(Frame frame, JsonParser json) throws IOException {
    json.finishToken();
    int valueAt = at(json.currentTokenLocation());
    String text = json.getText();
    int valueEnd =
        json.currentToken() == JsonToken.VALUE_STRING
            ? at(json.currentLocation())
            : valueAt + text.length();
    frame.last =
        new Member(
            frame.place.prefix + frame.name,
            text,
            json.currentToken() == JsonToken.VALUE_NUMBER_INT,
            frame.keyAt,
            valueAt,
            valueEnd,
            frame.lastEnd,
            -1);
    frame.lastEnd = valueEnd;
  }

  /** Keeps a frame's last member, of which all is known now. */
  private void keep(Frame frame) {
    Member member = frame.last;
    frame.last = null;
    if (frame.wordsOf != null) {
      Words words =
          new Words(frame.wordsOf, List.copyOf(frame.words), frame.isPlain, frame.lastEnd);
      if (lists.put(frame.wordsOf, words) != null) {
        duplicates.add(frame.wordsOf);
      }
    }
    if (member != null && members.put(member.key(), member) != null) {
      duplicates.add(member.key());
    }
  }

  private static int at(JsonLocation location) {
    return (int) location.getByteOffset();
  }

  /** A member of b_info that is an array; null: it has none. */
  Words words(String key) {
    return lists.get(key);
  }

  /** A member that is no object and no array; null: it has none. */
  Member member(String key) {
    return members.get(key);
  }

  /** Whether the guest is an HVM guest: what it says itself, or else what it is built as. */
  boolean isHvm() {
    Member type = members.get("c_info.type");
    return type == null ? places.contains(Place.HVM) : type.text().equals("hvm");
  }

  /** Whether it has PCI devices of the host. */
  boolean passesThrough() {
    return passesThrough;
  }

  /** The keys that it has twice, of those objects that matter. */
  Set<String> duplicates() {
    return duplicates;
  }
}
