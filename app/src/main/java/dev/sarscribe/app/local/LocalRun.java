package dev.sarscribe.app.local;

import dev.sarscribe.app.broker.DataFolder;
import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.feed.FeedObservation;
import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Logs;
import dev.sarscribe.app.process.Version;
import dev.sarscribe.app.report.HtmlReport;
import dev.sarscribe.app.report.Prose;
import dev.sarscribe.app.report.RunSummary;
import dev.sarscribe.app.report.Sample;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.DirectoryFeed;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.stream.caption.CaptionStats;
import dev.sarscribe.stream.progress.ProgressWatcher;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The whole pipeline in one process: broker, feed and stages, what a person sees of them, and the
 * order in which they start and stop.
 */
public final class LocalRun {
  private static final Duration POLL = Duration.ofMillis(400);
  private static final Duration SCAN = Duration.ofSeconds(1);
  private static final Path DEFAULT_DIRECTORY = Path.of("data", "incoming");
  private static final int PROSE_SAMPLES = 3;

  /** More than anybody reads; bounds the memory of the summary. */
  private static final int MAX_DEAD_LETTERS = 10_000;

  /**
   * What to run on what.
   *
   * @param data held open by the caller
   * @param directory to watch; empty for the demo's or the default one
   * @param demo whether a scene is simulated first
   * @param exitWhenDone whether the run ends by itself
   * @param port of the broker; 0 for any
   * @param report file of the HTML report
   */
  public record Settings(
      DataFolder data,
      Optional<Path> directory,
      boolean demo,
      boolean exitWhenDone,
      int port,
      Path report) {}

  /** Starts the stages once the broker runs. */
  @FunctionalInterface
  public interface StageStarter {
    Stages start(KafkaConnection kafka) throws Exception;
  }

  private final Settings settings;
  private final StageStarter starter;
  private final Observation observation;
  private final PrintWriter out;
  private volatile boolean stopping;

  /**
   * Starts nothing yet.
   *
   * @param observation where the feed shows itself, as the stages do
   */
  public LocalRun(
      Settings settings, StageStarter starter, Observation observation, PrintWriter out) {
    this.settings = settings;
    this.starter = starter;
    this.observation = observation;
    this.out = out;
  }

  /** Asks a run to drain and return; may be called from any thread. */
  public void stop() {
    stopping = true;
  }

