/**
 * The reference loader: what each product's own device model does with a device-model save stream.
 *
 * <p>It is the independent judge of the translator and therefore shares no code and no data with
 * it. Every layout here was written from the products' load functions, and every loader that was
 * run for real is held to the recorded outcomes by the tests.
 */
package org.dragoman.referenceloader;
