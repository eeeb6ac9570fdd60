package org.dragoman.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.dragoman.yaml.YamlReader;

/** The audit log, with what logrotate made of its older part. */
public final class AuditLog {
  /** {@code .1}, {@code .2.gz}: the higher, the older. {@code -20261125}: by date. */
  private static final Pattern ROTATED = Pattern.compile("[.-]([0-9]{1,12})(\\.gz)?");

  /** In characters; a decision has some thousands, or twice a section that is dropped. */
  private static final int LONGEST_LINE = 8 << 20;

  private static final Set<StandardOpenOption> APPEND =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  private static final FileAttribute<Set<PosixFilePermission>> GROUP_READS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  private AuditLog() {}

  /**
   * Adds a line. The log is opened for each, so that it can be renamed away at any time, and lines
   * of several processes do not mix.
   *
   * @param log need not be there; its folder must
   * @throws IOException if the line cannot be written whole; the message is for people and names
   *     the file
   */
  public static void add(Path log, Decision decision) throws IOException {
    ByteBuffer line = ByteBuffer.wrap(decision.line().getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel = FileChannel.open(log, APPEND, GROUP_READS)) {
      // One write: lines of others come before or after it.
      int written = channel.write(line);
      if (line.hasRemaining()) {
        throw new IOException("only " + written + " bytes of a line could be written");
      }
    } catch (IOException e) {
      throw new IOException(
          "the decision is not in the audit log: " + log + ": " + YamlReader.reason(e), e);
    }
  }

  /**
   * One decision.
   *
   * @param line as it stands in the log
   * @param time when it was written
   * @param json what it says
   */
  public record Entry(String line, Instant time, JsonNode json) {

    /** Text that the decision has; empty where it is not known. */
    public String text(String key) {
      JsonNode value = json.path(key);
      return value.isNull() || value.isMissingNode() ? "" : value.asText();
    }

    /** Whether the decision was about a domain. */
    private boolean isAbout(String domain) {
      String name = text("name");
      return domain == null
          || domain.equals(text("domid"))
          || Glob.matches(domain, name)
          || new SourceRule(domain, null, null).matches(name, null)
          || domain.equals(text("uuid"));
    }
  }

  /**
   * Reads the log, the oldest decision first.
   *
   * @param domain a domid, a uuid, or a name, in which * and ? stand for anything; null: any
   * @param since null: from the beginning
   * @param damaged takes a sentence on each line that cannot be read
   * @throws IOException if a file cannot be read, or there is none
   */
  public static void read(
      Path log, String domain, Instant since, Consumer<Entry> entries, Consumer<String> damaged)
      throws IOException {
    List<Path> files = files(log);
    if (files.isEmpty()) {
      throw new NoSuchFileException(log.toString());
    }
    ObjectMapper mapper = new ObjectMapper();
    for (Path file : files) {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        // The helper's user may put anything there; root shall not read where a link leads.
        damaged.accept(file + ": a link, or no regular file; left out");
        continue;
      }
      try (InputStream in = open(file);
          BufferedReader reader =
              new BufferedReader(
                  new InputStreamReader(
                      in,
                      StandardCharsets.UTF_8
                          .newDecoder()
                          .onMalformedInput(CodingErrorAction.REPLACE)
                          .onUnmappableCharacter(CodingErrorAction.REPLACE)))) {
        int number = 0;
        for (String line = line(reader); line != null; line = line(reader)) {
          number++;
          Entry entry = line.isBlank() ? null : entry(mapper, line);
          if (entry == null && !line.isBlank()) {
            damaged.accept(file + ":" + number + ": not a line of the audit log; left out");
          }
          if (entry != null
              && entry.isAbout(domain)
              && (since == null || !entry.time().isBefore(since))) {
            entries.accept(entry);
          }
        }
      }
    }
  }

  /** The next line, without what makes it longer than any line of ours; null: there is none. */
  private static String line(Reader reader) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = reader.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != '\n'; next = reader.read()) {
      if (line.length() < LONGEST_LINE) {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  private static Entry entry(ObjectMapper mapper, String line) {
    try {
      JsonNode json = mapper.readTree(line);
      return json.path("time").isTextual()
          ? new Entry(line, Instant.parse(json.get("time").asText()), json)
          : null;
    } catch (JsonProcessingException | DateTimeException e) {
      return null;
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  /** The log and its older parts that are there, the oldest first. */
  private static List<Path> files(Path log) throws IOException {
    String name = log.getFileName().toString();
    List<Path> older = new ArrayList<>();
    Path folder = log.toAbsolutePath().getParent();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          String other = entry.getFileName().toString();
          if (other.startsWith(name) && ROTATED.matcher(other.substring(name.length())).matches()) {
            older.add(entry);
          }
        }
      }
    }
    older.sort(Comparator.comparingLong(file -> age(file.getFileName().toString(), name)));
    if (Files.exists(log, LinkOption.NOFOLLOW_LINKS)) {
      older.add(log);
    }
    return older;
  }

  private static long age(String file, String log) {
    String ending = file.substring(log.length());
    Matcher rotated = ROTATED.matcher(ending);
    if (!rotated.matches()) {
      throw new IllegalStateException(file);
    }
    long number = Long.parseLong(rotated.group(1));
    return ending.charAt(0) == '-' ? number : -number;
  }
}
