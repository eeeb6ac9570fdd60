package org.dragoman.audit;

import com.fasterxml.jackson.annotation.JsonValue;

/** What would become of an image for a target, the best first. */
public enum AuditOutcome {
  /** There is no device-model stream in it: nothing to translate. */
  NO_DEVICE_MODEL("no-device-model", true),
  /** The target reads it as it is. */
  UNCHANGED("unchanged", true),
  /** The target reads it after some edits. */
  TRANSLATED("translated", true),
  /** Its device-model stream is qemu-xen's, which is left to qemu-xen and not judged. */
  NOT_TRANSLATED("not-translated", null),
  /** The target cannot read what its writer meant, or nobody knows what that is. */
  REFUSED("refused", false),
  /** It begins as an image does, and does not go on as one. */
  DAMAGED("damaged", false),
  /** It is compressed; there may be an image in it. */
  COMPRESSED("compressed", null),
  /** It is a file system; there may be images in it. */
  FILE_SYSTEM("file-system", null),
  /** It could not be looked at, so nothing is known of it. */
  UNREADABLE("unreadable", null);

  private final String word;
  private final Boolean restorable;

  AuditOutcome(String word, Boolean restorable) {
    this.word = word;
    this.restorable = restorable;
  }

  /** As results have it. */
  @JsonValue
  public String word() {
    return word;
  }

  /** Whether the target can restore it as far as its device model goes; null: nobody judged. */
  public Boolean restorable() {
    return restorable;
  }

  /** Whether it may be anything, an image that cannot be restored, too. */
  public boolean isUnknown() {
    return compareTo(COMPRESSED) >= 0;
  }

  /** Whether an administrator has to look at it. */
  public boolean isTrouble() {
    return compareTo(REFUSED) >= 0;
  }

  /** Of two, the one that is worse. */
  AuditOutcome orWorse(AuditOutcome other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
