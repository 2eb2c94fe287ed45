package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** What a caption stage reads. Thread-safe. */
interface TileSource {
  /** The feed: every tile as it comes, without end. */
  TileSource FEED =
      new TileSource() {
        @Override
        public Topic<?> topic() {
          return Topics.TILES;
        }

        @Override
        public Fetched read(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
          return Fetched.ofTile(record, wireFormat);
        }

        @Override
        public boolean tellsProgress() {
          return true;
        }

        @Override
        public Map<TopicPartition, Long> ends() {
          return Map.of();
        }
      };

  Topic<?> topic();

  /** Decodes a record, or decides that it is not to be captioned. */
  Fetched read(ConsumerRecord<String, byte[]> record, WireFormat wireFormat);

  /** Whether what becomes of the tiles is a fact for progress. */
  boolean tellsProgress();

  /** Where reading ends: the first offset of each partition that is not read; empty if nowhere. */
  Map<TopicPartition, Long> ends();

  /** What others write to the corpus meanwhile, which must not be replaced; empty of the feed. */
  default Optional<CorpusWatch> watch() {
    return Optional.empty();
  }

  default long end(TopicPartition partition) {
    return ends().getOrDefault(partition, Long.MAX_VALUE);
  }
}
