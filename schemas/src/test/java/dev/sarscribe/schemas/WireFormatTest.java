package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedBookmark;
import dev.sarscribe.schemas.avro.Stage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
  private static final int BREAKS_OFF = 0;

  private final WireFormat format = WireFormat.of(Optional.empty());

  private static DeadLetter letter() {
    return DeadLetters.ofRecord(
        Stage.TILE,
        "scene-1",
        "TRUNCATED",
        "a.tif: ends early",
        new DeadLetters.Origin("t", 3, 7, new byte[] {1}, new byte[] {2, 3}));
  }

  @Test
  void aRecordComesBackAsItWasWritten() throws Exception {
    DeadLetter letter = letter();

    byte[] bytes = format.encode(Topics.DEAD_LETTERS, letter);

    assertThat(format.decode(Topics.DEAD_LETTERS, bytes)).isEqualTo(letter);
  }

  @Test
  void withoutARegistryTheBytesAreAvroSingleObjectEncoding() {
    byte[] bytes = format.encode(Topics.DEAD_LETTERS, letter());

    long fingerprint =
        ByteBuffer.wrap(bytes, 2, 8).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(Arrays.copyOf(bytes, 2)).containsExactly(0xC3, 0x01);
    assertThat(fingerprint)
        .isEqualTo(SchemaNormalization.parsingFingerprint64(DeadLetter.getClassSchema()));
  }

  @Test
  void everyDamagedRecordIsMalformedAndNothingElse() {
    byte[] good = format.encode(Topics.DEAD_LETTERS, letter());
    Random random = new Random(1);
    int malformed = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length) + 1);
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        format.decode(Topics.DEAD_LETTERS, bad);
      } catch (MalformedRecordException e) {
        assertThat(e).hasMessageContaining("sar.dead-letters.v1");
        malformed++;
      }
    }
    assertThat(malformed).isGreaterThan(4_000);
  }

  @Test
  void anEmptyANullAndAForeignValueAreMalformed() {
    for (byte[] bytes : new byte[][] {null, {}, {0}, "not avro at all".getBytes()}) {
      assertThatThrownBy(() -> format.decode(Topics.TILES, bytes))
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageContaining("sar.tiles.v1");
    }
  }

  @Test
  void aRegistryThatIsAwayIsNotTheRecordsFault() {
    try (WireFormat remote = WireFormat.of(Optional.of("http://localhost:1/apis/registry/v3"))) {
      assertThatThrownBy(
              () -> remote.decode(Topics.DEAD_LETTERS, new byte[] {0, 0, 0, 0, 1, 2, 's'}))
          .isInstanceOf(KafkaException.class);
      assertThatThrownBy(() -> remote.encode(Topics.DEAD_LETTERS, letter()))
          .isInstanceOf(KafkaException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 429, 500, 503, BREAKS_OFF})
  void aRegistryThatAnswersWithAFailureIsNotTheRecordsFaultEither(int status) throws Exception {
    assertThat(whatADecodeThrows(status))
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("registry http://127.0.0.1:");
  }

  @Test
  void aSchemaThatTheRegistryDoesNotKnowMakesARecordMalformed() throws Exception {
    assertThat(whatADecodeThrows(404)).isInstanceOf(MalformedRecordException.class);
  }

  private static Throwable whatADecodeThrows(int status) throws IOException {
    HttpServer registry =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.createContext("/", exchange -> answer(exchange, status));
    registry.start();
    String url = "http://127.0.0.1:%d/apis/registry/v3".formatted(registry.getAddress().getPort());
    try (WireFormat remote = WireFormat.of(Optional.of(url))) {
      return catchThrowable(
          () -> remote.decode(Topics.DEAD_LETTERS, new byte[] {0, 0, 0, 0, 1, 2, 's'}));
    } finally {
      registry.stop(0);
    }
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    try (exchange) {
      if (status != BREAKS_OFF) {
        byte[] problem =
            "{\"status\":%d,\"title\":\"no\"}".formatted(status).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, problem.length);
        exchange.getResponseBody().write(problem);
      }
    }
  }

  @Test
  void aConnectionInALogHasNoSecret() {
    var connection =
        new KafkaConnection(
            "kafka:9092",
            Optional.of("https://user:hidden@registry/apis"),
            Map.of("sasl.jaas.config", "hidden"));

    assertThat(connection.toString())
        .contains("kafka:9092", "https://registry/apis", "sasl.jaas.config")
        .doesNotContain("hidden");
  }

  @Test
  void theSerdePassesTombstonesAndRefusesDamage() {
    var serde = format.serde(Topics.PROGRESS);

    assertThat(serde.serializer().serialize("t", null)).isNull();
    assertThat(serde.deserializer().deserialize("t", null)).isNull();
    assertThatThrownBy(() -> serde.deserializer().deserialize("t", new byte[] {9}))
        .isInstanceOf(SerializationException.class);
  }

  @Test
  void aDeadLetterDropsOriginalBytesThatWouldNotFitAndKeepsItsMessageReadable() {
    byte[] large = new byte[Topics.MAX_RECORD_BYTES];
    DeadLetter letter =
        DeadLetters.ofRecord(
            Stage.CAPTION,
            "s".repeat(100_000),
            "R",
            "m".repeat(100_000),
            new DeadLetters.Origin("t", 0, 0, large, large));

    assertThat(letter.getKey()).isNull();
    assertThat(letter.getValue()).isNull();
    assertThat(letter.getMessage()).hasSize(2000);
    assertThat(format.encode(Topics.DEAD_LETTERS, letter).length)
        .isLessThan(Topics.MAX_RECORD_BYTES);
  }

  @Test
  void aBookmarkThatAnEarlierVersionWroteIsStillRead() throws Exception {
    Schema earlier = EarlierSchemas.of(FeedBookmark.class).get(0);
    var record = new GenericData.Record(earlier);
    record.put("feed", "directory:/data");
    record.put("item", "/data/a.tif");
    record.put("fingerprint", "1 bytes");
    record.put("time", 1_000_000L);
    var bytes = new BinaryMessageEncoder<GenericData.Record>(new GenericData(), earlier);

    FeedBookmark bookmark = format.decode(Topics.FEED_BOOKMARKS, bytes.encode(record).array());

    assertThat(bookmark.getItem()).isEqualTo("/data/a.tif");
    assertThat(bookmark.getTime()).isEqualTo(Instant.ofEpochSecond(1));
    assertThat(bookmark.getCursor()).isNull();
  }
}
