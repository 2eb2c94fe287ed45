package dev.sarscribe.tests.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.tests.BrokerState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.IsolationLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeedKillTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int KILLS = 20;
  private static final int ITEMS_PER_SECOND = 60;

  @TempDir private Path folder;

  private final Random random = new Random(20261128);
  private final Set<String> offered = new ConcurrentSkipListSet<>();
  private volatile boolean offering = true;

  @Test
  void everyItemIsPublishedOnceHoweverOftenItsFeedIsKilledAndItsServerFails() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        StacServer server = new StacServer(7)) {
      var kafka = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      TopicAdmin.ensure(kafka, Optional.empty());
      server.fail(StacServer.Faults.MANY);
      Thread source = new Thread(() -> offer(server));
      source.start();

      for (int kill = 0; kill < KILLS; kill++) {
        try (FeedProcess process = start(broker, server)) {
          process.awaitOutput("feed killed:", LIMIT);
          if (kill % 4 != 0) {
            // Most kills hit a feed that publishes, some one that is still starting.
            awaitWrites(kafka, process);
          }
          Thread.sleep(random.nextInt(1500));
          assertThat(process.isAlive()).as(process.output()).isTrue();
          process.kill();
        }
      }
      int publishedWhileKilled = published(kafka).size();
      offering = false;
      source.join();
      server.fail(StacServer.Faults.NONE);
      finish(broker, server, kafka);

      List<String> published = published(kafka);
      assertThat(publishedWhileKilled).as("published between kills").isGreaterThan(200);
      assertThat(server.faultsSeen()).as("requests that failed").isGreaterThan(10);
      assertThat(published).as("nothing twice").doesNotHaveDuplicates();
      assertThat(new TreeSet<>(published)).as("nothing missing").isEqualTo(offered);
      assertThat(status(kafka).getPublished()).isEqualTo(offered.size());
    }
  }

  private FeedProcess start(EmbeddedBroker broker, StacServer server) throws Exception {
    return FeedProcess.start(
        folder,
        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
        List.of(
            "feed",
            "stac",
            server.root().toString(),
            "--name=killed",
            "--by=updated",
            "--overlap=60s",
            "--page-size=50",
            "--poll-interval=100ms",
            "--allow-private-network",
            "--bootstrap-server=" + broker.bootstrapServers()));
  }

  /** The last run is asked to end, and does so by itself. */
  private void finish(EmbeddedBroker broker, StacServer server, KafkaConnection kafka)
      throws Exception {
    try (FeedProcess process = start(broker, server)) {
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (published(kafka).size() < offered.size() && System.nanoTime() < deadline) {
        assertThat(process.isAlive()).as(process.output()).isTrue();
        Thread.sleep(300);
      }
      process.terminate();
      assertThat(process.await(LIMIT)).as(process.output()).isZero();
    }
  }

  /** Items appear all the time, some of them later than their stamp says. */
  private void offer(StacServer server) {
    for (int i = 0; offering; i++) {
      Instant now = Instant.now();
      Instant visible = now.plusMillis(i % 5 == 0 ? 2000 : 0);
      StacServer.Item item = StacServer.item(i, now.minusSeconds(7200L + i), now, visible);
      server.put(item);
      offered.add(item.id().substring(0, item.id().lastIndexOf('_')));
      try {
        Thread.sleep(1000 / ITEMS_PER_SECOND);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Waits until something more is on the topic, be it committed or not. */
  private static void awaitWrites(KafkaConnection kafka, FeedProcess process) throws Exception {
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      long before = written(admin);
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (written(admin) == before) {
        assertThat(System.nanoTime()).as(process.output()).isLessThan(deadline);
        Thread.sleep(20);
      }
    }
  }

  private static long written(Admin admin) throws Exception {
    return BrokerState.ends(admin, Topics.ACQUISITIONS, IsolationLevel.READ_UNCOMMITTED)
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private static List<String> published(KafkaConnection kafka) {
    List<String> ids = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, Topics.ACQUISITIONS, TopicReader.Start.BEGINNING)) {
      reader.drain(acquisition -> ids.add(acquisition.getSource().getAcquisitionId()));
    }
    return ids;
  }

  private static FeedStatus status(KafkaConnection kafka) {
    List<FeedStatus> all = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, Topics.FEEDS, TopicReader.Start.BEGINNING)) {
      reader.drain(all::add);
    }
    return all.get(all.size() - 1);
  }
}
