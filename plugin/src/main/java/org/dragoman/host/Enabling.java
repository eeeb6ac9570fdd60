package org.dragoman.host;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dragoman.os.Durable;
import org.dragoman.os.Processes;
import org.dragoman.yaml.YamlException;

/**
 * Puts the shim in front of device models.
 *
 * <p>The order is such that at each moment, and so after a kill at any, the toolstack finds either
 * the real device model or a shim that has all it needs: first the record, then the settings, then
 * the second name of the real one, then the diversion, and only then, by one rename, the shim. The
 * second name comes before the diversion, since from then on it is the package's.
 */
public final class Enabling {
  private static final int READABLE = 0644;
  private static final int REGULAR = 0100000;
  private static final int FOLDER = 0755;
  private static final int PERMISSIONS = 0777;

  private final Installation installation;
  private final Path configurationFile;
  private final List<String> done = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private Enabling(Installation installation, Path configurationFile) {
    this.installation = installation;
    this.configurationFile = configurationFile;
  }

  /**
   * Puts the shim in front of device models, or brings it and its settings up to date there.
   *
   * @param named the device models; empty: those of the configuration, or else of the record, or
   *     else of the known places
   * @param perDomain whether it is only put into a folder of ours, for single domains to name it
   * @throws YamlException if the configuration is wrong; nothing is changed then
   * @throws IOException if nothing can be done; what was done is whole
   */
  public static Outcome enable(
      Installation installation, Path configurationFile, List<Path> named, boolean perDomain)
      throws IOException, YamlException {
    try {
      return new Enabling(installation, configurationFile.toAbsolutePath()).run(named, perDomain);
    } catch (AccessDeniedException e) {
      throw new IOException(e.getFile() + ": permission denied: run it as root", e);
    }
  }

  private Outcome run(List<Path> named, boolean perDomain) throws IOException, YamlException {
    HostConfiguration.Sources sources = HostConfiguration.Sources.read(configurationFile);
    HostConfiguration configuration = sources.configuration(configurationFile);
    Shim shim = Shim.packaged(installation);
    byte[] settings = ShimSettings.of(configuration.settings(), installation);
    List<String> next = new ArrayList<>();
    List<EnabledRecord.Entry> healthy = new ArrayList<>();
    Lock lock = Lock.take(installation.state());
    try {
      Durable.write(
          installation.compiledSettings(),
          CompiledConfiguration.write(configurationFile, sources),
          READABLE);
      EnabledRecord before = EnabledRecord.read(installation.record());
      Map<Path, EnabledRecord.Entry> entries = new LinkedHashMap<>();
      if (before != null) {
        before.entries().forEach(entry -> entries.put(entry.path(), entry));
      }
      List<Path> diverted = Dpkg.diverted();
      List<DeviceModel> chosen = choose(named, perDomain, entries, configuration.settings(), next);
      if (perDomain) {
        perDomain(chosen, entries, next);
      } else {
        wholeHost(chosen, diverted, entries);
      }
      for (EnabledRecord.Entry entry : entries.values()) {
        if (isHealthy(entry)) {
          healthy.add(entry);
        }
      }
      // Those go by where the others' real ones are.
      healthy.sort(
          Comparator.comparing(entry -> entry.method() == EnabledRecord.Method.PER_DOMAIN));
      new EnabledRecord(configurationFile, new ArrayList<>(entries.values()))
          .write(installation.record());
      for (EnabledRecord.Entry entry : healthy) {
        Path file = DeviceModel.settings(entry.path());
        if (!isWritten(file, settings)) {
          Durable.write(file, settings, READABLE);
        }
      }
      for (EnabledRecord.Entry entry : healthy) {
        try {
          place(entry, diverted.contains(entry.path()), shim);
        } catch (AccessDeniedException e) {
          throw e;
        } catch (IOException e) {
          String problem = entry.path() + ": " + e.getMessage();
          if (!problems.contains(problem)) {
            problems.add(problem);
          }
        }
      }
    } finally {
      lock.close();
    }
    for (EnabledRecord.Entry entry : healthy) {
      String upstream = DeviceModel.upstream(entry.path());
      if (upstream != null) {
        done.add(entry.path() + ": " + upstream);
      }
    }
    done.add(
        "mode: "
            + configuration.settings().mode().word()
            + "; target: "
            + configuration.targetInWords());
    if (configuration.settings().mode() != Mode.OFF && !configuration.targetIsKnown()) {
      next.add(
          configuration.settings().mode() == Mode.ENFORCE
              ? "WARNING: every stream is refused until `target:` is said in " + configurationFile
              : "say `target:` in " + configurationFile + ": no stream can be translated without");
    }
    tellHelper(configuration.settings(), next);
    return new Outcome(done, problems, next);
  }

