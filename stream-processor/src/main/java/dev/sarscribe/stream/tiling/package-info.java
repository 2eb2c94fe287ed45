/** From acquisitions to tiles: the Kafka Streams topology that plans, cuts and keeps progress. */
package dev.sarscribe.stream.tiling;
