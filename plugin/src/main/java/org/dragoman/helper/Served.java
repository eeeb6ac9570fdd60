package org.dragoman.helper;

import java.nio.file.Path;
import org.dragoman.host.HostConfiguration;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.translate.Translator;

/**
 * What questions are answered by: the host's configuration and what follows from it. Immutable; a
 * reload makes another.
 *
 * @param target the product whose device model reads the streams; null where it cannot be told
 * @param noTarget where there is no target, why
 * @param said whether the configuration names the target
 */
record Served(
    HostConfiguration configuration,
    Translator translator,
    Product target,
    String noTarget,
    boolean said) {

  private static final Path NOWHERE = Path.of("/dev/null");
  private static final String ANY_TARGET = "xen-4.4";

  static Served of(HostConfiguration configuration) {
    Translator translator =
        new Translator(configuration.policies(), "'source' in " + configuration.file(), true);
    boolean said = configuration.settings().target() != null;
    try {
      return new Served(configuration, translator, configuration.target(), null, said);
    } catch (UnknownProductException e) {
      return new Served(configuration, translator, null, e.getMessage(), said);
    }
  }

  /**
   * The product that reads what is given by {@code -incoming}, which is qemu-xen unless the
   * configuration says another; null where the stream is given otherwise.
   */
  Product readsIncoming(Question.Kind kind) {
    if (kind != Question.Kind.INCOMING || (said && !target.isUpstream())) {
      return null;
    }
    return said ? target : configuration.policies().incoming();
  }

  /** The same for questions that are none: they are not logged, and have a target in any case. */
  Served forRehearsal() throws UnknownProductException {
    Product any =
        target == null || target.isUpstream()
            ? configuration.policies().product(ANY_TARGET)
            : target;
    return new Served(
        configuration.withSettings(configuration.settings().withAuditLog(NOWHERE)),
        translator,
        any,
        null,
        false);
  }
}
