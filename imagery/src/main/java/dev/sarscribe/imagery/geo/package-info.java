/** Where a pixel lies on Earth: geolocation grids, CRS transforms, footprints. */
package dev.sarscribe.imagery.geo;
