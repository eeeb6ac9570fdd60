package org.dragoman.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.dragoman.container.ConfigText;
import org.dragoman.translate.KeptTopology;

/**
 * Has a configuration that starts the traditional device model for an HVM guest start qemu-xen:
 * libxl's JSON and libvirt's XML. Nothing but what qemu-xen does not take is touched, and the
 * length stays, with blanks at the end, so that nothing behind it moves. In JSON, it is also said
 * that the guest keeps its topology when it reboots. Others are left: xl.cfg text can be given anew
 * when the guest is restored, and no xl reads those of xend and xenopsd.
 *
 * <p>Larger video memory never makes it longer: each edit of JSON goes with that of the version,
 * and each of XML with the removal of the emulator; both take more bytes away than it adds. What is
 * said of the topology takes the place of white space.
 *
 * <p>Pure.
 *
 * <p>Sources: Xen tools/libs/light/libxl_create.c (libxl__domain_build_info_setdefault) and
 * libxl_types.idl, 4.17; libvirt docs/formatdomain.html.
 */
public final class ConfigEdits {
  /** The least video memory that libxl lets qemu-xen have, in KiB. */
  private static final int LEAST_CIRRUS = 8192;

  private static final int LEAST_STD = 16384;

  private static final int KIB_IN_MIB = 1024;

  /** What to do where the configuration has something that does not come along. */
  private static final String BOOT_ANEW =
      "; shut the guest down where it was saved, and boot it on the target without that";

  static final String BIOS = "b_info.type.hvm.bios";
  static final String DEVICE_MODEL = "b_info.device_model";

  /** Arguments for the device model, of any guest and of an HVM guest. */
  static final String EXTRA = "b_info.extra";

  static final String EXTRA_HVM = "b_info.extra_hvm";
  static final String SOUND = "b_info.type.hvm.soundhw";
  static final String STUB_DOMAIN = "b_info.device_model_stubdomain";
  static final String VERSION = "b_info.device_model_version";
  static final String VGA_KIND = "b_info.type.hvm.vga.kind";
  static final String VIDEO_MEMORY = "b_info.video_memkb";

  /** Bytes that others take the place of, and what that means; null: it makes room. */
  private record Splice(int from, int to, String with, ConfigEdit.Change change) {}

  private ConfigEdits() {}

  /**
   * What becomes of it where qemu-xen shall run the guest.
   *
   * @param keepsTopology whether the guest shall have its PCI slots when it reboots, too
   */
  public static ConfigEdit of(ConfigText text, boolean keepsTopology) {
    byte[] bytes = new byte[text.bytes().limit()];
    text.bytes().get(0, bytes);
    return switch (text.form()) {
      case JSON -> json(text, bytes, keepsTopology);
      case XML -> xml(text, bytes);
      case TEXT, SXP, XENOPS -> new ConfigEdit.Unchanged();
    };
  }

  // JSON

