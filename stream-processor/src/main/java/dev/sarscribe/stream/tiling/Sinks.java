package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import java.nio.charset.StandardCharsets;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Encodes records and forwards them to a processor's sinks. Used on its stream thread only. */
final class Sinks {
  /** Key, headers and the batch's own frame around a value. */
  private static final int FRAME_BYTES = 4096;

  private final ProcessorContext<byte[], byte[]> context;
  private final WireFormat wireFormat;
  private final String processor;
  private final TilingStats stats;
  private TraceParent trace = TraceParent.begin();

  Sinks(
      ProcessorContext<byte[], byte[]> context,
      WireFormat wireFormat,
      String processor,
      TilingStats stats) {
    this.context = context;
    this.wireFormat = wireFormat;
    this.processor = processor;
    this.stats = stats;
  }

  /** What is sent from here on follows from a record of this trace. */
  void follow(TraceParent parent) {
    trace = parent;
  }

  /** The name of a processor's sink node. */
  static String node(String processor, Topic<?> topic) {
    return processor + "-to-" + topic.name();
  }

  /**
   * Sends a record in the current transaction. Its size is checked here because a transaction in
   * which the broker refused a record can no longer be committed.
   *
   * @throws RefusedException {@code TOO_LARGE} if the topic would not take it
   */
  <V extends SpecificRecord> void send(Topic<V> topic, String key, V value)
      throws RefusedException {
    byte[] bytes = wireFormat.encode(topic, value);
    if (bytes.length > topic.maxMessageBytes() - FRAME_BYTES) {
      throw new RefusedException(
          "TOO_LARGE",
          "%s: %d bytes are more than %s takes".formatted(key, bytes.length, topic.name()));
    }
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    Headers headers = EventHeaders.of(topic, keyBytes, bytes, trace.next());
    var record = new Record<>(keyBytes, bytes, context.currentSystemTimeMs(), headers);
    context.forward(record, node(processor, topic));
    stats.sent(value);
  }
}
