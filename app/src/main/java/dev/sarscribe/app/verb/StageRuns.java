package dev.sarscribe.app.verb;

import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Signals;
import dev.sarscribe.app.process.Version;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.engine.ModelSource;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.stream.caption.CaptionSettings;
import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.caption.CaptionStats;
import dev.sarscribe.stream.caption.Recaption;
import dev.sarscribe.stream.tiling.TilingSettings;
import dev.sarscribe.stream.tiling.TilingStage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs one stage against a broker until it is told to stop or fails. */
final class StageRuns {
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
  private static final Duration DONE_INTERVAL = Duration.ofMillis(200);
  private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(10);
  static final String TILING = "tiling";
  static final String CAPTIONING = "captioning";
  private static final String GROUP = "sarscribe-caption";
  private static final String RECAPTION_GROUP = "sarscribe-recaption";

  /** One process at a time does a recaption: its name is that of the next one that goes on. */
  private static final String RECAPTION_INSTANCE = "only";

  private final PrintWriter out;
  private final CountDownLatch stop = new CountDownLatch(1);
  private Optional<String> saidTrouble = Optional.empty();

  StageRuns(PrintWriter out) {
    this.out = out;
  }

  int tile(
      KafkaOptions kafka,
      TilingOptions options,
      AssetOptions access,
      String instance,
      Path state,
      Observation observation)
      throws ExecutionException, InterruptedException, CommandFailedException {
    TilingSettings settings =
        options.settings(kafka.connection(), instance, state.resolve(instance));
    AssetSettings assets = access.settings(state.resolve("cache"));
    observation.health().starting(TILING);
    kafka.ensureTopics();
    Signals.onStop(stop::countDown);
    try (TilingStage stage = TilingStage.start(settings, assets.open(), observation.meters())) {
      observation.health().started(TILING, stage);
      say(
          "tiling acquisitions from %s; Ctrl-C ends it"
              .formatted(settings.kafka().bootstrapServers()));
      awaitStop(stage::failure, Optional::empty);
    }
    say("stopped; start it again to go on");
    return 0;
  }

  int caption(
      KafkaOptions kafka,
      ModelOptions model,
      CaptionStageOptions options,
      String instance,
      Observation observation)
      throws ExecutionException, InterruptedException, CommandFailedException, CaptionerException {
    observation.health().starting(CAPTIONING);
    kafka.ensureTopics();
    Signals.onStop(stop::countDown);
    CaptionSettings settings = captionSettings(kafka.connection(), instance, options);
    CaptionStats stats;
    try (CaptionStage stage = start(settings, model, observation)) {
      stats = stage.stats();
      say(
          "captioning tiles from %s; Ctrl-C ends it"
              .formatted(settings.kafka().bootstrapServers()));
      awaitStop(stage::failure, stage::trouble);
    }
    CaptionStats.Snapshot done = stats.snapshot();
    say(done.describe());
    say("%d tiles captioned; start it again to go on".formatted(done.captioned()));
    return 0;
  }

  int recaption(
      KafkaOptions kafka, ModelOptions model, CaptionStageOptions options, Recaption.Task task)
      throws ExecutionException, InterruptedException, CommandFailedException, CaptionerException {
    kafka.ensureTopics();
    Signals.onStop(stop::countDown);
    CaptionSettings settings =
        captionSettings(kafka.connection(), RECAPTION_GROUP, RECAPTION_INSTANCE, options);
    say("reading what the corpus on %s holds ...".formatted(settings.kafka().bootstrapServers()));
    ModelSource source = model.source(model.engineOptions());
    Recaption recaption;
    try {
      recaption =
          Recaption.start(
              settings,
              () -> model.open(source),
              model.prompts(),
              Version.current(),
              task,
              scanLines());
    } catch (CancellationException e) {
      say("stopped before anything was captioned; start it again to go on");
      return 0;
    }
    boolean done;
    try (recaption) {
      say("recaptioning with %s; Ctrl-C ends it".formatted(modelName(recaption)));
      done = follow(recaption);
    }
    CaptionStats.Snapshot stats = recaption.stats().snapshot();
    say(stats.describe());
    say(
        "%s: %s; rejected %s%s"
            .formatted(
                done ? "done" : "stopped",
                counts(stats),
                stats.rejected(),
                done ? "" : "; start it again to go on"));
    return stats.rejected().isEmpty() ? 0 : 1;
  }