  private List<DeviceModel> choose(
      List<Path> named,
      boolean perDomain,
      Map<Path, EnabledRecord.Entry> entries,
      Settings settings,
      List<String> next)
      throws IOException {
    boolean onlyPerDomain =
        !entries.isEmpty()
            && entries.values().stream()
                .allMatch(entry -> entry.method() == EnabledRecord.Method.PER_DOMAIN);
    if (onlyPerDomain && named.isEmpty() && !perDomain) {
      // A package upgrade says no more than `dragoman enable`, and must not divert the host's.
      done.add(
          "for single domains only, as before; for the whole host, run `dragoman disable` first");
      return List.of();
    }
    List<Path> wanted = named.isEmpty() ? settings.deviceModels() : named;
    if (wanted.isEmpty()) {
      List<DeviceModel> found = KnownPlaces.search();
      if (!perDomain && !entries.isEmpty()) {
        // Nobody asked for more than there is: a package upgrade runs this, too.
        for (DeviceModel one : found) {
          if (!entries.containsKey(one.path()) && one.isWithoutShim()) {
            next.add("for " + one.path() + " as well: dragoman enable " + one.path());
          }
        }
        return enabled(entries.values());
      }
      if (found.isEmpty() && entries.isEmpty()) {
        throw new IOException(
            "no device model found; looked at "
                + KnownPlaces.inWords()
                + ". Say where it is: `dragoman enable FILE`, or `device-models:` in "
                + configurationFile);
      }
      return found;
    }
    Set<DeviceModel> chosen = new LinkedHashSet<>();
    for (Path name : wanted) {
      DeviceModel one = DeviceModel.of(name);
      if (one.path().toString().endsWith(".real") || one.path().toString().endsWith(".dragoman")) {
        throw new IOException(name + ": name the device model itself, without the ending");
      }
      if (!one.isThere() && !one.realIsThere()) {
        throw new IOException(name + ": there is no such device model");
      }
      if (one.isThere() && Files.isDirectory(one.path())) {
        throw new IOException(name + ": a folder, expected a program");
      }
      if (one.isThere()
          && !one.isShim()
          && !(Files.isRegularFile(one.path()) && Files.isExecutable(one.path()))) {
        throw new IOException(
            name
                + ": not an executable program"
                + (perDomain
                    ? "; --per-domain takes the device model, not the domain's configuration"
                    : ""));
      }
      if (Files.isSymbolicLink(one.path())
          && Files.exists(one.path())
          && Shim.versionOf(one.path().toRealPath()) != null) {
        done.add(name + ": a link to " + one.path().toRealPath() + ", which has the shim in front");
        continue;
      }
      chosen.add(one);
    }
    return new ArrayList<>(chosen);
  }

  /** Those that the shim was put in front of for the whole host. */
  private static List<DeviceModel> enabled(Collection<EnabledRecord.Entry> entries) {
    List<DeviceModel> enabled = new ArrayList<>();
    for (EnabledRecord.Entry entry : entries) {
      if (entry.method() != EnabledRecord.Method.PER_DOMAIN) {
        enabled.add(new DeviceModel(entry.path()));
      }
    }
    return enabled;
  }

