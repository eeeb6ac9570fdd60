package org.dragoman.host;

import java.io.IOException;
import java.util.List;

/**
 * Whether this host can do what a valid configuration says.
 *
 * @param problems why it cannot
 * @param warnings what it can do only in part
 */
public record Feasibility(List<String> problems, List<String> warnings) {

  /** Copies the lists. */
  public Feasibility {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /**
   * Looks at this host. A user that it does not have is no problem: a configuration may be checked
   * elsewhere than where it is for.
   *
   * @throws IOException if it cannot be looked at
   */
  public static Feasibility of(Settings settings) throws IOException {
    Account account = Account.find(settings.helperUser());
    HelperUnit unit = HelperUnit.ofThisHost();
    return new Feasibility(
        account != null && account.isRoots()
            ? List.of("helper/user: " + account.isRootsInWords())
            : List.of(),
        unit == null ? List.of() : unit.objections(settings));
  }
}
