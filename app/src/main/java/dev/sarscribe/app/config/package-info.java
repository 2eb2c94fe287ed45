/** The settings of every verb: a file, the environment, flags, and what is known of each option. */
package dev.sarscribe.app.config;
