package org.dragoman.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.dragoman.os.MappedFile;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.StreamKind;
import org.dragoman.stream.Text;
import org.dragoman.translate.Verdict;

/** The file that a command is asked about: a stream, or a reason why not. */
record Input(MappedFile file, BufferOctets octets) {

  /**
   * Larger than any device-model stream: a dozen network cards are less than a megabyte, and a
   * record with the whole video memory in it has 16 MiB at most.
   */
  static final int MOST = 64 << 20;

  /** Maps a file and makes sure that it is worth a closer look. */
  static Input open(Path path) throws Failure {
    Options.refuseOddName(path);
    MappedFile file;
    try {
      file = MappedFile.open(path, MOST);
    } catch (IOException e) {
      boolean unreadable = path.toString().indexOf('\ufffd') >= 0;
      throw new Failure(
          Exit.FILE,
          Text.withoutControls(e.getMessage())
              + (unreadable ? " (its name is not UTF-8: rename it, or give a link to it)" : ""));
    }
    BufferOctets octets = new BufferOctets(file.bytes());
    StreamKind kind = StreamKind.of(octets);
    String name = Text.withoutControls(path.toString());
    switch (kind) {
      case TRADITIONAL -> {
        if (file.size() > MOST) {
          throw new Failure(
              Exit.DAMAGED,
              name
                  + ": found "
                  + file.size()
                  + " bytes, expected at most "
                  + MOST
                  + ": no device-model stream is larger");
        }
        return new Input(file, octets);
      }
      case VERSION_1, VERSION_2, UPSTREAM ->
          throw new Failure(
              Exit.REFUSED,
              name
                  + ": this is "
                  + kind.description()
                  + "; Dragoman translates version 3 of qemu-xen-traditional and XenServer so far",
              4);
      case EMPTY ->
          throw new Failure(
              Exit.DAMAGED,
              name + ": at 0x0: found an empty file, expected a device-model stream (QEVM)",
              0);
      case UNKNOWN -> {
        int shown = Math.min(8, octets.size());
        throw new Failure(
            Exit.DAMAGED,
            name
                + ": not a device-model stream: at 0x0: found bytes "
                + java.util.HexFormat.of().formatHex(octets.copy(0, shown))
                + ", expected 5145564d00000003 (QEVM, version 3)",
            0);
      }
      default ->
          throw new Failure(
              Exit.DAMAGED,
              name
                  + ": at 0x0: found "
                  + kind.description()
                  + "; expected a bare device-model stream (QEVM)",
              0);
    }
  }

  /** Ends the command if the stream is cut short or is none, whatever its first bytes say. */
  void refuseDamaged(Verdict verdict) throws Failure {
    if (verdict.damage() != null) {
      throw new Failure(
          Exit.DAMAGED,
          name() + ": damaged or not a stream: " + verdict.damage().inWords(octets),
          verdict.damage().at());
    }
  }

  /** The file, as it was named. */
  Path path() {
    return file.path();
  }

  /** The file name for messages. */
  String name() {
    return Text.withoutControls(path().toString());
  }
}
