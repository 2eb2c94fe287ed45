/** The closed list of engines: opens one by name, and reports which can be used here. */
package dev.sarscribe.captioner.engine;
