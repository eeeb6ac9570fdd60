/** Files: mapped for reading, and written so that they are there whole or not at all. */
package org.dragoman.os;
