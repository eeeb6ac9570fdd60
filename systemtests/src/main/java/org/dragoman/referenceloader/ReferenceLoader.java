package org.dragoman.referenceloader;

import java.util.List;

/**
 * Loads a device-model save stream (QEVM version 3) the way a product's own device model does.
 *
 * <p>Everything in the stream is big-endian. There is no payload length in it: each load function
 * takes as many bytes as it likes, and what it returns is ignored. Source: qemu-xen-traditional
 * savevm.c qemu_loadvm_state.
 */
public final class ReferenceLoader {
  private ReferenceLoader() {}

  /**
   * Loads a stream into a machine configured to match it ({@link TargetMachine#matching}).
   *
   * @param model whose loader
   * @param stream the whole stream, from its magic on, with whatever follows its end
   * @throws UnsupportedOperationException if that loader would read the stream in a way that is not
   *     modelled: file versions below 3, and the few devices without a layout here
   */
  public static LoadResult load(LoaderModel model, byte[] stream) {
    return load(model, stream, List.of());
  }

  /**
   * Loads a stream into a machine that matches it and also knows the given sections of one PCI
   * device each.
   *
   * @param model whose loader
   * @param stream as in {@link #load(LoaderModel, byte[])}
   * @param extraSections for instance the {@code -pciemulation} devices that the target was
   *     configured with
   * @throws UnsupportedOperationException as {@link #load(LoaderModel, byte[])}
   */
  public static LoadResult load(LoaderModel model, byte[] stream, List<SectionKey> extraSections) {
    return load(model, stream, TargetMachine.matching(stream, extraSections));
  }

  /**
   * Loads a stream into a given machine.
   *
   * @param model whose loader
   * @param stream as in {@link #load(LoaderModel, byte[])}
   * @param machine what the target was started with
   * @throws UnsupportedOperationException as {@link #load(LoaderModel, byte[])}
   */
  public static LoadResult load(LoaderModel model, byte[] stream, TargetMachine machine) {
    return new Loading(model, stream, machine).run();
  }
}
