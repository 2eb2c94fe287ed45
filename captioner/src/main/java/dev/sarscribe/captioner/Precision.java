package dev.sarscribe.captioner;

import java.util.Locale;

/** What an engine computes with. */
public enum Precision {
  /** As the graphs say. */
  FP32,
  /** Half precision where the engine finds it faster; graphs stay as they are. */
  FP16,
  /** Integers of eight bits where the model has graphs for that; texts may differ a little. */
  INT8;

  /** As provenance spells it, for instance {@code fp32}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
