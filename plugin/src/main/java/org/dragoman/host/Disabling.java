package org.dragoman.host;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dragoman.os.Durable;

/**
 * Takes the shim away from in front of device models. Each comes back by one rename, as the very
 * file that it was; after a kill at any moment another run finishes.
 */
public final class Disabling {
  private final Installation installation;
  private final boolean force;
  private final List<String> done = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private Disabling(Installation installation, boolean force) {
    this.installation = installation;
    this.force = force;
  }

  /**
   * Takes the shim away.
   *
   * @param force whether files are given up of which it is not known what they are, or that are all
   *     that is left in place
   * @throws IOException if nothing can be done
   */
  public static Outcome disable(Installation installation, boolean force) throws IOException {
    try {
      return new Disabling(installation, force).run();
    } catch (AccessDeniedException e) {
      throw new IOException(e.getFile() + ": permission denied: run it as root", e);
    }
  }

  private Outcome run() throws IOException {
    Lock lock = Lock.take(installation.state());
    try {
      EnabledRecord record = record();
      List<Path> diverted = Dpkg.diverted();
      Set<Path> paths = new LinkedHashSet<>(diverted);
      for (EnabledRecord.Entry entry : record.entries()) {
        if (entry.method() != EnabledRecord.Method.PER_DOMAIN) {
          paths.add(entry.path());
        }
      }
      for (DeviceModel known : KnownPlaces.search()) {
        if (known.isShim() && ShimSettings.isOf(installation, known.settings())) {
          paths.add(known.path());
        }
      }
      for (Path path : paths) {
        try {
          record = renewed(record, path);
          takeAway(new DeviceModel(path), diverted.contains(path), record.of(path));
        } catch (AccessDeniedException e) {
          throw e;
        } catch (IOException e) {
          problems.add(path + ": " + e.getMessage());
        }
      }
      removePerDomain();
      if (problems.isEmpty()) {
        Durable.delete(installation.record());
        Durable.delete(installation.compiledSettings());
        Files.deleteIfExists(Durable.temporary(installation.record()));
        Files.deleteIfExists(Durable.temporary(installation.compiledSettings()));
        if (done.isEmpty()) {
          done.add("nothing to do: no device model has the shim in front");
        }
      }
    } finally {
      lock.close();
    }
    return new Outcome(done, problems, dependent());
  }

  /** What becomes of guests that have their devices where only the shim puts them. */
  private static List<String> dependent() {
    try {
      return DependentGuest.running(Path.of("/proc")).stream()
          .map(
              guest ->
                  guest.inWords()
                      + " has its devices where Dragoman put them. It goes on running; without"
                      + " Dragoman, no host restores what is saved of it, takes it in a migration, or"
                      + " boots it while -dragoman-topology is in its configuration. Shut it down and"
                      + " start it without that, or have Dragoman in front again before")
          .toList();
    } catch (IOException e) {
      // What was to be done is done.
      return List.of(
          "whether guests run that need Dragoman could not be found out: " + e.getMessage());
    }
  }

  /** A damaged record is no reason to leave the shim where dpkg's diversions name it. */
  private EnabledRecord record() {
    try {
      EnabledRecord record = EnabledRecord.read(installation.record());
      return record == null ? EnabledRecord.empty(installation.state()) : record;
    } catch (IOException e) {
      if (!force) {
        problems.add(
            e.getMessage()
                + "; with --force, what dpkg and the known places tell is taken for all there is");
      }
      return EnabledRecord.empty(installation.state());
    }
  }

  /**
   * Has the record say what is put aside now, which a package may have changed since: if this run
   * is killed, the next tells by it what stands in place.
   */
  private EnabledRecord renewed(EnabledRecord record, Path path) throws IOException {
    EnabledRecord.Entry old = record.of(path);
    if (old == null
        || old.method() != EnabledRecord.Method.DPKG_DIVERT
        || !new DeviceModel(path).isShim()
        || !Files.isRegularFile(old.real())
        || old.wasPutAside(old.real())) {
      return record;
    }
    List<EnabledRecord.Entry> entries = new ArrayList<>(record.entries());
    entries.set(
        entries.indexOf(old),
        EnabledRecord.Entry.of(path, old.real(), old.method(), old.owner(), old.real()));
    EnabledRecord renewed = new EnabledRecord(record.configuration(), entries);
    renewed.write(installation.record());
    return renewed;
  }

  private void takeAway(DeviceModel one, boolean diverted, EnabledRecord.Entry entry)
      throws IOException {
    if (one.realIsThere()) {
      if (!putBack(one, diverted, entry)) {
        return;
      }
    } else if (one.isShim()) {
      // Where its package is gone for good, so is what could be put back.
      if (!force && !(diverted && Dpkg.owner(one.path()) == null)) {
        problems.add(
            one.path()
                + ": the shim is in place, but the real device model "
                + one.real()
                + " is not there: "
                + one.howToReinstall()
                + ", or delete the shim with `dragoman disable --force`");
        return;
      }
      Durable.delete(one.path());
      done.add(one.path() + ": the shim is deleted; there is no device model here now");
    } else {
      done.add(one.path() + ": the real device model was in place");
    }
    if (diverted) {
      Dpkg.undivert(one.path());
    }
    Files.deleteIfExists(Durable.temporary(one.path()));
    Files.deleteIfExists(Durable.temporary(one.real()));
    Files.deleteIfExists(Durable.temporary(one.settings()));
    Durable.delete(one.settings());
  }

  private boolean putBack(DeviceModel one, boolean diverted, EnabledRecord.Entry entry)
      throws IOException {
    if (!one.isThere()
        || one.isShim()
        // An interrupted run had put that back, and a package has put its new one aside since.
        || (diverted && one.isAThird() && entry != null && entry.wasPutAside(one.path()))) {
      Durable.rename(one.real(), one.path());
      done.add(one.path() + ": the real device model is in place again");
    } else if (one.isItsReal()) {
      Durable.delete(one.real());
      done.add(one.path() + ": the real device model was in place");
    } else if (!force) {
      problems.add(
          one.path()
              + " is neither the shim nor the device model that was put aside as "
              + one.real()
              + (diverted
                  ? ". The latter is the package's: --force puts it back over the former"
                  : ". A package update may have put it there: --force keeps it, and deletes the"
                      + " latter"));
      return false;
    } else if (diverted) {
      Durable.rename(one.real(), one.path());
      done.add(one.path() + ": what stood there is gone; the package's device model is in place");
    } else {
      Durable.delete(one.real());
      done.add(one.path() + ": it stays; the older " + one.real() + " is deleted");
    }
    return true;
  }

  private void removePerDomain() throws IOException {
    Path folder = installation.perDomainFolder();
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        Files.delete(entry);
      }
    }
    Durable.delete(folder);
    done.add(
        folder
            + ": removed; a domain whose configuration names a device model in it does not start"
            + " until that line is taken out");
  }
}
