package org.dragoman.stream;

/**
 * How one dialect puts one content of a device into a section.
 *
 * @param idstr the section's idstr; {@link Device#ANY_IDSTR} for any; {@code {slot}} and {@code
 *     {port}} in it stand for the address of a PCI or USB device
 * @param instance the instance ids that it may carry
 * @param label the version_id that it declares, 0 to 0xffffffff
 * @param content what its payload really is
 */
public record Form(
    Device device, String idstr, InstanceRule instance, long label, Device.Content content) {}
