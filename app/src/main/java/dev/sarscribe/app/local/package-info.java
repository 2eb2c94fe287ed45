/** The whole pipeline in one process, and what a person sees of it. */
package dev.sarscribe.app.local;
