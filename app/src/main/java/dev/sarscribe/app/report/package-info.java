/** The corpus as a person reads it: prose, summary, HTML. */
package dev.sarscribe.app.report;
