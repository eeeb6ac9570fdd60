package org.dragoman.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeTest {
  @TempDir Path folder;

  private List<String> files(Tree tree) {
    List<String> files = new ArrayList<>();
    tree.forEachRemaining(
        entry -> {
          Tree.Entry.File file = assertInstanceOf(Tree.Entry.File.class, entry);
          files.add(folder.relativize(file.path()).toString());
        });
    return files;
  }

  private void file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.createFile(file);
  }

  @Test
  void filesComeInTheOrderOfTheirNamesOnEachLevel() throws IOException {
    for (String name : List.of("c", "b/2", "a", "b/10/x", "b/1", "d/e/f")) {
      file(name);
    }
    Files.createDirectory(folder.resolve("void"));

    assertEquals(List.of("a", "b/1", "b/10/x", "b/2", "c", "d/e/f"), files(new Tree(folder)));
  }

  @Test
  void symbolicLinksAreCountedAndNotFollowed() throws IOException {
    file("a");
    Files.createSymbolicLink(folder.resolve("around"), folder);
    Files.createSymbolicLink(folder.resolve("b"), folder.resolve("a"));
    Files.createSymbolicLink(folder.resolve("nowhere"), Path.of("none"));
    Tree tree = new Tree(folder);

    assertEquals(List.of("a"), files(tree));
    assertEquals(3, tree.links());
  }

  @Test
  void theDirectoryItselfMayBeALink() throws IOException {
    file("a/image");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));

    assertEquals(List.of("link/image"), files(new Tree(link)));
  }

  @Test
  void aPipeIsNeverOpened() throws IOException, InterruptedException {
    new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start().waitFor();
    Tree tree = new Tree(folder);

    assertEquals(List.of(), files(tree));
    assertEquals(1, tree.others());
  }

  @Test
  void aDirectoryThatCannotBeListedIsAnEntryOfItsOwn() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(closed), "root reads everything");
    try {
      Tree.Entry.Closed entry = assertInstanceOf(Tree.Entry.Closed.class, new Tree(folder).next());

      assertEquals(closed, entry.path());
      assertEquals("permission denied", entry.reason());
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void aRootThatIsNotThereIsAFailure() {
    assertThrows(NoSuchFileException.class, () -> new Tree(folder.resolve("none")));
  }
}
