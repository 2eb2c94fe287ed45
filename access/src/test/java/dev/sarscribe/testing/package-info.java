/** Servers on this machine that tests of several modules ask. */
package dev.sarscribe.testing;
