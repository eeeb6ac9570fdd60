package org.dragoman.os;

import java.nio.ByteBuffer;

/**
 * Bytes of a file that a plan rests on: it holds only while they are there.
 *
 * @param at the offset of the first
 * @param bytes what was read there, from 0 to the limit; not changed any more
 */
public record Known(long at, ByteBuffer bytes) {}
