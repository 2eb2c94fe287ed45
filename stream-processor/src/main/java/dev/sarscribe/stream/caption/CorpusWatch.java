package dev.sarscribe.stream.caption;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;

/**
 * What others write to the corpus while a recaption is under way. A recaption must not replace what
 * is newer than what it has read, and Kafka has no compare-and-set; but each partition has one
 * order, and by key its last record counts. So a recaption writes its records, reads the log up to
 * them, and commits only if nobody else has written these keys in between: what others write behind
 * its records replaces them, as it should, whatever is committed first.
 *
 * <p>For that, records of transactions that are still open are read too. One that is aborted later
 * counts as well: a feed does it again. Another recaption may not, as it gives way too: of two at
 * once over the same tiles each may leave one to the other, and that tile keeps its record. Records
 * of the recaption itself are known by their header. Thread-safe. Owns the consumer.
 */
final class CorpusWatch implements AutoCloseable {
  /** Of a record that a recaption wrote: the task's name. An extension of CloudEvents. */
  static final String HEADER = "ce_recaption";

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** A third of the time that a transaction has: there is some left to abort it. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Consumer<String, byte[]> consumer;
  private final String task;

  /** The first record of others of each key, since the start. */
  private final KeyOffsets others = new KeyOffsets();

  /**
   * @param consumer sees uncommitted records too; assigned and moved by this
   * @param from where to begin in each partition of the corpus: the first record that the recaption
   *     has not read
   * @param task name of the recaption, the same on all that take part in it
   */
  CorpusWatch(Consumer<String, byte[]> consumer, Map<TopicPartition, Long> from, String task) {
    this.consumer = consumer;
    this.task = task;
    consumer.assign(from.keySet());
    from.forEach(consumer::seek);
  }

  /** Value of {@link #HEADER}. */
  byte[] mark() {
    return task.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads to the end that the corpus has now, so that little is left to be read within a
   * transaction.
   *
   * @throws TimeoutException if the broker gives nothing for a while
   */
  synchronized void catchUp() {
    readTo(consumer.endOffsets(consumer.assignment()));
  }

  /**
   * Reads all that comes before some offsets.
   *
   * @throws TimeoutException if the broker gives nothing for a while
   */
  synchronized void readTo(Map<TopicPartition, Long> ends) {
    long left = left(ends);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (left > 0) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (!isOurs(record) && others.get(record.key()) == KeyOffsets.NONE) {
          others.put(record.key(), record.offset());
        }
      }
      long now = left(ends);
      if (now < left) {
        left = now;
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new TimeoutException("the corpus cannot be read to its end: " + ends);
      }
    }
  }

  /** Whether somebody else has written a key, as far as is read. */
  boolean isWrittenByOthers(String key) {
    return isWrittenByOthers(key, Long.MAX_VALUE);
  }

  /** Whether somebody else has written a key before an offset, as far as is read. */
  synchronized boolean isWrittenByOthers(String key, long before) {
    long offset = others.get(key);
    return offset != KeyOffsets.NONE && offset < before;
  }

  private boolean isOurs(ConsumerRecord<String, byte[]> record) {
    Header header = record.headers().lastHeader(HEADER);
    return header != null && task.equals(new String(header.value(), StandardCharsets.UTF_8));
  }

  private long left(Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> left = new HashMap<>(ends);
    left.replaceAll((partition, end) -> Math.max(0, end - consumer.position(partition)));
    return left.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public synchronized void close() {
    consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
  }
}
