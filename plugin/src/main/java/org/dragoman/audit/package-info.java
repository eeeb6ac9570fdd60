/**
 * Goes through a directory of images and says of each what it is and what would become of it for a
 * target. What is found of one image is a value; text, JSON and HTML are renderings of it.
 */
package org.dragoman.audit;
