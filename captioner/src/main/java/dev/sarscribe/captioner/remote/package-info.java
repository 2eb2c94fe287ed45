/** The remote engine: a vision model behind an OpenAI-compatible chat endpoint. */
package dev.sarscribe.captioner.remote;