  private static ConfigEdit json(ConfigText text, byte[] bytes, boolean keepsTopology) {
    int end = end(bytes);
    JsonConfig json;
    try {
      json = JsonConfig.read(bytes, end);
    } catch (UnreadableException e) {
      return unreadable(e, "JSON", "xl");
    }
    JsonConfig.Member version = json.member(VERSION);
    if (!json.isHvm() || version == null || !version.text().equals("qemu_xen_traditional")) {
      return new ConfigEdit.Unchanged();
    }
    List<String> reasons = jsonReasons(json);
    if (!reasons.isEmpty()) {
      return new ConfigEdit.Refused(reasons);
    }
    List<Splice> splices = new ArrayList<>();
    splices.add(
        new Splice(
            version.valueAt(),
            version.valueEnd(),
            "\"qemu_xen\"",
            change(version, "qemu_xen", "the stream is one for qemu-xen now")));
    JsonConfig.Member bios = json.member(BIOS);
    if (bios != null && bios.text().equals("rombios")) {
      splices.add(
          removal(bios, "libxl takes no rombios for qemu-xen, and chooses what it has for it"));
    }
    JsonConfig.Member program = json.member(DEVICE_MODEL);
    if (program != null) {
      splices.add(removal(program, "it is the traditional device model's program"));
    }
    JsonConfig.Member memory = json.member(VIDEO_MEMORY);
    JsonConfig.Member kind = json.member(VGA_KIND);
    int least = least(kind == null ? "" : kind.text());
    if (memory != null && memory.isInteger() && isLess(memory.text(), least)) {
      splices.add(
          new Splice(
              memory.valueAt(),
              memory.valueEnd(),
              Integer.toString(least),
              change(memory, Integer.toString(least), tooLittle("libxl"))));
    }
    List<String> warnings = new ArrayList<>();
    if (keepsTopology && !saysTopology(json)) {
      KeptTopology kept = KeptTopology.ofStdMib(stdMib(json));
      List<Splice> said = topology(json, version, kept, bytes, end, splices);
      splices.addAll(said);
      if (said.isEmpty()) {
        warnings.add(
            "its configuration has no room for what keeps the guest's PCI slots when it reboots, or"
                + " no list of words as extra_hvm: put it into the domain's own, "
                + kept.line());
      }
    }
    return edited(text, bytes, end, splices, warnings);
  }

  /** Whether it is there already: twice, it would be none. */
  private static boolean saysTopology(JsonConfig json) {
    for (String key : List.of(EXTRA, EXTRA_HVM)) {
      JsonConfig.Words extra = json.words(key);
      if (extra != null
          && extra.words().stream()
              .anyMatch(
                  word ->
                      word.equals(KeptTopology.OPTION) || word.equals("-" + KeptTopology.OPTION))) {
        return true;
      }
    }
    return false;
  }

  /** The MiB that the traditional device model gave a standard VGA; 0: as without a word of it. */
  private static int stdMib(JsonConfig json) {
    JsonConfig.Member kind = json.member(VGA_KIND);
    JsonConfig.Member memory = json.member(VIDEO_MEMORY);
    if (kind == null
        || !kind.text().equals("std")
        || memory == null
        || !memory.text().matches("[0-9]{1,9}+")) {
      return 0;
    }
    int kib = Integer.parseInt(memory.text());
    return kib % KIB_IN_MIB == 0 ? kib / KIB_IN_MIB : 0;
  }

  /**
   * What says that the guest keeps its topology, and what makes room for it; empty: there is none.
   */
  private static List<Splice> topology(
      JsonConfig json,
      JsonConfig.Member version,
      KeptTopology kept,
      byte[] bytes,
      int end,
      List<Splice> others) {
    JsonConfig.Words extra = json.words(EXTRA_HVM);
    // What libxl does not take there, nobody has to complete.
    if (json.member(EXTRA_HVM) != null || (extra != null && !extra.isPlain())) {
      return List.of();
    }
    List<String> before = extra == null ? List.of() : extra.words();
    String words = "\"" + KeptTopology.OPTION + "\",\"" + kept.value() + "\"";
    String added =
        extra == null ? "\"extra_hvm\":[" + words + "]," : before.isEmpty() ? words : "," + words;
    int at = extra == null ? version.keyAt() : extra.end();
    List<Splice> all = new ArrayList<>();
    all.add(
        new Splice(
            at,
            at,
            added,
            new ConfigEdit.Change(
                EXTRA_HVM,
                String.join(" ", before),
                (String.join(" ", before) + " " + KeptTopology.OPTION + " " + kept.value()).strip(),
                "the guest keeps its PCI slots when it reboots")));
    int growth = added.length();
    for (Splice other : others) {
      growth += other.with().length() - (other.to() - other.from());
    }
    if (growth > 0) {
      List<Splice> room = room(bytes, end, others, growth);
      if (room.isEmpty()) {
        return List.of();
      }
      all.addAll(room);
    }
    return all;
  }

