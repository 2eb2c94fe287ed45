package dev.sarscribe.producer;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.FeedBookmark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one feed has published so far, by item: the compacted bookmark topic in memory. */
final class Bookmarks {
  private static final Logger LOG = LoggerFactory.getLogger(Bookmarks.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final Map<String, FeedBookmark> byItem = new ConcurrentHashMap<>();

  /** The key of a bookmark on its topic. */
  static String key(String feed, String item) {
    return feed + ":" + item;
  }

  /** Reads the topic to its end as of now. */
  static Bookmarks read(KafkaConnection kafka, WireFormat wire, String feed) {
    Bookmarks bookmarks = new Bookmarks();
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.FEED_BOOKMARKS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(POLL).forEach(r -> bookmarks.load(wire, feed, r));
      }
    }
    return bookmarks;
  }

  Optional<FeedBookmark> find(String item) {
    return Optional.ofNullable(byItem.get(item));
  }

  void put(FeedBookmark bookmark) {
    byItem.put(bookmark.getItem(), bookmark);
  }

  private void load(WireFormat wire, String feed, ConsumerRecord<String, byte[]> record) {
    if (record.value() == null || record.key() == null || !record.key().startsWith(feed + ":")) {
      return;
    }
    try {
      FeedBookmark bookmark = wire.decode(Topics.FEED_BOOKMARKS, record.value());
      if (bookmark.getFeed().equals(feed)) {
        put(bookmark);
      }
    } catch (MalformedRecordException e) {
      // Costs at most a second publication, which the planner drops as a duplicate.
      LOG.warn("bookmark {} at offset {} is skipped", record.key(), record.offset(), e);
    }
  }
}
