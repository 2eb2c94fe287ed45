package dev.sarscribe.producer;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedBookmark;
import dev.sarscribe.schemas.avro.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends the original records of dead letters back to where they came from. It is a feed whose items
 * are letters: each record goes into one transaction with a bookmark of its letter, so that a
 * letter is sent back once, whatever is interrupted or asked for again. Only one runs at a time; a
 * second one ends the first. Not thread-safe.
 */
public final class DeadLetterReplay {
  private static final String NAME = "replay";
  private static final String TRANSACTIONAL_ID = "sarscribe-replay";
  private static final Duration POLL = Duration.ofMillis(500);

  /** Kafka's own limit of a call. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** One poll is one transaction: at most this many records of at most 2 MiB. */
  private static final int MAX_POLL_RECORDS = 50;

  /**
   * Where records may be sent back to. Not to the corpus: a record there is newer than the letter
   * that a recaption wrote about it.
   */
  private static final Set<Topic<?>> TARGETS =
      Set.of(Topics.ACQUISITIONS, Topics.TILE_JOBS, Topics.TILES, Topics.PROGRESS_EVENTS);

  private final KafkaConnection kafka;

  /** Opens nothing yet. */
  public DeadLetterReplay(KafkaConnection kafka) {
    this.kafka = kafka;
  }

  /**
   * Which letters; what is empty matches all.
   *
   * @param acquisition id of the acquisition, or of the tile or record itself
   * @param since time of the letter from which on
   * @param until time of the letter before which
   */
  public record Filter(
      Optional<Stage> stage,
      Optional<String> reason,
      Optional<String> acquisition,
      Optional<Instant> since,
      Optional<Instant> until) {
    boolean matches(DeadLetter letter) {
      return stage.map(letter.getStage()::equals).orElse(true)
          && reason.map(letter.getReason()::equals).orElse(true)
          && acquisition.map(id -> concerns(letter.getScene(), id)).orElse(true)
          && since.map(from -> !letter.getTime().isBefore(from)).orElse(true)
          && until.map(to -> letter.getTime().isBefore(to)).orElse(true);
    }

    private static boolean concerns(String scene, String id) {
      return scene.equals(id) || scene.startsWith(id + "/");
    }
  }

  /** What becomes of a letter. */
  public enum Outcome {
    /** Its record is on its topic again (of a dry run: would be). */
    SENT,

    /** An earlier replay has sent it. */
    SENT_BEFORE,

    /** It is about a product that a feed refused: the product is to be ingested again. */
    INGEST_AGAIN,

    /** It is about a record of the corpus, which is newer than the letter: recaption it. */
    RECAPTION,

    /** The original bytes were too large to be kept. */
    NOT_KEPT
  }

  /**
   * What one letter comes to.
   *
   * @param letter as it was written
   */
  public record Result(DeadLetter letter, Outcome outcome) {}

  /** A consumer waits for a broker that is away without end; whoever asks for a replay does not. */
  private static final class Patience {
    private final Duration limit;
    private long position = -1;
    private long movedNanos;

    Patience(Map<String, Object> settings) {
      Object millis = settings.get(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG);
      limit = millis == null ? PATIENCE : Duration.ofMillis(Long.parseLong(millis.toString()));
    }

    /** Ends the wait if the consumer has stood where it is for too long. */
    void check(long now) {
      if (now != position) {
        position = now;
        movedNanos = System.nanoTime();
      } else if (System.nanoTime() - movedNanos > limit.toNanos()) {
        throw new TimeoutException(
            "no more of %s for %d s".formatted(Topics.DEAD_LETTERS.name(), limit.toSeconds()));
      }
    }
  }

  private record Found(ConsumerRecord<byte[], byte[]> at, DeadLetter letter, Outcome outcome) {}

  /**
   * Goes through the letters that there are now, oldest first within each partition.
   *
   * @param again whether those that were sent before are sent again
   * @param told every letter that matches, once what is sent is committed
   * @throws KafkaException if the broker does not answer or another replay took over; what was told
   *     is committed, and the same call goes on
   */
  public void send(Filter filter, boolean again, Consumer<Result> told) {
    Map<String, Object> settings = kafka.producerSettings(Optional.of(TRANSACTIONAL_ID));
    try (WireFormat wire = kafka.wireFormat();
        Producer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      // First, as it settles what an interrupted replay has sent.
      producer.initTransactions();
      Bookmarks bookmarks = Bookmarks.read(kafka, NAME, false);
      walk(
          wire,
          filter,
          again ? Optional.empty() : Optional.of(bookmarks),
          found -> commit(producer, wire, found),
          told);
    } catch (ProducerFencedException e) {
      throw new KafkaException("another replay runs; only one may at a time", e);
    }
  }

