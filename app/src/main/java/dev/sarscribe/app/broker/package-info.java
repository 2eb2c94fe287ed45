/** A real single-node Kafka broker inside this process, and the folder that keeps its data. */
package dev.sarscribe.app.broker;
