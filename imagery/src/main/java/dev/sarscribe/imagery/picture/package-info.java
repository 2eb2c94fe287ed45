/** Plain pictures in and out: PNG, JPEG or TIFF to one normalised tile, and tiles to PNG. */
package dev.sarscribe.imagery.picture;