  /** Says now and then how much of the corpus is read; ends it when somebody wants to stop. */
  private Recaption.Scan scanLines() {
    return new Recaption.Scan() {
      private long said = System.nanoTime();

      @Override
      public void read(long records, int kept, double share) {
        if (stop.getCount() == 0) {
          throw new CancellationException("stopped while the corpus was read");
        }
        if (System.nanoTime() - said >= PROGRESS_INTERVAL.toNanos()) {
          said = System.nanoTime();
          say(scanLine(records, kept, share));
        }
      }
    };
  }

  static String scanLine(long records, int kept, double share) {
    return String.format(
        Locale.ROOT,
        "%3.0f %% of the corpus read, %d records, %d keys kept",
        100 * share,
        records,
        kept);
  }

  private static String modelName(Recaption recaption) {
    ModelInfo model = recaption.model();
    return "%s %s on %s".formatted(model.name(), model.version(), model.engine());
  }

  /** Says now and then how far it is; whether all was done before somebody wanted to stop. */
  private boolean follow(Recaption recaption) throws InterruptedException, CommandFailedException {
    long said = System.nanoTime();
    while (!recaption.isDone()) {
      if (stopsWithin(DONE_INTERVAL, recaption::failure, recaption::trouble)) {
        return false;
      }
      if (System.nanoTime() - said >= PROGRESS_INTERVAL.toNanos()) {
        said = System.nanoTime();
        say(
            "%3.0f %%  %s"
                .formatted(100 * recaption.share(), counts(recaption.stats().snapshot())));
      }
    }
    return true;
  }

  private static String counts(CaptionStats.Snapshot stats) {
    return String.format(
        Locale.ROOT,
        "%d captioned, %d skipped%s, %.1f tiles/s",
        stats.captioned(),
        stats.skipped(),
        stats.superseded() == 0
            ? ""
            : ", %d captioned by others meanwhile".formatted(stats.superseded()),
        stats.tilesPerSecond());
  }

  /** The settings of a caption stage, as every verb that runs one makes them. */
  static CaptionSettings captionSettings(
      KafkaConnection kafka, String instance, CaptionStageOptions options)
      throws CommandFailedException {
    return captionSettings(kafka, GROUP, instance, options);
  }

  private static CaptionSettings captionSettings(
      KafkaConnection kafka, String group, String instance, CaptionStageOptions options)
      throws CommandFailedException {
    try {
      return new CaptionSettings(
          kafka,
          group,
          instance,
          options.workers(),
          options.batch(),
          options.batchMaxDelay(),
          options.minConfidence());
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  /** Starts a caption stage with one single-threaded captioner per worker. */
  static CaptionStage start(CaptionSettings settings, ModelOptions model, Observation observation)
      throws CaptionerException, CommandFailedException {
    ModelSource source = model.source(model.engineOptions());
    CaptionStage stage =
        CaptionStage.start(
            settings,
            () -> model.open(source),
            model.prompts(),
            Version.current(),
            observation.meters());
    observation.health().started(CAPTIONING, stage);
    return stage;
  }

  private void awaitStop(Supplier<Optional<Throwable>> failure, Supplier<Optional<String>> trouble)
      throws InterruptedException, CommandFailedException {
    boolean stopped = false;
    while (!stopped) {
      stopped = stopsWithin(CHECK_INTERVAL, failure, trouble);
    }
  }

  /** Waits a moment; says what troubles the stage, once. Whether the process is to stop. */
  private boolean stopsWithin(
      Duration wait, Supplier<Optional<Throwable>> failure, Supplier<Optional<String>> trouble)
      throws InterruptedException, CommandFailedException {
    if (stop.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
      return true;
    }
    Optional<Throwable> failed = failure.get();
    if (failed.isPresent()) {
      throw new CommandFailedException("the stage stopped: " + failed.get(), failed.get());
    }
    Optional<String> now = trouble.get();
    if (!now.equals(saidTrouble)) {
      saidTrouble = now;
      say(now.map(t -> "paused: " + t).orElse("the engine works again"));
    }
    return false;
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
