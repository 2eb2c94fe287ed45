package dev.sarscribe.app.feed;

import dev.sarscribe.producer.Pace;
import dev.sarscribe.producer.Publication;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.stream.progress.ProgressWatcher;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lets a backfill publish only while no acquisition of anybody else is unfinished, and few of its
 * own: so what a live feed publishes never waits behind it for longer than those few. Used by one
 * thread.
 */
public final class BacklogPace implements Pace {
  private static final Duration POLL = Duration.ofMillis(400);
  private static final Duration EXPLAIN_INTERVAL = Duration.ofSeconds(30);

  private final ProgressWatcher watcher;
  private final int maxBacklog;
  private final Consumer<String> explain;
  private final Map<String, Instant> own = new HashMap<>();
  private boolean caughtUp;
  private Instant offeredAt = Instant.EPOCH;

  /**
   * @param watcher stays the caller's
   * @param maxBacklog most acquisitions of this backfill that are unfinished, at least 1
   * @param explain is told now and then what is waited for
   */
  public BacklogPace(ProgressWatcher watcher, int maxBacklog, Consumer<String> explain) {
    if (maxBacklog < 1) {
      throw new IllegalArgumentException("the backlog is 1 or more");
    }
    this.watcher = watcher;
    this.maxBacklog = maxBacklog;
    this.explain = explain;
  }

  @Override
  public int awaitRoom() throws InterruptedException {
    Instant nextExplanation = Instant.now().plus(EXPLAIN_INTERVAL);
    while (true) {
      look();
      List<String> others = othersAtWork();
      if (others.isEmpty() && own.size() < maxBacklog) {
        // The topics carry microseconds: a time with nanoseconds would be later than itself.
        offeredAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
        return maxBacklog - own.size();
      }
      if (Instant.now().isAfter(nextExplanation)) {
        explain.accept(
            others.isEmpty()
                ? "waiting for %d acquisitions of this backfill, for instance %s; do the stages run?"
                    .formatted(own.size(), own.keySet().iterator().next())
                : "waiting for %d other acquisitions, for instance %s"
                    .formatted(others.size(), others.get(0)));
        nextExplanation = Instant.now().plus(EXPLAIN_INTERVAL);
      }
    }
  }

  @Override
  public void published(List<Publication> publications) {
    for (Publication publication : publications) {
      if (publication instanceof Publication.Published p) {
        own.put(p.acquisitionId(), offeredAt);
      }
    }
  }

  private void look() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the backfill is to end");
    }
    // What is on the topic already is taken in before anything is concluded from it.
    boolean news = !watcher.poll(POLL).isEmpty();
    while (news && !caughtUp) {
      news = !watcher.poll(POLL).isEmpty();
    }
    caughtUp = true;
    own.entrySet().removeIf(e -> isFinished(watcher.latest().get(e.getKey()), e.getValue()));
  }

  private List<String> othersAtWork() {
    return watcher.latest().values().stream()
        .filter(p -> p.getState() == ProgressState.RUNNING)
        .map(AcquisitionProgress::getAcquisitionId)
        .filter(id -> !own.containsKey(id))
        .toList();
  }

  private static boolean isFinished(AcquisitionProgress progress, Instant since) {
    return progress != null
        && progress.getState() != ProgressState.RUNNING
        && !progress.getUpdatedAt().isBefore(since);
  }
}
