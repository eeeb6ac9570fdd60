package org.dragoman.audit;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The regular files below a directory, each directory in the order of its names. Symbolic links are
 * not followed: they lead out of the tree, or around in it. No more is held than the names in one
 * directory of each level.
 */
final class Tree implements Iterator<Tree.Entry> {

  /** What the way through the tree comes by. */
  sealed interface Entry {
    /** A regular file. */
    record File(Path path) implements Entry {}

    /** What is in the tree and cannot be listed or asked what it is. */
    record Closed(Path path, String reason) implements Entry {}
  }

  private final Deque<Iterator<Path>> levels = new ArrayDeque<>();
  private Entry next;
  private long links;
  private long others;

  /**
   * The way through a directory.
   *
   * @throws IOException if that cannot be listed
   */
  Tree(Path root) throws IOException {
    levels.push(names(root));
    advance();
  }

  /** How many symbolic links it came by. */
  long links() {
    return links;
  }

  /** How many devices, pipes and sockets it came by. */
  long others() {
    return others;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Entry next() {
    if (next == null) {
      throw new NoSuchElementException();
    }
    Entry entry = next;
    advance();
    return entry;
  }

  private void advance() {
    next = null;
    while (next == null && !levels.isEmpty()) {
      if (levels.peek().hasNext()) {
        next = at(levels.peek().next());
      } else {
        levels.pop();
      }
    }
  }

  /** What a name stands for; null where there is nothing to look at. */
  private Entry at(Path path) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isRegularFile()) {
        return new Entry.File(path);
      }
      if (attributes.isDirectory()) {
        levels.push(names(path));
      } else if (attributes.isSymbolicLink()) {
        links++;
      } else {
        others++;
      }
      return null;
    } catch (NoSuchFileException e) {
      // It went away since its directory was listed, and is no longer part of the tree.
      return null;
    } catch (IOException e) {
      return new Entry.Closed(path, Reasons.of(e, path));
    }
  }

  private static Iterator<Path> names(Path directory) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(names::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return names.iterator();
  }
}
