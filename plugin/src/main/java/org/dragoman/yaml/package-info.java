/**
 * YAML files: read with the line and column of each value, held against a JSON Schema, and written
 * as compiled trees that need no parser.
 */
package org.dragoman.yaml;
