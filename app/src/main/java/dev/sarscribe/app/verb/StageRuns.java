package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Signals;
import dev.sarscribe.app.process.Version;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.engine.ModelSource;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.stream.caption.CaptionSettings;
import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.caption.CaptionStats;
import dev.sarscribe.stream.tiling.TilingSettings;
import dev.sarscribe.stream.tiling.TilingStage;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs one stage against a broker until it is told to stop or fails. */
final class StageRuns {
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
  private static final Duration BATCH_DELAY = Duration.ofMillis(200);

  private final PrintWriter out;
  private final CountDownLatch stop = new CountDownLatch(1);

  StageRuns(PrintWriter out) {
    this.out = out;
  }

  int tile(KafkaOptions kafka, TilingOptions options, Path state)
      throws ExecutionException, InterruptedException, CommandFailedException {
    kafka.ensureTopics();
    Signals.onStop(stop::countDown);
    String instance = instance();
    TilingSettings settings =
        options.settings(kafka.connection(), instance, state.resolve(instance));
    try (TilingStage stage = TilingStage.start(settings)) {
      say(
          "tiling acquisitions from %s; Ctrl-C ends it"
              .formatted(settings.kafka().bootstrapServers()));
      awaitStop(stage::failure);
    }
    say("stopped; start it again to go on");
    return 0;
  }

  int caption(KafkaOptions kafka, ModelOptions model, CaptionStageOptions options)
      throws ExecutionException, InterruptedException, CommandFailedException, CaptionerException {
    kafka.ensureTopics();
    Signals.onStop(stop::countDown);
    CaptionSettings settings = captionSettings(kafka.connection(), instance(), options);
    CaptionStats stats;
    try (CaptionStage stage = start(settings, model)) {
      stats = stage.stats();
      say(
          "captioning tiles from %s; Ctrl-C ends it"
              .formatted(settings.kafka().bootstrapServers()));
      awaitStop(stage::failure);
    }
    say("%d tiles captioned; start it again to go on".formatted(stats.snapshot().captioned()));
    return 0;
  }

  /** The settings of a caption stage, as every verb that runs one makes them. */
  static CaptionSettings captionSettings(
      KafkaConnection kafka, String instance, CaptionStageOptions options)
      throws CommandFailedException {
    try {
      return new CaptionSettings(
          kafka,
          "sarscribe-caption",
          instance,
          options.workers(),
          options.batch(),
          BATCH_DELAY,
          options.minConfidence());
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  /** Starts a caption stage with one single-threaded captioner per worker. */
  static CaptionStage start(CaptionSettings settings, ModelOptions model)
      throws CaptionerException, CommandFailedException {
    ModelSource source = model.source(model.engineOptions());
    return CaptionStage.start(
        settings, () -> model.open(source), model.prompts(), Version.current());
  }

  private void awaitStop(Supplier<Optional<Throwable>> failure)
      throws InterruptedException, CommandFailedException {
    while (!stop.await(CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
      Optional<Throwable> failed = failure.get();
      if (failed.isPresent()) {
        throw new CommandFailedException("the stage stopped: " + failed.get(), failed.get());
      }
    }
  }

  /** Unique among the processes that share the work. */
  private static String instance() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "host";
    }
    return host.replaceAll("[^a-zA-Z0-9._-]", "-") + "-" + ProcessHandle.current().pid();
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
