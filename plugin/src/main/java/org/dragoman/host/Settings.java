package org.dragoman.host;

import java.nio.file.Path;
import java.util.List;
import org.dragoman.policy.Product;

/**
 * What {@code dragoman.yaml} says, with the defaults for what it does not say.
 *
 * @param mode what is done at all
 * @param target the product of this host's device model; null: what {@link ThisHost} finds
 * @param source the product that streams come from where no rule matches; null: told from the bytes
 * @param sourceRules the first that matches counts
 * @param onFailure what becomes of a stream when nobody could find out
 * @param topology what a guest that keeps its PCI slots gets when it boots
 * @param everyStream whether streams of other device models are logged, too
 * @param deadlineMs all the time that a restore may take more
 * @param socket the helper's
 * @param helperUser who the helper and the fallback run as
 * @param helperMs the helper's part of the deadline
 * @param maxStreamBytes a larger stream is refused
 * @param parallel how many requests the helper works on at once
 * @param auditLog null: none
 * @param policyFolders in the order in which later ones take the place of earlier ones
 * @param deviceModels the programs to put the shim in front of; empty: those in the known places
 */
public record Settings(
    Mode mode,
    Product target,
    Product source,
    List<SourceRule> sourceRules,
    OnFailure onFailure,
    TopologyAtBoot topology,
    boolean everyStream,
    int deadlineMs,
    Path socket,
    String helperUser,
    int helperMs,
    int maxStreamBytes,
    int parallel,
    Path auditLog,
    List<Path> policyFolders,
    List<Path> deviceModels) {

  /** Copies the lists. */
  public Settings {
    sourceRules = List.copyOf(sourceRules);
    policyFolders = List.copyOf(policyFolders);
    deviceModels = List.copyOf(deviceModels);
  }

  /**
   * The product that a domain's stream is said to come from; null: nothing is said.
   *
   * @param domainName its name; while it is migrated, libxl says {@code NAME--incoming}
   * @param uuid null: not known
   * @throws UnknownUuidException if it depends on the uuid; to go on to the next rule would be to
   *     guess
   */
  public Product sourceOf(String domainName, String uuid) throws UnknownUuidException {
    for (SourceRule rule : sourceRules) {
      if (rule.isOpen(domainName, uuid)) {
        throw new UnknownUuidException(rule);
      }
      if (rule.matches(domainName, uuid)) {
        return rule.product();
      }
    }
    return source;
  }

  /** The same with another audit log. */
  public Settings withAuditLog(Path file) {
    return new Settings(
        mode,
        target,
        source,
        sourceRules,
        onFailure,
        topology,
        everyStream,
        deadlineMs,
        socket,
        helperUser,
        helperMs,
        maxStreamBytes,
        parallel,
        file,
        policyFolders,
        deviceModels);
  }

  /** Whether a rule goes by the uuid, which the shim then has to ask for. */
  public boolean wantsUuid() {
    for (SourceRule rule : sourceRules) {
      if (rule.uuid() != null) {
        return true;
      }
    }
    return false;
  }
}