  /** As {@link #send}, but sends nothing. */
  public void dryRun(Filter filter, boolean again, Consumer<Result> told) {
    try (WireFormat wire = kafka.wireFormat()) {
      Optional<Bookmarks> bookmarks =
          again ? Optional.empty() : Optional.of(Bookmarks.read(kafka, NAME, false));
      walk(wire, filter, bookmarks, found -> {}, told);
    }
  }

  private void walk(
      WireFormat wire,
      Filter filter,
      Optional<Bookmarks> before,
      Consumer<List<Found>> commit,
      Consumer<Result> told) {
    Map<String, Object> settings = kafka.consumerSettings(Optional.empty());
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.DEAD_LETTERS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Patience patience = new Patience(settings);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        patience.check(partitions.stream().mapToLong(consumer::position).sum());
        List<Found> matching = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          // A letter that this replay caused is for the next one.
          if (record.offset() < ends.get(partition)) {
            find(wire, record, filter, before).ifPresent(matching::add);
          }
        }
        List<Found> toSend = matching.stream().filter(f -> f.outcome() == Outcome.SENT).toList();
        if (!toSend.isEmpty()) {
          commit.accept(toSend);
        }
        matching.forEach(f -> told.accept(new Result(f.letter(), f.outcome())));
      }
    }
  }

  private static Optional<Found> find(
      WireFormat wire,
      ConsumerRecord<byte[], byte[]> record,
      Filter filter,
      Optional<Bookmarks> before) {
    DeadLetter letter;
    try {
      letter = wire.decode(Topics.DEAD_LETTERS, record.value());
    } catch (MalformedRecordException e) {
      // Nothing of ours: what it is about cannot be known.
      return Optional.empty();
    }
    return filter.matches(letter)
        ? Optional.of(new Found(record, letter, outcome(record, letter, before)))
        : Optional.empty();
  }

  private static Outcome outcome(
      ConsumerRecord<byte[], byte[]> record, DeadLetter letter, Optional<Bookmarks> before) {
    if (letter.getTopic() == null) {
      return Outcome.INGEST_AGAIN;
    }
    if (!isTarget(letter)) {
      return Outcome.RECAPTION;
    }
    if (letter.getValue() == null) {
      return Outcome.NOT_KEPT;
    }
    boolean sent =
        before.flatMap(known -> known.find(item(record), fingerprint(letter))).isPresent();
    return sent ? Outcome.SENT_BEFORE : Outcome.SENT;
  }

  private static boolean isTarget(DeadLetter letter) {
    return TARGETS.stream().anyMatch(t -> t.name().equals(letter.getTopic()));
  }

  private static void commit(
      Producer<byte[], byte[]> producer, WireFormat wire, List<Found> letters) {
    producer.beginTransaction();
    for (Found found : letters) {
      // A send that fails makes the commit fail.
      var unused = producer.send(original(found));
      var alsoUnused = producer.send(bookmark(wire, found));
    }
    producer.commitTransaction();
  }

  private static ProducerRecord<byte[], byte[]> original(Found found) {
    Topic<?> topic = Topics.named(found.letter().getTopic()).orElseThrow();
    byte[] key = found.letter().getKey() == null ? null : bytes(found.letter().getKey());
    return record(topic, key, bytes(found.letter().getValue()), found);
  }

  private static ProducerRecord<byte[], byte[]> bookmark(WireFormat wire, Found found) {
    FeedBookmark bookmark =
        FeedBookmark.newBuilder()
            .setFeed(NAME)
            .setItem(item(found.at()))
            .setFingerprint(fingerprint(found.letter()))
            .setAcquisitionId(null)
            .setTime(Instant.now())
            .build();
    byte[] key = Bookmarks.key(NAME, bookmark.getItem()).getBytes(StandardCharsets.UTF_8);
    byte[] value = wire.encode(Topics.FEED_BOOKMARKS, bookmark);
    return record(Topics.FEED_BOOKMARKS, key, value, found);
  }

  /** A record that goes on with the trace of its letter. */
  private static ProducerRecord<byte[], byte[]> record(
      Topic<?> topic, byte[] key, byte[] value, Found found) {
    TraceParent trace = TraceParent.of(found.at().headers()).next();
    return new ProducerRecord<>(
        topic.name(), null, key, value, EventHeaders.of(topic, key, value, trace));
  }

  private static String item(ConsumerRecord<?, ?> letter) {
    return "%s/%d/%d".formatted(letter.topic(), letter.partition(), letter.offset());
  }

  /** Tells a letter from one that had its place in a topic that was made anew since. */
  private static String fingerprint(DeadLetter letter) {
    return letter.getTime().toString();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
