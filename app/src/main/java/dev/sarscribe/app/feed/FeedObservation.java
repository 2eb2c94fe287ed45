package dev.sarscribe.app.feed;

import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.stream.StageHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** What operators see of a running feed: its health, and meters made from its status. */
public final class FeedObservation implements StageHealth {
  private static final String PART = "feed";

  private final FeedRunner runner;

  private FeedObservation(FeedRunner runner) {
    this.runner = runner;
  }

  /** Shows a feed from here on. */
  public static void begin(FeedRunner runner, Observation observation) {
    observation.health().started(PART, new FeedObservation(runner));
    MeterRegistry meters = observation.meters();
    String name = runner.status().getFeed();
    count(meters, runner, name, "published", "Acquisitions published.", FeedStatus::getPublished);
    count(
        meters, runner, name, "refused", "Items that became dead letters.", FeedStatus::getRefused);
    gauge(meters, runner, name, "known", "Items that the feed remembers.", FeedStatus::getKnown);
    gauge(
        meters,
        runner,
        name,
        "backlog",
        "Items still to be read; NaN where the place does not say.",
        status -> status.getBacklog() == null ? Double.NaN : status.getBacklog());
    age(
        meters,
        runner,
        name,
        "last.poll.age",
        "Time since a poll went to its end, or since the start.",
        s -> Optional.ofNullable(s.getLastPollAt()).orElse(s.getStartedAt()));
    age(
        meters,
        runner,
        name,
        "lag",
        "Age of the time up to which the place is read completely; NaN where it is not read so.",
        FeedStatus::getCursor);
  }

  private static void count(
      MeterRegistry meters,
      FeedRunner runner,
      String feed,
      String name,
      String what,
      ToDoubleFunction<FeedStatus> value) {
    FunctionCounter.builder("sarscribe.feed." + name, runner, r -> value.applyAsDouble(r.status()))
        .description(what)
        .tag("feed", feed)
        .register(meters);
  }

  private static void gauge(
      MeterRegistry meters,
      FeedRunner runner,
      String feed,
      String name,
      String what,
      ToDoubleFunction<FeedStatus> value) {
    Gauge.builder("sarscribe.feed." + name, runner, r -> value.applyAsDouble(r.status()))
        .description(what)
        .tag("feed", feed)
        .register(meters);
  }

  private static void age(
      MeterRegistry meters,
      FeedRunner runner,
      String feed,
      String name,
      String what,
      Function<FeedStatus, Instant> since) {
    Gauge.builder("sarscribe.feed." + name, runner, r -> ageS(since.apply(r.status())))
        .description(what)
        .baseUnit("seconds")
        .tag("feed", feed)
        .register(meters);
  }

  private static double ageS(Instant since) {
    return since == null
        ? Double.NaN
        : Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1000.0);
  }

  @Override
  public Optional<Throwable> failure() {
    return runner.failure();
  }

  @Override
  public Optional<String> waitingFor() {
    FeedStatus status = runner.status();
    return status.getState() == FeedState.WAITING
        ? Optional.of("the last poll failed: " + status.getLastError())
        : Optional.empty();
  }

  /** A poll may walk a whole catalogue, however long that takes: its age is a meter instead. */
  @Override
  public Optional<String> stuck(Duration limit) {
    return Optional.empty();
  }
}
