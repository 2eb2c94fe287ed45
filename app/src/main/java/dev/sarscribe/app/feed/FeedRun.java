package dev.sarscribe.app.feed;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Signals;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.Feed;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;

/** A feed in the foreground: what a person sees of it until it ends or is asked to. */
public final class FeedRun {
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final PrintWriter out;
  private final Observation observation;

  /**
   * How a run ended.
   *
   * @param status its last one
   * @param complete whether a run that polls once got to the end of its poll
   */
  public record End(FeedStatus status, boolean complete) {}

  /** Starts nothing yet. */
  public FeedRun(PrintWriter out) {
    this(out, Observation.none());
  }

  /** The same, observed. */
  public FeedRun(PrintWriter out, Observation observation) {
    this.out = out;
    this.observation = observation;
  }

  /**
   * Runs a feed to its end.
   *
   * @throws Exception why it has ended by itself, if it should not have
   */
  public End run(Feed feed, KafkaConnection kafka, FeedRunner.Settings settings) throws Exception {
    try (FeedRunner runner = new FeedRunner(feed, kafka, settings)) {
      Signals.onStop(runner::close);
      say("feed %s: %s %s".formatted(feed.name(), feed.kind(), feed.location()));
      runner.start();
      FeedObservation.begin(runner, observation);
      FeedStatus last = null;
      long nextLine = System.nanoTime();
      while (!runner.await(LOOK)) {
        FeedStatus status = runner.status();
        boolean stateChanged = last == null || last.getState() != status.getState();
        if (System.nanoTime() - nextLine >= 0 && (stateChanged || hasMoved(last, status))) {
          show(status);
          last = status;
          nextLine = System.nanoTime() + LINE_INTERVAL.toNanos();
        }
      }
      if (runner.failure().isPresent()) {
        throw asException(runner.failure().orElseThrow());
      }
      show(runner.status());
      return new End(runner.status(), runner.isComplete());
    }
  }

  private static boolean hasMoved(FeedStatus last, FeedStatus status) {
    return last.getPublished() != status.getPublished()
        || last.getRefused() != status.getRefused()
        || !Objects.equals(last.getLastErrorAt(), status.getLastErrorAt());
  }

  private void show(FeedStatus status) {
    if (status.getState() == FeedState.WAITING) {
      say("waiting: " + status.getLastError());
    } else {
      say(
          "%d published, %d refused, %d known%s"
              .formatted(
                  status.getPublished(),
                  status.getRefused(),
                  status.getKnown(),
                  status.getCursor() == null ? "" : ", read to " + status.getCursor()));
    }
  }

  private static Exception asException(Throwable failure) {
    return failure instanceof Exception e
        ? e
        : new CommandFailedException("the feed failed: " + failure, failure);
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
