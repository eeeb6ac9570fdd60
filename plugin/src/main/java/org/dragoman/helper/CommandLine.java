package org.dragoman.helper;

import java.util.List;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Topology;

/**
 * What has to be changed in qemu-xen's arguments, as libxl makes them, so that it has the devices
 * of a traditional guest where that has them; or why it cannot be. Pure. Source of the arguments:
 * libxl_dm.c libxl__build_device_model_args_new of Xen 4.17. The shim takes no words but those that
 * are made here (native-shim/edit.c).
 *
 * @param edits for the shim, ascending; none where it is refused, or nothing is to be changed
 * @param refusals why not, a sentence each; none where it can be
 * @param warnings what an administrator should know, a sentence each
 * @param diff the edits in words, a line each; what goes has "- " before it, what comes "+ "
 */
record CommandLine(
    List<Answer.Action.EditArguments> edits,
    List<String> refusals,
    List<String> warnings,
    List<String> diff) {

  /** Copies the lists. */
  CommandLine {
    edits = List.copyOf(edits);
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
    diff = List.copyOf(diff);
  }

  /**
   * Of a guest that is restored.
   *
   * @param arguments all of them, the device model's name first
   * @param topology what the guest has
   * @param again whether the guest was translated before, and has been running on qemu-xen since
   */
  static CommandLine of(List<String> arguments, Topology topology, boolean again) {
    return new RestoreEditor(arguments, topology, again).run().conclude();
  }

  /**
   * Of a guest that boots.
   *
   * @param arguments all of them, the device model's name first
   * @param kept what its configuration says that it keeps
   */
  static CommandLine atBoot(List<String> arguments, KeptTopology kept) {
    return new BootEditor(arguments, kept).run().conclude();
  }
}
