package org.dragoman.host;

import java.nio.file.Path;

/**
 * Where the program's own files are.
 *
 * @param home the program, the shim and the programs that the shim starts
 * @param state what {@code dragoman enable} keeps
 */
public record Installation(Path home, Path state) {
  /** What the launcher says in the system properties, else the places of a package. */
  public static Installation ofThisProgram() {
    return new Installation(
        Path.of(System.getProperty("dragoman.home", "/usr/lib/dragoman")),
        Path.of(System.getProperty("dragoman.state", "/var/lib/dragoman")));
  }

  /** Where the configuration is, if nothing else is said. */
  public static Path configuration() {
    return Path.of(System.getProperty("dragoman.config", "/etc/dragoman/dragoman.yaml"));
  }

  /** The shim that is put in front of device models. */
  public Path shim() {
    return home.resolve("dragoman-dm");
  }

  /** What the shim runs where the helper does not answer. */
  public Path fallback() {
    return home.resolve("dragoman-answer");
  }

  /** What the shim runs where a guest's memory must be moved. */
  public Path relocate() {
    return home.resolve("dragoman-relocate");
  }

  /** The configuration and policies as {@code enable} compiled them. */
  Path compiledSettings() {
    return state.resolve("settings.compiled");
  }

  /** The record of what {@code enable} did. */
  Path record() {
    return state.resolve("enabled.json");
  }

  /** Where the shim is put for single domains to name it. */
  Path perDomainFolder() {
    return home.resolve("device-models");
  }

  /** Starts and stops the helper where there is no systemd; it is beside the configuration. */
  static Path initScript() {
    return configuration().resolveSibling("../init.d/dragoman").normalize();
  }

  /** Where that script keeps the helper's process id. */
  static Path pidFile() {
    Path state = ofThisProgram().state();
    return state.startsWith("/var/lib")
        ? Path.of("/run/dragoman.pid")
        : state.resolve("../../run/dragoman.pid").normalize();
  }

  /** The configuration that it came with. */
  static Path shippedConfiguration() {
    return ofThisProgram().home().resolve("../../share/dragoman/dragoman.yaml").normalize();
  }

  /** The program's version; of classes that are not packaged, a word instead. */
  public static String version() {
    String version = Installation.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }
}
