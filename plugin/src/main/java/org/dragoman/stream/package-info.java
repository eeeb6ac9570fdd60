/**
 * Sections, layouts, dialects and the walk. Pure: it knows no files, sockets or clocks, and uses no
 * other room of ours.
 */
package org.dragoman.stream;
