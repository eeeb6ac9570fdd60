package org.dragoman.host;

/** A rule for the source of streams goes by a domain's uuid, which is not known. */
public final class UnknownUuidException extends Exception {
  private static final long serialVersionUID = 1L;

  UnknownUuidException(SourceRule rule) {
    super(
        "the domain's uuid is not known, xenstored did not tell it, and a rule of 'source' goes by"
            + " it (uuid: \""
            + rule.uuid()
            + "\")",
        null,
        false,
        false);
  }
}
