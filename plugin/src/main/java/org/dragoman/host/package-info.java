/**
 * The host: its configuration, the shim in front of its device models, and whether all of it is
 * well.
 */
package org.dragoman.host;
