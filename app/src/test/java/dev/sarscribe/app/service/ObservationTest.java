package dev.sarscribe.app.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.stream.StageHealth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ObservationTest {
  private static final String HOST = "127.0.0.1";

  private final FakeStage stage = new FakeStage();
  private final HttpClient client = HttpClient.newHttpClient();
  private Observation observation;

  @BeforeEach
  void open() throws IOException {
    observation = Observation.on(HOST, 0, Duration.ofSeconds(5));
  }

  @AfterEach
  void close() throws Exception {
    observation.close();
  }

  @Test
  void aProcessOfWhichNothingIsStartedYetIsAliveAndNotReady() throws Exception {
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    HttpResponse<String> ready = get("/health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(problem(ready, "process")).isEqualTo("it is being started");
  }

  @Test
  void aStageThatIsOpenedIsAliveAndNotReady() throws Exception {
    observation.health().starting("captioning");

    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    HttpResponse<String> ready = get("/health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(problem(ready, "captioning")).isEqualTo("it is being opened");
  }

  @Test
  void aStageThatWaitsIsAliveAndNotReadyUntilItWorks() throws Exception {
    observation.health().starting("tiling");
    observation.health().started("tiling", stage);
    stage.waitingFor = Optional.of("Kafka Streams is REBALANCING");

    assertThat(problem(get("/health/ready"), "tiling")).contains("REBALANCING");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);

    stage.waitingFor = Optional.empty();

    HttpResponse<String> ready = get("/health/ready");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.headers().firstValue("content-type")).contains("application/json");
    assertThat(json(ready).path("status").asText()).isEqualTo("UP");
  }

  @Test
  void aStageThatStoppedOrIsStuckIsNotAliveAndSaysWhy() throws Exception {
    observation.health().started("captioning", stage);
    stage.stuck = Optional.of("caption-inference-0: captioning 8 tiles has gone on for 901 s");

    HttpResponse<String> stuck = get("/health/live");
    assertThat(stuck.statusCode()).isEqualTo(503);
    assertThat(problem(stuck, "captioning")).contains("901 s");
    assertThat(stage.askedLimit).isEqualTo(Duration.ofSeconds(5));

    stage.stuck = Optional.empty();
    stage.failure = Optional.of(new IllegalStateException("fenced"));

    assertThat(problem(get("/health/live"), "captioning")).contains("fenced");
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
  }

  @Test
  void metricsArePrometheusTextWithTheJvmsOwn() throws Exception {
    observation.meters().counter("sarscribe.test", "reason", "NO_DATA").increment(3);

    HttpResponse<String> metrics = get("/metrics");

    assertThat(metrics.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
    assertThat(metrics.body())
        .contains("sarscribe_test_total{reason=\"NO_DATA\"} 3.0")
        .contains("jvm_memory_used_bytes{", "process_uptime_seconds");
  }

  @Test
  void otherPathsAndMethodsAreRefusedWithoutReadingABody() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/metrics/more").statusCode()).isEqualTo(404);
    HttpResponse<String> post =
        client.send(
            request("/metrics").POST(HttpRequest.BodyPublishers.ofString("x".repeat(999))).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("allow")).contains("GET, HEAD");
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      assertThatThrownBy(() -> Observation.on(HOST, taken.getLocalPort(), Duration.ofSeconds(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(HOST + ":" + taken.getLocalPort());
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://%s:%d%s".formatted(HOST, observation.port().orElseThrow(), path)));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }

  private static String problem(HttpResponse<String> response, String part) throws IOException {
    for (JsonNode check : json(response).path("checks")) {
      if (check.path("name").asText().equals(part)) {
        assertThat(check.path("status").asText()).isEqualTo("DOWN");
        return check.path("data").path("problem").asText();
      }
    }
    throw new AssertionError("no part " + part + " in " + response.body());
  }

  private static final class FakeStage implements StageHealth {
    private Optional<Throwable> failure = Optional.empty();
    private Optional<String> waitingFor = Optional.empty();
    private Optional<String> stuck = Optional.empty();
    private Duration askedLimit;

    @Override
    public Optional<Throwable> failure() {
      return failure;
    }

    @Override
    public Optional<String> waitingFor() {
      return waitingFor;
    }

    @Override
    public Optional<String> stuck(Duration limit) {
      askedLimit = limit;
      return stuck;
    }
  }
}
