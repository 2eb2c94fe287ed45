package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.stream.StepWatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll thread of a worker: fetches and decodes tiles ahead of the model. When the flight is
 * full it pauses its partitions but keeps polling, so the group never takes a slow model for a dead
 * member. Owns the consumer.
 */
final class TileFetcher implements Runnable, ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(TileFetcher.class);

  private static final Duration POLL = Duration.ofMillis(200);

  /** Wait for room in the flight between two polls that only keep the membership alive. */
  private static final Duration ROOM = Duration.ofMillis(50);

  private static final long RETRY_MS = 1_000;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  private final Consumer<String, byte[]> consumer;
  private final TileSource source;
  private final WireFormat wireFormat;
  private final Flight flight;
  private final CaptionStats stats;
  private final Deque<Flight.Tagged> pending = new ArrayDeque<>();

  /** The last offset of each partition that was handed over since the latest rewind. */
  private final Map<TopicPartition, Long> handedOver = new HashMap<>();

  /** Whether the group has given this worker its partitions, be they none. */
  private boolean isMember;

  private volatile Map<TopicPartition, Long> reached = Map.of();
  private final StepWatch watch = new StepWatch();
  private volatile boolean stopping;
  private volatile String waitingFor = "the consumer group has not answered yet";

  TileFetcher(
      Consumer<String, byte[]> consumer,
      TileSource source,
      WireFormat wireFormat,
      Flight flight,
      CaptionStats stats) {
    this.consumer = consumer;
    this.source = source;
    this.wireFormat = wireFormat;
    this.flight = flight;
    this.stats = stats;
  }

  /** Polls until stopped or interrupted; a failure that no retry heals is thrown. */
  @Override
  public void run() {
    try {
      consumer.subscribe(List.of(source.topic().name()), this);
      while (!stopping) {
        attempt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // An orderly end leaves the group although the membership is static.
      consumer.close(
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
              .withTimeout(CLOSE_TIMEOUT));
    }
  }

  /** Ends {@link #run} soon; from any thread. */
  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      LOG.info("revoked: {}; what is in flight is dropped", partitions);
      reached = Map.of();
      flight.reset();
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    LOG.info("assigned: {}", partitions);
    isMember = true;
  }

  /** Since when the poll thread has been in one step. */
  StepWatch watch() {
    return watch;
  }

  /** Empty once this worker has its partitions, or stands by because others have all. */
  Optional<String> waitingFor() {
    return Optional.ofNullable(waitingFor);
  }

  private void attempt() throws InterruptedException {
    watch.enter("fetching tiles");
    try {
      step();
      if (isMember) {
        waitingFor = null;
      }
    } catch (WakeupException e) {
      // Only stop() wakes the consumer up; the loop looks.
    } catch (KafkaException e) {
      if (Fatal.isFatal(e)) {
        throw e;
      }
      LOG.warn("tiles cannot be fetched; trying again", e);
      waitingFor = "tiles cannot be fetched: " + e.getMessage();
      flight.reset();
      Thread.sleep(RETRY_MS);
    } finally {
      watch.leave();
    }
  }

  /**
   * How far each partition that this worker holds is read and committed; of a source that does not
   * end nothing is said.
   */
  Map<TopicPartition, Long> reached() {
    return reached;
  }

  /** One poll and what follows from it. */
  void step() throws InterruptedException {
    long generation = flight.generation();
    if (pending.isEmpty()) {
      consumer.resume(consumer.paused());
      consumer.pause(readToTheEnd());
    } else {
      consumer.pause(consumer.assignment());
    }
    ConsumerRecords<String, byte[]> records =
        consumer.poll(pending.isEmpty() ? POLL : Duration.ZERO);
    flight.join(consumer.groupMetadata());
    if (flight.takeRewind()) {
      pending.clear();
      handedOver.clear();
      rewind();
      return;
    }
    for (ConsumerRecord<String, byte[]> record : records) {
      decode(record, generation);
    }
    while (!pending.isEmpty() && flight.offer(pending.getFirst(), ROOM)) {
      Fetched fetched = pending.removeFirst().fetched();
      handedOver.put(fetched.partition(), fetched.record().offset());
    }
    if (!source.ends().isEmpty()) {
      reached = whatIsReached();
    }
  }

  private void decode(ConsumerRecord<String, byte[]> record, long generation) {
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    if (record.offset() < source.end(partition)) {
      long start = System.nanoTime();
      Fetched fetched = source.read(record, wireFormat);
      stats.decoded(System.nanoTime() - start);
      pending.add(new Flight.Tagged(generation, fetched));
    }
  }

  /** The partitions of which nothing is to be fetched any more. */
  private List<TopicPartition> readToTheEnd() {
    if (source.ends().isEmpty()) {
      return List.of();
    }
    return consumer.assignment().stream()
        .filter(p -> consumer.position(p) >= source.end(p))
        .toList();
  }

  private Map<TopicPartition, Long> whatIsReached() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : consumer.assignment()) {
      OptionalLong committed = flight.committed(partition);
      Long last = handedOver.get(partition);
      boolean nothingOpen = last == null || committed.orElse(0) > last;
      if (pending.isEmpty() && nothingOpen) {
        // Beyond the last record, as the ends of transactions take offsets too.
        offsets.put(partition, consumer.position(partition));
      } else {
        committed.ifPresent(offset -> offsets.put(partition, offset));
      }
    }
    return offsets;
  }

  /** Back to the committed offsets; a partition without any starts at its beginning. */
  private void rewind() {
    Set<TopicPartition> assignment = consumer.assignment();
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(assignment);
    for (TopicPartition partition : assignment) {
      OffsetAndMetadata offset = committed.get(partition);
      if (offset == null) {
        consumer.seekToBeginning(List.of(partition));
      } else {
        consumer.seek(partition, offset);
      }
    }
  }
}
