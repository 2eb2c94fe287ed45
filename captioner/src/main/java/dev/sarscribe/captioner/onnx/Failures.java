package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.imagery.TileImage;
import java.util.List;

/** What the engines of this package say and do when something fails. */
final class Failures {
  private Failures() {}

  /** A batch that the engine could not run; the message has the innermost reason. */
  static CaptionerException ofBatch(String engine, List<TileImage> tiles, Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new CaptionerException(
        "engine %s failed for %d tiles from %s on: %s"
            .formatted(engine, tiles.size(), tiles.get(0).id(), root.getMessage()),
        failure);
  }

  /** A tile whose texts have no likelihood: the model's numbers are none. */
  static Outcome.Failed ofProbabilities() {
    return new Outcome.Failed("the model's token probabilities are not numbers");
  }

  /** Closes what was opened before a failure; what fails in turn is added to that. */
  static void closeAll(List<AutoCloseable> opened, Exception reason) {
    for (AutoCloseable resource : opened) {
      try {
        resource.close();
      } catch (Exception e) {
        reason.addSuppressed(e);
      }
    }
  }
}
