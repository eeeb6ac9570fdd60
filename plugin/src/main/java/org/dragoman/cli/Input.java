package org.dragoman.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.dragoman.image.RecordInside;
import org.dragoman.os.InPlace;
import org.dragoman.os.InputFile;
import org.dragoman.stream.Text;
import org.dragoman.translate.Translator;

/** The file that a command is asked about: a save file or a stream, or a reason why not. */
record Input(InputFile file, Image image) implements AutoCloseable {

  /** Opens a file, and makes sure that it is worth a closer look. */
  static Input open(Path path, Translator translator, int wordBits) throws Failure {
    return open(path, translator, wordBits, true);
  }

  /** The same, for a guest that shall have its PCI slots when it reboots, too, or shall not. */
  static Input open(Path path, Translator translator, int wordBits, boolean keepsTopology)
      throws Failure {
    Options.refuseOddName(path);
    String name = Text.withoutControls(path.toString());
    InputFile file;
    try {
      file = InputFile.open(path);
    } catch (IOException e) {
      boolean unreadable = path.toString().indexOf('\ufffd') >= 0;
      throw new Failure(
          Exit.FILE,
          Text.withoutControls(e.getMessage())
              + (unreadable ? " (its name is not UTF-8: rename it, or give a link to it)" : ""));
    }
    try {
      if (InPlace.isBegun(path)) {
        throw new Failure(
            Exit.FILE,
            name
                + ": a change in place was begun and not finished; run dragoman rewrite --in-place"
                + " on it again");
      }
      return new Input(file, Image.read(file, translator, wordBits, keepsTopology));
    } catch (Failure e) {
      close(file);
      throw e;
    } catch (DamagedException e) {
      close(file);
      throw new Failure(Exit.DAMAGED, name + ": " + e.getMessage(), e.at());
    } catch (IOException e) {
      close(file);
      throw new Failure(Exit.FILE, Text.withoutControls(e.getMessage()));
    }
  }

  /** Whether it is a device-model stream and nothing around it. */
  boolean isBare() {
    return image.records().size() == 1 && image.records().get(0).isBare();
  }

  /** The stream of a file that is one, and nothing else. */
  RecordInside bare() throws Failure {
    if (!isBare()) {
      throw new Failure(
          Exit.DAMAGED,
          name()
              + ": at 0x0: found "
              + image.kind().title()
              + ", expected a bare device-model stream (QEVM)",
          0);
    }
    return image.records().get(0);
  }

  /** The file, as it was named. */
  Path path() {
    return file.path();
  }

  /** The file name for messages. */
  String name() {
    return Text.withoutControls(path().toString());
  }

  @Override
  public void close() {
    close(file);
  }

  private static void close(InputFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read.
      return;
    }
  }
}
