/**
 * Commands: parse arguments, call, print. Every result is one value with a text and a JSON form.
 */
package org.dragoman.cli;
