package dev.sarscribe.captioner.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.CaptionerUnavailableException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PngCodec;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What is particular to the remote engine: its requests, and what becomes of bad answers. */
class RemoteCaptionerTest {
  private static final String KEY = "sk-secret/0123456789";

  /** Three attempts without a wait that a test would notice. */
  private static final Retry QUICK =
      new Retry(3, Duration.ofMillis(2), Duration.ofMillis(5), Duration.ofMillis(300));

  private static final PromptSet ONE = TestTiles.ask("Are there ships in the image?");

  private final FakeVllm server = FakeVllm.start();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.sarscribe.captioner.remote");

  @BeforeEach
  void listen() {
    log.start();
    logger.setLevel(Level.TRACE);
    logger.setAdditive(false);
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
    server.close();
  }

  private EndpointSettings settings(int concurrency, Duration timeout) {
    return new EndpointSettings(
        server.base(),
        Optional.empty(),
        Optional.of(ApiKey.of(KEY)),
        concurrency,
        timeout,
        512,
        false,
        false);
  }

  private RemoteCaptioner open() throws CaptionerException {
    return RemoteCaptioner.open(settings(4, Duration.ofSeconds(30)), QUICK);
  }

  /** The outcome of one tile, where the request meets a script. */
  private Outcome outcome(FakeVllm.Script... scripts) throws CaptionerException {
    try (RemoteCaptioner captioner = open()) {
      server.next(scripts);
      return captioner.caption(TestTiles.tiles(1), ONE).get(0);
    }
  }

  private static String reason(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    return ((Outcome.Failed) outcome).reason();
  }

  @Test
  void aRequestHoldsTheTileThePromptsAndTheirSchema() throws Exception {
    TileImage tile = TestTiles.tile(7, 64, 48);
    try (RemoteCaptioner captioner = open()) {
      captioner.caption(List.of(tile), PromptSets.standard());
    }

    JsonNode request = server.requests().get(1);
    assertThat(request.path("model").asText()).isEqualTo(FakeVllm.MODEL);
    assertThat(request.path("temperature").asDouble(-1)).isZero();
    assertThat(request.path("max_tokens").asInt()).isEqualTo(512);
    assertThat(request.has("logprobs")).isFalse();
    assertThat(request.at("/messages/0/content/1/image_url/url").asText())
        .isEqualTo(
            "data:image/png;base64," + Base64.getEncoder().encodeToString(PngCodec.encode(tile)));
    assertThat(request.at("/messages/0/content/0/text").asText())
        .contains("64 x 48 pixels")
        .contains("Boxes are [x, y, w, h] in pixels of the image as sent")
        .contains("referring-center: What is the object in the area [128, 128, 256, 256]?");
    JsonNode schema = request.at("/response_format/json_schema/schema");
    assertThat(schema.path("required").toString())
        .isEqualTo("[\"concise\",\"detailed\",\"answers\"]");
    assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
    assertThat(schema.at("/properties/answers/properties").size()).isEqualTo(15);
    assertThat(schema.at("/properties/answers/properties/counting-ship/type").asText())
        .isEqualTo("string");
  }

  @Test
  void theModelIsNamedAsTheServerNamesIt() throws Exception {
    try (RemoteCaptioner captioner = open()) {
      ModelInfo model = captioner.model();
      assertThat(model.name()).isEqualTo(FakeVllm.MODEL);
      assertThat(model.version()).isEqualTo("vllm");
      assertThat(model.engine()).isEqualTo("remote");
      assertThat(model.device()).isEqualTo(server.base().getAuthority());
    }
  }

