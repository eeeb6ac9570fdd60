package org.dragoman.host;

import java.util.Locale;
import org.dragoman.policy.Product;

/**
 * Says which product the streams of some domains come from.
 *
 * @param name a pattern for the domain's name, or null: any
 * @param uuid a pattern for the domain's uuid, or null: any
 * @param product the product
 */
public record SourceRule(String name, String uuid, Product product) {
  /** What libxl puts after a domain's name while it is migrated here. */
  private static final String INCOMING = "--incoming";

  /**
   * Whether the rule is about a domain.
   *
   * @param domainName as the device model's arguments say it; null: not known
   * @param domainUuid null: not known
   */
  public boolean matches(String domainName, String domainUuid) {
    return fitsName(domainName)
        && (uuid == null
            || (domainUuid != null
                && Glob.matches(
                    uuid.toLowerCase(Locale.ROOT), domainUuid.toLowerCase(Locale.ROOT))));
  }

  /** Whether nobody can tell: all but the uuid fits, and that is not known. */
  boolean isOpen(String domainName, String domainUuid) {
    return uuid != null && domainUuid == null && fitsName(domainName);
  }

  private boolean fitsName(String domainName) {
    return name == null || (domainName != null && Glob.matches(name, withoutIncoming(domainName)));
  }

  private static String withoutIncoming(String domainName) {
    return domainName.endsWith(INCOMING)
        ? domainName.substring(0, domainName.length() - INCOMING.length())
        : domainName;
  }
}
