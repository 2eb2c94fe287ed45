/**
 * From digital numbers to normalised 8-bit pixels: calibration, speckle filter, stretch, recipes.
 */
package dev.sarscribe.imagery.radiometry;
