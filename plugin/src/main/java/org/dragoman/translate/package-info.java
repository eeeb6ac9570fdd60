/**
 * Judge, plan, check: who could have written a stream, what a target needs changed in it, and
 * whether the result says what the source said. Pure: no files, sockets or clocks.
 */
package org.dragoman.translate;
