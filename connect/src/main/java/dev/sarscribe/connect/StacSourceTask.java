package dev.sarscribe.connect;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.OfferRecords;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a STAC API or catalogue on a thread of its own, and gives the worker a page at a time. A
 * place that is away is asked again with growing pauses; what only a person can change fails the
 * task, and its status says why.
 */
public final class StacSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(StacSourceTask.class);

  /** The worker wants its thread back from time to time, to stop or pause the task. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);
  private static final int MAX_DOUBLINGS = 9;
  private static final int MAX_UNKNOWN_TROUBLES = 5;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

  private HttpAccess access;
  private WireFormat wire;
  private StacFeed feed;
  private PageHandover handover;
  private Thread reader;
  private Duration pollInterval;
  private volatile boolean stopping;
  private volatile Optional<Throwable> failure = Optional.empty();

  @Override
  public String version() {
    return StacSourceConnector.currentVersion();
  }

  @Override
  public void start(Map<String, String> props) {
    StacSourceConfig config = new StacSourceConfig(props);
    config.requireUsable();
    StacFeed.Settings settings = config.feedSettings(props.getOrDefault("name", "connect"));
    try {
      access = config.httpAccess();
    } catch (AccessException e) {
      throw new ConnectException(e.getMessage(), e);
    }
    wire = config.wireFormat();
    feed = new StacFeed(settings, access);
    pollInterval = config.pollInterval();
    handover =
        new PageHandover(
            new SourceOffsets(settings.name(), context.offsetStorageReader()),
            new OfferRecords(wire),
            new StatusRecords(feed, pollInterval, wire));
    reader = new Thread(this::read, "sarscribe-connect-" + settings.name());
    reader.start();
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    Optional<List<SourceRecord>> page = handover.take(PATIENCE);
    if (page.isEmpty() && failure.isPresent()) {
      Throwable cause = failure.orElseThrow();
      throw new ConnectException(String.valueOf(cause.getMessage()), cause);
    }
    return page.orElse(null); // as Connect says that there is nothing
  }

  @Override
  public void stop() {
    stopping = true;
    if (reader == null) {
      return; // did not start
    }
    handover.close();
    feed.cancel();
    reader.interrupt();
    try {
      reader.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    wire.close();
  }

  private void read() {
    int troubles = 0;
    try {
      while (!stopping) {
        try {
          feed.poll(handover);
          troubles = 0;
          Thread.sleep(pollInterval.toMillis());
        } catch (FeedException | RuntimeException e) {
          troubles++;
          if (stopping || isLasting(e, troubles)) {
            throw e;
          }
          Duration pause = backoff(troubles);
          LOG.warn("{}: {}; again in {}", feed.name(), e.getMessage(), pause);
          Thread.sleep(pause.toMillis());
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("{} ends", feed.name(), e);
    } catch (Throwable e) {
      // An error too must show, or the task would wait for this thread for ever.
      if (!stopping) {
        LOG.error("{} has ended", feed.name(), e);
        failure = Optional.of(e);
      }
    }
  }

  /** A registry that is away shows as an unchecked failure, as does a defect of ours. */
  private static boolean isLasting(Exception e, int troubles) {
    return e instanceof FeedException f ? !f.isPassing() : troubles > MAX_UNKNOWN_TROUBLES;
  }

  private static Duration backoff(int troubles) {
    Duration pause = FIRST_BACKOFF.multipliedBy(1L << Math.min(MAX_DOUBLINGS, troubles - 1));
    return pause.compareTo(LONGEST_BACKOFF) < 0 ? pause : LONGEST_BACKOFF;
  }
}
