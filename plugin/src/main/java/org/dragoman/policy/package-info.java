/**
 * Policies: the YAML files that say what devices save and how products label it. Loading,
 * validating, and finding a product by name and version.
 */
package org.dragoman.policy;
