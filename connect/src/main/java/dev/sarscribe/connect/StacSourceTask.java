package dev.sarscribe.connect;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.backoff.Backoff;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.OfferRecords;
import dev.sarscribe.producer.Troubles;
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
 * Reads a STAC API or catalogue on a thread of its own, and gives the worker a page at a time. As
 * Connect's users expect, what passes (a network, a server that fails or asks for patience) is
 * logged and tried again with growing pauses, and what only a person can change fails the task, and
 * its status says why: a new one at once, one that has worked after some tries, as nothing restarts
 * a task that has failed.
 */
public final class StacSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(StacSourceTask.class);

  /** The worker wants its thread back from time to time, to stop or pause the task. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

  private final Backoff backoff;
  private HttpAccess access;
  private WireFormat wire;
  private StacFeed feed;
  private PageHandover handover;
  private Thread reader;
  private Duration pollInterval;
  private Troubles troubles;
  private volatile boolean stopping;
  private volatile Optional<Throwable> failure = Optional.empty();

  /** As a worker makes it. */
  public StacSourceTask() {
    this(Troubles.BACKOFF);
  }

  StacSourceTask(Backoff backoff) {
    this.backoff = backoff;
  }

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
    SourceOffsets offsets = new SourceOffsets(settings.name(), context.offsetStorageReader());
    troubles = new Troubles(offsets.cursor().isPresent(), backoff);
    handover =
        new PageHandover(
            offsets, new OfferRecords(wire), new StatusRecords(feed, pollInterval, wire));
    reader = new Thread(this::read, "sarscribe-connect-" + settings.name());
    reader.start();
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    Optional<List<SourceRecord>> page = handover.take(PATIENCE);
    if (page.isEmpty() && failure.isPresent()) {
      Throwable cause = failure.orElseThrow();
      throw new ConnectException("%s: %s".formatted(feed.name(), cause.getMessage()), cause);
    }
    return page.orElse(null); // as Connect says that there is nothing
  }

  @Override
  public void stop() {
    stopping = true;
    if (handover != null) {
      handover.close();
    }
    if (access != null) {
      access.close(); // which ends a request under way
    }
    if (reader != null) {
      endReader();
    }
    if (wire != null) {
      wire.close();
    }
  }

  private void endReader() {
    reader.interrupt();
    try {
      reader.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try {
      while (!stopping) {
        try {
          feed.poll(handover);
          troubles.polled();
          Thread.sleep(pollInterval.toMillis());
        } catch (FeedException | RuntimeException e) {
          if (stopping || troubles.failed(e)) {
            throw e;
          }
          Duration pause = troubles.pause();
          LOG.warn(
              "{}: {}; failed {} times in a row, tries again in {} ms",
              feed.name(),
              e.getMessage(),
              troubles.inARow(),
              pause.toMillis());
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
}
