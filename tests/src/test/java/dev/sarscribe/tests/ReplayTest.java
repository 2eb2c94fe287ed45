package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.producer.DeadLetterReplay;
import dev.sarscribe.producer.DeadLetterReplay.Filter;
import dev.sarscribe.producer.DeadLetterReplay.Outcome;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters sent back against a real broker: what is sent, and that it is so once. */
@Timeout(120)
class ReplayTest {
  private static final Filter ALL = filter(null, null, null);
  private static final TraceParent TRACE = TraceParent.begin();

  @TempDir Path folder;

  private EmbeddedBroker broker;
  private KafkaConnection kafka;

  @BeforeEach
  void lettersOfEveryKind() throws Exception {
    broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
    kafka = Corpus.connection(broker.bootstrapServers());
    TopicAdmin.ensure(kafka, Optional.empty());
    write(
        letter(Stage.CAPTION, "acq/VV/0_0", "ENGINE_FAILED", Topics.TILES, bytes("tile 0")),
        letter(Stage.CAPTION, "acq/VV/64_0", "ENGINE_FAILED", Topics.TILES, bytes("tile 1")),
        letter(Stage.CAPTION, "other/VV/0_0", "INVALID_TILE", Topics.TILES, bytes("tile 2")),
        letter(Stage.PLAN, "acq", "NOT_FOUND", Topics.ACQUISITIONS, bytes("an acquisition")),
        letter(Stage.CAPTION, "acq/VH/0_0", "INVALID_TILE", Topics.CORPUS, bytes("a record")),
        letter(Stage.TILE, "acq/VV/1", "TRUNCATED", Topics.TILE_JOBS, null),
        DeadLetters.ofInput("/in/a.tif", "TRUNCATED", "a.tif: ends early", "/in/a.tif"));
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void theOriginalBytesAreBackOnTheirTopicsOnceHoweverOftenItIsAskedFor() {
    assertThat(send(ALL, false))
        .containsEntry("acq/VV/0_0", Outcome.SENT)
        .containsEntry("acq", Outcome.SENT)
        .containsEntry("acq/VH/0_0", Outcome.RECAPTION)
        .containsEntry("acq/VV/1", Outcome.NOT_KEPT)
        .containsEntry("/in/a.tif", Outcome.INGEST_AGAIN)
        .hasSize(7);
    assertThat(send(ALL, false))
        .containsEntry("acq/VV/0_0", Outcome.SENT_BEFORE)
        .containsEntry("acq", Outcome.SENT_BEFORE)
        .containsEntry("/in/a.tif", Outcome.INGEST_AGAIN);

    assertThat(values(Topics.TILES)).containsExactlyInAnyOrder("tile 0", "tile 1", "tile 2");
    assertThat(values(Topics.ACQUISITIONS)).containsExactly("an acquisition");
    assertThat(values(Topics.CORPUS)).isEmpty();

    send(ALL, true);

    assertThat(values(Topics.TILES)).hasSize(6);
  }

  @Test
  void filtersNarrowItDownAndWhatOneLeftAnotherSends() {
    assertThat(send(filter(Stage.CAPTION, "ENGINE_FAILED", null), false).keySet())
        .containsExactly("acq/VV/0_0", "acq/VV/64_0");
    assertThat(send(filter(null, null, "acq"), false))
        .containsEntry("acq/VV/0_0", Outcome.SENT_BEFORE)
        .containsEntry("acq", Outcome.SENT)
        .doesNotContainKey("other/VV/0_0");
    Instant now = Instant.now();
    Optional<Stage> any = Optional.empty();
    Optional<String> none = Optional.empty();
    assertThat(send(new Filter(any, none, none, Optional.of(now), Optional.empty()), false))
        .isEmpty();
    assertThat(send(new Filter(any, none, none, Optional.empty(), Optional.of(now)), false))
        .hasSize(7);

    assertThat(values(Topics.TILES)).containsExactlyInAnyOrder("tile 0", "tile 1", "tile 2");
  }

  @Test
  void aDryRunSaysTheSameAndSendsNothing() {
    Map<String, Outcome> told = new TreeMap<>();
    new DeadLetterReplay(kafka)
        .dryRun(ALL, false, result -> told.put(result.letter().getScene(), result.outcome()));

    assertThat(values(Topics.TILES)).isEmpty();
    assertThat(send(ALL, false)).isEqualTo(told);
  }

  @Test
  void aRecordThatIsSentBackIsTheSameEventOfTheSameTrace() {
    send(filter(null, null, "acq/VV/0_0"), false);

    ConsumerRecord<String, byte[]> back = records(Topics.TILES).get(0);

    assertThat(back.key()).isEqualTo("acq/VV/0_0");
    TraceParent trace = TraceParent.of(back.headers());
    assertThat(trace.traceId()).isEqualTo(TRACE.traceId());
    assertThat(trace.spanId()).isNotEqualTo(TRACE.spanId());
    var original =
        EventHeaders.of(Topics.TILES, bytes("acq/VV/0_0"), bytes("tile 0"), TraceParent.begin());
    assertThat(back.headers().lastHeader("ce_id").value())
        .isEqualTo(original.lastHeader("ce_id").value());
  }

  @Test
  void aReplayThatIsInterruptedHasSentWhatItToldAndTheNextSendsTheRest() {
    assertThatThrownBy(
            () ->
                new DeadLetterReplay(kafka)
                    .send(
                        ALL,
                        false,
                        result -> {
                          throw new IllegalStateException("pulled the plug");
                        }))
        .hasMessage("pulled the plug");

    send(ALL, false);

    assertThat(values(Topics.TILES)).containsExactlyInAnyOrder("tile 0", "tile 1", "tile 2");
    assertThat(values(Topics.ACQUISITIONS)).containsExactly("an acquisition");
  }

  @Test
  void aBrokerThatGoesAwayEndsAReplayInsteadOfKeepingAPersonWaiting() {
    Map<String, String> impatient =
        Map.of(
            "default.api.timeout.ms", "3000",
            "request.timeout.ms", "2000",
            // One batch, of one letter, at a time.
            "fetch.max.bytes", "1",
            "max.partition.fetch.bytes", "1");
    var connection = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), impatient);

