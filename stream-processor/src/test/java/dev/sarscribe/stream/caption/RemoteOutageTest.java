package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sarscribe.captioner.remote.EndpointSettings;
import dev.sarscribe.captioner.remote.RemoteCaptioner;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The real client of a server that goes away for a while, in a caption stage. */
@Timeout(120)
class RemoteOutageTest {
  private static final int TILES = 20;

  private final Server server = new Server();

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void anOutageHoldsTheStageAndAllTilesAreCaptionedAfterIt() throws Exception {
    server.start();
    List<ConsumerRecord<String, byte[]>> log = new ArrayList<>();
    for (int i = 0; i < TILES; i++) {
      log.add(Tiles.record(i, i + "_0"));
    }
    var broker = new FakeBroker(log);
    EndpointSettings endpoint = EndpointSettings.of(server.base());
    try (CaptionStage stage = start(broker, endpoint)) {
      await(() -> broker.committedOffset() > 0);
      long before = broker.committedOffset();
      assertThat(before).isLessThan(TILES);

      server.status = 503;
      server.gateIsOpen = true;
      await(() -> stage.trouble().orElse("").contains("the engine is unavailable"));
      assertThat(stage.trouble().orElseThrow()).contains("answers 503: go away", "the feed waits");
      server.status = 429;
      await(() -> stage.trouble().orElse("").contains("answers 429"));
      server.stop();
      await(() -> stage.trouble().orElse("").contains("the engine does not open"));
      await(() -> stage.waitingFor().orElse("").contains("failed 3 times"));
      server.status = 200;
      server.start();
      await(() -> broker.committedOffset() == TILES);

      assertThat(stage.trouble()).isEmpty();
      assertThat(stage.failure()).isEmpty();
      assertThat(stage.stats().snapshot().captioned()).isEqualTo(TILES);
      assertThat(stage.stats().snapshot().rejected()).isEmpty();
    }
    assertThat(broker.committedKeys(Topics.DEAD_LETTERS.name())).isEmpty();
    assertThat(broker.committedKeys(Topics.CORPUS.name()))
        .containsExactlyElementsOf(log.stream().map(ConsumerRecord::key).toList());
  }

  private static CaptionStage start(FakeBroker broker, EndpointSettings endpoint) throws Exception {
    var kafka = new KafkaConnection("localhost:9092", Optional.empty(), Map.of());
    var settings =
        new CaptionSettings(
            kafka, "caption", "here", 1, 4, Duration.ofMillis(5), new MinConfidence(0.5, 0.5));
    return CaptionStage.start(
        settings,
        () -> RemoteCaptioner.open(endpoint),
        FakeCaptioner.PROMPTS,
        "1.0",
        TileSource.FEED,
        worker -> broker);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  /** A chat endpoint on one port that can be stopped, started again, and told to refuse. */
  private static final class Server {
    private static final String TEXTS =
        "\\\"concise\\\":\\\"Sea.\\\",\\\"detailed\\\":\\\"Open sea.\\\"";

    /** What the probe asks beside captions. */
    private static final String ANSWERS = ",\\\"answers\\\":{\\\"probe\\\":\\\"yes\\\"}";

    volatile int status = 200;

    /** Whether more than the first batch of tiles is answered. */
    volatile boolean gateIsOpen;

    private volatile HttpServer http;
    private int port;
    private int tiles;

    void start() throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      port = http.getAddress().getPort();
      http.createContext(
          "/v1/models", exchange -> answer(exchange, "{\"data\":[{\"id\":\"served\"}]}"));
      http.createContext("/v1/chat/completions", this::chat);
      http.start();
    }

    URI base() {
      return URI.create("http://localhost:%d/v1".formatted(port));
    }

    private void chat(HttpExchange exchange) throws IOException {
      String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      boolean isProbe = request.contains("\"probe\"");
      if (!isProbe) {
        tiles++;
        while (tiles > 4 && !gateIsOpen) {
          Thread.onSpinWait();
        }
      }
      answer(
          exchange,
          """
          {"model":"served","choices":[{"finish_reason":"stop","message":{"content":"{%s%s}"}}]}"""
              .formatted(TEXTS, isProbe ? ANSWERS : ""));
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
      int now = status;
      byte[] bytes =
          (now == 200 ? body : "{\"error\":\"go away\"}").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      if (now != 200) {
        // The client would wait longer by itself, up to half a minute.
        exchange.getResponseHeaders().set("Retry-After", "0");
      }
      exchange.sendResponseHeaders(now, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    void stop() {
      gateIsOpen = true;
      http.stop(0);
    }
  }
}
