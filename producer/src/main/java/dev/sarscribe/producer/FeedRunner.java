package dev.sarscribe.producer;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one feed on a thread of its own: polls, publishes what is new, and tells its status. What
 * passes (a broker, a network or a server that is away) makes it wait and try again; what lasts
 * ends it, and {@link #failure} says why. May be asked from any thread.
 */
public final class FeedRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FeedRunner.class);

  /** Closing waits for the publication in progress, never longer than a transaction may take. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(35);

  /** Polls that find nothing say only that the feed lives. */
  private static final Duration STATUS_INTERVAL = Duration.ofSeconds(30);

  private static final double JITTER = 0.1;

  /**
   * How a feed is run.
   *
   * @param pollInterval time between polls, varied by a tenth so that feeds do not march in step
   * @param maxItemsPerPoll a bound on what one poll publishes
   * @param once whether the run ends with the first poll that goes to its end
   * @param maxTroubles polls in a row that may fail for reasons that pass
   * @param pace how much may be published at a time
   */
  public record Settings(
      Duration pollInterval, long maxItemsPerPoll, boolean once, int maxTroubles, Pace pace) {
    public Settings {
      if (pollInterval.isNegative() || pollInterval.isZero()) {
        throw new IllegalArgumentException("the poll interval must be positive");
      }
      if (maxItemsPerPoll < 1 || maxTroubles < 1) {
        throw new IllegalArgumentException("items per poll and troubles are 1 or more");
      }
    }

    /** For ever, without a bound. */
    public static Settings every(Duration pollInterval) {
      return new Settings(pollInterval, Long.MAX_VALUE, false, Integer.MAX_VALUE, Pace.UNLIMITED);
    }

    public Settings withMaxItemsPerPoll(long items) {
      return new Settings(pollInterval, items, once, maxTroubles, pace);
    }

    /** Ends with the first poll that goes to its end, or with so many that fail in a row. */
    public Settings once(int troubles) {
      return new Settings(pollInterval, maxItemsPerPoll, true, troubles, pace);
    }

    public Settings withPace(Pace other) {
      return new Settings(pollInterval, maxItemsPerPoll, once, maxTroubles, other);
    }
  }

  private final Feed feed;
  private final Settings settings;
  private final Publisher publisher;
  private final FeedStatistics statistics;
  private final Sink sink = new Sink();
  private final Thread thread;

  // Only the thread uses these.
  private final Troubles troubles = new Troubles(false, Troubles.BACKOFF);
  private long room;
  private Instant statusAt = Instant.EPOCH;

  private boolean closing;
  private boolean publishing;
  private volatile boolean complete;
  private volatile Optional<Throwable> failure = Optional.empty();

  /** A runner that has not started; it connects on its own thread. */
  public FeedRunner(Feed feed, KafkaConnection kafka, Settings settings) {
    this.feed = feed;
    this.settings = settings;
    this.publisher = Publisher.ofFeed(kafka, feed);
    this.statistics = new FeedStatistics(feed, settings.pollInterval());
    this.thread = new Thread(this::run, "sarscribe-feed-" + feed.kind());
  }

  /** Starts to poll in the background until {@link #close}, or until the run ends by itself. */
  public void start() {
    thread.start();
  }

  /** Waits for the end of the run, at most so long; returns whether it has ended. */
  public boolean await(Duration limit) throws InterruptedException {
    thread.join(Math.max(1, limit.toMillis()));
    return !thread.isAlive();
  }

  /** How the feed is now. */
  public FeedStatus status() {
    return statistics.status();
  }

  /** Whether a run that polls once has got to the end of its poll. */
  public boolean isComplete() {
    return complete;
  }

  /** Why the run has ended by itself, if it has and should not have. */
  public Optional<Throwable> failure() {
    return failure;
  }

  /** Ends the run after the publication in progress, with a last status. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      if (!publishing) {
        thread.interrupt();
      }
    }
    feed.cancel();
    try {
      thread.join(CLOSE_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isClosing() {
    return closing;
  }

  private void run() {
    try {
      loop();
      end(FeedState.STOPPED);
    } catch (InterruptedException | InterruptException e) {
      LOG.debug("feed {} is closing", feed.name(), e);
      end(FeedState.STOPPED);
    } catch (Throwable e) {
      // An error too must show, or a run would wait for this thread for ever.
      if (!isClosing()) {
        LOG.error("feed {} has ended", feed.name(), e);
        failure = Optional.of(e);
        statistics.failed(e);
      }
      end(isClosing() ? FeedState.STOPPED : FeedState.FAILED);
    } finally {
      publisher.close();
    }
  }

  private void loop() throws Exception {
    while (!isClosing()) {
      boolean polled = tryToPoll();
      if (isClosing()) {
        return;
      }
      if (!polled) {
        Duration pause = troubles.pause();
        LOG.info("feed {} tries again in {} ms", feed.name(), pause.toMillis());
        Thread.sleep(pause.toMillis());
      } else if (settings.once()) {
        complete = true;
        return;
      } else {
        Thread.sleep(jittered(settings.pollInterval()).toMillis());
      }
    }
  }

  /** Polls once; returns whether to the end. What is to end the feed is thrown. */
  private boolean tryToPoll() throws Exception {
    try {
      poll();
      return true;
    } catch (InterruptException | FencedException e) {
      throw e;
    } catch (FeedException | IOException | RuntimeException e) {
      if (isClosing()) {
        return false;
      }
      statistics.failed(e);
      if (troubles.failed(e) || troubles.inARow() >= settings.maxTroubles()) {
        throw e;
      }
      LOG.warn("feed {}: {}", feed.name(), FeedStatistics.describe(e), e);
      tellStatus(Duration.ZERO);
      return false;
    }
  }

  private void poll() throws Exception {
    if (publisher.open()) {
      statistics.restore(publisher.lastStatus(), publisher.known(), publisher.cursor());
      tellStatus(Duration.ZERO);
    }
    room = settings.maxItemsPerPoll();
    feed.poll(sink);
    troubles.polled();
    statistics.polled();
    tellStatus(STATUS_INTERVAL);
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }

  /**
   * Writes the status, unless one was written so short a time ago. Only over a connection that
   * stands: the next poll opens one.
   */
  private void tellStatus(Duration interval) throws InterruptedException {
    if (Duration.between(statusAt, Instant.now()).compareTo(interval) < 0) {
      return;
    }
    beginPublication();
    try {
      publisher.commitIfOpen(status());
      statusAt = Instant.now();
    } catch (FencedException | InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      LOG.debug("the status of {} was not written", feed.name(), e);
    } finally {
      endPublication();
    }
  }

  private void end(FeedState state) {
    statistics.ended(state);
    synchronized (this) {
      // The request to end has been heard; it must not keep the last status from being written.
      publishing = true;
      Thread.interrupted();
    }
    try {
      publisher.commitIfOpen(status());
    } catch (KafkaException e) {
      LOG.debug("the last status of {} was not written", feed.name(), e);
    }
  }

  private synchronized void beginPublication() throws InterruptedException {
    if (closing) {
      throw new InterruptedException("the feed is closing");
    }
    publishing = true;
  }

  private synchronized void endPublication() {
    publishing = false;
  }

  /** What the feed sees. */
  private final class Sink implements FeedSink {
    @Override
    public Optional<Instant> cursor() {
      return publisher.cursor();
    }

    @Override
    public Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
      return publisher.find(item, fingerprint);
    }

    @Override
    public boolean hasRoom() {
      return room > 0;
    }

    @Override
    public void backlog(long items) {
      statistics.backlog(items);
    }

    @Override
    public List<Publication> publish(FeedPage page) throws InterruptedException {
      List<Offer> fresh =
          page.offers().stream().filter(o -> find(o.item(), o.fingerprint()).isEmpty()).toList();
      boolean cut = fresh.size() > room;
      List<Offer> left = cut ? fresh.subList(0, (int) room) : fresh;
      List<Publication> publications = new ArrayList<>();
      while (!left.isEmpty()) {
        int size = Math.min(settings.pace().awaitRoom(), left.size());
        boolean last = size == left.size() && !cut;
        Optional<FeedPage.Advance> advance = last ? page.advance() : Optional.empty();
        publications.addAll(commit(left.subList(0, size), advance));
        left = left.subList(size, left.size());
      }
      if (fresh.isEmpty() && page.advance().isPresent()) {
        commit(List.of(), page.advance());
      }
      return publications;
    }

    private List<Publication> commit(List<Offer> offers, Optional<FeedPage.Advance> advance)
        throws InterruptedException {
      beginPublication();
      try {
        Publisher.Prepared prepared = publisher.prepare(new FeedPage(offers, advance));
        if (prepared.isEmpty()) {
          return List.of();
        }
        List<Publication> publications = prepared.publications();
        var counts = FeedStatistics.Counts.of(publications, offers);
        Optional<Instant> readTo = advance.map(FeedPage.Advance::cursor);
        FeedStatus status = statistics.after(counts, readTo);
        publisher.commit(prepared, Optional.of(status));
        statusAt = Instant.now();
        statistics.committed(counts, readTo, publisher.known());
        room -= publications.size();
        settings.pace().published(publications);
        return publications;
      } finally {
        endPublication();
      }
    }
  }
}
