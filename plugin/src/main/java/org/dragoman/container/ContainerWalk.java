package org.dragoman.container;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Goes once through whatever holds device-model streams, from the first byte to the end of the
 * container and not one byte further, and tells a {@link Visitor} what it comes by. Bodies are gone
 * past by the lengths in their headers; each length is checked before it is used, and none makes it
 * hold more than {@link #MOST_CONFIG} bytes.
 *
 * <p>Sources: Xen tools/xl/xl.h and xl_vmcontrol.c (4.17), docs/specs/libxl-migration-stream.pandoc
 * and libxc-migration-stream.pandoc (4.17), tools/libs/light/libxl_stream_read.c (4.17),
 * tools/libxc/xg_save_restore.h and xc_domain_restore.c (4.2), tools/python/xen/xend/
 * XendCheckpoint.py (4.1); xenopsd lib/suspend_image.ml; libvirt src/libxl/libxl_conf.h.
 */
public final class ContainerWalk {
  /** No configuration is larger; one of a guest with everything has some ten kilobytes. */
  public static final int MOST_CONFIG = 4 << 20;

  /** Source: Xen tools/libs/guest/xg_sr_stream_format.h, REC_LENGTH_MAX, 4.10 and later. */
  private static final long MOST_RECORD = 128L << 20;

  /** Xen 4.17 has 39 kinds of them. Source: Xen xen/include/public/hvm/params.h. */
  private static final long MOST_PARAMS = 1024;

  /** How many of them are in memory at once. */
  private static final int SOME_PARAMS = 64;

  /** Which of them says where Xen serves the guest's power management. */
  public static final int ACPI_IOPORTS_LOCATION = 19;

  /** A libxl record's length has 32 bits, and its padding must not overflow them. */
  private static final long MOST_EMULATOR = 0xffff_fff0L;

  /** Xen up to 4.5 takes the length for a signed number. */
  private static final long MOST_LEGACY = Integer.MAX_VALUE;

  /** Source: xenopsd xc/domain.ml. */
  private static final long MOST_XENOPSD = 1 << 20;

  private static final byte[] XL = ascii("Xen saved domain, xl format\n \0 \r");
  private static final byte[] LIBXL = ascii("LibxlFmt");
  private static final byte[] LIBXC = ascii("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffXENF");
  private static final byte[] LIBVIRT = ascii("libvirt-xml\n \0 \r");
  private static final byte[] XEND = ascii("LinuxGuestRecord");
  private static final byte[] XENOPSD = ascii("XenSavedDomain\n");
  private static final byte[] XENOPSD_V2 = ascii("XenSavedDomv2-\n");
  private static final byte[] QEVM = ascii("QEVM");
  private static final byte[] TO_THE_END = ascii("QemuDeviceModelRecord");
  private static final byte[] TO_THE_END_QEVM = ascii("QemuDeviceModelRecordQEVM");
  private static final byte[] CLASSIC = ascii("QemuDeviceModelRecord\n");
  private static final byte[] LIBXL_TAIL = ascii("DeviceModelRecord0002");
  private static final byte[] REMUS_TAIL = ascii("RemusDeviceModelState");

  // libxl's record types.
  private static final int END = 0;
  private static final int LIBXC_CONTEXT = 1;
  private static final int EMULATOR_XENSTORE_DATA = 2;
  private static final int EMULATOR_CONTEXT = 3;
  private static final ByteBuffer EMULATOR =
      ByteBuffer.wrap(new byte[] {EMULATOR_CONTEXT, 0, 0, 0}).asReadOnlyBuffer();
  private static final int CHECKPOINT_END = 4;
  private static final int CHECKPOINT_STATE = 5;

  // libxc's, those that differ from a body to be gone past.
  private static final int HVM_PARAMS = 0xa;
  private static final int TOOLSTACK = 0xb;
  private static final int CHECKPOINT = 0xe;
  private static final int DIRTY_PFN_LIST = 0xf;
  private static final int LAST_KNOWN = 0x12;
  private static final int OPTIONAL = 0x8000_0000;
  private static final int EMPTY_ON_PURPOSE_VERIFY = 0xd;

  private final Source source;
  private final Visitor visitor;
  private final int wordBits;

  private ContainerWalk(Source source, Visitor visitor, int wordBits) {
    this.source = source;
    this.visitor = visitor;
    this.wordBits = wordBits;
  }

  /**
   * Walks.
   *
   * @param wordBits of the toolstack that wrote a libxc stream of Xen 4.5 or older, 32 or 64; 0: as
   *     the bytes say
   * @throws DamagedException at the first byte that does not belong there, or where the bytes end
   *     too early
   * @throws IOException if they cannot be read
   */
  public static void walk(Source source, Visitor visitor, int wordBits)
      throws IOException, DamagedException {
    try {
      new ContainerWalk(source, visitor, wordBits).any();
      visitor.end();
    } catch (EOFException e) {
      throw new DamagedException(source.position(), "the end", "more: it is cut short");
    }
  }

  private void any() throws IOException, DamagedException {
    if (begins(XL)) {
      visitor.kind(ContainerKind.XL);
      xl();
    } else if (begins(LIBXL)) {
      visitor.kind(ContainerKind.LIBXL);
      libxl();
    } else if (begins(LIBXC)) {
      visitor.kind(ContainerKind.LIBXC);
      libxcAlone();
    } else if (begins(LIBVIRT)) {
      visitor.kind(ContainerKind.LIBVIRT);
      libvirt();
    } else if (begins(XENOPSD_V2)) {
      visitor.kind(ContainerKind.XENOPSD_V2);
      xenopsd();
    } else if (begins(XENOPSD)) {
      visitor.kind(ContainerKind.XENOPSD);
      source.take(XENOPSD.length);
      legacy();
    } else if (begins(XEND)) {
      visitor.kind(ContainerKind.XEND);
      xend();
    } else if (begins(QEVM)) {
      visitor.kind(ContainerKind.BARE);
      record(new byte[0], 0, DeviceRecord.Width.NONE, 0, -1, 1, MOST_LEGACY);
    } else if (begins(TO_THE_END) || begins(LIBXL_TAIL) || begins(REMUS_TAIL)) {
      visitor.kind(ContainerKind.SIGNED_RECORD);
      tail(0);
    } else if (legacyWordBits() != 0) {
      visitor.kind(ContainerKind.LEGACY_LIBXC);
      legacy();
    } else {
      throw unknown();
    }
  }

  private DamagedException unknown() throws IOException {
    Wrapper wrapper = Wrapper.at(source);
    if (wrapper != null) {
      return new WrappedException(wrapper);
    }
    ByteBuffer start = source.peek(8);
    if (!start.hasRemaining()) {
      return new DamagedException(0, "an empty file", "a save file or a device-model stream");
    }
    return new DamagedException(
        0,
        hexOf(start, start.remaining()),
        "the start of a save file or of a device-model stream (QEVM, version 3)");
  }

  private boolean begins(byte[] magic) throws IOException {
    ByteBuffer start = source.peek(magic.length);
    byte[] there = new byte[start.remaining()];
    start.get(there);
    return Arrays.equals(there, magic);
  }

  // xl

  private void xl() throws IOException, DamagedException {
    long start = source.position();
    ByteBuffer header = source.take(48);
    expect(start + 32, header.getInt(32), 0x01020304, "xl's mark of a little-endian writer");
    int flags = header.getInt(36);
    if ((flags & ~3) != 0) {
      throw new DamagedException(
          start + 36, "mandatory flags " + hex(flags), "none but 1 (JSON) and 2 (stream v2)");
    }
    long optional = Integer.toUnsignedLong(header.getInt(44));
    boolean streamV2 = (flags & 2) != 0;
    if (optional > 0) {
      long at = source.position();
      if (optional < 4 || optional > MOST_CONFIG) {
        throw new DamagedException(
            start + 44, optional + " octets of optional data", "0, or 4 to " + MOST_CONFIG);
      }
      ByteBuffer data = source.take((int) optional);
      long length = Integer.toUnsignedLong(data.getInt());
      if (length > optional - 4) {
        throw new DamagedException(
            at, "a configuration of " + length + " octets", "at most " + (optional - 4));
      }
      byte[] config = new byte[(int) length];
      data.get(config);
      boolean json = (flags & 1) != 0;
      if (json && (length == 0 || indexOf(config, (byte) 0) < 0)) {
        throw new DamagedException(
            at + 4 + length, "no NUL at the end of the configuration", "one, which xl reads up to");
      }
      config(json ? GuestConfig.Form.JSON : GuestConfig.Form.TEXT, at + 4, config);
    }
    if (streamV2) {
      libxl();
    } else {
      legacy();
    }
  }

  private void libvirt() throws IOException, DamagedException {
    long start = source.position();
    ByteBuffer header = source.take(64);
    int version = header.getInt(16);
    long length = Integer.toUnsignedLong(header.getInt(20));
    if (version != 1 && version != 2) {
      throw new DamagedException(start + 16, "version " + version, "1 or 2");
    }
    config(GuestConfig.Form.XML, start + 64, text(start + 20, length));
    if (version == 2) {
      libxl();
    } else {
      legacy();
    }
  }

  private void xend() throws IOException, DamagedException {
    long start = source.position();
    ByteBuffer header = source.take(XEND.length + 4);
    long length = Integer.toUnsignedLong(header.order(ByteOrder.BIG_ENDIAN).getInt(XEND.length));
    config(GuestConfig.Form.SXP, start + XEND.length + 4, text(start + XEND.length, length));
    legacy();
  }

  private void config(GuestConfig.Form form, long at, byte[] text) throws IOException {
    visitor.config(GuestConfig.read(form, text));
    visitor.configText(ConfigText.of(form, at, text));
  }

  private byte[] text(long lengthAt, long length) throws IOException, DamagedException {
    if (length < 0 || length > MOST_CONFIG) {
      throw new DamagedException(
          lengthAt, "a configuration of " + length + " octets", "at most " + MOST_CONFIG);
    }
    byte[] text = new byte[(int) length];
    source.take((int) length).get(text);
    return text;
  }

  // libxl stream v2, and libxc v2 and v3 in it

  private void libxl() throws IOException, DamagedException {
    long start = source.position();
    ByteBuffer header = source.take(16).order(ByteOrder.BIG_ENDIAN);
    for (int i = 0; i < LIBXL.length; i++) {
      if (header.get(i) != LIBXL[i]) {
        throw new DamagedException(start, hexOf(header, 8), "a libxl stream (LibxlFmt)");
      }
    }
    expect(start + 8, header.getInt(8), 2, "libxl stream version");
    int options = header.getInt(12);
    if ((options & ~2) != 0) {
      throw new DamagedException(
          start + 12, "options " + hex(options), "none but 2 (converted), little-endian");
    }
    GuestMemory memory = null;
    boolean afterCheckpoint = false;
    int emulators = 0;
    while (true) {
      long at = source.position();
      // Taken in one piece where it is a device model's, so that it can be held back in one.
      boolean emulator = source.peek(4).equals(EMULATOR);
      ByteBuffer record = source.take(emulator ? 16 : 8);
      int type = record.getInt();
      long length = Integer.toUnsignedLong(record.getInt());
      switch (type) {
        case END -> {
          empty(at, "END", length);
          if (memory == null) {
            throw new DamagedException(at, "END", "LIBXC_CONTEXT before it");
          }
          if (afterCheckpoint) {
            throw new DamagedException(at, "END in a checkpoint", "CHECKPOINT_END");
          }
          return;
        }
        case LIBXC_CONTEXT -> {
          empty(at, "LIBXC_CONTEXT", length);
          if (memory != null) {
            throw new DamagedException(at, "a second LIBXC_CONTEXT", "one");
          }
          memory = libxcHeaders();
          afterCheckpoint = libxcRecords(memory, true);
        }
        case EMULATOR_XENSTORE_DATA -> {
          ofEmulator(at, "EMULATOR_XENSTORE_DATA", memory, length, MOST_RECORD);
          emulatorId(at, source.take(8).getInt());
          passPadded(length - 8);
        }
        case EMULATOR_CONTEXT -> {
          if (++emulators > 1) {
            throw new DamagedException(at, "a second EMULATOR_CONTEXT", "one");
          }
          ofEmulator(at, "EMULATOR_CONTEXT", memory, length, MOST_EMULATOR);
          emulatorId(at, record.getInt());
          byte[] head = new byte[16];
          record.rewind().get(head);
          record(head, 4, DeviceRecord.Width.U32_LITTLE, 8, length - 8, 8, MOST_EMULATOR - 8);
        }
        case CHECKPOINT_END -> {
          empty(at, "CHECKPOINT_END", length);
          if (!afterCheckpoint) {
            throw new DamagedException(at, "CHECKPOINT_END", "a checkpoint before it");
          }
          visitor.checkpoint();
          emulators = 0;
          afterCheckpoint = libxcRecords(memory, true);
        }
        case CHECKPOINT_STATE -> {
          if (!afterCheckpoint) {
            throw new DamagedException(at, "CHECKPOINT_STATE", "a checkpoint before it");
          }
          state(at, length);
        }
        default ->
            throw new DamagedException(
                at, "a libxl record of type " + hex(type), "0 to 5, as libxl reads no other");
      }
    }
  }

  /** A record about the emulator belongs to an HVM guest, and begins with which one it is. */
  private static void ofEmulator(long at, String name, GuestMemory memory, long length, long most)
      throws DamagedException {
    if (memory == null || !memory.hardware()) {
      throw new DamagedException(
          at, name, memory == null ? "LIBXC_CONTEXT before it" : "none for a PV guest");
    }
    if (length < 8 || length > most) {
      throw new DamagedException(at + 4, name + " of " + length + " octets", "8 to " + most);
    }
  }

  private static void emulatorId(long at, int id) throws DamagedException {
    if (id < 0 || id > 2) {
      throw new DamagedException(
          at + 8,
          "emulator " + Integer.toUnsignedString(id),
          "0 (unknown), 1 (traditional) or 2 (qemu-xen)");
    }
  }

  /** COLO's word to the other side. */
  private void state(long at, long length) throws IOException, DamagedException {
    expect(at + 4, length, 4, "length of CHECKPOINT_STATE");
    passPadded(length);
  }

  private GuestMemory libxcHeaders() throws IOException, DamagedException {
    long start = source.position();
    ByteBuffer image = source.take(18).order(ByteOrder.BIG_ENDIAN);
    if (image.getLong(0) != -1 || image.getInt(8) != 0x58454e46) {
      throw new DamagedException(start, hexOf(image, 12), "a libxc stream (ff…ff, XENF)");
    }
    int version = image.getInt(12);
    if (version != 2 && version != 3) {
      throw new DamagedException(start + 12, "libxc stream version " + version, "2 or 3");
    }
    if (image.getShort(16) != 0) {
      throw new DamagedException(
          start + 16, "options " + hex(image.getShort(16) & 0xffff), "none (little-endian)");
    }
    zeros(6, "reserved");
    ByteBuffer domain = source.take(16);
    int type = domain.getInt(0);
    if (type != 1 && type != 2) {
      throw new DamagedException(start + 24, "guest type " + type, "1 (PV) or 2 (HVM)");
    }
    expect(start + 28, domain.getShort(4), 12, "page shift");
    expect(start + 30, domain.getShort(6), 0, "reserved");
    GuestMemory memory =
        new GuestMemory(version, type == 2, domain.getInt(8), domain.getInt(12), 0);
    visitor.memory(memory);
    return memory;
  }

  /** Whether they end with a checkpoint, after which libxl's records come. */
  private boolean libxcRecords(GuestMemory memory, boolean checkpoints)
      throws IOException, DamagedException {
    while (true) {
      long at = source.position();
      ByteBuffer record = source.take(8);
      int type = record.getInt();
      long length = Integer.toUnsignedLong(record.getInt());
      if (length > MOST_RECORD) {
        throw new DamagedException(
            at + 4, "a libxc record of " + length + " octets", "at most " + MOST_RECORD);
      }
      if (type == END) {
        empty(at, "END", length);
        return false;
      }
      if (type == CHECKPOINT) {
        empty(at, "CHECKPOINT", length);
        if (!checkpoints) {
          throw new DamagedException(at, "CHECKPOINT", "END: no libxl is there to go on");
        }
        return true;
      }
      if (type == EMPTY_ON_PURPOSE_VERIFY) {
        empty(at, "VERIFY", length);
      } else if (type == CHECKPOINT_STATE && memory.hardware()) {
        // libxc has this number for PV guests only; here it is COLO's, between two checkpoints.
        state(at, length);
        continue;
      } else if (type == TOOLSTACK
          || type == DIRTY_PFN_LIST
          || ((type & OPTIONAL) == 0 && type > LAST_KNOWN)) {
        throw new DamagedException(
            at, "a libxc record of type " + hex(type), "one that libxc reads here");
      } else if (type == HVM_PARAMS && length >= 8) {
        hvmParams(length);
        continue;
      }
      passPadded(length);
    }
  }

  /** One whose count is not that of its entries is gone past: libxc refuses it by itself. */
  private void hvmParams(long length) throws IOException, DamagedException {
    long count = Integer.toUnsignedLong(source.take(8).getInt());
    if (count > MOST_PARAMS || 8 + count * 16 != length) {
      source.pass(length - 8);
    } else {
      for (long left = count; left > 0; left -= SOME_PARAMS) {
        ByteBuffer some = source.take((int) Math.min(left, SOME_PARAMS) * 16);
        while (some.hasRemaining()) {
          visitor.hvmParameter(some.getLong(), some.getLong());
        }
      }
    }
    zeros((int) (-length & 7), "padding");
  }

  private void libxcAlone() throws IOException, DamagedException {
    GuestMemory memory = libxcHeaders();
    libxcRecords(memory, false);
    // As convert-legacy-stream leaves it: the record raw behind the stream.
    if (begins(LIBXL_TAIL)) {
      tail(0);
    }
  }

  // xenopsd, second generation

  private void xenopsd() throws IOException, DamagedException {
    source.take(XENOPSD_V2.length);
    GuestMemory memory = null;
    boolean emulator = false;
    while (true) {
      long at = source.position();
      ByteBuffer record = source.take(16);
      long type = record.getLong();
      long length = record.getLong();
      if (length < 0) {
        throw new DamagedException(at + 8, "a length of " + length, "0 or more");
      }
      if (type == 0xffffL) {
        empty(at, "End_of_image", length);
        return;
      } else if (type == 0x000fL) {
        config(GuestConfig.Form.XENOPS, at + 16, text(at + 8, length));
      } else if (type == 0x00f0L || type == 0x00f2L) {
        if (memory != null) {
          throw new DamagedException(at, "a second libxc stream", "one");
        }
        if (type == 0x00f0L) {
          memory = libxcHeaders();
          libxcRecords(memory, false);
        } else {
          memory = legacy();
          if (!memory.hardware()) {
            throw new DamagedException(
                at, "a PV guest of Xen 4.5 or older", "one whose end can be told: an HVM guest");
          }
          // Its record is part of it.
          emulator = true;
        }
      } else if (type == 0x0f00L) {
        if (memory != null && !memory.hardware()) {
          throw new DamagedException(at, "a device-model record", "none for a PV guest");
        }
        if (emulator) {
          throw new DamagedException(at, "a second device-model record", "one");
        }
        emulator = true;
        if (length > MOST_XENOPSD) {
          throw new DamagedException(
              at + 8, "a device-model record of " + length + " octets", "at most " + MOST_XENOPSD);
        }
        byte[] head = new byte[16];
        record.rewind().get(head);
        record(head, 8, DeviceRecord.Width.U64_LITTLE, 0, length, 1, MOST_XENOPSD);
      } else if (type >= 0x0f11L && type <= 0x0f13L) {
        source.pass(length);
      } else {
        throw new DamagedException(
            at,
            "a xenopsd record of type 0x" + Long.toHexString(type),
            type == 0x0f10L
                ? "none of a vGPU, whose state says no length"
                : "one that xenopsd reads");
      }
    }
  }

  // libxc of Xen 4.5 or older

  private int legacyWordBits() throws IOException {
    ByteBuffer start = source.peek(12);
    if (start.remaining() < 12) {
      return 0;
    }
    long size = start.getLong(0);
    boolean wide =
        size > 0 && size < 1L << 36 && (isFirstChunk(start.getInt(8)) || isAllOnes(start, 8));
    boolean narrow = start.getInt(0) != 0 && (isFirstChunk(start.getInt(4)) || isAllOnes(start, 4));
    return wide == narrow ? 0 : wide ? 64 : 32;
  }

  /** The mark of a PV guest's extended information. */
  private static boolean isAllOnes(ByteBuffer start, int at) {
    return start.getInt(at) == -1 && (at == 8 || start.getInt(at + 4) > 0);
  }

  private static boolean isFirstChunk(int chunk) {
    return chunk == -7 || chunk == -5 || chunk == -2 || (chunk >= 1 && chunk <= 1024);
  }

  private GuestMemory legacy() throws IOException, DamagedException {
    long start = source.position();
    int bits = wordBits != 0 ? wordBits : legacyWordBits();
    if (bits == 0) {
      ByteBuffer there = source.take(12);
      throw new DamagedException(
          start,
          hexOf(there, there.remaining()),
          "a libxc stream of Xen 4.5 or older, written by a 32-bit or a 64-bit toolstack");
    }
    int word = bits / 8;
    source.take(word);
    ByteBuffer next = source.peek(4);
    boolean pv = next.remaining() == 4 && next.getInt() == -1;
    GuestMemory memory = new GuestMemory(1, !pv, -1, -1, bits);
    visitor.memory(memory);
    if (pv) {
      // Nothing in it has a length, and no device model is part of it.
      source.passRest();
      return memory;
    }
    boolean last;
    boolean first = true;
    do {
      if (!first) {
        visitor.checkpoint();
      }
      first = false;
      last = legacyBody(word);
      // The frames of the rings, and the context of processors and of Xen's own devices.
      long at = source.position();
      ByteBuffer rings = source.take(28);
      long context = Integer.toUnsignedLong(rings.getInt(24));
      if (context > MOST_RECORD) {
        throw new DamagedException(
            at + 24, "a guest context of " + context + " octets", "at most " + MOST_RECORD);
      }
      source.pass(context);
    } while (tail(bits) && !last && source.peek(1).hasRemaining());
    return memory;
  }

  /** Whether it says that no checkpoint follows. */
  private boolean legacyBody(int word) throws IOException, DamagedException {
    boolean last = false;
    while (true) {
      long at = source.position();
      int chunk = source.take(4).getInt();
      if (chunk > 0 && chunk <= 1024) {
        ByteBuffer entries = source.take(chunk * word);
        long pages = 0;
        for (int i = 0; i < chunk; i++) {
          long entry = word == 8 ? entries.getLong() : entries.getInt();
          // From 13 on: broken, allocated only, or no page at all.
          if ((entry >>> 28 & 0xf) < 0xd) {
            pages++;
          }
        }
        source.pass(pages << 12);
        continue;
      }
      switch (chunk) {
        case 0 -> {
          return last;
        }
        // Verification begins.
        case -1 -> {}
        case -9 -> last = true;
        case -2 -> {
          long most = Integer.toUnsignedLong(source.take(4).getInt());
          if (most > 4095) {
            throw new DamagedException(at + 4, "processor " + most, "at most 4095");
          }
          source.pass((most / 64 + 1) * 8);
        }
        case -7 -> source.pass(20);
        case -18 -> {
          long length = Integer.toUnsignedLong(source.take(4).getInt());
          if (length > MOST_RECORD) {
            throw new DamagedException(
                at + 4, "toolstack data of " + length + " octets", "at most " + MOST_RECORD);
          }
          source.pass(length);
        }
        case -10 -> visitor.hvmParameter(ACPI_IOPORTS_LOCATION, source.take(12).getLong(4));
        case -3, -4, -8, -11, -14, -15, -16, -17, -19, -20, -21 -> source.pass(12);
        case -5, -6, -12, -13 ->
            throw new DamagedException(
                at,
                "chunk " + chunk + " (transcendent memory or compression)",
                "a plain save or migration");
        default ->
            throw new DamagedException(
                at, "chunk " + chunk, "1 to 1024 pages, or the number of a kind");
      }
    }
  }

  /**
   * Whether more may follow it.
   *
   * @param bits of the toolstack that what is before it was read for; 0: of any
   */
  private boolean tail(int bits) throws IOException, DamagedException {
    long at = source.position();
    if (begins(LIBXL_TAIL) || begins(REMUS_TAIL)) {
      byte[] head = new byte[LIBXL_TAIL.length + 4];
      source.take(head.length).get(head);
      long length = Integer.toUnsignedLong(le(head, LIBXL_TAIL.length));
      legacyRecord(head, DeviceRecord.Width.U32_LITTLE, length, MOST_LEGACY);
      return true;
    }
    if (begins(TO_THE_END_QEVM)) {
      byte[] head = new byte[TO_THE_END.length];
      source.take(head.length).get(head);
      record(head, 0, DeviceRecord.Width.NONE, 0, -1, 1, MOST_LEGACY);
      return false;
    }
    if (begins(CLASSIC)) {
      byte[] head = new byte[CLASSIC.length + 4];
      source.take(head.length).get(head);
      long length = Integer.toUnsignedLong(Integer.reverseBytes(le(head, CLASSIC.length)));
      legacyRecord(head, DeviceRecord.Width.U32_BIG, length, MOST_XENOPSD);
      return false;
    }
    // Up to 4.5, what is no PV guest has a device model, and libxc insists on its record.
    ByteBuffer there = source.peek(25);
    throw new DamagedException(
        at,
        there.hasRemaining() ? hexOf(there, there.remaining()) : "the end",
        "the signature of a device-model record"
            + (bits == 0
                ? ""
                : "; up to here it was read as a "
                    + bits
                    + "-bit toolstack writes it: if another"
                    + " did, give --width "
                    + (96 - bits)));
  }

  /** One whose length is the last thing of its header. */
  private void legacyRecord(byte[] head, DeviceRecord.Width width, long length, long most)
      throws IOException, DamagedException {
    int lengthAt = head.length - 4;
    if (length > most) {
      throw new DamagedException(
          source.position() - 4,
          "a device-model record of " + length + " octets",
          "at most " + most);
    }
    record(head, lengthAt, width, 0, length, 1, most);
  }

  private void record(
      byte[] head,
      int lengthAt,
      DeviceRecord.Width width,
      int more,
      long length,
      int alignment,
      long most)
      throws IOException, DamagedException {
    DeviceRecord record =
        new DeviceRecord(
            source.position() - head.length, head, lengthAt, width, more, length, alignment, most);
    visitor.record(record);
    if (length >= 0) {
      if (source.position() != record.at() + length) {
        throw new IllegalStateException("a record was left before its end");
      }
      zeros(record.padding(length), "padding");
    }
  }

  /** The rest of a record of libxl's or libxc's, and the padding to a multiple of 8. */
  private void passPadded(long length) throws IOException, DamagedException {
    source.pass(length);
    zeros((int) (-length & 7), "padding");
  }

  /** What nobody fills: where it is not empty, a length before it was wrong. */
  private void zeros(int count, String what) throws IOException, DamagedException {
    if (count == 0) {
      return;
    }
    long at = source.position();
    ByteBuffer bytes = source.take(count);
    while (bytes.hasRemaining()) {
      if (bytes.get() != 0) {
        bytes.rewind();
        throw new DamagedException(at, what + " " + hexOf(bytes, count), "zeros");
      }
    }
  }

  private static void empty(long at, String name, long length) throws DamagedException {
    if (length != 0) {
      throw new DamagedException(at, name + " of " + length + " octets", "an empty one");
    }
  }

  private static void expect(long at, long found, long expected, String what)
      throws DamagedException {
    if (found != expected) {
      throw new DamagedException(
          at, what + " 0x" + Long.toHexString(found), "0x" + Long.toHexString(expected));
    }
  }

  private static int le(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  private static int indexOf(byte[] bytes, byte wanted) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }

  private static String hexOf(ByteBuffer buffer, int count) {
    byte[] bytes = new byte[count];
    buffer.get(buffer.position(), bytes);
    return "bytes " + java.util.HexFormat.of().formatHex(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
