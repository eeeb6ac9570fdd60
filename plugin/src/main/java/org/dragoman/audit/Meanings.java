package org.dragoman.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dragoman.container.ContainerKind;
import org.dragoman.policy.Product;

/** What an audit's words and numbers mean, in the sentences that text and HTML share. */
public final class Meanings {
  private Meanings() {}

  /** What an outcome means for a target. */
  public static String of(AuditOutcome outcome, Product to) {
    return switch (outcome) {
      case NO_DEVICE_MODEL -> "there is no device-model stream in it, and nothing to translate";
      case UNCHANGED -> to.id() + " reads it as it is";
      case TRANSLATED -> to.id() + " reads it once it is rewritten, or through the hook";
      case NOT_TRANSLATED -> "its device model is qemu-xen, whose stream is not judged";
      case REFUSED -> to.id() + " cannot read it as it was meant; the reasons are with each";
      case DAMAGED -> "it begins as an image and does not go on as one";
      case COMPRESSED -> "not looked into: unpack them first";
      case FILE_SYSTEM -> "not looked into: mount them and audit what is in them";
      case UNREADABLE -> "it could not be looked at";
    };
  }

  /** Who wrote streams, by the word that a finding has for it. */
  public static String writer(String word, Map<String, String> titles) {
    if (word.equals(AuditFinding.UNKNOWN)) {
      return "no product that a policy describes";
    }
    return Stream.of(word.split(AuditFinding.OR, -1))
        .map(id -> titles.containsKey(id) ? id + " (" + titles.get(id) + ")" : id)
        .collect(Collectors.joining(AuditFinding.OR));
  }

  /** What holds a stream, by the name that a finding has for it. */
  public static String container(String name) {
    return ContainerKind.valueOf(name).title();
  }

  /** "3 translated, 1 refused". */
  public static String counts(Map<AuditOutcome, Long> outcomes) {
    return outcomes.entrySet().stream()
        .map(one -> one.getValue() + " " + one.getKey().word())
        .collect(Collectors.joining(", "));
  }

  /** What else there is to say of a whole audit. */
  public static List<String> sentences(Tally tally) {
    List<String> sentences = new ArrayList<>();
    if (tally.mislabelled() > 0) {
      sentences.add(images(tally.mislabelled()) + " with another piix4acpi than the label says");
    }
    if (tally.warned() > 0) {
      sentences.add(
          images(tally.warned()) + " with notes for who restores them, in --html and --json");
    }
    if (tally.others() > 0) {
      sentences.add(
          tally.others()
              + (tally.others() == 1 ? " other file is no image" : " other files are no images")
              + (tally.empty() > 0 ? "; " + tally.empty() + " of them without a byte" : ""));
    }
    if (tally.links() > 0) {
      sentences.add(
          tally.links()
              + (tally.links() == 1 ? " symbolic link was" : " symbolic links were")
              + " not followed");
    }
    if (tally.reused() > 0) {
      sentences.add(images(tally.reused()) + " as an earlier run found them, and not read again");
    }
    return sentences;
  }

  private static String images(long count) {
    return count + (count == 1 ? " image" : " images");
  }
}
