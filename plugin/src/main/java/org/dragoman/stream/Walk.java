package org.dragoman.stream;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A stream of version 3, from the magic to the end marker, as one dialect accounts for it. Source
 * of the framing: qemu-xen-traditional savevm.c qemu_savevm_state and qemu_loadvm_state, master at
 * 2a1354d6; what qemu-xen has beyond it, see {@link Framing#UPSTREAM}.
 *
 * @param sections in the order of the stream
 * @param endAt the offset of the end marker
 * @param padding how many bytes follow the end marker, all of them zero
 * @param machine the machine that the stream says it is of; null where it says none
 * @param footers whether the id of each section stands once more behind it
 */
public record Walk(
    List<Section> sections, int endAt, int padding, String machine, boolean footers) {

  /** {@code QEVM}, the first four bytes of every stream. */
  public static final long MAGIC = 0x5145564dL;

  /** The version of the stream's framing, in the next four. */
  public static final long VERSION = 3;

  /** Where the first section begins. */
  public static final int FIRST_SECTION_AT = 8;

  /**
   * More sections than any device model registers: a PCI bus has 256 functions, and a few dozen
   * devices are elsewhere. Keeps a hostile stream from costing more than it is long.
   */
  static final int MOST_SECTIONS = 1024;

  /** Copies the list. */
  public Walk {
    sections = List.copyOf(sections);
  }

  /** A walk over a stream in the traditional framing, which has neither of the last two. */
  public Walk(List<Section> sections, int endAt, int padding) {
    this(sections, endAt, padding, null, false);
  }

  /** Reads a whole stream under a dialect. */
  public static Reading under(Dialect dialect, Octets octets) {
    return new Walker(dialect, octets).walk();
  }

  /** One walk. It moves forward only and allocates no more than what it returns. */
  private static final class Walker {
    private final Dialect dialect;
    private final Octets octets;
    private final int size;
    private final boolean upstream;
    private final List<Section> sections = new ArrayList<>(32);
    private String machine;
    private boolean footers;
    private final Layout.Failure failure = new Layout.Failure();

    Walker(Dialect dialect, Octets octets) {
      this.dialect = dialect;
      this.octets = octets;
      this.size = octets.size();
      this.upstream = dialect.framing() == Framing.UPSTREAM;
    }

    Reading walk() {
      Mismatch mismatch = preamble(octets);
      if (mismatch != null) {
        return new Reading.Failed(mismatch, sections);
      }
      int at = FIRST_SECTION_AT;
      if (upstream && at < size && octets.u8(at) == Framing.CONFIGURATION) {
        at = configuration(at);
        if (at < 0) {
          return failed(failure.kind, failure.at, failure.found, failure.expected);
        }
      }
      while (true) {
        if (at >= size) {
          return failed(
              Mismatch.Kind.TRUNCATED,
              size,
              "the end of the stream",
              "a section or the end marker at " + Text.offset(at));
        }
        int type = octets.u8(at);
        if (type == SectionType.END_OF_STREAM) {
          break;
        }
        if (sections.size() >= MOST_SECTIONS) {
          return failed(
              Mismatch.Kind.FRAMING,
              at,
              "another section after " + MOST_SECTIONS,
              "the end marker: no device model registers so many");
        }
        Section section;
        if (type == SectionType.FULL.code() || type == SectionType.START.code()) {
          section =
              named(at, type == SectionType.FULL.code() ? SectionType.FULL : SectionType.START);
        } else if (type == SectionType.PART.code() || type == SectionType.END.code()) {
          section =
              continued(at, type == SectionType.PART.code() ? SectionType.PART : SectionType.END);
        } else {
          return failed(
              Mismatch.Kind.FRAMING,
              at,
              "byte " + Text.hex(type, 1),
              (upstream ? "a section type (04)" : "a section type (01 to 04)")
                  + " or the end marker (00)"
                  + (sections.isEmpty()
                      ? ""
                      : " after section " + sections.get(sections.size() - 1).inWords()));
        }
        if (section == null) {
          return failed(failure.kind, failure.at, failure.found, failure.expected);
        }
        sections.add(section);
        at = section.end();
        if (upstream) {
          at = behind(section);
          if (at < 0) {
            return failed(failure.kind, failure.at, failure.found, failure.expected);
          }
        }
      }
      if (upstream && at + 1 < size) {
        return failed(
            Mismatch.Kind.TRAILING,
            at + 1,
            (size - at - 1) + " bytes after the end marker at " + Text.offset(at),
            "nothing"
                + (sections.isEmpty()
                    ? ""
                    : ", or a section that ends elsewhere: QEMU stops at the marker without a word,"
                        + " and the section before it is "
                        + sections.get(sections.size() - 1).inWords()));
      }
      int contentEnd = octets.contentEnd();
      if (contentEnd > at + 1) {
        int garbage = octets.nonZeroFrom(at + 1);
        return failed(
            Mismatch.Kind.TRAILING,
            garbage,
            "byte "
                + Text.hex(octets.u8(garbage), 1)
                + " after the end marker at "
                + Text.offset(at),
            "nothing or zero padding");
      }
      return complete(at);
    }

    private Reading complete(int endAt) {
      Section live = unfinished();
      if (live != null) {
        return failed(
            Mismatch.Kind.FRAMING,
            endAt,
            "the end marker",
            (live.type() == SectionType.START ? "PART" : "END") + " of section " + live.inWords());
      }
      Mismatch mismatch = instances();
      return mismatch != null
          ? new Reading.Failed(mismatch, sections)
          : new Reading.Complete(new Walk(sections, endAt, size - endAt - 1, machine, footers));
    }

    /** The offset after the machine's name, or -1. */
    private int configuration(int at) {
      if (size - at < 5) {
        tooShort("the machine's name at " + Text.offset(at));
        return -1;
      }
      long length = octets.u32(at + 1);
      if (length > size - at - 5) {
        tooShort("a machine's name of " + length + " bytes at " + Text.offset(at));
        return -1;
      }
      machine = Text.idstr(octets.copy(at + 5, (int) length));
      if (!Text.isPrintable(machine)) {
        fail(
            Mismatch.Kind.FRAMING,
            at + 5,
            "'" + Text.printable(machine) + "'",
            "the name of a machine");
        return -1;
      }
      return at + 5 + (int) length;
    }

    /** The offset after a section with what stands behind it, or -1. */
    private int behind(Section section) {
      int at = section.end();
      if (at < size && octets.u8(at) == Field.Subsection.CODE) {
        unknownSubsection(section);
        return -1;
      }
      if (sections.size() == 1) {
        footers = at < size && octets.u8(at) == Framing.FOOTER;
      }
      if (!footers) {
        return at;
      }
      String expected =
          "the footer of section " + section.inWords() + " (7e and id " + section.sectionId() + ")";
      if (size - at < 5) {
        tooShort(expected + " at " + Text.offset(at));
        return -1;
      }
      if (octets.u8(at) != Framing.FOOTER || octets.u32(at + 1) != section.sectionId()) {
        fail(
            Mismatch.Kind.FRAMING,
            at,
            "bytes " + HexFormat.of().formatHex(octets.copy(at, 5)),
            expected);
        return -1;
      }
      return at + 5;
    }

    /** A subsection that the section's layout knows, it has eaten. */
    private void unknownSubsection(Section section) {
      int at = section.end();
      int length = at + 1 < size ? octets.u8(at + 1) : 0;
      if (length > size - at - 6) {
        tooShort("a subsection of section " + section.inWords() + " at " + Text.offset(at));
        return;
      }
      String idstr = Text.idstr(octets.copy(at + 2, length));
      if (Text.isPrintable(idstr)) {
        fail(
            Mismatch.Kind.SECTION,
            at,
            "subsection '" + Text.printable(idstr) + "' of section " + section.inWords(),
            "a subsection that it knows there");
      } else {
        fail(
            Mismatch.Kind.FRAMING,
            at,
            "byte " + Text.hex(Field.Subsection.CODE, 1),
            "a section type or the end marker after section " + section.inWords());
      }
    }

    /** The section before this place, if it is a START or PART that still goes on. */
    private Section unfinished() {
      if (sections.isEmpty()) {
        return null;
      }
      Section last = sections.get(sections.size() - 1);
      return last.type() == SectionType.START || last.type() == SectionType.PART ? last : null;
    }

    private Section named(int at, SectionType type) {
      Section live = unfinished();
      if (live != null) {
        return fail(
            Mismatch.Kind.FRAMING,
            at,
            "section type " + Text.hex(type.code(), 1),
            (live.type() == SectionType.START ? "PART" : "END") + " of section " + live.inWords());
      }
      if (size - at < 6) {
        return tooShort("a section header at " + Text.offset(at));
      }
      int length = octets.u8(at + 5);
      int payloadAt = at + 6 + length + 8;
      if (size - at < 6 + length + 8) {
        return tooShort("a section header of " + (14 + length) + " bytes at " + Text.offset(at));
      }
      Form[] forms = dialect.formsAt(octets, at + 6, length);
      if (forms.length == 0) {
        String idstr = Text.idstr(octets.copy(at + 6, length));
        return fail(
            Text.isPrintable(idstr) ? Mismatch.Kind.SECTION : Mismatch.Kind.FRAMING,
            at + 6,
            "section '" + Text.printable(idstr) + "'",
            "the idstr of a section that it knows");
      }
      long instance = octets.u32(payloadAt - 8);
      long label = octets.u32(payloadAt - 4);
      Form form = null;
      for (Form candidate : forms) {
        if (candidate.label() == label) {
          form = candidate;
          break;
        }
      }
      if (form == null) {
        return fail(
            Mismatch.Kind.SECTION,
            payloadAt - 4,
            "'" + idstr(forms[0], at, length) + "' labelled " + label,
            "label " + Dialect.labels(forms));
      }
      if (!form.instance().admits(instance)) {
        return fail(
            Mismatch.Kind.SECTION,
            payloadAt - 8,
            "'" + idstr(form, at, length) + "' instance " + Text.hex(instance, 4),
            "instance " + form.instance().inWords());
      }
      if (form.device().live() != (type == SectionType.START)) {
        return fail(
            Mismatch.Kind.SECTION,
            at,
            "section type " + Text.hex(type.code(), 1) + " for '" + idstr(form, at, length) + "'",
            Text.hex(form.device().live() ? SectionType.START.code() : SectionType.FULL.code(), 1));
      }
      int end = payload(form, payloadAt, at, length);
      return end < 0
          ? null
          : new Section(
              type,
              at,
              octets.u32(at + 1),
              dialect.idstrAt(form, octets, at + 6, length),
              instance,
              form,
              payloadAt,
              end - payloadAt);
    }

    private String idstr(Form form, int at, int length) {
      return Text.printable(dialect.idstrAt(form, octets, at + 6, length));
    }

    private int payload(Form form, int payloadAt, int headerAt, int idstrLength) {
      int end = form.content().layout().measure(octets, payloadAt, failure);
      if (end < 0) {
        String which =
            "'"
                + idstr(form, headerAt, idstrLength)
                + "' label "
                + form.label()
                + " (content "
                + form.content().name()
                + ")";
        if (failure.kind == Mismatch.Kind.TRUNCATED) {
          failure.expected += ", of " + which;
        } else {
          failure.found += " in " + which;
        }
      }
      return end;
    }

    private Section continued(int at, SectionType type) {
      if (size - at < 5) {
        return tooShort("the header of a PART or END section at " + Text.offset(at));
      }
      Section before = unfinished();
      SectionType due =
          before == null
              ? null
              : before.type() == SectionType.START ? SectionType.PART : SectionType.END;
      long sectionId = octets.u32(at + 1);
      if (type != due || sectionId != before.sectionId()) {
        return fail(
            Mismatch.Kind.FRAMING,
            at,
            "section type " + Text.hex(type.code(), 1) + " with id " + sectionId,
            before == null
                ? "a section that begins something"
                : due + " of section " + before.inWords() + ", id " + before.sectionId());
      }
      int end = before.content().layout().measure(octets, at + 5, failure);
      return end < 0
          ? null
          : new Section(
              type,
              at,
              sectionId,
              before.idstr(),
              before.instance(),
              before.form(),
              at + 5,
              end - at - 5);
    }

    /** No section twice, and counted ones counted. */
    private Mismatch instances() {
      for (int i = 0; i < sections.size(); i++) {
        Section section = sections.get(i);
        InstanceRule rule = section.form().instance();
        if (!section.named()
            || rule instanceof InstanceRule.AlwaysZero
            || rule instanceof InstanceRule.Any) {
          continue;
        }
        long before = 0;
        for (int j = 0; j < sections.size(); j++) {
          Section other = sections.get(j);
          if (i == j || !other.device().equals(section.device()) || !other.named()) {
            continue;
          }
          if (j < i
              && other.instance() == section.instance()
              && other.idstr().equals(section.idstr())) {
            return new Mismatch(
                Mismatch.Kind.SECTION,
                section.headerAt(),
                "section " + section.inWords() + " a second time",
                "it once");
          }
          before += other.sectionId() < section.sectionId() ? 1 : 0;
        }
        if (rule instanceof InstanceRule.Counted && section.instance() != before) {
          return new Mismatch(
              Mismatch.Kind.SECTION,
              section.instanceAt(),
              "section " + section.inWords(),
              "instance " + before + ": it is number " + (before + 1) + " of its kind");
        }
      }
      return null;
    }

    private Section fail(Mismatch.Kind kind, int at, String found, String expected) {
      failure.fail(kind, at, found, expected);
      return null;
    }

    private Section tooShort(String what) {
      return fail(Mismatch.Kind.TRUNCATED, size, "the end of the stream", what);
    }

    private Reading failed(Mismatch.Kind kind, int at, String found, String expected) {
      return new Reading.Failed(new Mismatch(kind, at, found, expected), sections);
    }
  }

  /** What is wrong with the first eight bytes, or null. */
  static Mismatch preamble(Octets octets) {
    if (octets.size() < FIRST_SECTION_AT) {
      return new Mismatch(
          Mismatch.Kind.TRUNCATED,
          octets.size(),
          "the end of the stream",
          "the magic and the version, 8 bytes");
    }
    if (octets.u32(0) != MAGIC) {
      return new Mismatch(
          Mismatch.Kind.FRAMING,
          0,
          "magic " + Text.hex(octets.u32(0), 4),
          Text.hex(MAGIC, 4) + " (QEVM)");
    }
    return octets.u32(4) == VERSION
        ? null
        : new Mismatch(Mismatch.Kind.FRAMING, 4, "version " + octets.u32(4), "version " + VERSION);
  }
}
