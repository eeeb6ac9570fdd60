package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dragoman.systemtests.Program.Result;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program does to whole save files: in place, in a pipe, and before ssh. */
class SaveFileCommandsTest {
  private static final byte[] GO = Container.ascii("domain is yours, you are cleared to unpause\0");

  @TempDir Path folder;
  private Path file;
  private byte[] before;
  private byte[] after;

  @BeforeEach
  void aSaveFile() throws IOException {
    file = folder.resolve("web1.save");
    before = saved(Program.stream("xenserver-6.2.standard"));
    Files.write(file, before);
    Path rewritten = folder.resolve("rewritten");
    assertEquals(0, Program.dragoman("rewrite", "--to", "xen-4.4", file, rewritten).exit());
    after = Files.readAllBytes(rewritten);
    Files.delete(rewritten);
    assertFalse(Arrays.equals(before, after));
  }

  private static byte[] saved(byte[] stream) {
    return Container.smallNamed(SaveFileCommandsTest.NAME).around(stream);
  }

  private static final String NAME = "xl 4.6, libxc 3";

  private Result inPlace(Path path) {
    return Program.dragoman("rewrite", "--to", "xen-4.4", "--in-place", path);
  }

  private Result shell(String line, Object... more) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", line, "sh"));
    command.add(Program.ROOT.resolve("bin/dragoman").toString());
    for (Object one : more) {
      command.add(one.toString());
    }
    return Program.run(command);
  }

  @Test
  void inPlaceComesToTheSameAsAnOutput() throws IOException {
    Result result = inPlace(file);
    assertEquals(0, result.exit(), result.all());
    assertArrayEquals(after, Files.readAllBytes(file));
    assertEquals(1, folder.toFile().list().length);
    assertEquals(0, inPlace(file).exit());
    assertArrayEquals(after, Files.readAllBytes(file));
  }

  @Test
  void aDryRunInPlaceTouchesNothing() throws IOException {
    var modified = Files.getLastModifiedTime(file);
    Result result = Program.dragoman("rewrite", "--to", "xen-4.4", "--in-place", "--dry-run", file);
    assertEquals(0, result.exit(), result.all());
    assertTrue(result.out().contains("nothing was written"), result.out());
    assertArrayEquals(before, Files.readAllBytes(file));
    assertEquals(modified, Files.getLastModifiedTime(file));
  }

  /** With faults in the system calls that are about some paths, and in no others. */
  private Result faulty(List<Path> paths, List<String> faults, Object... arguments) {
    List<String> command =
        new ArrayList<>(List.of("strace", "-f", "-qq", "-o", folder + ".strace"));
    paths.forEach(path -> command.addAll(List.of("-P", path.toString())));
    faults.forEach(fault -> command.addAll(List.of("-e", "inject=" + fault)));
    command.add(Program.ROOT.resolve("bin/dragoman").toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    try {
      return Program.run(command);
    } finally {
      assertTrue(Path.of(folder + ".strace").toFile().delete());
    }
  }

  private Result faultyInPlace(Path path, String... faults) {
    return faulty(List.of(path), List.of(faults), "rewrite", "--to", "xen-4.4", "--in-place", file);
  }

  private Path journal() {
    return folder.resolve(".web1.save.dragoman-journal");
  }

  private Path unnamedJournal() {
    return folder.resolve("..web1.save.dragoman-journal.dragoman-new");
  }

  private void assertFailed(Result result, String words) {
    assertEquals(6, result.exit(), result.all());
    assertTrue(result.err().contains(words), result.all());
  }

  private void assertAlone(byte[] content) throws IOException {
    assertArrayEquals(content, Files.readAllBytes(file));
    assertEquals(List.of("web1.save"), List.of(folder.toFile().list()));
  }

  @ParameterizedTest
  @CsvSource({
    "pwrite64,4",
    "fsync,5",
    "rename,2",
    "unlink,2",
    "ftruncate,2",
    "write,3",
    "fallocate,4",
  })
  void aKillAtAnySystemCallLosesNothing(String call, int most) throws IOException {
    for (int n = 1; n <= most; n++) {
      Files.write(file, before);
      Result killed =
          faulty(
              List.of(file, journal(), unnamedJournal(), folder),
              List.of(call + ":signal=KILL:when=" + n),
              "rewrite",
              "--to",
              "xen-4.4",
              "--in-place",
              file);
      assertEquals(n == most, killed.exit() == 0, call + " " + n + ": " + killed.all());
      byte[] cut = Files.readAllBytes(file);
      assertTrue(
          Files.exists(journal()) || Arrays.equals(cut, before) || Arrays.equals(cut, after),
          call + " " + n + ": neither the old nor the new file, and no journal");
      Result result = inPlace(file);
      assertEquals(0, result.exit(), call + " " + n + ": " + result.all());
      assertAlone(after);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fallocate:error=ENOSPC:when=2",
        "pwrite64:error=EIO:when=2",
        "ftruncate:error=EIO:when=1",
        "fsync:error=EIO:when=1"
      })
  void whatFailsOnTheWayIsUndone(String fault) throws IOException {
    assertFailed(faultyInPlace(file, fault), ": as before, since it cannot be written: ");
    assertAlone(before);
  }

  @Test
  void whatCannotBeUndoneIsFinishedByTheNextRun() throws IOException {
    assertFailed(
        faultyInPlace(file, "pwrite64:error=EIO:when=2+"), "neither as before nor as after");
    assertTrue(Files.exists(journal()));
    Result result = inPlace(file);
    assertEquals(0, result.exit(), result.all());
    assertAlone(after);
  }

  @Test
  void aJournalThatCannotBeSyncedIsTakenAway() throws IOException {
    assertFailed(
        faultyInPlace(folder, "fsync:error=EIO:when=1"),
        "unchanged: its journal cannot be written");
    assertAlone(before);
  }

  @Test
  void aJournalThatCanNeitherBeSyncedNorTakenAwayIsSaidToBeThere() throws IOException {
    Result result =
        faulty(
            List.of(folder, journal()),
            List.of("fsync:error=EIO:when=1", "unlink:error=EROFS"),
            "rewrite",
            "--to",
            "xen-4.4",
            "--in-place",
            file);
    assertFailed(result, "unchanged so far, but its journal " + journal());
    assertTrue(result.err().contains("the next run with --in-place makes the change"));
    assertArrayEquals(before, Files.readAllBytes(file));
    assertEquals(0, inPlace(file).exit());
    assertAlone(after);
  }

  @Test
  void aFileSystemThatSyncsNoDirectoriesWillDo() throws IOException {
    Result result = faultyInPlace(folder, "fsync:error=EINVAL");
    assertEquals(0, result.exit(), result.all());
    assertAlone(after);
  }

  @Test
  void aChangeThatIsCompleteIsSaidToBeWhateverBecomesOfItsJournal() throws IOException {
    assertFailed(
        faultyInPlace(journal(), "unlink:error=EROFS"),
        "the change is complete and on the disk; but the journal " + journal());
    assertArrayEquals(after, Files.readAllBytes(file));
    assertEquals(0, inPlace(file).exit());
    assertAlone(after);
    Files.write(file, before);
    assertFailed(
        faultyInPlace(folder, "fsync:error=EIO:when=2"),
        file + ": the change is complete and on the disk; but its directory cannot be synced");
    assertAlone(after);
  }

  @Test
  void errorsNameTheFileAndTheReason() throws IOException {
    assertFailed(
        faultyInPlace(file, "fcntl:error=ENOLCK"), file + ": cannot be locked: No locks available");
    assertFailed(
        faultyInPlace(unnamedJournal(), "openat:error=EACCES"),
        file + ": unchanged: its journal cannot be written: permission denied");
    assertAlone(before);
    faulty(
        List.of(file),
        List.of("pwrite64:signal=KILL"),
        "rewrite",
        "--to",
        "xen-4.4",
        "--in-place",
        file);
    assertFailed(
        faultyInPlace(journal(), "openat:error=EACCES"),
        journal() + " cannot be opened: Permission denied");
    assertTrue(Files.exists(journal()));
    for (Object[] command :
        new Object[][] {{"inspect", file}, {"rewrite", "--to", "xen-4.4", "--in-place", file}}) {
      assertFailed(
          faulty(List.of(journal()), List.of("/^(statx|l?stat|newfstatat)$:error=EIO"), command),
          journal() + ": cannot be looked at");
    }
  }

  /** With the heap that the launchers give, which holds no journal of such a size. */
  @Test
  void aLongTailIsMovedUpToTheLimitThatIsDocumented() throws IOException {
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(63 << 20);
    }
    Result result = inPlace(file);
    assertEquals(0, result.exit(), result.all());
    byte[] expected = Arrays.copyOf(after, (63 << 20) - (before.length - after.length));
    assertAlone(expected);
    Files.write(file, before);
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(70 << 20);
    }
    assertFailed(inPlace(file), "give an OUTPUT");
    assertAlone(Arrays.copyOf(before, 70 << 20));
  }

  @Test
  void nobodyElseCanOpenWhatIsNotInItsPlaceYet() throws IOException {
    for (boolean isInPlace : new boolean[] {true, false}) {
      Result result =
          shell(
              "log=$3; dragoman=$1; shift 3; strace -f -qq -o $log -e trace=openat $dragoman \"$@\""
                  + " >/dev/null && grep -h O_CREAT $log | grep dragoman-",
              file,
              Path.of(folder + ".strace"),
              "rewrite",
              "--to",
              "xen-4.4",
              isInPlace ? "--in-place" : file,
              isInPlace ? file : folder.resolve("new"));
      assertEquals(0, result.exit(), result.all());
      for (String line : result.out().lines().toList()) {
        assertTrue(line.contains(", 0600"), line);
      }
    }
    Files.delete(Path.of(folder + ".strace"));
  }

  @Test
  void aGroupThatCannotBeGivenOnGetsNothing() throws Exception {
    assumeTrue(Files.getAttribute(file, "unix:uid").equals(0), "only root can become others");
    for (Path path : List.of(folder, file)) {
      Files.setAttribute(path, "unix:uid", 12345);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Path output = folder.resolve("new");
    Result result =
        shell(
            "exec setpriv --reuid 12345 --regid 12345 --clear-groups $1 rewrite --to xen-4.4 $2 $3",
            file,
            output);
    assertEquals(0, result.exit(), result.all());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(output)));
  }

  @Test
  void aFileWithAJournalIsReadByNobodyElse() throws IOException {
    Files.write(folder.resolve(".web1.save.dragoman-journal"), new byte[1]);
    for (String command : List.of("inspect", "rewrite")) {
      Result result =
          command.equals("inspect")
              ? Program.dragoman(command, file)
              : Program.dragoman(command, "--to", "xen-4.4", file, folder.resolve("new"));
      assertEquals(6, result.exit(), result.all());
      assertTrue(result.err().contains("--in-place on it again"), result.err());
    }
    Result result = inPlace(file);
    assertEquals(6, result.exit(), result.all());
    assertTrue(result.err().contains("damaged"), result.err());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat $2 $3 | $1 filter --to xen-4.4 | cat >$4",
        "cat $2 $3 | $1 filter --to xen-4.4 >$4",
        "cat $2 $3 >$4.in; $1 filter --to xen-4.4 <$4.in | cat >$4",
        "cat $2 $3 >$4.in; $1 filter --to xen-4.4 <$4.in >$4",
      })
  void aFilterPassesOnWhatFollowsTheEnd(String line) throws IOException {
    Path go = Files.write(folder.resolve("go"), GO);
    Path out = folder.resolve("out");
    Result result = shell(line, file, go, out);
    assertEquals(0, result.exit(), result.all());
    assertEquals("", result.out());
    assertArrayEquals(Container.concat(after, GO), Files.readAllBytes(out));
  }

  @Test
  void aFilterEndsBeforeTheEndWhereItIsRefused() throws IOException {
    Path out = folder.resolve("out");
    Result result = shell("$1 filter --to xen-4.4 --from xenserver-6.5 <$2 >$3", file, out);
    assertEquals(4, result.exit(), result.all());
    assertTrue(result.err().contains("refused"), result.err());
    byte[] passed = Files.readAllBytes(out);
    int stream = Program.stream("xenserver-6.2.standard").length;
    assertTrue(passed.length <= before.length - 8 - stream, "the record was passed on");
    assertArrayEquals(Arrays.copyOf(before, passed.length), passed);
  }

  @Test
  void sshGetsTheTranslatedStreamAndItsStatusIsPassedOn() throws IOException {
    Path ssh = folder.resolve("ssh");
    Files.writeString(
        ssh,
        "#!/bin/sh\necho back; printf '%s ' \"$@\" >"
            + folder
            + "/argv; cat >"
            + folder
            + "/got; exit 7\n");
    assertTrue(ssh.toFile().setExecutable(true));
    Result result = shell("$1 ssh --to xen-4.4 --ssh $2 host xl migrate-receive -e <$3", ssh, file);
    assertEquals(7, result.exit(), result.all());
    assertEquals("back\n", result.out());
    assertEquals("host xl migrate-receive -e ", Files.readString(folder.resolve("argv")));
    assertArrayEquals(after, Files.readAllBytes(folder.resolve("got")));
  }

  @Test
  void sshThatEndsWellIsNoSuccessWhereTheFilterFails() throws IOException {
    Files.write(file, Arrays.copyOf(before, before.length - 20));
    Result result = shell("$1 ssh --to xen-4.4 --ssh $2 host <$3", "/bin/true", file);
    assertTrue(result.exit() == 3 || result.exit() == 6, result.all());
  }

  /** As xl does: it sends, and then waits for an answer, or for the end of the other's output. */
  @ParameterizedTest
  @CsvSource({"exit 9", "head -c 100 >/dev/null; exit 9", "head -c $2 >/dev/null; exit 9"})
  void sshThatEndsIsFollowedThoughXlIsSilent(String receiver) throws IOException {
    Path ssh = script("ssh", receiver.replace("$2", Integer.toString(after.length)));
    long start = System.nanoTime();
    Result result =
        shell(
            "mkfifo $3; { cat $4; exec sleep 15; } >$3 &"
                + " $1 ssh --to xen-4.4 --ssh $2 host <$3; echo $?; kill %1",
            ssh, folder.resolve("fifo"), file);
    assertEquals("9", result.out().strip(), result.all());
    assertTrue(System.nanoTime() - start < 12_000_000_000L, "it waited for xl");
  }

  @Test
  void sshIsFollowedThoughSomebodyElseHoldsItsInput() throws IOException {
    Path ssh = script("ssh", "exec 3<&0; sleep 14 & exit 9");
    Result result =
        shell(
            "mkfifo $3; { exec sleep 15; } >$3 &"
                + " $1 ssh --to xen-4.4 --ssh $2 host <$3 >/dev/null 2>&1; echo $?; kill %1",
            ssh, folder.resolve("fifo"));
    assertEquals("9", result.out().strip(), result.all());
  }

  @Test
  void sshsOwnOptionsMayComeBeforeItsHost() throws IOException {
    Path ssh = script("ssh", "printf '%s ' \"$@\"; cat >/dev/null");
    Result result = shell("$1 ssh --to xen-4.4 --ssh $2 -p 22 -oX=y host xl -v <$3", ssh, file);
    assertEquals("-p 22 -oX=y host xl -v ", result.out(), result.all());
  }

  private Path script(String name, String text) throws IOException {
    Path script = folder.resolve(name);
    Files.writeString(script, "#!/bin/sh\n" + text + "\n");
    assertTrue(script.toFile().setExecutable(true));
    return script;
  }

  @ParameterizedTest
  @CsvSource({"<&-, 3", ">&-, 6", "2>&-, 0"})
  void aClosedDescriptorIsNoOtherFile(String closed, int exit) throws IOException {
    for (String command : List.of("filter", "ssh --ssh cat")) {
      Result result =
          shell(
              "{ $1 "
                  + command
                  + " --to xen-4.4 "
                  + (command.startsWith("s") ? "-- - " : "")
                  + closed
                  + "; echo $? >$3; } <$2 >/dev/null",
              file,
              folder.resolve("status"));
      String status = Files.readString(folder.resolve("status")).strip();
      boolean itsOwn = command.startsWith("ssh") && closed.equals(">&-");
      assertEquals(itsOwn ? "1" : Integer.toString(exit), status, command + result.all());
    }
  }

  @Test
  void afterACheckpointTheOtherSideMayRunTheGuestAndThatIsSaid() throws IOException {
    byte[] remus =
        Container.smallNamed("xl, Remus").around(Program.stream("xenserver-6.2.standard"));
    Files.write(file, Arrays.copyOf(remus, remus.length - 40));
    Result result = shell("$1 filter --to xen-4.4 <$2 >/dev/null", file);
    assertEquals(3, result.exit(), result.all());
    assertTrue(result.err().contains("2 checkpoints were passed on whole"), result.all());
    Files.write(file, Arrays.copyOf(before, before.length - 20));
    assertFalse(shell("$1 filter --to xen-4.4 <$2 >/dev/null", file).err().contains("checkpoint"));
  }

  @Test
  void aStreamOfTheLargestSizeGoesThroughAndALargerOneIsRefused() throws IOException {
    byte[] stream = Program.stream("xenserver-6.2.standard");
    for (int mib : List.of(64, 65)) {
      Files.write(file, Arrays.copyOf(stream, mib << 20));
      Result result = shell("cat $2 | $1 filter --to xen-4.4 >$3", file, folder.resolve("out"));
      assertEquals(mib == 64 ? 0 : 3, result.exit(), mib + " MiB: " + result.all());
    }
    assertTrue(Files.size(folder.resolve("out")) < 1000);
  }

  @Test
  void descriptorsThatDoNotWaitAreWaitedFor() throws IOException {
    // Python sets them so, and both sides are slow at first.
    Result result =
        shell(
            "(sleep 0.5; cat $2; sleep 0.2) | python3 -c 'import os,sys;os.set_blocking(0,False);"
                + "os.set_blocking(1,False);os.execvp(sys.argv[1],sys.argv[1:])'"
                + " $1 filter --to xen-4.4 | (sleep 2; cat) >$3",
            file,
            folder.resolve("out"));
    assertEquals(0, result.exit(), result.all());
    assertArrayEquals(after, Files.readAllBytes(folder.resolve("out")), result.all());
  }

  @Test
  void aSignalToSshsParentEndsSsh() throws IOException {
    Path ssh = folder.resolve("ssh");
    Files.writeString(ssh, "#!/bin/sh\necho $$ >" + folder + "/pid; exec sleep 100\n");
    assertTrue(ssh.toFile().setExecutable(true));
    Result result =
        shell(
            "mkfifo $3; sleep 30 >$3 & $1 ssh --to xen-4.4 --ssh $2 host <$3 & pid=$!;"
                + " while [ ! -s $4 ]; do sleep 0.1; done; kill $pid; wait $pid; status=$?;"
                + " sleep 0.5; kill -0 $(cat $4) && echo alive; kill %1; exit $status",
            ssh, folder.resolve("fifo"), folder.resolve("pid"));
    assertEquals(143, result.exit(), result.all());
    assertFalse(result.out().contains("alive"), result.all());
  }

  @Test
  void theJsonOfASaveFileIsAsItsSchemaSays() throws IOException {
    Result inspected = Program.dragoman("inspect", "--json", file);
    JsonNode inspection = CommandLineTest.json(inspected, "inspect.schema.json");
    assertEquals("TRADITIONAL", inspection.at("/records/0/kind").asText());
    Result rewritten = Program.dragoman("rewrite", "--json", "--dry-run", "--to", "xen-4.4", file);
    JsonNode rewriting = CommandLineTest.json(rewritten, "rewrite.schema.json");
    assertEquals("translated", rewriting.at("/outcome").asText());
    assertEquals(3, rewriting.at("/records/0/edits").size());
  }
}
