package org.dragoman.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * By what a file is known to be the same as before without reading it.
 *
 * @param size in bytes
 * @param modified when its content changed last, in ISO 8601
 * @param changed when it or its attributes changed last, in ISO 8601; nobody can set it back
 * @param inode its number in its file system
 */
public record FileMark(long size, String modified, String changed, long inode) {

  /** That of a file, now. A symbolic link is one of its own. */
  static FileMark of(Path file) throws IOException {
    Map<String, Object> now =
        Files.readAttributes(
            file, "unix:size,lastModifiedTime,ctime,ino", LinkOption.NOFOLLOW_LINKS);
    return new FileMark(
        (Long) now.get("size"),
        ((FileTime) now.get("lastModifiedTime")).toString(),
        ((FileTime) now.get("ctime")).toString(),
        (Long) now.get("ino"));
  }
}