  /**
   * Runs until stopped or done.
   *
   * @return false if the run should have ended with everything done and did not
   */
  public boolean run() throws Exception {
    say("sarscribe %s, data in %s".formatted(Version.current(), settings.data().path()));
    Path directory = directory();
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings.data().kafka(), settings.port())) {
      KafkaConnection kafka =
          new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      List<String> problems = TopicAdmin.ensure(kafka, Optional.empty());
      if (!problems.isEmpty()) {
        throw new CommandFailedException("the topics do not fit: " + String.join("; ", problems));
      }
      say("Kafka on %s, watching %s".formatted(broker.bootstrapServers(), directory));
      return work(kafka, directory);
    }
  }

  private Path directory() throws IOException, CommandFailedException {
    if (settings.demo()) {
      Path demo = DemoScene.ensure(settings.data().demo(), this::say);
      return settings.directory().orElse(demo);
    }
    Path directory = settings.directory().orElse(DEFAULT_DIRECTORY).toAbsolutePath();
    Files.createDirectories(directory);
    return directory;
  }

  private boolean work(KafkaConnection kafka, Path directory) throws Exception {
    long started = System.nanoTime();
    Map<String, AcquisitionProgress> latest;
    Set<String> own;
    int ignored;
    CaptionStats.Snapshot captioning;
    boolean done;
    DirectoryFeed feed = new DirectoryFeed(DirectoryFeed.Settings.of(directory));
    try (ProgressWatcher watcher = ProgressWatcher.open(kafka);
        Stages stages = starter.start(kafka);
        FeedRunner runner = new FeedRunner(feed, kafka, FeedRunner.Settings.every(SCAN))) {
      runner.start();
      FeedObservation.begin(runner, observation);
      done = follow(feed, runner, stages, watcher);
      say(done ? "" : "stopping: finishing what is in work ...");
      latest = Map.copyOf(watcher.latest());
      own = feed.acquisitionIds();
      ignored = feed.ignoredFiles().size();
      captioning = stages.caption().stats().snapshot();
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
    if (!done) {
      say(
          "stopped; all that was finished is in %s. Run the same command again to go on."
              .formatted(settings.data().path()));
      return !settings.exitWhenDone();
    }
    List<AcquisitionProgress> acquisitions =
        latest.values().stream().filter(p -> own.contains(p.getAcquisitionId())).toList();
    conclude(
        kafka,
        own,
        new RunSummary(
            acquisitions,
            deadLetters(kafka),
            ignored,
            elapsed,
            captioning,
            kafka.bootstrapServers(),
            settings.data().path()));
    return true;
  }

  /** Shows progress until everything is done (true) or somebody wants to stop (false). */
  private boolean follow(
      DirectoryFeed feed, FeedRunner runner, Stages stages, ProgressWatcher watcher)
      throws CommandFailedException {
    var display = new ProgressDisplay(out, ProgressDisplay.terminalColumns());
    Optional<String> trouble = Optional.empty();
    try {
      while (!stopping) {
        watcher.poll(POLL);
        Set<String> own = feed.acquisitionIds();
        Optional<String> before = trouble;
        trouble = trouble(stages, runner);
        if (!trouble.equals(before)) {
          display.erase();
          say(trouble.orElse("it works again"));
        }
        display.show(
            watcher.latest().values().stream()
                .filter(p -> own.contains(p.getAcquisitionId()))
                .sorted(Comparator.comparing(AcquisitionProgress::getStartedAt))
                .toList());
        requireAlive(runner, stages);
        if (settings.exitWhenDone() && isDone(feed, own, watcher.latest())) {
          return true;
        }
      }
      return false;
    } finally {
      display.erase();
    }
  }

  private static boolean isDone(
      DirectoryFeed feed, Set<String> own, Map<String, AcquisitionProgress> latest) {
    // Ids are taken before the feed's state is looked at: what it publishes later is pending then.
    return feed.hasScanned()
        && feed.pendingItems() == 0
        && feed.acquisitionIds().equals(own)
        && own.stream().allMatch(id -> isEnded(latest.get(id), feed.offeredAt(id)));
  }

  private static boolean isEnded(AcquisitionProgress progress, Optional<Instant> offered) {
    return progress != null
        && progress.getState() != ProgressState.RUNNING
        && offered.map(at -> !progress.getUpdatedAt().isBefore(toMicros(at))).orElse(true);
  }

  /** The topics carry microseconds: a time that kept its nanoseconds would be later than itself. */
  private static Instant toMicros(Instant time) {
    return time.truncatedTo(ChronoUnit.MICROS);
  }

  /** What keeps the run from going on, as long as it does. */
  private static Optional<String> trouble(Stages stages, FeedRunner runner) {
    FeedStatus feed = runner.status();
    return stages
        .caption()
        .trouble()
        .map(t -> "paused: " + t)
        .or(
            () ->
                feed.getState() == FeedState.WAITING
                    ? Optional.of("the feed waits: " + feed.getLastError())
                    : Optional.empty());
  }

  private static void requireAlive(FeedRunner runner, Stages stages) throws CommandFailedException {
    Optional<Throwable> failure = stages.failure().or(runner::failure);
    if (failure.isPresent()) {
      throw new CommandFailedException(
          "a stage stopped: %s; details in %s"
              .formatted(failure.get(), Logs.file().map(Path::toString).orElse("the log")),
          failure.get());
    }
  }

  private List<DeadLetter> deadLetters(KafkaConnection kafka) {
    List<DeadLetter> letters = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, Topics.DEAD_LETTERS, TopicReader.Start.BEGINNING)) {
      reader.drain(
          letter -> {
            if (letters.size() < MAX_DEAD_LETTERS) {
              letters.add(letter);
            }
          });
    }
    letters.sort(Comparator.comparing(DeadLetter::getTime));
    return letters;
  }

  private void conclude(KafkaConnection kafka, Set<String> own, RunSummary summary)
      throws IOException {
    Sample sample = new Sample(HtmlReport.MAX_RECORDS);
    try (var reader = new TopicReader<>(kafka, Topics.CORPUS, TopicReader.Start.LATEST)) {
      reader.drain(
          record -> {
            if (own.contains(record.getSource().getAcquisitionId())) {
              sample.offer(record);
            }
          });
    }
    out.print(summary.render());
    HtmlReport.write(settings.report(), summary, sample.inOrder());
    out.printf("  %-13s %s%n%n", "report", settings.report().toAbsolutePath());
    for (CorpusRecord record : sample.any(PROSE_SAMPLES)) {
      out.println(Prose.describe(record));
    }
    if (summary.acquisitions().isEmpty()) {
      say("nothing to do: no product was found");
    }
    out.flush();
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
