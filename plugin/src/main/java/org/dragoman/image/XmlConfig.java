package org.dragoman.image;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What libvirt's domain says of the device model, and where it says it. */
final class XmlConfig {
  /** No domain is nested deeper. */
  private static final int MOST_NESTED = 1000;

  private static final List<String> TYPE = List.of("domain", "os", "type");
  private static final List<String> EMULATOR = List.of("domain", "devices", "emulator");
  private static final List<String> MODEL = List.of("domain", "devices", "video", "model");
  private static final List<String> SOUND = List.of("domain", "devices", "sound");
  private static final List<String> HOSTDEV = List.of("domain", "devices", "hostdev");

  /** Behind a blank, so that no attribute is tried at each of its letters. */
  private static final Pattern ATTRIBUTE =
      Pattern.compile("(?<=\\s)([\\w:.-]++)\\s*+=\\s*+(?:'([^']*+)'|\"([^\"]*+)\")");

  /** A piece of it; places are in bytes from the start. */
  record Place(String text, int from, int to) {}

  private final String xml;
  private final List<String> open = new ArrayList<>();
  private final Set<String> duplicates = new LinkedHashSet<>();
  private int at;
  private int emulatorAt = -1;
  private int emulatorTextAt;
  private boolean hvm;
  private Place emulator;
  private Place vram;
  private String videoModel;
  private boolean sound;
  private boolean passesThrough;

  private XmlConfig(String xml) {
    this.xml = xml;
  }

  /**
   * Reads it.
   *
   * @param xml one character for each byte
   * @throws UnreadableException if it is no such XML as libvirt writes
   */
  static XmlConfig read(String xml) throws UnreadableException {
    XmlConfig config = new XmlConfig(xml);
    config.read();
    return config;
  }

  private void read() throws UnreadableException {
    boolean any = false;
    for (at = next("<", 0); at >= 0; at = next("<", at)) {
      if (xml.startsWith("<!--", at)) {
        at = after("-->", at + 4);
      } else if (xml.startsWith("<![CDATA[", at)) {
        at = after("]]>", at);
      } else if (xml.startsWith("<?", at)) {
        at = after("?>", at);
      } else if (xml.startsWith("</", at)) {
        int end = after(">", at);
        closed(xml.substring(at + 2, end - 1).stripTrailing(), end);
        at = end;
      } else {
        any = true;
        int end = endOfTag();
        opened(end);
        at = end;
      }
    }
    if (!any || !open.isEmpty()) {
      throw new UnreadableException(xml.length());
    }
  }

  private int next(String what, int from) {
    return xml.indexOf(what, from);
  }

  private int after(String what, int from) throws UnreadableException {
    int found = next(what, from);
    if (found < 0) {
      throw new UnreadableException(at);
    }
    return found + what.length();
  }

  /** After the first > that is in no value. */
  private int endOfTag() throws UnreadableException {
    char quote = 0;
    for (int i = at + 1; i < xml.length(); i++) {
      char c = xml.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i + 1;
      } else if (c == '<') {
        break;
      }
    }
    throw new UnreadableException(at);
  }

  private void opened(int end) throws UnreadableException {
    boolean alone = xml.charAt(end - 2) == '/';
    int nameEnd = at + 1;
    while (nameEnd < end - (alone ? 2 : 1) && !Character.isWhitespace(xml.charAt(nameEnd))) {
      nameEnd++;
    }
    if (nameEnd == at + 1 || open.size() == MOST_NESTED) {
      throw new UnreadableException(at);
    }
    open.add(xml.substring(at + 1, nameEnd));
    if (open.equals(TYPE)) {
      int textEnd = next("<", end);
      hvm |= textEnd >= 0 && xml.substring(end, textEnd).strip().equals("hvm");
    } else if (open.equals(EMULATOR)) {
      emulatorAt = at;
      emulatorTextAt = end;
    } else if (open.equals(MODEL) && videoModel == null) {
      // libxl takes the first display adapter, and no other.
      model(end);
    }
    sound |= open.equals(SOUND);
    passesThrough |= open.equals(HOSTDEV);
    if (alone) {
      closed(open.get(open.size() - 1), end);
    }
  }

  private void model(int end) {
    videoModel = "";
    Matcher attribute = ATTRIBUTE.matcher(xml).region(at, end);
    while (attribute.find()) {
      int group = attribute.group(2) != null ? 2 : 3;
      if (attribute.group(1).equals("type")) {
        videoModel = attribute.group(group);
      } else if (attribute.group(1).equals("vram")) {
        vram = new Place(attribute.group(group), attribute.start(group), attribute.end(group));
      }
    }
  }

  private void closed(String name, int end) throws UnreadableException {
    if (open.isEmpty() || !open.get(open.size() - 1).equals(name)) {
      throw new UnreadableException(at);
    }
    if (open.equals(EMULATOR)) {
      if (emulator != null) {
        duplicates.add("<emulator>");
      }
      String text = at > emulatorAt ? xml.substring(emulatorTextAt, at).strip() : "";
      int to = end;
      while (to < xml.length() && Character.isWhitespace(xml.charAt(to))) {
        to++;
      }
      emulator = new Place(text, emulatorAt, to);
    }
    open.remove(open.size() - 1);
  }

  /** Whether the guest is an HVM guest. */
  boolean isHvm() {
    return hvm;
  }

  /** The element with the device model's program, and the blanks behind it; null: none. */
  Place emulator() {
    return emulator;
  }

  /** The value of the display adapter's memory; null: none. */
  Place vram() {
    return vram;
  }

  /** The display adapter's kind; "none" where there is none. */
  String videoModel() {
    return videoModel == null ? "none" : videoModel;
  }

  /** Whether it has a sound card. */
  boolean sound() {
    return sound;
  }

  /** Whether it has devices of the host. */
  boolean passesThrough() {
    return passesThrough;
  }

  /** The elements that it has twice, of those that matter. */
  Set<String> duplicates() {
    return duplicates;
  }
}
