package org.dragoman.stream;

/**
 * One section of a stream, as a walk found it. Offsets and lengths are bytes in the stream.
 *
 * @param type START, PART, END or FULL
 * @param headerAt where its type byte is
 * @param sectionId the number that its writer gave it
 * @param idstr its idstr, one character a byte; a PART or END has that of its START
 * @param instance its instance id; a PART or END has that of its START
 * @param form which form of the dialect it is; its label and content are in there
 * @param payloadAt where its payload begins
 * @param payloadLength how long its payload is
 */
public record Section(
    SectionType type,
    int headerAt,
    long sectionId,
    String idstr,
    long instance,
    Form form,
    int payloadAt,
    int payloadLength) {

  /** The device whose state it holds. */
  public Device device() {
    return form.device();
  }

  /** What its payload is. */
  public Device.Content content() {
    return form.content();
  }

  /** The version_id that it declares. */
  public long label() {
    return form.label();
  }

  /** What the device's own count of contents has under its label; null where there is none. */
  public Device.Content labelledContent() {
    return device().contents().get("v" + label());
  }

  /** Whether the label is that of another content of the device. */
  public boolean isMislabelled() {
    Device.Content labelled = labelledContent();
    return labelled != null && !labelled.name().equals(content().name());
  }

  /** The offset after its payload. */
  public int end() {
    return payloadAt + payloadLength;
  }

  /** Whether idstr, instance and label stand in its header. */
  public boolean named() {
    return type == SectionType.START || type == SectionType.FULL;
  }

  /** Where its idstr's length byte is. Only where it is {@link #named()}. */
  public int idstrLengthAt() {
    return headerAt + 5;
  }

  /** Where its instance id is. Only where it is {@link #named()}. */
  public int instanceAt() {
    return headerAt + 6 + idstr.length();
  }

  /** Where its label is. Only where it is {@link #named()}. */
  public int labelAt() {
    return instanceAt() + 4;
  }

  /** How messages name it: {@code 'piix4acpi' instance 0}. */
  public String inWords() {
    return "'"
        + Text.printable(idstr)
        + "' instance "
        + (instance < 10 ? instance : Text.offset(instance));
  }
}
