/**
 * Whole save files and migration streams: finds the device-model streams in them, has each judged
 * and planned, and says what has to become of the bytes. Guest memory stays where it is.
 */
package org.dragoman.image;
