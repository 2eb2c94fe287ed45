/** How feeds are run, shown and held back by the command. */
package dev.sarscribe.app.feed;