  /**
   * White space between JSON's tokens that can go: what is behind them first, then indentation,
   * then any, from the end on. Empty: there is not as much.
   */
  private static List<Splice> room(byte[] bytes, int end, List<Splice> others, int wanted) {
    BitSet behind = new BitSet(end);
    BitSet indentation = new BitSet(end);
    BitSet any = new BitSet(end);
    boolean inString = false;
    boolean inLine = true;
    int behindAt = end;
    while (behindAt > 0 && isWhite(bytes[behindAt - 1])) {
      behindAt--;
    }
    for (int at = 0; at < end; at++) {
      boolean white = !inString && isWhite(bytes[at]);
      inLine = bytes[at] != '\n' && (inLine || !white);
      if (inString && bytes[at] == '\\') {
        at++;
      } else if (bytes[at] == '"') {
        inString = !inString;
      } else if (white) {
        (at >= behindAt ? behind : inLine || bytes[at] == '\n' ? any : indentation).set(at);
      }
    }
    BitSet going = new BitSet(end);
    int left = wanted;
    for (BitSet kind : List.of(behind, indentation, any)) {
      others.forEach(other -> kind.clear(other.from(), other.to()));
      for (int at = kind.length() - 1; at >= 0 && left > 0; at = kind.previousSetBit(at - 1)) {
        going.set(at);
        left--;
      }
    }
    List<Splice> room = new ArrayList<>();
    for (int at = going.nextSetBit(0); at >= 0; at = going.nextSetBit(going.nextClearBit(at))) {
      room.add(new Splice(at, going.nextClearBit(at), "", null));
    }
    return left == 0 ? room : List.of();
  }

  private static boolean isWhite(byte character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
  }

  private static List<String> jsonReasons(JsonConfig json) {
    List<String> reasons = new ArrayList<>();
    json.duplicates().forEach(key -> reasons.add(twice(key)));
    JsonConfig.Member sound = json.member(SOUND);
    if (sound != null && !sound.text().isEmpty()) {
      reasons.add(sound(SOUND + " is " + sound.text()));
    }
    JsonConfig.Member stubDomain = json.member(STUB_DOMAIN);
    if (stubDomain != null && stubDomain.text().toLowerCase(Locale.ROOT).equals("true")) {
      reasons.add(
          "its configuration has the device model run in a stub domain ("
              + STUB_DOMAIN
              + "), and the traditional device model's is not qemu-xen's; shut the guest down where"
              + " it was saved, and boot it on the target");
    }
    if (json.passesThrough()) {
      reasons.add(passthrough("pcidevs"));
    }
    return reasons;
  }

  private static ConfigEdit.Change change(JsonConfig.Member member, String after, String reason) {
    return new ConfigEdit.Change(member.key(), member.text(), after, reason);
  }

  /** With one of the commas beside it. */
  private static Splice removal(JsonConfig.Member member, String reason) {
    boolean last = member.nextKeyAt() < 0;
    boolean alone = last && member.previousEnd() < 0;
    return new Splice(
        last && !alone ? member.previousEnd() : member.keyAt(),
        last ? member.valueEnd() : member.nextKeyAt(),
        "",
        change(member, null, reason));
  }

  // XML

