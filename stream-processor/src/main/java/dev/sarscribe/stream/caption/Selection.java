package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Tile;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tiles that a recaption does, decided by the newest corpus record of each. Takes about 150
 * bytes of memory per tile of the corpus. Not changed once it is scanned, and then thread-safe.
 */
final class Selection {
  private static final Logger LOG = LoggerFactory.getLogger(Selection.class);
  private static final Duration POLL = Duration.ofMillis(300);

  /** Stands for the newest record of a tile that is not to be done. */
  private static final long UNWANTED = -1;

  private final RecaptionFilter filter;
  private final Map<String, Long> newest = new HashMap<>();

  private Selection(RecaptionFilter filter) {
    this.filter = filter;
  }

  /**
   * Reads the corpus from its beginning.
   *
   * @param consumer sees committed records; assigned and moved by this
   * @param ends where to stop in each partition
   * @param done whether a record is already as the recaption would make it
   */
  static Selection scan(
      Consumer<String, byte[]> consumer,
      WireFormat wireFormat,
      Map<TopicPartition, Long> ends,
      RecaptionFilter filter,
      Predicate<CorpusRecord> done) {
    var selection = new Selection(filter);
    consumer.assign(ends.keySet());
    consumer.seekToBeginning(ends.keySet());
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        selection.enter(record, wireFormat, done);
      }
    }
    return selection;
  }

  private void enter(
      ConsumerRecord<String, byte[]> record, WireFormat wireFormat, Predicate<CorpusRecord> done) {
    if (record.value() == null) {
      newest.remove(record.key());
      return;
    }
    try {
      CorpusRecord known = wireFormat.decode(Topics.CORPUS, record.value());
      boolean wanted = filter.matches(known) && !done.test(known);
      newest.put(record.key(), wanted ? record.offset() : UNWANTED);
    } catch (MalformedRecordException e) {
      LOG.warn("{}: not recaptioned: {}", record.key(), e.getMessage());
      newest.put(record.key(), UNWANTED);
    }
  }

  /** Whether a kept tile is to be captioned. */
  boolean wants(Tile tile) {
    Long known = newest.get(tile.getTileId());
    return known == null
        ? filter.matchesWithoutRecord() && filter.matches(tile.getSource())
        : known != UNWANTED;
  }

  /** Whether a record of the corpus is the newest of its tile and is to be done. */
  boolean wants(ConsumerRecord<String, byte[]> corpusRecord) {
    Long known = newest.get(corpusRecord.key());
    return known != null && known == corpusRecord.offset();
  }
}