    assertThatThrownBy(
            () -> new DeadLetterReplay(connection).dryRun(ALL, false, result -> broker.close()))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("sar.dead-letters.v1");
  }

  private Map<String, Outcome> send(Filter filter, boolean again) {
    Map<String, Outcome> told = new TreeMap<>();
    new DeadLetterReplay(kafka)
        .send(filter, again, result -> told.put(result.letter().getScene(), result.outcome()));
    return told;
  }

  private static Filter filter(Stage stage, String reason, String acquisition) {
    return new Filter(
        Optional.ofNullable(stage),
        Optional.ofNullable(reason),
        Optional.ofNullable(acquisition),
        Optional.empty(),
        Optional.empty());
  }

  private static DeadLetter letter(
      Stage stage, String key, String reason, Topic<?> topic, byte[] value) {
    var origin = new DeadLetters.Origin(topic.name(), 0, 0, bytes(key), value);
    return DeadLetters.ofRecord(stage, key, reason, "it did not work", origin);
  }

  private void write(DeadLetter... letters) {
    Map<String, Object> settings = kafka.producerSettings(Optional.empty());
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    try (WireFormat wire = kafka.wireFormat();
        var producer = new KafkaProducer<String, byte[]>(settings)) {
      for (DeadLetter letter : Arrays.asList(letters)) {
        var record =
            new ProducerRecord<>(
                Topics.DEAD_LETTERS.name(),
                letter.getScene(),
                wire.encode(Topics.DEAD_LETTERS, letter));
        producer.send(EventHeaders.on(record, TRACE));
        producer.flush();
      }
    }
  }

  private List<String> values(Topic<?> topic) {
    return records(topic).stream().map(r -> new String(r.value(), StandardCharsets.UTF_8)).toList();
  }

  private List<ConsumerRecord<String, byte[]>> records(Topic<?> topic) {
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
