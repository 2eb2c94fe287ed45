/** What every verb needs of its process: home and version, logs, signals, failures for people. */
package dev.sarscribe.app.process;