  private void wholeHost(
      List<DeviceModel> chosen, List<Path> diverted, Map<Path, EnabledRecord.Entry> entries)
      throws IOException {
    for (DeviceModel one : chosen) {
      Path foreign =
          entries.containsKey(one.path()) || diverted.contains(one.path())
              ? null
              : one.foreign(installation);
      if (foreign != null) {
        problems.add(
            one.path()
                + ": "
                + foreign
                + " is there already, and not Dragoman's: it would be written over. Move it away,"
                + " or name the program that shall have the shim in front");
        continue;
      }
      String other = Dpkg.foreignDiversion(one.path());
      if (other != null) {
        problems.add(one.path() + ": " + other);
        continue;
      }
      String owner = Dpkg.owner(one.path());
      EnabledRecord.Method method =
          owner != null || diverted.contains(one.path())
              ? EnabledRecord.Method.DPKG_DIVERT
              : EnabledRecord.Method.RENAME;
      // What stands in place and is no shim is the real one, even where an older is put aside; but
      // what is put aside under a diverted name is the package's.
      boolean packages = diverted.contains(one.path()) && one.isAThird();
      Path real = one.isThere() && !one.isShim() && !packages ? one.path() : one.real();
      if (packages && entries.containsKey(one.path())) {
        // By what it says, `place` tells what the third is.
        continue;
      }
      if (Files.exists(real)) {
        entries.put(
            one.path(),
            EnabledRecord.Entry.of(
                one.path(), one.real(), method, owner == null ? "" : owner, real));
      } else {
        problems.add(lost(one));
      }
    }
  }

  private static String lost(DeviceModel one) throws IOException {
    return one.path()
        + (one.isThere()
            ? ": the shim is in place, but the real device model "
                + one.real()
                + " is not there: "
                + one.howToReinstall()
                + ", or take the shim away with `dragoman disable --force`"
            : ": it is not there any more; if it was removed for good, run `dragoman disable` and"
                + " then `dragoman enable`");
  }

