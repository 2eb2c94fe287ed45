package dev.sarscribe.captioner;

import static java.util.stream.Collectors.joining;

import java.util.Set;

/**
 * How an engine may use the machine; what it computes is the model folder's business.
 *
 * @param threads CPU threads within one inference; 1 with as many workers as cores gives the best
 *     throughput
 * @param maxSequences texts decoded at once (tiles times prompts): bounds the memory of one
 *     captioner, and larger batches are split
 * @param precision to compute with; an engine that cannot refuses to open
 */
public record EngineOptions(int threads, int maxSequences, Precision precision) {
  /** 16 tiles with the standard questions: a captioner of the default model then holds 300 MB. */
  private static final EngineOptions DEFAULTS = new EngineOptions(1, 224, Precision.FP32);

  public EngineOptions {
    requireWithin("threads", threads, 256);
    requireWithin("maxSequences", maxSequences, 4096);
  }

  /** One thread, up to 224 texts at once, fp32. */
  public static EngineOptions defaults() {
    return DEFAULTS;
  }

  public EngineOptions withThreads(int count) {
    return new EngineOptions(count, maxSequences, precision);
  }

  public EngineOptions withMaxSequences(int count) {
    return new EngineOptions(threads, count, precision);
  }

  public EngineOptions withPrecision(Precision other) {
    return new EngineOptions(threads, maxSequences, other);
  }

  /**
   * Checks what an engine is asked for against what it can do.
   *
   * @param engine its name
   * @throws CaptionerException if the precision is none of those
   */
  public void requirePrecision(String engine, Set<Precision> possible) throws CaptionerException {
    if (!possible.contains(precision)) {
      throw new CaptionerException(
          "engine %s computes in %s, not in %s"
              .formatted(
                  engine,
                  possible.stream().sorted().map(Precision::label).collect(joining(" or ")),
                  precision.label()));
    }
  }

  private static void requireWithin(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between 1 and %d".formatted(name, value, max));
    }
  }
}
