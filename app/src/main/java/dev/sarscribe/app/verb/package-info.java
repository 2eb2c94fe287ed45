/** The verbs of the command line, one per class. */
package dev.sarscribe.app.verb;
