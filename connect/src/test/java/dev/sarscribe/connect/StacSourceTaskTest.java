package dev.sarscribe.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.backoff.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A task as a worker calls it, and a server with troubles. */
@Timeout(60)
class StacSourceTaskTest {
  private static final int MANY = 100;
  private static final String ACQUISITIONS = "sar.acquisitions.v1";

  private final StacSourceTask task =
      new StacSourceTask(new Backoff(Duration.ofMillis(2), Duration.ofMillis(8), Duration.ZERO));
  private CatalogueServer server;

  @BeforeEach
  void startServer() throws Exception {
    server = new CatalogueServer();
    server.add("CAPELLA_1", "GEO", Instant.now().minus(1, ChronoUnit.HOURS));
  }

  @AfterEach
  void stop() {
    task.stop();
    server.close();
  }

  @Test
  void aServerThatIsAwayOrAsksForPatienceIsAskedAgainUntilItsItemsCome() throws Exception {
    // The client itself makes five attempts a poll, so this is the third.
    server.fail(503, 6);
    server.fail(429, 5);
    start(Map.of());

    assertThat(pollForAcquisition().value()).isNotNull();
    assertThat(server.failed()).isEqualTo(11);
  }

  @Test
  void whatOnlyAPersonCanChangeFailsANewTaskAtOnceAndSaysWhat() {
    server.fail(401, MANY);
    start(Map.of());

    assertThatThrownBy(() -> pollUntil(() -> false))
        .isInstanceOf(ConnectException.class)
        .hasMessageStartingWith("catalogue: ")
        .hasMessageContaining("answers 401, unauthorized; are there credentials for this host?");
    assertThat(server.failed()).isEqualTo(1);
  }

  @Test
  void aTaskThatHasWorkedSurvivesAServerThatIsUpdatedAndFailsIfItStaysSo() throws Exception {
    start(Map.of());
    pollForAcquisition();

    server.fail(404, 4);
    pollUntil(() -> server.failed() == 4);
    int pages = server.pages();
    pollUntil(() -> server.pages() > pages + 1);

    server.fail(404, MANY);
    assertThatThrownBy(() -> pollUntil(() -> false)).hasMessageContaining("answers 404, not found");
    assertThat(server.failed()).isGreaterThan(4 + 5);
  }

  @Test
  void aTaskThatGoesOnFromItsCursorHasWorkedBefore() throws Exception {
    server.fail(404, 4);
    Instant cursor = Instant.now().minus(2, ChronoUnit.HOURS);
    start(Map.of("cursor", cursor.toString()));

    pollForAcquisition();
    assertThat(server.failed()).isEqualTo(4);
  }

  @Test
  void aTaskThatCannotStartSaysWhyAndStops() {
    Map<String, String> config = config();
    config.put("http.credentials.file", "/nowhere/credentials.yaml");
    task.initialize(context(Map.of()));

    assertThatThrownBy(() -> task.start(config))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining("/nowhere/credentials.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http.proxy", "stac.url"})
  void aPasswordInAUrlIsRefusedAndNotTold(String setting) {
    Map<String, String> config = config();
    config.put(setting, "http://me:secret@host.example:3128");

    assertThatThrownBy(() -> task.start(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining("http://host.example:3128")
        .message()
        .doesNotContain("secret");
  }

  private Map<String, String> config() {
    Map<String, String> config = new HashMap<>();
    config.put("name", "catalogue");
    config.put("stac.url", server.root().toString());
    config.put("poll.interval.ms", "100");
    config.put("http.allow.private.networks", "true");
    return config;
  }

  private void start(Map<String, Object> feedOffset) {
    task.initialize(context(feedOffset));
    task.start(config());
  }

  private void pollUntil(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      task.poll();
    }
  }

  private SourceRecord pollForAcquisition() throws InterruptedException {
    while (true) {
      List<SourceRecord> records = task.poll();
      if (records != null && records.get(0).topic().equals(ACQUISITIONS)) {
        return records.get(0);
      }
    }
  }

  /** A worker's offsets of which only the feed's own are set. */
  private static SourceTaskContext context(Map<String, Object> feedOffset) {
    var offsets =
        new OffsetStorageReader() {
          @Override
          public <T> Map<String, Object> offset(Map<String, T> partition) {
            return partition.size() == 1 && !feedOffset.isEmpty() ? feedOffset : null;
          }

          @Override
          public <T> Map<Map<String, T>, Map<String, Object>> offsets(
              Collection<Map<String, T>> partitions) {
            return Map.of();
          }
        };
    return new SourceTaskContext() {
      @Override
      public Map<String, String> configs() {
        return Map.of();
      }

      @Override
      public OffsetStorageReader offsetStorageReader() {
        return offsets;
      }

      @Override
      public PluginMetrics pluginMetrics() {
        throw new UnsupportedOperationException("this task has no meters");
      }
    };
  }
}