  private void perDomain(
      List<DeviceModel> chosen, Map<Path, EnabledRecord.Entry> entries, List<String> next)
      throws IOException {
    Path folder = installation.perDomainFolder();
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(folder);
      Files.setAttribute(folder, "unix:mode", FOLDER);
    }
    for (DeviceModel one : chosen) {
      Path real = one.isThere() && !one.isShim() ? one.path() : one.real();
      if (!Files.exists(real)) {
        problems.add(lost(one));
        continue;
      }
      Path path = folder.resolve(one.path().getFileName());
      EnabledRecord.Entry earlier = entries.get(path);
      if (earlier != null && !earlier.real().equals(real) && Files.exists(earlier.real())) {
        problems.add(real + ": left out: " + path + " stands for " + earlier.real() + " already");
        continue;
      }
      entries.put(
          path, EnabledRecord.Entry.of(path, real, EnabledRecord.Method.PER_DOMAIN, "", real));
      next.add("in the domain's xl configuration: device_model_override = \"" + path + "\"");
      next.add("or, in libvirt's: <emulator>" + path + "</emulator>");
    }
  }

  /** Whether a file is as it shall be, its owner and permissions included. */
  private static boolean isWritten(Path file, byte[] content) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Map<String, Object> facts = Files.readAttributes(file, "unix:mode,uid,size");
    return facts.get("mode").equals(REGULAR | READABLE)
        && facts.get("uid").equals(Processes.effectiveUser())
        && facts.get("size").equals((long) content.length)
        && Arrays.equals(Files.readAllBytes(file), content);
  }

  /**
   * Whether there is a real device model to put the shim in front of; one of an earlier run may be
   * lost.
   */
  private boolean isHealthy(EnabledRecord.Entry entry) throws IOException {
    DeviceModel one = new DeviceModel(entry.path());
    if (entry.method() == EnabledRecord.Method.PER_DOMAIN
        ? Files.exists(entry.real())
        : Files.exists(one.real()) || (Files.exists(one.path()) && !one.isShim())) {
      return true;
    }
    String lost = lost(one);
    if (!problems.contains(lost)) {
      problems.add(lost);
    }
    return false;
  }

  private void place(EnabledRecord.Entry entry, boolean diverted, Shim shim) throws IOException {
    DeviceModel one = new DeviceModel(entry.path());
    switch (entry.method()) {
      case DPKG_DIVERT -> {
        String other = diverted ? null : Dpkg.foreignDiversion(one.path());
        if (other != null) {
          throw new IOException(other);
        }
        if (!diverted || !one.isAThird()) {
          putAside(one);
        } else if (!entry.wasPutAside(one.path())) {
          throw new IOException(
              "it is neither the shim nor the device model that was put aside; the package's is "
                  + one.real()
                  + ", which `dragoman disable --force` puts back over it");
        }
        // A third that was put aside: `disable` was interrupted, then a package brought a new one.
        Dpkg.divert(one.path());
      }
      case RENAME -> putAside(one);
      case PER_DOMAIN -> pointAt(one, new DeviceModel(entry.real()));
    }
    if (Shim.versionOf(one.real()) != null) {
      throw new IOException(
          one.real()
              + " is the shim itself, and the real device model is lost: "
              + one.howToReinstall());
    }
    boolean placed = putShim(one, shim);
    done.add(
        one.path()
            + ": the shim "
            + shim.version()
            + (placed ? " is now" : " was already")
            + " in front of "
            + (entry.method() == EnabledRecord.Method.PER_DOMAIN ? entry.real() : one.real())
            + (entry.method() == EnabledRecord.Method.DPKG_DIVERT ? " (diverted for dpkg)" : ""));
  }

  /** Has the shim start a device model that stays where it is, or the one behind its own shim. */
  private static void pointAt(DeviceModel one, DeviceModel started) throws IOException {
    Path real = started.isShim() && started.realIsThere() ? started.real() : started.path();
    if (!Files.isSymbolicLink(one.real()) || !Files.readSymbolicLink(one.real()).equals(real)) {
      Path temporary = Durable.temporary(one.real());
      Files.deleteIfExists(temporary);
      Files.createSymbolicLink(temporary, real);
      Durable.take(one.real());
    }
  }

  /** Gives what stands in place a second name, unless that is the shim. */
  private static void putAside(DeviceModel one) throws IOException {
    if (one.isThere() && !one.isShim() && !one.isItsReal()) {
      // Without a diversion, a package may have put a newer one here: that is the real one.
      Durable.link(one.path(), one.real());
    }
  }

  /** Puts the shim in place; false: it was there already. */
  private static boolean putShim(DeviceModel one, Shim shim) throws IOException {
    Map<String, Object> like = Files.readAttributes(one.real(), "unix:mode,uid,gid");
    int mode = (Integer) like.get("mode") & PERMISSIONS;
    if (Files.isRegularFile(one.path(), LinkOption.NOFOLLOW_LINKS)
        && Arrays.equals(Files.readAllBytes(one.path()), shim.bytes())) {
      Map<String, Object> is = Files.readAttributes(one.path(), "unix:mode,uid,gid");
      if (((Integer) is.get("mode") & PERMISSIONS) == mode
          && is.get("uid").equals(like.get("uid"))
          && is.get("gid").equals(like.get("gid"))) {
        return false;
      }
    }
    Path temporary = Durable.prepare(one.path(), shim.bytes(), mode);
    Files.setAttribute(temporary, "unix:gid", like.get("gid"));
    Files.setAttribute(temporary, "unix:uid", like.get("uid"));
    if (Files.isDirectory(Path.of("/sys/fs/selinux"))) {
      // Without a policy there is no label, and nothing to keep.
      Tool.run("chcon", "--reference=" + one.real(), temporary.toString());
    }
    Durable.take(one.path());
    return true;
  }

  private void tellHelper(Settings settings, List<String> next) throws IOException {
    if (!configurationFile.equals(Installation.configuration().toAbsolutePath())) {
      next.add(
          "the helper and the fallback read "
              + Installation.configuration()
              + ", not "
              + configurationFile
              + ": see that they say the same");
    }
    Helper helper = Helper.of(settings);
    String told = Helper.reload();
    if (told != null) {
      done.add(told);
    } else if (!helper.isThere() && settings.mode() != Mode.OFF && problems.isEmpty()) {
      next.add("start the helper: " + Helper.howToStart());
    }
    // Where something could not be done, that is what comes next.
    if (settings.mode() != Mode.OFF && problems.isEmpty()) {
      next.add("see that all is well: dragoman doctor");
    }
  }
}
