package dev.sarscribe.tests;

import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.stream.progress.ProgressWatcher;
import java.time.Duration;

/** Waits for facts on sar.progress.v1. */
final class Waiting {
  private Waiting() {}

  static AcquisitionProgress forDone(String bootstrap, String idPrefix, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (ProgressWatcher watcher = ProgressWatcher.open(Corpus.connection(bootstrap))) {
      while (System.nanoTime() < deadline) {
        watcher.poll(Duration.ofMillis(300));
        for (AcquisitionProgress progress : watcher.latest().values()) {
          if (progress.getAcquisitionId().startsWith(idPrefix)
              && progress.getState() == ProgressState.DONE) {
            return progress;
          }
        }
      }
      throw new AssertionError(
          idPrefix + " was not done after " + timeout + ": " + watcher.latest());
    }
  }
}
