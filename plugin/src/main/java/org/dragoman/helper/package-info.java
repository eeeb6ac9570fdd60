/** The helper: one question of the shim, one answer. The protocol is native-shim/protocol.h. */
package org.dragoman.helper;
