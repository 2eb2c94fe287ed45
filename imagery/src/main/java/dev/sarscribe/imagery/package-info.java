/**
 * The shared vocabulary of SAR imagery: windows, tiles, tile grids and the module's one exception.
 */
package dev.sarscribe.imagery;
