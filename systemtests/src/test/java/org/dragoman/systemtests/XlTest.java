package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The installed {@code xl} before another one, and the filter that goes by the host's
 * configuration. On a real Xen, {@code bin/check-xen} runs it before the real one.
 */
class XlTest {
  private static final Path XL = PrivateHost.home().resolve("xl");

  private Path folder;
  private PrivateHost host;
  private Path file;
  private byte[] before;
  private byte[] after;

  @BeforeEach
  void aHost() throws IOException {
    folder = InstalledProgram.readableFolder();
    Files.createDirectory(folder.resolve("host"));
    host = new PrivateHost(folder.resolve("host"));
    host.configure("audit-log: " + log() + "\n");
    // The one that is configured already goes.
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration()).replaceFirst("audit-log: .*\n", ""));
    Files.createDirectory(log().getParent());
    writableByAll(log().getParent());
    file = folder.resolve("web 1.save");
    before =
        Container.smallNamed("xl 4.6, libxc 3").around(Program.stream("xenserver-6.2.standard"));
    Files.write(file, before);
    Path rewritten = folder.resolve("rewritten");
    assertEquals(0, Program.dragoman("rewrite", "--to", "xen-4.4", file, rewritten).exit());
    after = Files.readAllBytes(rewritten);
    Path real = folder.resolve("bin/xl");
    Files.createDirectories(real.getParent());
    Files.writeString(
        real,
        """
        #!/bin/sh
        cd %s/got
        printf '<%%s>' "$@" >argv
        case $* in
        *migrate-receive*) echo ready; cat >stream ;;
        *restore*)
            for word; do case $word in /dev/*) cat "$word" >stream ;; esac; done
            cat >console ;;
        esac
        exit 7
        """
            .formatted(folder));
    assertTrue(real.toFile().setExecutable(true, false));
    Files.createDirectory(folder.resolve("got"));
    writableByAll(folder.resolve("got"));
    // It is found before the other, as in /usr/local/sbin.
    Files.createDirectory(folder.resolve("sbin"));
    Files.createSymbolicLink(folder.resolve("sbin/xl"), XL);
  }

  @AfterEach
  void noHost() {
    InstalledProgram.delete(folder);
  }

  private Path log() {
    return folder.resolve("log/audit.log");
  }

  private static void writableByAll(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  /** As somebody who is not root: the user that root would become need not be there. */
  private Result xl(String shell) {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("setpriv", "--reuid=nobody", "--clear-groups"));
    }
    command.addAll(
        List.of("env", "PATH=" + folder + "/sbin:" + folder + "/bin:" + System.getenv("PATH")));
    command.addAll(List.of("sh", "-c", shell, "sh", file.toString()));
    return Program.run(command);
  }

  private String got(String name) throws IOException {
    return Files.readString(folder.resolve("got").resolve(name));
  }

  private byte[] stream() throws IOException {
    return Files.readAllBytes(folder.resolve("got/stream"));
  }

  private List<JsonNode> decisions() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (String line : Files.readAllLines(log())) {
      all.add(new ObjectMapper().readTree(line));
    }
    return all;
  }

  @Test
  void whatAMigrationBringsIsTranslated() throws IOException {
    Result result = xl("xl -v migrate-receive -e <\"$1\"");
    assertEquals(7, result.exit(), result.all());
    assertEquals("ready\n", result.out());
    assertEquals("<-v><migrate-receive><-e>", got("argv"));
    assertArrayEquals(after, stream());
    JsonNode decision = decisions().get(0);
    assertEquals("translated", decision.path("outcome").asText());
    assertEquals("filter", decision.path("kind").asText());
    assertEquals("xen-4.1-4.20", decision.path("target").asText());
    assertEquals(3, decision.path("edits").size());
    assertFalse(decision.path("sha256After").isNull());
    Result shown = host.dragoman("log");
    assertTrue(shown.out().contains("translated: from xenserver-6.0-6.2"), shown.all());
    assertTrue(shown.out().contains("in a pipe"), shown.all());
  }

  @Test
  void aRestoreReadsTheTranslatedFileAndKeepsItsStandardInput() throws IOException {
    Result result = xl("echo typed | xl restore -c \"$1\" -e");
    assertEquals(7, result.exit(), result.all());
    assertEquals("<restore><-c></dev/fd/4><-e>", got("argv"));
    assertEquals("typed\n", got("console"));
    assertArrayEquals(after, stream());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void aConfigurationBeforeTheFileStaysWhereItIs() throws IOException {
    Result result = xl("cd \"${1%/*}\" && xl restore other.cfg 'web 1.save' </dev/null");
    assertEquals(7, result.exit(), result.all());
    assertEquals("<restore><other.cfg></dev/fd/4>", got("argv"));
    assertArrayEquals(after, stream());
  }

  @Test
  void everythingElseIsTheOthers() throws IOException {
    for (String arguments :
        List.of("list -l", "save old \"$1\"", "restore", "restore no-such-file", "-h", "")) {
      Result result = xl("xl " + arguments + " </dev/null");
      assertEquals(7, result.exit(), result.all());
      assertFalse(got("argv").contains("/dev/fd"), got("argv"));
    }
    assertFalse(Files.exists(log()));
  }

  @Test
  void aRefusedStreamDoesNotArriveWhole() throws IOException {
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration())
            + "source: {rules: [{name: '*', product: xenserver-6.5}]}\n");
    Result result = xl("xl migrate-receive <\"$1\"");
    assertEquals(7, result.exit(), result.all());
    assertTrue(result.err().contains("refused for xen-4.1-4.20"), result.all());
    assertArrayEquals(Arrays.copyOf(before, stream().length), stream());
    assertTrue(stream().length < before.length - 16);
    assertEquals("refused", decisions().get(0).path("outcome").asText());
  }

  @Test
  void aDryRunTellsAndPassesOn() throws IOException {
    host.configure("mode: dry-run\n");
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration())
            .replace(host.auditLog().toString(), log().toString()));
    Result result = xl("xl migrate-receive <\"$1\"");
    assertTrue(result.err().contains("dry run, passed on as it is; otherwise translated"));
    assertArrayEquals(before, stream());
    assertEquals("would-translate", decisions().get(0).path("outcome").asText());
  }

  @Test
  void modeOffPassesWhateverItIs() throws IOException {
    Files.writeString(
        PrivateHost.configuration(),
        Files.readString(PrivateHost.configuration()) + "mode: \"off\"\n");
    Files.writeString(file, "no save file at all");
    Result result = xl("xl migrate-receive <\"$1\"");
    assertEquals("no save file at all", got("stream"), result.all());
  }

  @Test
  void anXlThatLeavesIsNoticedThoughTheOtherSideIsSilent() throws IOException {
    // It has read all of the stream: whatever were written to it would fail, and nothing is.
    Files.writeString(
        folder.resolve("bin/xl"), "#!/bin/sh\nhead -c " + after.length + " >/dev/null\nexit 3\n");
    // The other side sends all, and then waits for an answer. That it is still there cannot be told
    // from its number, which it keeps until its end is asked for.
    Result result =
        xl(
            "cd \"${1%/*}/got\"; mkfifo f; { cat \"$1\"; sleep 15; : >gave-up; } >f &"
                + " xl migrate-receive <f; status=$?; [ ! -e gave-up ] && echo in-time; kill $!;"
                + " exit $status");
    assertEquals(3, result.exit(), result.all());
    assertEquals("in-time\n", result.out(), result.all());
  }
}