  @Test
  void aServerThatBecomesAnotherModelFailsTheBatch() throws Exception {
    try (RemoteCaptioner captioner = open()) {
      server.next(
          (exchange, request) ->
              FakeVllm.respond(
                  exchange,
                  200,
                  FakeVllm.completion(FakeVllm.content(request), "stop", request)
                      .put("model", "other")
                      .toString()));

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerException.class)
          .hasMessageContaining("answers as model other now; it was " + FakeVllm.MODEL);
    }
  }

  @Test
  void withoutProbabilitiesConfidencesAreUnknownAndNothingIsFlagged() throws Exception {
    Outcome.Described described = (Outcome.Described) outcome();

    assertThat(described.answers().get(0).answer().confidence()).isNaN();
    assertThat(described.answers().get(0).isLowConfidence(1)).isFalse();
  }

  @Test
  void tooManyRequestsWaitAsLongAsTheServerAsks() throws Exception {
    long start = System.nanoTime();

    Outcome outcome =
        outcome(
            (exchange, request) -> {
              exchange.getResponseHeaders().set("Retry-After", "1");
              FakeVllm.respond(exchange, 429, "{\"error\":{\"message\":\"slow down\"}}");
            });

    assertThat(outcome).isInstanceOf(Outcome.Described.class);
    // The server asked for a second; this client waits for at most 300 ms, and not for less.
    assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(300).toNanos());
    assertThat(server.requests()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void whatCanHealIsTriedAgain(int status) throws Exception {
    FakeVllm.Script busy = FakeVllm.status(status, "{\"error\":\"Model is overloaded\"}");

    assertThat(outcome(busy, busy)).isInstanceOf(Outcome.Described.class);
    assertThat(server.requests()).hasSize(4);
    assertThat(logged()).contains("answers " + status + ": Model is overloaded", "attempt 3 of 3");
  }

  @Test
  void aServerThatStaysBusyFailsTheBatchAfterTheLastAttempt() throws Exception {
    FakeVllm.Script busy = FakeVllm.status(503, "");
    try (RemoteCaptioner captioner = open()) {
      server.next(busy, busy, busy);

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerUnavailableException.class)
          .hasMessageContaining("/v1/chat/completions failed 3 times, the last: answers 503");
    }
    assertThat(server.requests()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void aServerThatNoAttemptReachesBlamesNoTile(int status) throws Exception {
    FakeVllm.Script busy = FakeVllm.status(status, "");
    try (RemoteCaptioner captioner = open()) {
      server.next(busy, busy, busy);

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerUnavailableException.class);
    }
  }

  @Test
  void aServerThatIsGoneOrSilentBlamesNoTile() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    FakeVllm.Script silent = (exchange, request) -> await(end);
    try (RemoteCaptioner captioner =
        RemoteCaptioner.open(settings(4, Duration.ofSeconds(1)), QUICK)) {
      server.next(silent, silent, silent);
      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerUnavailableException.class)
          .hasMessageContaining("no answer within 1 s");

      end.countDown();
      server.close();
      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerUnavailableException.class)
          .hasMessageContaining("failed 3 times");
    }
  }

  @Test
  void aHalfSentBodyIsTriedAgain() throws Exception {
    FakeVllm.Script half =
        (exchange, request) -> {
          byte[] body =
              FakeVllm.completion("{}", "stop", request)
                  .toString()
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body, 0, body.length / 2);
          exchange.getResponseBody().flush();
          throw new IOException("the connection breaks");
        };

    assertThat(outcome(half)).isInstanceOf(Outcome.Described.class);
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void aServerThatStopsInTheMiddleOfItsAnswerIsGivenUpAtTheTimeout() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    FakeVllm.Script stuck =
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          await(end);
        };
    try (RemoteCaptioner captioner =
        RemoteCaptioner.open(settings(4, Duration.ofSeconds(1)), QUICK)) {
      server.next(stuck);

      assertThat(captioner.caption(TestTiles.tiles(1), ONE).get(0))
          .isInstanceOf(Outcome.Described.class);
      assertThat(logged()).contains("no answer within 1 s");
    } finally {
      end.countDown();
    }
  }

  @Test
  void anAnswerWithoutEndIsCutOffAndItsTileRefused() throws Exception {
    Outcome outcome =
        outcome(
            (exchange, request) -> {
              exchange.getResponseHeaders().set("Content-Type", "application/json");
              exchange.sendResponseHeaders(200, 0);
              byte[] chunk = new byte[1 << 16];
              for (int i = 0; i < 1 << 14; i++) {
                exchange.getResponseBody().write(chunk);
              }
            });

    assertThat(reason(outcome)).isEqualTo("the answer is larger than 4194304 bytes");
    assertThat(server.requests()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          400 | {"object":"error","message":"decoder prompt too long","code":400} | answers 400: decoder prompt too long
          400 | {"error":{"message":"bad image","type":"BadRequestError","code":400}} | answers 400: bad image
          422 | {"error":"Input validation error","error_type":"validation"} | answers 422: Input validation error
          413 | <html>Request Entity Too Large</html> | answers 413: <html>Request Entity Too Large</html>
          """)
  void aRequestThatTheServerRefusesIsARefusedTile(int status, String body, String expected)
      throws Exception {
    assertThat(reason(outcome(FakeVllm.status(status, body)))).isEqualTo("the server " + expected);
    assertThat(server.requests()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          There are ships.                          | stop | did not write valid JSON
          {"answers":{"q0":"yes"                    | stop | did not write valid JSON
          {"answers":{"q0":"yes"}} and more         | stop | did not write valid JSON
          {"answers":{"q0":"yes"}} {}               | stop | more than one JSON value
          ["yes"]                                   | stop | did not write a JSON object
          {"answers":{}}                            | stop | without [q0], with [] in excess
          {"answers":{"q0":"yes","q1":"no"}}        | stop | without [], with [q1] in excess
          {"answers":{"q0":"yes"},"concise":"Sea."} | stop | without [], with [concise] in excess
          {"answers":{"q0":"yes","q0":"no"}}        | stop | Duplicate field 'q0'
          {"answers":{"q0":7}}                      | stop | "q0" is not a text
          {"answers":"yes"}                         | stop | with [answers] in excess
          {"answers":7}                             | stop | "answers" is not a text
          {"answers":{"q0":"ye                      | length | cut at its limit, 512 tokens
          ``                                        | content_filter | content filter refused it
          """)
  void aTextThatIsNotWhatWasAskedForIsARefusedTile(String content, String end, String expected)
      throws Exception {
    assertThat(reason(outcome(FakeVllm.text(content, end)))).contains(expected);
    assertThat(server.requests()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          no json                                             | not valid JSON
          {"object":"chat.completion","choices":[]}           | no choices[0].message.content
          {"choices":[{"message":{"content":null}}]}          | no choices[0].message.content
          {"choices":[{"message":{"refusal":"I cannot."}}]}   | the model refused: I cannot.
          """)
  void anAnswerThatIsNoCompletionIsARefusedTile(String body, String expected) throws Exception {
    assertThat(reason(outcome(FakeVllm.status(200, body)))).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          401 | {"error":"Unauthorized"} | answers 401: Unauthorized; is the API key right?
          403 | {"detail":"Forbidden"} | answers 403: Forbidden; is the API key right?
          404 | {"error":{"message":"The model does not exist."}} | answers 404: The model does not exist.; is the model's name
          302 | | answers 302; redirects are not followed: name the final URL
          405 | {} | answers 405
          """)
  void aServerThatTakesNoRequestsFailsTheBatchOnOneLine(int status, String body, String expected)
      throws Exception {
    try (RemoteCaptioner captioner = open()) {
      server.next(FakeVllm.status(status, body == null ? "" : body));

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerUnavailableException.class)
          .hasMessageStartingWith("endpoint %s/chat/completions ".formatted(server.base()))
          .hasMessageContaining(expected)
          .message()
          .hasLineCount(1);
    }
    assertThat(server.requests()).hasSize(2);
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    try (RemoteCaptioner captioner = open()) {
      server.next(
          (exchange, request) -> {
            exchange.getResponseHeaders().set("Location", server.base() + "/chat/completions");
            FakeVllm.respond(exchange, 307, "");
          });

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .hasMessageContaining("redirects are not followed");
    }
    assertThat(server.requests()).hasSize(2);
  }

  @Test
  void aPageInPlaceOfAnAnswerSaysThatTheUrlIsWrong() throws Exception {
    try (RemoteCaptioner captioner = open()) {
      server.next(
          (exchange, request) -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, -1);
          });

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerException.class)
          .hasMessageContaining("answers with text/html, not with application/json");
    }
  }

  @Test
  void oneRefusedTileDoesNotHarmTheOthers() throws Exception {
    try (RemoteCaptioner captioner =
        RemoteCaptioner.open(settings(1, Duration.ofSeconds(30)), QUICK)) {
      server.next(FakeVllm::write, FakeVllm.status(400, "{}"), FakeVllm::write);

      List<Outcome> outcomes = captioner.caption(TestTiles.tiles(3), ONE);

      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Described.class);
      assertThat(reason(outcomes.get(1))).contains("answers 400");
      assertThat(outcomes.get(2)).isInstanceOf(Outcome.Described.class);
    }
  }

  @Test
  void noMoreRequestsAreInFlightThanAllowedAndNoFewer() throws Exception {
    int concurrency = 3;
    CountDownLatch full = new CountDownLatch(concurrency);
    FakeVllm.Script slow =
        (exchange, request) -> {
          full.countDown();
          await(full);
          FakeVllm.write(exchange, request);
        };
    try (RemoteCaptioner captioner =
        RemoteCaptioner.open(settings(concurrency, Duration.ofSeconds(30)), QUICK)) {
      server.next(slow, slow, slow, slow, slow, slow, slow, slow, slow, slow);

      assertThat(captioner.caption(TestTiles.tiles(10), ONE)).hasSize(10);
    }
    assertThat(full.getCount()).isZero();
    assertThat(server.mostAtOnce()).isEqualTo(concurrency);
  }

  @Test
  void afterAFailureTheRestOfTheBatchIsNotAskedFor() throws Exception {
    try (RemoteCaptioner captioner =
        RemoteCaptioner.open(settings(1, Duration.ofSeconds(30)), QUICK)) {
      server.next(FakeVllm.status(401, "{}"));

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(50), ONE))
          .isInstanceOf(CaptionerException.class);
      captioner.caption(TestTiles.tiles(1), ONE);
    }
    assertThat(server.requests().size()).isLessThan(50);
  }

  @Test
  void anInterruptEndsTheBatchAndStaysSet() throws Exception {
    try (RemoteCaptioner captioner = open()) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .isInstanceOf(CaptionerException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void theKeyIsSentAndShowsNowhereElse() throws Exception {
    FakeVllm.Script indiscreet =
        FakeVllm.status(503, "{\"error\":\"" + "x".repeat(290) + " for key " + KEY + "\"}");
    FakeVllm.Script wrong =
        FakeVllm.status(401, "{\"error\":\"Incorrect key " + KEY.replace("/", "\\/") + "\"}");
    try (RemoteCaptioner captioner = open()) {
      server.next(indiscreet, wrong);

      assertThatThrownBy(() -> captioner.caption(TestTiles.tiles(1), ONE))
          .hasMessageContaining("Incorrect key ***")
          .message()
          .doesNotContain(KEY);
      assertThat(captioner.model().toString()).doesNotContain(KEY);
    }
    assertThat(server.authorizations()).containsOnly("Bearer " + KEY);
    assertThat(settings(1, Duration.ofSeconds(1)).toString()).doesNotContain(KEY);
    assertThat(logged()).contains("answers 503").doesNotContain("sk-secret");
  }

  @Test
  void whereNobodyListensTheUrlIsNamed() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    URI nobody = URI.create("http://127.0.0.1:%d/v1".formatted(free));

    assertThatThrownBy(() -> RemoteCaptioner.open(EndpointSettings.of(nobody), QUICK))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining(nobody + "/models failed 3 times, the last: ConnectException");
  }

  @Test
  void aModelThatTheServerDoesNotServeIsRefusedAtTheStart() {
    server.next(
        FakeVllm.status(404, "{\"error\":{\"message\":\"The model `x` does not exist.\"}}"));
    EndpointSettings settings =
        new EndpointSettings(
            server.base(),
            Optional.of("x"),
            Optional.empty(),
            1,
            Duration.ofSeconds(30),
            512,
            false,
            false);

    assertThatThrownBy(() -> RemoteCaptioner.open(settings, QUICK))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("The model `x` does not exist.; is the model's name right");
  }

  @Test
  void aModelWithoutEyesIsRefusedAtTheStart() {
    server.next(FakeVllm.status(400, "{\"message\":\"x is not a multimodal model\"}"));

    assertThatThrownBy(this::open)
        .isInstanceOf(CaptionerException.class)
        .hasMessage(
            "endpoint %s cannot describe a synthetic tile: the server answers 400: x is not a"
                + " multimodal model",
            server.base());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://192.0.2.1/v1", "http://[2001:db8::1]/v1"})
  void plainHttpToAPublicAddressIsRefused(URI base) {
    assertThatThrownBy(() -> EndpointClient.open(EndpointSettings.of(base)))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("%s is plain http to a public address", base);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1/v1",
        "http://10.1.2.3:8000/v1",
        "http://[fd00::1]/v1",
        "https://192.0.2.1"
      })
  void httpsAndPlainHttpNearbyAreAllowed(URI base) throws Exception {
    assertThat(EndpointClient.open(EndpointSettings.of(base))).isNotNull();
  }

  @Test
  void probabilitiesBecomeConfidences() throws Exception {
    EndpointSettings asking =
        new EndpointSettings(
            server.base(),
            Optional.empty(),
            Optional.empty(),
            1,
            Duration.ofSeconds(30),
            512,
            true,
            false);
    try (RemoteCaptioner captioner = RemoteCaptioner.open(asking, QUICK)) {
      Outcome.Described described =
          (Outcome.Described) captioner.caption(TestTiles.tiles(1), PromptSets.standard()).get(0);

      // Texts of some 28 bytes: six or seven tokens of five bytes each.
      Text answer = described.answers().get(0).answer();
      assertThat(Math.log(answer.confidence()) / FakeVllm.LOG_PROBABILITY).isBetween(5.9, 8.1);
      assertThat(described.concise().orElseThrow().confidence())
          .isCloseTo(Math.exp(FakeVllm.LOG_PROBABILITY), within(1e-9));
    }
  }

  private String logged() {
    return log.list.stream()
        .map(ILoggingEvent::getFormattedMessage)
        .collect(Collectors.joining("\n"));
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("the test waited in vain");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
