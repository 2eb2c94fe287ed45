/** Assets of acquisitions as files or byte sources: ranges, downloads, and the cache of both. */
package dev.sarscribe.access.assets;
