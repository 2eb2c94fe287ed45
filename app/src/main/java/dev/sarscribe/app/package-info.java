/** The command: its root, its defaults, and where failures become messages. */
package dev.sarscribe.app;
