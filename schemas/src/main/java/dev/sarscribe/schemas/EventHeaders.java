package dev.sarscribe.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.commons.codec.digest.MurmurHash3;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The headers of every record: CloudEvents 1.0 in binary mode, and W3C Trace Context. All are of
 * bounded length, {@link #MAX_BYTES} together, whatever came in.
 *
 * <ul>
 *   <li>{@code ce_type} is the record's name and version, for instance {@code
 *       dev.sarscribe.corpus-record.v1}
 *   <li>{@code ce_source} is the topic, for instance {@code /sarscribe/sar.corpus.v1}
 *   <li>{@code ce_id} is a digest of topic, key and value: the same bytes under the same key are
 *       the same event, so that what is sent again (by {@code sarscribe replay}, for instance) can
 *       be told from what is new
 *   <li>{@code ce_time} is when it was written
 *   <li>{@code ce_recaption}, of a corpus record that a recaption wrote, names that recaption; its
 *       writer adds it
 * </ul>
 */
public final class EventHeaders {
  /** More than all headers of a record take, names included. */
  public static final int MAX_BYTES = 512;

  private static final String SPEC_VERSION = "1.0";
  private static final String MEDIA_TYPE = "application/avro";

  private EventHeaders() {}

  /**
   * The headers of a record that is written as this step of a trace.
   *
   * @param key may be null
   * @param value null of a tombstone
   */
  public static Headers of(Topic<?> topic, byte[] key, byte[] value, TraceParent trace) {
    Headers headers = new RecordHeaders();
    add(headers, "ce_specversion", SPEC_VERSION);
    add(headers, "ce_type", topic.eventType());
    add(headers, "ce_source", "/sarscribe/" + topic.name());
    add(headers, "ce_id", id(topic, key, value));
    add(headers, "ce_time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    add(headers, "content-type", MEDIA_TYPE);
    add(headers, TraceParent.HEADER, trace.toString());
    return headers;
  }

  /**
   * The record itself, with these headers in place of its own.
   *
   * @throws IllegalArgumentException if its topic is none of {@link Topics}
   */
  public static ProducerRecord<String, byte[]> on(
      ProducerRecord<String, byte[]> record, TraceParent trace) {
    Topic<?> topic =
        Topics.named(record.topic())
            .orElseThrow(() -> new IllegalArgumentException("no topic " + record.topic()));
    byte[] key = record.key() == null ? null : record.key().getBytes(StandardCharsets.UTF_8);
    return new ProducerRecord<>(
        record.topic(),
        record.partition(),
        record.timestamp(),
        record.key(),
        record.value(),
        of(topic, key, record.value(), trace));
  }

  /** 128 bits tell events apart; nobody has to be kept from making two alike. */
  private static String id(Topic<?> topic, byte[] key, byte[] value) {
    int seed = MurmurHash3.hash32x86(topic.name().getBytes(StandardCharsets.UTF_8));
    long[] ofKey = digest(key, seed);
    long[] ofValue = digest(value, seed);
    // An odd factor keeps key and value apart when they are swapped.
    return "%016x%016x".formatted(31 * ofKey[0] + ofValue[0], 31 * ofKey[1] + ofValue[1]);
  }

  private static long[] digest(byte[] bytes, int seed) {
    byte[] some = bytes == null ? new byte[0] : bytes;
    return MurmurHash3.hash128x64(some, 0, some.length, seed);
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
