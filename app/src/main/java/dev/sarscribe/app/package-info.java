/** The command: its root, its failures, its logs. */
package dev.sarscribe.app;
