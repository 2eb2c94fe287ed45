package dev.sarscribe.captioner;

/**
 * How an engine may use the machine; what it computes is the model folder's business.
 *
 * @param threads CPU threads within one inference; 1 with as many workers as cores gives the best
 *     throughput
 * @param maxSequences texts decoded at once (tiles times prompts): bounds the memory of one
 *     captioner, and larger batches are split
 */
public record EngineOptions(int threads, int maxSequences) {
  /** 16 tiles with the standard questions: a captioner of the default model then holds 300 MB. */
  private static final EngineOptions DEFAULTS = new EngineOptions(1, 224);

  public EngineOptions {
    requireWithin("threads", threads, 256);
    requireWithin("maxSequences", maxSequences, 4096);
  }

  /** One thread, up to 224 texts at once. */
  public static EngineOptions defaults() {
    return DEFAULTS;
  }

  public EngineOptions withThreads(int count) {
    return new EngineOptions(count, maxSequences);
  }

  public EngineOptions withMaxSequences(int count) {
    return new EngineOptions(threads, count);
  }

  private static void requireWithin(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between 1 and %d".formatted(name, value, max));
    }
  }
}
