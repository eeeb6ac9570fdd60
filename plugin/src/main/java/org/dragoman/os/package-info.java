/**
 * Files, sockets and memory: the only room that calls the C library (jnr-ffi). Each descriptor and
 * mapping has an owner, which closes it.
 */
package org.dragoman.os;
