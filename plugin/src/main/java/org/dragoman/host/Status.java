package org.dragoman.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dragoman.os.Processes;
import org.dragoman.yaml.YamlException;

/**
 * How a host stands.
 *
 * @param mode what the configuration says; null: it is wrong
 * @param target the product of this host's device model, in words; null: the configuration is wrong
 * @param targetProblem what the host does without a target that it needs; null: it has or needs
 *     none
 * @param configurationProblem everything that is wrong with it; null: nothing
 * @param deviceModels each that has, should have, or could have the shim in front
 * @param helperProblem why the helper cannot be reached; null: it can
 */
public record Status(
    String mode,
    String target,
    String targetProblem,
    String configurationProblem,
    List<Standing> deviceModels,
    String helperProblem) {

  /** Copies the list. */
  public Status {
    deviceModels = List.copyOf(deviceModels);
  }

  /** How a device model stands. */
  public enum State {
    /** The shim is in front, and has all it needs. */
    ENABLED("enabled"),
    /** It is in a folder of ours, for single domains to name it. */
    PER_DOMAIN("per domain"),
    /** The toolstack starts it as if there were no Dragoman. */
    NOT_ENABLED("not enabled"),
    /** Neither the one nor the other. */
    HALF("half");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** For JSON. */
    public String word() {
      return word;
    }

    /** For people. */
    public String inWords() {
      return this == HALF ? "half enabled" : word;
    }
  }

  /**
   * One device model.
   *
   * @param path where the toolstack expects it
   * @param shim the version of the shim that stands there; null: none
   * @param toDo what is not as it should be, and what to do; null: all is well
   */
  public record Standing(Path path, State state, String shim, String toDo) {

    /** What is to be known of it though nothing is wrong; null: nothing. */
    public String note() {
      return shim == null ? null : DeviceModel.upstream(path);
    }
  }

  /** Whether any device model has the shim in front. */
  public boolean isEnabled() {
    return deviceModels.stream().anyMatch(one -> one.state() != State.NOT_ENABLED);
  }

  /** Whether nothing is wrong. A host where nothing is enabled needs no helper. */
  public boolean isWell() {
    return configurationProblem == null
        && deviceModels.stream().allMatch(one -> one.toDo() == null)
        && (!isEnabled()
            || Mode.OFF.word().equals(mode)
            || (helperProblem == null && targetProblem == null));
  }

  /**
   * Looks at a host.
   *
   * @throws IOException if it cannot be looked at
   */
  public static Status of(Installation installation, Path configurationFile) throws IOException {
    HostConfiguration configuration = null;
    String problem = null;
    byte[] settings = null;
    try {
      configuration = HostConfiguration.read(configurationFile.toAbsolutePath());
      settings = ShimSettings.of(configuration.settings(), installation);
    } catch (YamlException | IOException e) {
      problem = e.getMessage();
    }
    List<Standing> standings = new ArrayList<>();
    EnabledRecord record = EnabledRecord.read(installation.record());
    if (record == null) {
      record = EnabledRecord.empty(configurationFile);
    }
    List<Path> diverted = Dpkg.diverted();
    boolean everyPlace =
        configuration != null
            && configuration.settings().deviceModels().isEmpty()
            && record.entries().stream()
                .anyMatch(entry -> entry.method() != EnabledRecord.Method.PER_DOMAIN);
    for (Path path : paths(record, diverted, configuration)) {
      Standing one =
          standing(path, record.of(path), diverted.contains(path), settings, installation);
      standings.add(
          everyPlace && one.state() == State.NOT_ENABLED && new DeviceModel(path).isWithoutShim()
              ? leftOut(one)
              : one);
    }
    boolean known = configuration != null;
    return new Status(
        known ? configuration.settings().mode().word() : null,
        known ? configuration.targetInWords() : null,
        known ? targetProblem(configuration) : null,
        problem,
        standings,
        known ? Helper.of(configuration.settings()).problem() : null);
  }

  private static String targetProblem(HostConfiguration configuration) {
    if (configuration.settings().mode() == Mode.OFF || configuration.targetIsKnown()) {
      return null;
    }
    return configuration.settings().mode() == Mode.ENFORCE
        ? "every stream is refused until it is known"
        : "no stream can be translated until it is known";
  }

  private static Set<Path> paths(
      EnabledRecord record, List<Path> diverted, HostConfiguration configuration)
      throws IOException {
    Set<Path> paths = new LinkedHashSet<>();
    record.entries().forEach(entry -> paths.add(entry.path()));
    paths.addAll(diverted);
    if (configuration != null) {
      for (Path name : configuration.settings().deviceModels()) {
        paths.add(Files.isDirectory(name.getParent()) ? DeviceModel.of(name).path() : name);
      }
    }
    KnownPlaces.search().forEach(one -> paths.add(one.path()));
    return paths;
  }

  private static Standing standing(
      Path path,
      EnabledRecord.Entry entry,
      boolean diverted,
      byte[] settings,
      Installation installation)
      throws IOException {
    DeviceModel one = new DeviceModel(path);
    String shim = one.shimVersion();
    boolean perDomain = entry != null && entry.method() == EnabledRecord.Method.PER_DOMAIN;
    if (shim == null) {
      String toDo =
          one.realIsThere() || diverted || entry != null
              ? notInPlace(one, diverted)
              : one.isThere() ? null : "there is no such device model";
      return new Standing(
          path,
          one.realIsThere() || diverted || entry != null ? State.HALF : State.NOT_ENABLED,
          null,
          toDo);
    }
    State state = perDomain ? State.PER_DOMAIN : State.ENABLED;
    if (!Files.exists(one.real())) {
      return new Standing(
          path,
          State.HALF,
          shim,
          "the real device model "
              + one.real()
              + " is not there, and no guest starts: "
              + (perDomain ? "run `dragoman enable --per-domain`" : one.howToReinstall()));
    }
    if (!Files.isExecutable(one.real())) {
      return new Standing(
          path, State.HALF, shim, one.real() + " is not executable: run `chmod +x` on it");
    }
    if (!Files.isExecutable(path)) {
      return new Standing(path, State.HALF, shim, "it is not executable: run `dragoman enable`");
    }
    String distrust = distrust(one.settings());
    if (distrust != null) {
      return new Standing(
          path,
          state,
          shim,
          "the shim cannot use its settings "
              + one.settings()
              + ": "
              + distrust
              + ": run `dragoman enable`");
    }
    if (settings != null && !isCurrent(one.settings(), settings)) {
      return new Standing(
          path,
          state,
          shim,
          "its settings are not what the configuration says: run `dragoman enable`");
    }
    if (settings != null
        && !Arrays.equals(Files.readAllBytes(path), Shim.packaged(installation).bytes())) {
      return new Standing(
          path, state, shim, "it is not the installed version's: run `dragoman enable`");
    }
    if (!perDomain && entry == null) {
      return new Standing(path, state, shim, "no record of it: run `dragoman enable " + path + "`");
    }
    if (entry.method() == EnabledRecord.Method.DPKG_DIVERT && !diverted) {
      return new Standing(
          path,
          state,
          shim,
          "it is not diverted any more, and a package would overwrite it: run `dragoman enable`");
    }
    return new Standing(path, state, shim, null);
  }

  /** Where others have the shim in front, one without is a way around it. */
  private static Standing leftOut(Standing one) {
    return new Standing(
        one.path(),
        one.state(),
        null,
        "guests that are started by it do not go through Dragoman: run `dragoman enable "
            + one.path()
            + "`, or name those that shall, under `device-models:` in the configuration");
  }

  private static String notInPlace(DeviceModel one, boolean diverted) throws IOException {
    if (!one.isThere()) {
      return "neither the shim nor a device model is there: run `dragoman enable` or"
          + " `dragoman disable`";
    }
    String other = diverted ? null : Dpkg.foreignDiversion(one.path());
    if (other != null) {
      return other;
    }
    if (one.isAThird() && !diverted) {
      return "a package put another device model over the shim: run `dragoman enable`";
    }
    return "`dragoman enable` or `disable` was interrupted: run the one that you want";
  }

  /** Why the shim would not read its settings, as {@code settings.c} has it; null: it would. */
  private static String distrust(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "they are not there";
    }
    Trust.Facts facts = Trust.Facts.of(file);
    int self = Processes.effectiveUser();
    if (!facts.regular()) {
      return "not a regular file";
    }
    if (facts.trusted(self)) {
      return null;
    }
    return facts.uid() != 0 && facts.uid() != self
        ? "they belong to user " + facts.uid() + ", expected root"
        : "others than their owner may write them (mode "
            + Integer.toOctalString(facts.mode())
            + ")";
  }

  private static boolean isCurrent(Path file, byte[] settings) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == settings.length
        && Arrays.equals(Files.readAllBytes(file), settings);
  }
}
