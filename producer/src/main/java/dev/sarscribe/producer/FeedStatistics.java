package dev.sarscribe.producer;

import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * What a feed has done, for its status. Changes only when a transaction is committed. Thread-safe.
 */
final class FeedStatistics {
  private static final int MAX_TEXT = 1000;
  private static final int MINUTES = 60;

  private final Feed feed;
  private final Duration pollInterval;

  /** As the topic carries it: the status of a run is known by it. */
  private final Instant startedAt = Instant.now().truncatedTo(ChronoUnit.MICROS);

  private final long[] publishedInMinute = new long[MINUTES];
  private final long[] minutes = new long[MINUTES];
  private FeedState state = FeedState.RUNNING;
  private long published;
  private long refused;
  private long known;
  private Long backlog;
  private String lastItem;
  private Instant lastPublishedAt;
  private Instant newestItemTime;
  private Instant cursor;
  private Instant lastPollAt;
  private String lastError;
  private Instant lastErrorAt;

  FeedStatistics(Feed feed, Duration pollInterval) {
    this.feed = feed;
    this.pollInterval = pollInterval;
  }

  /** Goes on from what an earlier run has counted. */
  synchronized void restore(Optional<FeedStatus> before, long items, Optional<Instant> readTo) {
    before.ifPresent(
        status -> {
          published = status.getPublished();
          refused = status.getRefused();
          lastItem = status.getLastItem();
          lastPublishedAt = status.getLastPublishedAt();
          newestItemTime = status.getNewestItemTime();
          lastPollAt = status.getLastPollAt();
          if (lastError == null) { // this run may have failed before it could read this
            lastError = status.getLastError();
            lastErrorAt = status.getLastErrorAt();
          }
        });
    known = items;
    cursor = readTo.orElse(null);
  }

  /** The status as it will be once a page is committed; changes nothing. */
  synchronized FeedStatus after(Counts counts, Optional<Instant> readTo) {
    Instant now = Instant.now();
    FeedStatus.Builder status =
        builder(now)
            .setPublished(published + counts.published())
            .setRefused(refused + counts.refused())
            .setPublishedLastHour(publishedSince(now) + counts.published());
    counts.lastItem().ifPresent(item -> status.setLastItem(bounded(item)).setLastPublishedAt(now));
    counts.newest().filter(this::isNewer).ifPresent(status::setNewestItemTime);
    readTo.ifPresent(status::setCursor);
    return status.build();
  }

  synchronized void committed(Counts counts, Optional<Instant> readTo, long items) {
    Instant now = Instant.now();
    published += counts.published();
    refused += counts.refused();
    countMinute(now, counts.published());
    counts.lastItem().ifPresent(this::setLastItem);
    counts.newest().filter(this::isNewer).ifPresent(time -> newestItemTime = time);
    readTo.ifPresent(time -> cursor = time);
    known = items;
  }

  synchronized void polled() {
    state = FeedState.RUNNING;
    lastPollAt = Instant.now();
  }

  synchronized void failed(Throwable failure) {
    state = FeedState.WAITING;
    lastError = bounded(describe(failure));
    lastErrorAt = Instant.now();
  }

  synchronized void ended(FeedState end) {
    state = end;
  }

  synchronized void backlog(long items) {
    backlog = items;
  }

  synchronized FeedStatus status() {
    Instant now = Instant.now();
    return builder(now).build();
  }

  static String describe(Throwable failure) {
    return failure.getMessage() == null
        ? failure.toString()
        : failure.getMessage().lines().findFirst().orElse("");
  }

  /** What a page adds. */
  record Counts(long published, long refused, Optional<String> lastItem, Optional<Instant> newest) {
    static Counts of(List<Publication> publications, List<Offer> offers) {
      long refused = publications.stream().filter(Publication.Refused.class::isInstance).count();
      List<String> items =
          publications.stream()
              .filter(Publication.Published.class::isInstance)
              .map(p -> ((Publication.Published) p).item())
              .toList();
      Optional<String> last =
          items.isEmpty() ? Optional.empty() : Optional.of(items.get(items.size() - 1));
      Optional<Instant> newest =
          items.isEmpty()
              ? Optional.empty()
              : offers.stream().flatMap(o -> o.time().stream()).max(Instant::compareTo);
      return new Counts(items.size(), refused, last, newest);
    }
  }

  private FeedStatus.Builder builder(Instant now) {
    return FeedStatus.newBuilder()
        .setFeed(feed.name())
        .setKind(feed.kind())
        .setLocation(bounded(feed.location()))
        .setState(state)
        .setPollIntervalSeconds((int) Math.min(Integer.MAX_VALUE, pollInterval.toSeconds()))
        .setPublished(published)
        .setRefused(refused)
        .setKnown(known)
        .setPublishedLastHour(publishedSince(now))
        .setBacklog(backlog)
        .setLastItem(lastItem)
        .setLastPublishedAt(lastPublishedAt)
        .setNewestItemTime(newestItemTime)
        .setCursor(cursor)
        .setLastPollAt(lastPollAt)
        .setLastError(lastError)
        .setLastErrorAt(lastErrorAt)
        .setStartedAt(startedAt)
        .setUpdatedAt(now);
  }

  private void setLastItem(String item) {
    lastItem = bounded(item);
    lastPublishedAt = Instant.now();
  }

  private boolean isNewer(Instant time) {
    return newestItemTime == null || time.isAfter(newestItemTime);
  }

  private void countMinute(Instant now, long items) {
    long minute = now.getEpochSecond() / 60;
    int slot = (int) (minute % MINUTES);
    if (minutes[slot] != minute) {
      minutes[slot] = minute;
      publishedInMinute[slot] = 0;
    }
    publishedInMinute[slot] += items;
  }

  private long publishedSince(Instant now) {
    long first = now.getEpochSecond() / 60 - MINUTES + 1;
    long sum = 0;
    for (int slot = 0; slot < MINUTES; slot++) {
      sum += minutes[slot] >= first ? publishedInMinute[slot] : 0;
    }
    return sum;
  }

  private static String bounded(String text) {
    return text.substring(0, Math.min(text.length(), MAX_TEXT));
  }
}
