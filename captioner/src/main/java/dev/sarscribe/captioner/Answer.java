package dev.sarscribe.captioner;

/** The model's answer to one question. */
public record Answer(Question question, Text answer) {}
