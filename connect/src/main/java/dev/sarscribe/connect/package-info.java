/** The STAC feed as a source connector of Kafka Connect. */
package dev.sarscribe.connect;
