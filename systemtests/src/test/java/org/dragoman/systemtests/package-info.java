/**
 * What Dragoman makes of streams, proved against recorded streams and the reference loader. The
 * expectations are written here from the issue and the facts; none of them comes from the code
 * under test.
 */
package org.dragoman.systemtests;
