package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import dev.sarscribe.stream.RejectReason;
import dev.sarscribe.stream.StageMeters;
import dev.sarscribe.stream.StepWatch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the tiling stage does, counted from the facts that it sends. What is done again after an
 * abort counts again. Thread-safe.
 */
final class TilingStats {
  private final MeterRegistry meters;
  private final Map<String, LongAdder> nanosByStep = new ConcurrentHashMap<>();
  private final List<StepWatch> watches = new CopyOnWriteArrayList<>();

  /** Acquisitions that have begun and are not done, and since when; one map per progress task. */
  private final Set<Map<String, Instant>> unfinished =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /** The counts as meters of a registry, named {@code sarscribe.tiling.…}. */
  TilingStats(MeterRegistry meters) {
    this.meters = meters;
    List<String> reasons =
        Arrays.stream(SceneException.Reason.values()).map(SceneException.Reason::name).toList();
    List.of(Stage.PLAN, Stage.TILE).forEach(s -> StageMeters.declare(meters, s, reasons));
    StageMeters.declare(meters, Stage.PROGRESS, List.of("INVALID_EVENT"));
    List.of("planned", "failed", "duplicate").forEach(this::acquisitions);
    List.of(RejectReason.NO_DATA, RejectReason.TOO_LITTLE_VALID, RejectReason.TOO_SMALL)
        .forEach(this::rejected);
    tiles();
    Gauge.builder("sarscribe.acquisitions.unfinished", this, TilingStats::unfinished)
        .description("Acquisitions that have begun and are not done, of this instance's share.")
        .register(meters);
    Gauge.builder("sarscribe.acquisitions.oldest.unfinished.age", this, TilingStats::oldestAgeS)
        .description("Age of the one of these that began first; 0 if there is none.")
        .baseUnit("seconds")
        .register(meters);
  }

  /** Watches one more thread's steps. */
  StepWatch watch() {
    var watch = new StepWatch();
    watches.add(watch);
    return watch;
  }

  /** A thread that ended has no steps. */
  void forget(StepWatch watch) {
    watches.remove(watch);
  }

  Optional<String> stuck(Duration limit) {
    return watches.stream().flatMap(w -> w.stuck(limit).stream()).findFirst();
  }

  /** Time that one record took. */
  void worked(String step, long nanos) {
    nanosByStep
        .computeIfAbsent(
            step,
            name -> {
              LongAdder adder = new LongAdder();
              FunctionCounter.builder("sarscribe.tiling.step", adder, n -> n.sum() / 1e9)
                  .description("Time spent in each step, summed over the threads.")
                  .baseUnit("seconds")
                  .tag("step", name)
                  .register(meters);
              return adder;
            })
        .add(nanos);
  }

  /** A record that is sent. */
  void sent(Object value) {
    if (value instanceof DeadLetter letter) {
      StageMeters.deadLetters(meters, letter.getStage(), letter.getReason()).increment();
    } else if (value instanceof ProgressEvent event) {
      told(event);
    }
  }

  private void told(ProgressEvent event) {
    switch (event.getKind()) {
      case PLANNED -> acquisitions("planned").increment();
      case FAILED -> acquisitions("failed").increment();
      case DUPLICATE -> acquisitions("duplicate").increment();
      case TILES -> event.getOutcomes().forEach(this::told);
    }
  }

  private void told(TileOutcome outcome) {
    if (outcome.getStatus() == TileStatus.TILED) {
      tiles().increment();
    } else if (outcome.getStatus() == TileStatus.REJECTED) {
      rejected(outcome.getReason()).increment();
    }
  }

  private Counter acquisitions(String outcome) {
    return Counter.builder("sarscribe.tiling.acquisitions")
        .description("Acquisitions taken from the topic, by what became of them.")
        .tag("outcome", outcome)
        .register(meters);
  }

  private Counter tiles() {
    return Counter.builder("sarscribe.tiling.tiles")
        .description("Tiles cut and sent on.")
        .register(meters);
  }

  private Counter rejected(String reason) {
    return Counter.builder("sarscribe.tiling.rejected")
        .description("Tiles rejected before captioning, by reason.")
        .tag("reason", reason)
        .register(meters);
  }

  /** A task's share of the acquisitions, to be filled by {@link #progressed}. */
  Map<String, Instant> share() {
    Map<String, Instant> share = new ConcurrentHashMap<>();
    unfinished.add(share);
    return share;
  }

  /** The task has gone to another instance. */
  void forget(Map<String, Instant> share) {
    unfinished.remove(share);
  }

  /** Enters an acquisition's progress into a share. */
  static void progressed(Map<String, Instant> share, AcquisitionProgress progress, Instant since) {
    if (progress.getState() == ProgressState.RUNNING) {
      share.putIfAbsent(progress.getAcquisitionId(), since);
    } else {
      share.remove(progress.getAcquisitionId());
    }
  }

  private List<Map<String, Instant>> shares() {
    synchronized (unfinished) {
      return List.copyOf(unfinished);
    }
  }

  private double unfinished() {
    return shares().stream().mapToInt(Map::size).sum();
  }

  private double oldestAgeS() {
    return shares().stream()
        .flatMap(share -> share.values().stream())
        .min(Instant::compareTo)
        .map(since -> Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1000.0))
        .orElse(0.0);
  }
}
