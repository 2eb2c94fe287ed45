/** Where the bytes of a raster come from. */
package dev.sarscribe.imagery.source;