  private static ConfigEdit xml(ConfigText text, byte[] bytes) {
    int end = end(bytes);
    XmlConfig xml;
    try {
      // Each byte is a character, so that a character's place is a byte's.
      xml = XmlConfig.read(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
    } catch (UnreadableException e) {
      return unreadable(e, "XML", "libvirt");
    }
    XmlConfig.Place emulator = xml.emulator();
    if (!xml.isHvm() || emulator == null || !isTraditional(emulator.text())) {
      return new ConfigEdit.Unchanged();
    }
    List<String> reasons = new ArrayList<>();
    xml.duplicates().forEach(element -> reasons.add(twice(element)));
    if (xml.sound()) {
      reasons.add(sound("<sound>"));
    }
    if (xml.passesThrough()) {
      reasons.add(passthrough("<hostdev>"));
    }
    if (!reasons.isEmpty()) {
      return new ConfigEdit.Refused(reasons);
    }
    List<Splice> splices = new ArrayList<>();
    splices.add(
        new Splice(
            emulator.from(),
            emulator.to(),
            "",
            new ConfigEdit.Change(
                "emulator",
                emulator.text(),
                null,
                "it is the traditional device model's program")));
    XmlConfig.Place vram = xml.vram();
    int least = least(xml.videoModel());
    if (vram != null && isLess(vram.text(), least)) {
      splices.add(
          new Splice(
              vram.from(),
              vram.to(),
              Integer.toString(least),
              new ConfigEdit.Change(
                  "video.model.vram", vram.text(), Integer.toString(least), tooLittle("libxl"))));
    }
    return edited(text, bytes, end, splices, List.of());
  }

  /** Whether a path is that of a program qemu-dm, or of what was put aside of one. */
  private static boolean isTraditional(String path) {
    return path.substring(path.lastIndexOf('/') + 1).startsWith("qemu-dm");
  }

  // Both

  /** Where the text ends; behind it is a NUL, and what nobody reads. */
  private static int end(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return end;
  }

  /** The least video memory for a kind of display adapter as libxl or libvirt name it, in KiB. */
  private static int least(String kind) {
    return switch (kind) {
      case "", "unknown", "cirrus" -> LEAST_CIRRUS;
      case "std", "stdvga", "vga" -> LEAST_STD;
      default -> 0;
    };
  }

  /** Whether it is a number, and less. A larger one than an int is that of a default. */
  private static boolean isLess(String number, int least) {
    return number.matches("[0-9]{1,9}+") && Integer.parseInt(number) < least;
  }

  private static String tooLittle(String who) {
    return who + " takes no less for qemu-xen with this display adapter";
  }

  private static String sound(String what) {
    return "its configuration has a sound card ("
        + what
        + "), whose state qemu-xen does not get"
        + BOOT_ANEW;
  }

  private static String passthrough(String what) {
    return "its configuration passes devices of the host through ("
        + what
        + "), whose state qemu-xen does not get"
        + BOOT_ANEW;
  }

  private static String twice(String key) {
    return "its configuration has "
        + key
        + " twice, which no toolstack writes: it was changed, and which one counts cannot be told;"
        + " take another copy of the file";
  }

  /** Whoever reads it does not, either; but what it starts must not be guessed. */
  private static ConfigEdit unreadable(UnreadableException e, String form, String reader) {
    return new ConfigEdit.Refused(
        List.of(
            "its configuration is no "
                + form
                + " that can be read (wrong at octet "
                + e.at()
                + " of it): which device model it starts cannot be told, and "
                + reader
                + " would not read it either; take another copy of the file"));
  }

  private static ConfigEdit edited(
      ConfigText text, byte[] bytes, int end, List<Splice> splices, List<String> warnings) {
    // What is only put in comes before what goes at the same place, or between the two that meet.
    splices.sort(Comparator.comparingInt(Splice::from).thenComparingInt(Splice::to));
    ByteBuffer after = ByteBuffer.allocate(bytes.length);
    int from = 0;
    for (Splice splice : splices) {
      after.put(bytes, from, splice.from() - from);
      after.put(splice.with().getBytes(StandardCharsets.US_ASCII));
      from = splice.to();
    }
    after.put(bytes, from, end - from);
    while (after.position() < end) {
      after.put((byte) ' ');
    }
    after.put(bytes, end, bytes.length - end);
    return new ConfigEdit.Edited(
        text.at(),
        ByteBuffer.wrap(bytes),
        after.flip(),
        splices.stream().map(Splice::change).filter(Objects::nonNull).toList(),
        warnings);
  }
}
