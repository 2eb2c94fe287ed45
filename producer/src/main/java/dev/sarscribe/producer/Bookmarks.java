package dev.sarscribe.producer;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.FeedBookmark;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one feed has published so far: the compacted bookmark topic in memory. Items are held as
 * digests, about 120 bytes each; those with a time also by name, since their bookmarks are removed
 * one day. Not thread-safe.
 */
final class Bookmarks {
  /** The item of the bookmark that holds the feed's cursor. */
  static final String CURSOR = "";

  private static final long NO_TIME = Long.MIN_VALUE;

  /**
   * @param name the item if it has a time, else its acquisition if the feed needs ids, else null
   */
  private record Known(ItemDigest fingerprint, long timeMicros, String name) {}

  private final boolean withIds;
  private final Map<ItemDigest, Known> byItem = new HashMap<>();
  private Optional<Instant> cursor = Optional.empty();

  Bookmarks(boolean withIds) {
    this.withIds = withIds;
  }

  /** The key of a bookmark on its topic. */
  static String key(String feed, String item) {
    return feed + ":" + item;
  }

  /**
   * Reads the topic to its end as of now. Whoever may still write bookmarks of this feed must be
   * fenced before.
   */
  static Bookmarks read(KafkaConnection kafka, String feed, boolean withIds) {
    Bookmarks bookmarks = new Bookmarks(withIds);
    String prefix = key(feed, "");
    CommittedReader.read(
        kafka,
        Topics.FEED_BOOKMARKS,
        key -> key.startsWith(prefix),
        (key, value) -> {
          if (value.isEmpty()) {
            bookmarks.remove(key.substring(prefix.length()));
          } else if (value.orElseThrow().getFeed().equals(feed)) {
            bookmarks.put(value.orElseThrow());
          }
        });
    return bookmarks;
  }

  Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
    Known known = byItem.get(ItemDigest.of(item));
    if (known == null || !known.fingerprint().equals(ItemDigest.of(fingerprint))) {
      return Optional.empty();
    }
    return Optional.of(
        new Publication.AlreadyPublished(
            known.name() == null || known.timeMicros() != NO_TIME ? item : known.name()));
  }

  Optional<Instant> cursor() {
    return cursor;
  }

  int size() {
    return byItem.size();
  }

  void put(FeedBookmark bookmark) {
    if (bookmark.getItem().equals(CURSOR)) {
      cursor = Optional.ofNullable(bookmark.getCursor());
      return;
    }
    Instant time = bookmark.getItemTime();
    byItem.put(
        ItemDigest.of(bookmark.getItem()),
        new Known(
            ItemDigest.of(bookmark.getFingerprint()),
            time == null ? NO_TIME : ChronoUnit.MICROS.between(Instant.EPOCH, time),
            time != null ? bookmark.getItem() : withIds ? bookmark.getAcquisitionId() : null));
  }

  void remove(String item) {
    if (item.equals(CURSOR)) {
      cursor = Optional.empty();
    }
    byItem.remove(ItemDigest.of(item));
  }

  /**
   * Names of items whose time is before an instant, at most so many.
   *
   * @param renewed items that are about to get a new bookmark, which their old time says nothing of
   */
  List<String> before(Instant instant, int limit, Set<String> renewed) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    List<String> names = new ArrayList<>();
    for (Known known : byItem.values()) {
      if (names.size() == limit) {
        break;
      }
      if (known.timeMicros() != NO_TIME
          && known.timeMicros() < micros
          && !renewed.contains(known.name())) {
        names.add(known.name());
      }
    }
    return names;
  }
}
