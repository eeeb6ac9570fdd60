package org.dragoman.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dragoman.host.AuditLog;
import org.dragoman.stream.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman log}: what was decided, and why. */
final class LogCommand implements Command {
  private static final String DOMAIN = "--domain";
  private static final String SINCE = "--since";
  private static final Pattern AGO = Pattern.compile("([0-9]{1,9})([smhdw])");
  private static final Pattern ZONE = Pattern.compile("T.*(Z|[+-][0-9:]+)$");

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command("log", "Show what was decided about each stream, the oldest first.");
    spec.addOption(
        OptionSpec.builder(DOMAIN)
            .paramLabel("DOMAIN")
            .type(String.class)
            .description(
                "Only of one domain: a domid, a uuid, or a name, in which * and ? stand for any"
                    + " characters.")
            .build());
    spec.addOption(
        OptionSpec.builder(SINCE)
            .paramLabel("TIME")
            .type(String.class)
            .description(
                "Only since then: a date, a date and time (2026-11-25T09:30), or as long ago as"
                    + " 15m, 2h, 3d, 1w.")
            .build());
    spec.addOption(Options.flag(Options.JSON, "Print the lines as they stand in the log."));
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    String domain = arguments.matchedOptionValue(DOMAIN, (String) null);
    String since = arguments.matchedOptionValue(SINCE, (String) null);
    Instant from = since == null ? null : time(since, Instant.now());
    Path log = HostOptions.load(arguments).settings().auditLog();
    if (log == null) {
      throw new Failure(Exit.FILE, "there is no audit log: the configuration says none");
    }
    boolean raw = arguments.hasMatchedOption(Options.JSON);
    try {
      AuditLog.read(
          log,
          domain,
          from,
          entry -> {
            if (raw) {
              out.println(entry.line());
            } else {
              text(out, entry);
            }
          },
          problem -> err.println("dragoman: " + Text.withoutControls(problem)));
    } catch (NoSuchFileException e) {
      Path parent = log.toAbsolutePath().getParent();
      if (!Files.isDirectory(parent)) {
        throw new Failure(
            Exit.FILE,
            log
                + ": its folder is not there, and no decision is logged: dragoman doctor says how"
                + " to make it");
      }
      err.println(
          "dragoman: "
              + Text.withoutControls(log.toString())
              + ": no such file: nothing was decided yet, or it was removed");
    } catch (AccessDeniedException e) {
      throw new Failure(
          Exit.FILE, e.getFile() + ": permission denied; root and the group adm may read it");
    } catch (IOException e) {
      throw new Failure(Exit.FILE, log + ": " + e.getMessage());
    }
    return Exit.DONE;
  }

  /** A moment as a user says it; without a zone, it is the host's. */
  static Instant time(String text, Instant now) throws Failure {
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      return now.minus(
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofDays(7 * count);
          });
    }
    try {
      String iso = text.replace(' ', 'T');
      if (iso.indexOf('T') < 0) {
        return LocalDate.parse(iso).atStartOfDay(ZoneId.systemDefault()).toInstant();
      }
      return ZONE.matcher(iso).find()
          ? OffsetDateTime.parse(iso).toInstant()
          : LocalDateTime.parse(iso).atZone(ZoneId.systemDefault()).toInstant();
    } catch (DateTimeException e) {
      throw new Failure(
          Exit.USAGE,
          SINCE
              + " "
              + text
              + ": expected a date, a time like 2026-11-25T09:30, or 15m, 2h, 3d, 1w");
    }
  }

  private static void text(PrintStream out, AuditLog.Entry entry) {
    StringBuilder line = new StringBuilder();
    line.append(entry.text("time")).append("  ");
    line.append("domain ").append(or(entry.text("domid"), "?"));
    line.append(" (").append(or(entry.text("name"), "no name")).append(")  ");
    line.append(entry.text("outcome"));
    if (entry.text("kind").equals("start")) {
      line.append(": a guest boots");
    } else {
      translation(line, entry);
    }
    if (entry.json().path("ms").isObject()) {
      line.append(", ").append(entry.json().path("ms").path("total").asText("?")).append(" ms");
    }
    if (entry.text("helper").equals("filter")) {
      line.append(", in a pipe");
    }
    if (entry.text("helper").equals("fallback")) {
      line.append(", by the fallback");
    }
    out.println(Text.withoutControls(line.toString()));
    for (JsonNode edit : entry.json().path("edits")) {
      out.println(
          Text.withoutControls(
              "    at "
                  + Text.offset(edit.path("offset").asLong())
                  + " ("
                  + edit.path("section").asText()
                  + "): "
                  + edit.path("reason").asText()));
    }
    for (String key : List.of("reasons", "warnings")) {
      for (String reason : texts(entry.json().path(key))) {
        out.println("    " + Text.withoutControls(reason));
      }
    }
  }

  private static void translation(StringBuilder line, AuditLog.Entry entry) {
    List<String> from = texts(entry.json().path("explanations"));
    line.append(": from ")
        .append(from.isEmpty() ? "an unknown product" : String.join(" or ", from));
    line.append(" to ").append(or(entry.text("target"), "an unknown one"));
    int edits = entry.json().path("edits").size();
    line.append(", ").append(edits).append(edits == 1 ? " edit" : " edits");
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }
}
