package dev.sarscribe.connect;

import dev.sarscribe.producer.Publication;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The status of a feed in a worker: it carries the feed's cursor, since Connect stores offsets only
 * with records. Counts are those of this run of the task. Thread-safe.
 */
final class StatusRecords {
  private final StacFeed feed;
  private final Duration pollInterval;
  private final WireFormat wire;
  private final Instant startedAt = Instant.now();
  private long published;
  private long refused;
  private Long backlog;

  StatusRecords(StacFeed feed, Duration pollInterval, WireFormat wire) {
    this.feed = feed;
    this.pollInterval = pollInterval;
    this.wire = wire;
  }

  /** The status as it will be once these are published, with the cursor as its offset. */
  synchronized SourceRecord after(
      List<Publication> publications, Instant readTo, SourceOffsets offsets) {
    Instant now = Instant.now();
    long more = count(publications);
    FeedStatus status =
        FeedStatus.newBuilder()
            .setFeed(feed.name())
            .setKind("connect")
            .setLocation(feed.location())
            .setState(FeedState.RUNNING)
            .setPollIntervalSeconds((int) Math.min(Integer.MAX_VALUE, pollInterval.toSeconds()))
            .setPublished(published + more)
            .setRefused(refused + publications.size() - more)
            .setKnown(published + refused + publications.size())
            .setPublishedLastHour(0)
            .setBacklog(backlog)
            .setCursor(readTo)
            .setLastPollAt(now)
            .setStartedAt(startedAt)
            .setUpdatedAt(now)
            .build();
    byte[] value = wire.encode(Topics.FEEDS, status);
    return offsets.record(readTo, new ProducerRecord<>(Topics.FEEDS.name(), feed.name(), value));
  }

  synchronized void committed(List<Publication> publications) {
    long more = count(publications);
    published += more;
    refused += publications.size() - more;
  }

  synchronized void backlog(long items) {
    backlog = items;
  }

  private static long count(List<Publication> publications) {
    return publications.stream().filter(Publication.Published.class::isInstance).count();
  }
}
