/**
 * Where a device-model stream lies in what holds it: save files and migration streams of xl, xend,
 * libvirt, xenopsd and libxc. Guest memory is gone past, never decoded. Does no input or output of
 * its own, and knows nothing of what is in a device-model stream.
 */
package org.dragoman.container;
