/** Captions of plain image files, without Kafka. */
package dev.sarscribe.app.image;
