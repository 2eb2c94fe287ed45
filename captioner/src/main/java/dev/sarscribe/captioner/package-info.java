/** Tiles to captions and answers: the {@code Captioner} contract, prompts and model folders. */
package dev.sarscribe.captioner;
