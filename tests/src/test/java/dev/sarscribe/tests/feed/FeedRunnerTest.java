package dev.sarscribe.tests.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.producer.Feed;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.FencedException;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner of feeds and its publisher between the topics of a real broker. */
class FeedRunnerTest {
  private static final Instant DAY = Instant.parse("2026-11-01T00:00:00Z");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private static EmbeddedBroker broker;
  private static KafkaConnection kafka;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
    kafka = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
    TopicAdmin.ensure(kafka, Optional.empty());
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.close();
  }

  @Test
  void aRestartPublishesNothingTwiceAndGoesOnCounting() throws Exception {
    Script script = new Script("restart", s -> s.publish(FeedPage.of(items("restart", 0, 250))));
    runOnce(script);
    FeedStatus second = runOnce(script);

    assertThat(published("restart")).hasSize(250).doesNotHaveDuplicates();
    assertThat(second.getPublished()).isEqualTo(250);
    assertThat(second.getKnown()).isEqualTo(250);
    assertThat(status("restart").getState()).isEqualTo(FeedState.STOPPED);
  }

  @Test
  void whatCannotBeUsedIsADeadLetterOnceAndTheRestOfItsPageIsPublished() throws Exception {
    Offer refused =
        new Offer(
            "refusals/bad",
            "1",
            Optional.empty(),
            () -> new Offer.Content.Unusable("MALFORMED_ITEM", "bad: has no geometry", "{}"));
    Offer broken =
        new Offer(
            "refusals/broken",
            "1",
            Optional.empty(),
            () -> {
              throw new IllegalStateException("a defect");
            });
    List<Offer> offers = new ArrayList<>(items("refusals", 0, 2));
    offers.add(refused);
    offers.add(broken);
    offers.add(tooLarge("refusals/large"));
    Script script = new Script("refusals", s -> s.publish(FeedPage.of(offers)));
    runOnce(script);
    FeedStatus second = runOnce(script);

    assertThat(published("refusals")).hasSize(2);
    assertThat(second.getRefused()).isEqualTo(3);
    assertThat(
            read(Topics.DEAD_LETTERS).stream()
                .filter(l -> l.getScene().startsWith("refusals/"))
                .map(DeadLetter::getReason))
        .containsExactlyInAnyOrder("MALFORMED_ITEM", "READER_FAILED", "TOO_LARGE");
  }

  @Test
  void bookmarksBehindTheOverlapAreRemovedFromTheTopicInTheSameTransaction() throws Exception {
    Script first =
        new Script(
            "window",
            s ->
                s.publish(
                    new FeedPage(
                        items("window", 0, 10), Optional.of(new FeedPage.Advance(at(10), at(0))))));
    runOnce(first);
    Script second =
        new Script(
            "window",
            s -> {
              assertThat(s.cursor()).contains(at(10));
              s.publish(
                  new FeedPage(
                      items("window", 8, 4), Optional.of(new FeedPage.Advance(at(12), at(6)))));
            });
    FeedStatus status = runOnce(second);

    assertThat(published("window")).hasSize(12).doesNotHaveDuplicates();
    assertThat(status.getKnown()).isEqualTo(6);
    assertThat(status.getCursor()).isEqualTo(at(12));
    assertThat(bookmarkKeys("window"))
        .hasSize(7)
        .contains("window:", "window:window/6")
        .doesNotContain("window:window/5");
  }

  @Test
  void aBookmarkBehindSomebodysOpenTransactionIsNotOverlooked() throws Exception {
    try (var other = openTransaction()) {
      Script script = new Script("behind", s -> s.publish(FeedPage.of(items("behind", 0, 5))));
      // The first run opens after the other transaction has ended, or waits for that.
      other.commitTransaction();
      runOnce(script);
      other.beginTransaction();
      write(other);
      runOnce(new Script("behind", s -> s.publish(FeedPage.of(items("behind", 5, 5)))), other);
      other.beginTransaction();
      write(other);
      runOnce(new Script("behind", s -> s.publish(FeedPage.of(items("behind", 0, 10)))), other);
    }
    assertThat(published("behind")).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void aSecondRunnerOfANameTakesOverAndTheFirstSaysSo() throws Exception {
    var settings = FeedRunner.Settings.every(Duration.ofMillis(50));
    int[] item = new int[1];
    Script script = new Script("twins", s -> s.publish(FeedPage.of(items("twins", item[0]++, 1))));
    try (FeedRunner first = new FeedRunner(script, kafka, settings)) {
      first.start();
      await(() -> first.status().getPublished() > 2);
      try (FeedRunner second =
          new FeedRunner(
              new Script("twins", s -> s.publish(FeedPage.of(items("twins", 0, 2000)))),
              kafka,
              settings)) {
        second.start();
        assertThat(first.await(LIMIT)).isTrue();
        assertThat(first.failure().orElseThrow())
            .isInstanceOf(FencedException.class)
            .hasMessageContaining("another process has taken over the feed twins");
        await(() -> second.status().getPublished() >= 2000);
      }
    }
    assertThat(published("twins")).hasSize(2000).doesNotHaveDuplicates();
  }

  @Test
  void anItemThatIsRenewedAsItsOldTimeIsForgottenStaysKnown() throws Exception {
    runOnce(
        new Script(
            "renewed",
            s ->
                s.publish(
                    new FeedPage(
                        items("renewed", 0, 1),
                        Optional.of(new FeedPage.Advance(at(10), at(0)))))));
    Offer before = items("renewed", 0, 1).get(0);
    Offer updated = new Offer(before.item(), "2", Optional.of(at(11)), before.content());
    FeedPage page =
        new FeedPage(List.of(updated), Optional.of(new FeedPage.Advance(at(12), at(6))));
    runOnce(new Script("renewed", s -> s.publish(page)));
    runOnce(new Script("renewed", s -> s.publish(page)));

    assertThat(published("renewed")).hasSize(2);
    assertThat(bookmarkKeys("renewed")).containsExactlyInAnyOrder("renewed:", "renewed:renewed/0");
  }

  @Test
  void whatTheBrokerWillNeverTakeEndsANewFeedAtOnce() throws Exception {
    Script script =
        new Script(
            "never",
            s -> {
              throw new KafkaException("in an error state", new RecordTooLargeException("large"));
            });
    try (FeedRunner runner =
        new FeedRunner(script, kafka, FeedRunner.Settings.every(Duration.ofMillis(50)))) {
      runner.start();
      assertThat(runner.await(LIMIT)).isTrue();
      assertThat(runner.failure().orElseThrow()).hasRootCauseMessage("large");
    }
  }

  @Test
  void whatPassesIsWaitedForAndShownAndWhatLastsEndsTheRun() throws Exception {
    int[] polls = new int[1];
    Script passing =
        new Script(
            "passing",
            s -> {
              if (polls[0]++ < 2) {
                throw FeedException.passing("the server is away", null);
              }
              s.publish(FeedPage.of(items("passing", 0, 1)));
            });
    FeedStatus status = runOnce(passing);
    assertThat(status.getPublished()).isEqualTo(1);
    assertThat(status.getLastError()).isEqualTo("the server is away");

    FeedStatus restarted = runOnce(passing);
    assertThat(restarted.getState()).isEqualTo(FeedState.STOPPED);
    assertThat(restarted.getLastError()).isEqualTo("the server is away");
    assertThat(restarted.getLastErrorAt())
        .isEqualTo(status.getLastErrorAt().truncatedTo(ChronoUnit.MICROS));

    Script lasting =
        new Script(
            "lasting",
            s -> {
              throw FeedException.lasting("no such catalogue", null);
            });
    try (FeedRunner runner =
        new FeedRunner(lasting, kafka, FeedRunner.Settings.every(Duration.ofMillis(50)))) {
      runner.start();
      assertThat(runner.await(LIMIT)).isTrue();
      assertThat(runner.failure().orElseThrow()).hasMessage("no such catalogue");
    }
    assertThat(status("lasting").getState()).isEqualTo(FeedState.FAILED);
    assertThat(status("lasting").getLastError()).isEqualTo("no such catalogue");
  }

  @Test
  void aBoundOnItemsIsKeptAndTheCursorWaits() throws Exception {
    Script script =
        new Script(
            "bounded",
            s ->
                s.publish(
                    new FeedPage(
                        items("bounded", 0, 10),
                        Optional.of(new FeedPage.Advance(at(10), at(0))))));
    for (int run = 0; run < 3; run++) {
      FeedStatus status =
          run(script, FeedRunner.Settings.every(LIMIT).withMaxItemsPerPoll(4).once(1));
      assertThat(status.getPublished()).isEqualTo(Math.min(10, 4 * (run + 1)));
      assertThat(status.getCursor() != null).isEqualTo(run == 2);
    }
    assertThat(published("bounded")).hasSize(10).doesNotHaveDuplicates();
  }

  private interface Poll {
    void with(FeedSink sink) throws FeedException, IOException, InterruptedException;
  }

  private record Script(String name, Poll poll) implements Feed {
    @Override
    public String kind() {
      return "script";
    }

    @Override
    public String location() {
      return "a test";
    }

    @Override
    public void poll(FeedSink sink) throws FeedException, IOException, InterruptedException {
      poll.with(sink);
    }
  }

  private static FeedStatus runOnce(Feed feed) throws Exception {
    return run(feed, FeedRunner.Settings.every(Duration.ofSeconds(1)).once(10));
  }

  private static FeedStatus run(Feed feed, FeedRunner.Settings settings) throws Exception {
    try (FeedRunner runner = new FeedRunner(feed, kafka, settings)) {
      runner.start();
      assertThat(runner.await(LIMIT)).isTrue();
      assertThat(runner.failure()).isEmpty();
      return runner.status();
    }
  }

  /** Runs a feed while another producer's transaction is open, which ends a second later. */
  private static void runOnce(Feed feed, KafkaProducer<String, byte[]> other) throws Exception {
    try (FeedRunner runner =
        new FeedRunner(feed, kafka, FeedRunner.Settings.every(Duration.ofSeconds(1)).once(10))) {
      runner.start();
      assertThat(runner.await(Duration.ofSeconds(2))).as("it waits").isFalse();
      other.commitTransaction();
      assertThat(runner.await(LIMIT)).isTrue();
      assertThat(runner.failure()).isEmpty();
    }
  }

  private static KafkaProducer<String, byte[]> openTransaction() {
    var settings = kafka.producerSettings(Optional.of("somebody-else"));
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    var producer = new KafkaProducer<String, byte[]>(settings);
    producer.initTransactions();
    producer.beginTransaction();
    write(producer);
    return producer;
  }

  private static void write(KafkaProducer<String, byte[]> producer) {
    try {
      producer
          .send(new ProducerRecord<>(Topics.FEED_BOOKMARKS.name(), "other:x", new byte[0]))
          .get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Instant at(long second) {
    return DAY.plusSeconds(second);
  }

  private static List<Offer> items(String feed, int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(
            i ->
                new Offer(
                    feed + "/" + i,
                    "1",
                    Optional.of(at(i)),
                    () -> new Offer.Content.Usable(acquisition(feed + "-" + i, feed, ""))))
        .toList();
  }

  private static Offer tooLarge(String item) {
    return new Offer(
        item,
        "1",
        Optional.empty(),
        () -> new Offer.Content.Usable(acquisition("large", "refusals", "x".repeat(300_000))));
  }

  private static Acquisition acquisition(String id, String feed, String attribution) {
    return Acquisition.newBuilder()
        .setSource(
            AcquisitionSource.newBuilder()
                .setAcquisitionId(id)
                .setProductId(id)
                .setAttribution(attribution)
                .build())
        .setPolarizations(List.of("VV"))
        .setAssets(
            List.of(Asset.newBuilder().setName("vv").setUri("https://example.org/vv.tif").build()))
        .setFeed(feed)
        .setPublishedAt(Instant.now())
        .build();
  }

  private static List<String> published(String feed) {
    return read(Topics.ACQUISITIONS).stream()
        .filter(a -> a.getFeed().equals(feed))
        .map(a -> a.getSource().getAcquisitionId())
        .toList();
  }

  private static FeedStatus status(String feed) {
    Map<String, FeedStatus> latest = new HashMap<>();
    read(Topics.FEEDS).forEach(s -> latest.put(s.getFeed(), s));
    return latest.get(feed);
  }

  private static <V extends SpecificRecord> List<V> read(Topic<V> topic) {
    List<V> values = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, topic, TopicReader.Start.BEGINNING)) {
      reader.drain(values::add);
    }
    return values;
  }

  /** Keys whose last record is no tombstone. */
  private static List<String> bookmarkKeys(String feed) {
    Map<String, Boolean> keys = new HashMap<>();
    var partition = new TopicPartition(Topics.FEED_BOOKMARKS.name(), 0);
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(r -> keys.put(r.key(), r.value() != null));
      }
    }
    return keys.entrySet().stream()
        .filter(e -> e.getKey().startsWith(feed + ":") && e.getValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.sleep(20);
    }
  }
}
