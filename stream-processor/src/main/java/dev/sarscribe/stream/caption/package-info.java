/** From tiles to the corpus: the consumer-producer stage that feeds the captioner. */
package dev.sarscribe.stream.caption;
