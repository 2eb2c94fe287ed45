package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventHeadersTest {
  private static final String EXAMPLE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @Test
  void aRecordIsACloudEventInBinaryMode() {
    Headers headers = headers(Topics.CORPUS, "a/VV/0_0", "value");

    assertThat(text(headers, "ce_specversion")).isEqualTo("1.0");
    assertThat(text(headers, "ce_type")).isEqualTo("dev.sarscribe.corpus-record.v1");
    assertThat(text(headers, "ce_source")).isEqualTo("/sarscribe/sar.corpus.v1");
    assertThat(text(headers, "content-type")).isEqualTo("application/avro");
    assertThat(text(headers, "ce_id")).matches("[0-9a-f]{32}");
    assertThat(Instant.parse(text(headers, "ce_time"))).isBeforeOrEqualTo(Instant.now());
  }

  @Test
  void theSameBytesUnderTheSameKeyAreTheSameEventAndNothingElseIs() {
    assertThat(id(Topics.TILES, "a", "value")).isEqualTo(id(Topics.TILES, "a", "value"));

    Set<String> ids = new HashSet<>();
    ids.add(id(Topics.TILES, "a", "value"));
    ids.add(id(Topics.TILES, "a", "other"));
    ids.add(id(Topics.TILES, "b", "value"));
    ids.add(id(Topics.TILES, "value", "a"));
    ids.add(id(Topics.TILES, null, "value"));
    ids.add(id(Topics.CORPUS, "a", "value"));
    assertThat(ids).hasSize(6);
  }

  @Test
  void headersAreBoundedWhateverTheKeyIs() {
    for (Topic<?> topic : Topics.ALL) {
      int bytes = 0;
      for (Header header : headers(topic, "k".repeat(10_000), "value")) {
        bytes += header.key().length() + header.value().length;
      }
      assertThat(bytes).as(topic.name()).isLessThan(EventHeaders.MAX_BYTES);
    }
  }

  @Test
  void aTombstoneIsAnEventToo() {
    var tombstone = new ProducerRecord<String, byte[]>(Topics.CORPUS.name(), "a", null);

    ProducerRecord<String, byte[]> sent = EventHeaders.on(tombstone, parsed(EXAMPLE));

    assertThat(sent.value()).isNull();
    assertThat(text(sent.headers(), "ce_id")).matches("[0-9a-f]{32}");
  }

  @Test
  void headersReplaceThoseThatWereThere() {
    var before = new ProducerRecord<>(Topics.TILES.name(), "a", new byte[] {1});
    before.headers().add("traceparent", new byte[] {1});

    var after = EventHeaders.on(before, parsed(EXAMPLE));

    assertThat(after.headers().headers("traceparent")).hasSize(1);
    assertThat(text(after.headers(), "traceparent")).isEqualTo(EXAMPLE);
    assertThatThrownBy(
            () -> EventHeaders.on(new ProducerRecord<>("other", "a", new byte[1]), parsed(EXAMPLE)))
        .hasMessageContaining("other");
  }

  @Test
  void aTraceGoesOnWithANewSpan() {
    TraceParent came = parsed(EXAMPLE);
    assertThat(came).hasToString(EXAMPLE);

    TraceParent next = came.next();

    assertThat(next.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(next.spanId()).isNotEqualTo(came.spanId());
    assertThat(next.flags()).isEqualTo("01");
    assertThat(parsed(next.toString())).isEqualTo(next);
  }

  @Test
  void aLaterVersionIsReadAsFarAsItIsKnown() {
    assertThat(parsed(EXAMPLE.replaceFirst("00", "cc") + "-what-the-future-brings").traceId())
        .isEqualTo("0af7651916cd43dd8448eb211c80319c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319cx-b7ad6b7169203331-01"
      })
  void aMalformedTraceIsReplacedByANewOne(String header) {
    TraceParent replaced = parsed(header);

    assertThat(replaced.traceId()).isNotEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(replaced.flags()).isEqualTo("01");
    assertThat(TraceParent.of(new RecordHeaders())).isNotEqualTo(replaced);
  }

  private static Headers headers(Topic<?> topic, String key, String value) {
    return EventHeaders.of(topic, bytes(key), bytes(value), TraceParent.begin());
  }

  private static String id(Topic<?> topic, String key, String value) {
    return text(headers(topic, key, value), "ce_id");
  }

  private static TraceParent parsed(String header) {
    Headers headers = new RecordHeaders();
    headers.add(TraceParent.HEADER, bytes(header));
    return TraceParent.of(headers);
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Headers headers, String name) {
    return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
