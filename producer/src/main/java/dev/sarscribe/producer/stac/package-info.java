/** STAC items to acquisitions and back. */
package dev.sarscribe.producer.stac;
