package org.dragoman.referenceloader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One load: the loop over the sections. Source: qemu-xen-traditional savevm.c qemu_loadvm_state
 * (2a1354d6), which XenServer's qemu-trad.pg leaves as it is for file version 3.
 */
final class Loading {
  /** Linux EIO. */
  static final int EIO = -5;

  /** Linux ENOTSUP. */
  private static final int ENOTSUP = -95;

  private static final int MAGIC = 0x5145564d;

  private final LoaderModel model;
  private final SaveFile file;
  private final AcpiDevices acpi;
  private final Registry registry;
  private final List<LoadedSection> sections = new ArrayList<>();
  private final Map<Integer, Started> started = new HashMap<>();
  private Optional<LoadResult> death = Optional.empty();

  /** A section whose header has been seen; later parts refer to it by its section id. */
  private record Started(String idstr, int instance, int label, Registry.Entry entry) {}

  /** Ends the loop with an error. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  Loading(LoaderModel model, byte[] stream, TargetMachine machine) {
    this.model = model;
    this.file = new SaveFile(stream);
    this.acpi = new AcpiDevices(model, machine);
    this.registry = new Registry(model, machine, acpi);
  }

  /**
   * Runs the load once; after a death it goes on as if the deadly call had been skipped, and keeps
   * both results.
   */
  LoadResult run() {
    if (file.be32() != MAGIC) {
      return result(new Ending.Refused(Payload.EINVAL, "no QEVM magic"));
    }
    int version = file.be32();
    if (version != 3) {
      return otherVersion(version);
    }
    Ending ending;
    try {
      loadSections();
      ending = new Ending.Success();
    } catch (Refusal e) {
      ending = new Ending.Refused(Payload.EINVAL, e.getMessage());
    }
    if (file.hasError()) {
      // Looked at only here, and it hides any earlier error.
      ending = new Ending.ReadPastEnd();
    }
    LoadResult last = result(ending);
    return death.map(died -> withContinuation(died, last)).orElse(last);
  }

  private LoadResult otherVersion(int version) {
    boolean olderPath =
        switch (model.family()) {
          case PLAIN -> version == 2;
          case XENSERVER -> Integer.compareUnsigned(version, 3) < 0;
        };
    if (olderPath) {
      throw new UnsupportedOperationException(
          "QEVM version "
              + version
              + ": "
              + model.key()
              + " reads it, but this model of it knows version 3 only");
    }
    return result(new Ending.Refused(ENOTSUP, "QEVM version " + Integer.toUnsignedString(version)));
  }

  private void loadSections() throws Refusal {
    int type;
    while ((type = file.u8()) != 0) {
      switch (type) {
        case 1 -> startSection(SectionType.START);
        case 2 -> continueSection(SectionType.PART);
        case 3 -> continueSection(SectionType.END);
        case 4 -> startSection(SectionType.FULL);
        default -> throw new Refusal("Unknown savevm section type " + type);
      }
    }
  }

  private void startSection(SectionType type) throws Refusal {
    int sectionId = file.be32();
    String idstr = file.cString(file.u8());
    int instance = file.be32();
    int label = file.be32();
    if (Payloads.isNotModelled(idstr)) {
      throw new UnsupportedOperationException(
          "this model does not know the section '" + idstr + "'");
    }
    Registry.Entry entry = registry.find(idstr, instance);
    if (entry == null) {
      throw new Refusal("Unknown savevm section or instance '" + idstr + "' " + instance);
    }
    if (Integer.compareUnsigned(label, entry.label()) > 0) {
      throw new Refusal(
          "savevm: unsupported version " + label + " for '" + idstr + "' v" + entry.label());
    }
    Started section = new Started(idstr, instance, label, entry);
    started.put(sectionId, section);
    callLoadFunction(type, section);
  }

  private void continueSection(SectionType type) throws Refusal {
    int sectionId = file.be32();
    Started section = started.get(sectionId);
    if (section == null) {
      throw new Refusal("Unknown savevm section " + sectionId);
    }
    callLoadFunction(type, section);
  }

  private void callLoadFunction(SectionType type, Started section) {
    int offset = file.position();
    int returned;
    Optional<IoPorts.FatalClaim> fatal = Optional.empty();
    try {
      returned = section.entry().function().load(file, section.label());
    } catch (IoPorts.FatalClaim e) {
      returned = LoadResult.NEVER_RETURNED;
      fatal = Optional.of(e);
    }
    sections.add(
        new LoadedSection(
            type,
            section.idstr(),
            section.instance(),
            section.label(),
            offset,
            file.position() - offset,
            returned));
    if (fatal.isPresent() && death.isEmpty()) {
      death =
          fatal.map(
              claim ->
                  result(new Ending.Died(claim.signal(), section.idstr(), claim.getMessage())));
    }
  }

  private LoadResult result(Ending ending) {
    boolean stoppedBefore =
        !(ending instanceof Ending.Success)
            && !(ending instanceof Ending.Died)
            && acpi.piix4acpiReturned().isEmpty();
    return new LoadResult(
        ending,
        stoppedBefore ? Optional.empty() : Optional.of(acpi.power()),
        model.acpi().hasAddress() ? Optional.of(acpi.gpeBlock()) : Optional.empty(),
        file.left(),
        file.leftIsZero(),
        acpi.piix4acpiReturned(),
        sections,
        Optional.empty());
  }

  private static LoadResult withContinuation(LoadResult died, LoadResult last) {
    return new LoadResult(
        died.ending(),
        died.power(),
        died.gpeBlock(),
        died.bytesLeft(),
        died.leftIsZero(),
        died.piix4acpiReturned(),
        died.sections(),
        Optional.of(last));
  }
}
