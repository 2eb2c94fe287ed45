package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Tile;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tiles that a recaption does, decided by the newest corpus record of each. Holds the keys that
 * are to be done, or, where a tile without record is done too, those that are not: 32 to 64 bytes
 * for each of these and nothing for the others. Not changed once it is scanned, and then
 * thread-safe.
 */
final class Selection {
  private static final Logger LOG = LoggerFactory.getLogger(Selection.class);
  private static final Duration POLL = Duration.ofMillis(300);

  private final RecaptionFilter filter;
  private final Predicate<CorpusRecord> done;

  /** Whether the keys that are held are those to be done. */
  private final boolean holdsWanted;

  private final KeyOffsets held = new KeyOffsets();

  private Selection(Recaption.Task task, Predicate<CorpusRecord> done) {
    this.filter = task.filter();
    this.done = done;
    this.holdsWanted =
        task.from() == Recaption.From.CORPUS || !task.filter().matchesWithoutRecord();
  }

  /**
   * Reads the corpus from its beginning.
   *
   * @param consumer sees committed records; assigned and moved by this
   * @param ends where to stop in each partition
   * @param done whether a record is already as the recaption would make it
   * @param scan is told how far it is, several times a second
   */
  static Selection scan(
      Consumer<String, byte[]> consumer,
      WireFormat wireFormat,
      Map<TopicPartition, Long> ends,
      Recaption.Task task,
      Predicate<CorpusRecord> done,
      Recaption.Scan scan) {
    var selection = new Selection(task, done);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(ends.keySet());
    long all = ends.entrySet().stream().mapToLong(e -> e.getValue() - begins.get(e.getKey())).sum();
    consumer.assign(ends.keySet());
    consumer.seekToBeginning(ends.keySet());
    long read = 0;
    for (long left = left(consumer, ends); left > 0; left = left(consumer, ends)) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          selection.enter(record, wireFormat);
          read++;
        }
      }
      scan.read(read, selection.held.size(), 1 - (double) left(consumer, ends) / all);
    }
    return selection;
  }

  /** Positions between where the consumer is and the ends. */
  private static long left(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .mapToLong(e -> Math.max(0, e.getValue() - consumer.position(e.getKey())))
        .sum();
  }

  private void enter(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    if (isHeld(record, wireFormat)) {
      held.put(record.key(), record.offset());
    } else {
      held.remove(record.key());
    }
  }

  private boolean isHeld(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    if (record.value() == null) {
      return false;
    }
    try {
      CorpusRecord known = wireFormat.decode(Topics.CORPUS, record.value());
      return holdsWanted ? filter.matches(known) && !done.test(known) : done.test(known);
    } catch (MalformedRecordException e) {
      LOG.warn("{}: not recaptioned: {}", record.key(), e.getMessage());
      return !holdsWanted;
    }
  }

  /** Whether a kept tile is to be captioned. */
  boolean wants(Tile tile) {
    boolean known = held.get(tile.getTileId()) != KeyOffsets.NONE;
    return holdsWanted ? known : !known && filter.matches(tile.getSource());
  }

  /** Whether a record of the corpus is the newest of its tile and is to be done. */
  boolean wants(ConsumerRecord<String, byte[]> corpusRecord) {
    return held.get(corpusRecord.key()) == corpusRecord.offset();
  }
}
