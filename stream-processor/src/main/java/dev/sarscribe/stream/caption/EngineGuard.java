package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.CaptionerUnavailableException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.stream.LogContext;
import dev.sarscribe.stream.StepWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tiles through a captioner that may fail. A batch that fails is tried again by halves until
 * one tile is left to blame. When several tiles in a row failed alone, the captioner is suspected
 * instead: before another tile is blamed the captioner is opened anew, which has it describe a
 * synthetic tile, and while that fails the feed waits. Waits double up to a limit and start over
 * after the first tile that works, so a captioner that opens but fails on every real tile costs the
 * feed one tile per longest wait.
 *
 * <p>A captioner that is unavailable blames no tile: the feed waits until it opens again, and the
 * same tiles are asked about again. Only a tile at which it was found unavailable {@value
 * #MAX_UNAVAILABLE} times alone, each time after it had just described a synthetic one, is blamed:
 * a server may break on what it holds, and one tile must not hold the feed for ever.
 *
 * <p>Owns the captioner. Used by one thread, except {@link #stop} and {@link #trouble}.
 */
final class EngineGuard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineGuard.class);

  /** Single bad tiles are refused without delay; three in a row are rarely chance. */
  static final int SUSPICIOUS_FAILURES = 3;

  /** Some minutes of a server that works, with the waits between them, or hours if it is silent. */
  static final int MAX_UNAVAILABLE = 6;

  /** How long to wait before the captioner is opened anew, at first and at most. */
  record Backoff(Duration first, Duration longest) {
    static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  private final CaptionerSupplier supplier;
  private final PromptSet prompts;
  private final CaptionStats stats;
  private final Backoff backoff;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final StepWatch watch = new StepWatch();
  private volatile String trouble;
  private Captioner captioner;
  private ModelInfo model;
  private int failuresInARow;
  private Duration wait;

  EngineGuard(
      Captioner opened,
      CaptionerSupplier supplier,
      PromptSet prompts,
      CaptionStats stats,
      Backoff backoff) {
    this.captioner = opened;
    this.model = opened.model();
    this.supplier = supplier;
    this.prompts = prompts;
    this.stats = stats;
    this.backoff = backoff;
    this.wait = backoff.first();
  }

  /** What produced the latest verdicts. */
  ModelInfo model() {
    return model;
  }

  /** Why the feed waits; empty while it does not. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Since when the inference thread has been in one call of the engine. */
  StepWatch watch() {
    return watch;
  }

  /** Ends a wait for the captioner; a call of the engine that is under way ends by itself. */
  void stop() {
    stopped.countDown();
  }

  /**
   * One verdict per image, in order. Never fails for what a tile or the engine does.
   *
   * @throws CancellationException if stopped while it waited for a captioner that works
   */
  List<Verdict> describe(List<TileImage> images) throws InterruptedException {
    List<Verdict> verdicts = new ArrayList<>(images.size());
    describe(images, verdicts);
    stats.described(images.size());
    return verdicts;
  }

  private void describe(List<TileImage> images, List<Verdict> verdicts)
      throws InterruptedException {
    if (images.isEmpty()) {
      return;
    }
    Optional<Failure> failure = outlast(images, verdicts, attempt(images, verdicts));
    if (failure.isEmpty()) {
      return;
    }
    if (images.size() > 1) {
      int half = images.size() / 2;
      describe(images.subList(0, half), verdicts);
      describe(images.subList(half, images.size()), verdicts);
      return;
    }
    failuresInARow++;
    if (failuresInARow >= SUSPICIOUS_FAILURES && !failure.orElseThrow().isUnavailable()) {
      reopen(
          "the engine failed %d tiles in a row (%s)"
              .formatted(failuresInARow, failure.orElseThrow().message()));
      failure = outlast(images, verdicts, attempt(images, verdicts));
    }
    failure.ifPresent(f -> verdicts.add(new Verdict.Refused("ENGINE_FAILED", f.message())));
  }

  /**
   * Why a call of the engine gave nothing.
   *
   * @param isUnavailable whether that says nothing of its tiles
   */
  private record Failure(String message, boolean isUnavailable) {}

  /**
   * While the engine is unavailable, waits for it and asks about the same tiles again; several are
   * parted after the first time, as one of them may be what breaks it.
   *
   * @param first what came of the first attempt
   * @return what came of the last one
   */
  private Optional<Failure> outlast(
      List<TileImage> images, List<Verdict> verdicts, Optional<Failure> first)
      throws InterruptedException {
    int limit = images.size() > 1 ? 1 : MAX_UNAVAILABLE;
    Optional<Failure> failure = first;
    for (int i = 0; i < limit && failure.filter(Failure::isUnavailable).isPresent(); i++) {
      reopen("the engine is unavailable (%s)".formatted(failure.orElseThrow().message()));
      failure = attempt(images, verdicts);
    }
    return failure;
  }

  /** Adds the verdicts, or says why there are none. */
  private Optional<Failure> attempt(List<TileImage> images, List<Verdict> verdicts) {
    LogContext concerned = LogContext.ofTiles(images.stream().map(TileImage::id).toList());
    try {
      infer(images).forEach(outcome -> verdicts.add(Verdict.of(outcome)));
      failuresInARow = 0;
      wait = backoff.first();
      return Optional.empty();
    } catch (CaptionerException | RuntimeException | OutOfMemoryError | LinkageError e) {
      LOG.warn("{} tiles from {} on: the engine failed", images.size(), images.get(0).id(), e);
      return Optional.of(new Failure(message(e), e instanceof CaptionerUnavailableException));
    } finally {
      concerned.close();
    }
  }

  private List<Outcome> infer(List<TileImage> images) throws CaptionerException {
    long start = System.nanoTime();
    Usage before = captioner.usage();
    watch.enter("captioning %d tiles".formatted(images.size()));
    try {
      List<Outcome> outcomes = captioner.caption(List.copyOf(images), prompts);
      if (outcomes.size() != images.size()) {
        throw new CaptionerException(
            "%d tiles got %d outcomes".formatted(images.size(), outcomes.size()));
      }
      return outcomes;
    } finally {
      watch.leave();
      stats.inferred(System.nanoTime() - start, captioner.usage().minus(before));
    }
  }

  /** Waits, and opens the captioner anew, until one opens. */
  private void reopen(String failure) throws InterruptedException {
    String reason = failure;
    while (true) {
      trouble =
          "%s; the feed waits, next try in %d s".formatted(reason, Math.max(1, wait.toSeconds()));
      LOG.error("captioning is paused: {}", trouble);
      if (stopped.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new CancellationException("stopped while the engine did not work");
      }
      wait = longer(wait, backoff.longest());
      // First, as two captioners may not fit into the device's memory.
      close();
      try {
        captioner = supplier.open();
        model = captioner.model();
        trouble = null;
        LOG.info("the engine was opened anew; captioning goes on");
        return;
      } catch (CaptionerException | RuntimeException | OutOfMemoryError | LinkageError e) {
        LOG.warn("the engine does not open", e);
        reason = "the engine does not open (%s)".formatted(message(e));
      }
    }
  }

  private static Duration longer(Duration wait, Duration longest) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(longest) < 0 ? twice : longest;
  }

  private static String message(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  @Override
  public void close() {
    if (captioner != null) {
      captioner.close();
      captioner = null;
    }
  }
}
