/** A block reader for TIFF, BigTIFF and COG. */
package dev.sarscribe.imagery.tiff;
