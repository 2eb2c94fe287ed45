package dev.sarscribe.captioner.engine;

/**
 * Whether an engine can be used on this machine.
 *
 * @param name as the configuration spells it
 * @param usable whether its native libraries load
 * @param detail its versions, or why it cannot be used
 */
public record EngineReport(String name, boolean usable, String detail) {}
