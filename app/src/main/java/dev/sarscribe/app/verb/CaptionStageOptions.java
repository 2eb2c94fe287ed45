package dev.sarscribe.app.verb;

import dev.sarscribe.captioner.Answer;
import dev.sarscribe.stream.caption.MinConfidence;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How the caption stage works. */
public final class CaptionStageOptions {
  /** Each worker holds the model in memory. */
  private static final int MAX_DEFAULT_WORKERS = 8;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Captioners side by side (default: one per core, at most 8).")
  private int workers = Math.min(Runtime.getRuntime().availableProcessors(), MAX_DEFAULT_WORKERS);

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Most tiles in one call of the model (default: ${DEFAULT-VALUE}).")
  private int batch = 8;

  @Option(
      names = "--batch-max-delay",
      paramLabel = "MILLIS",
      defaultValue = "200",
      description = "How long a batch waits to be filled (default: ${DEFAULT-VALUE}).")
  private long batchMaxDelayMs = 200;

  @Option(
      names = "--min-confidence",
      paramLabel = "P",
      defaultValue = "0.3",
      description =
          "Records whose concise caption is less certain are flagged, not dropped (default:"
              + " ${DEFAULT-VALUE}).")
  private double minConfidence = 0.3;

  @Option(
      names = "--min-answer-confidence",
      paramLabel = "P",
      defaultValue = "" + Answer.DEFAULT_MIN_CONFIDENCE,
      description =
          "Answers less certain than this are flagged, not dropped (default: ${DEFAULT-VALUE}:"
              + " more likely wrong than right).")
  private double minAnswerConfidence = Answer.DEFAULT_MIN_CONFIDENCE;

  int workers() {
    return workers;
  }

  int batch() {
    return batch;
  }

  Duration batchMaxDelay() {
    return Duration.ofMillis(batchMaxDelayMs);
  }

  MinConfidence minConfidence() {
    return new MinConfidence(minConfidence, minAnswerConfidence);
  }
}
