/** Feeds: where acquisitions come from, and how they enter {@code sar.acquisitions.v1}. */
package dev.sarscribe.producer;
