package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Stage;
import java.nio.charset.StandardCharsets;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes the records of a topic for a {@link Work} and turns whatever one record does wrong into a
 * dead letter, so that the next one is processed. Kafka's own exceptions and {@link Error}s pass
 * through: they concern the thread, not the record.
 */
final class GuardedProcessor<V extends SpecificRecord>
    implements Processor<byte[], byte[], byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedProcessor.class);

  private final String name;
  private final Stage stage;
  private final Topic<V> topic;
  private final WireFormat wireFormat;
  private final Work<V> work;
  private ProcessorContext<byte[], byte[]> context;
  private Sinks sinks;

  GuardedProcessor(String name, Stage stage, Topic<V> topic, WireFormat wireFormat, Work<V> work) {
    this.name = name;
    this.stage = stage;
    this.topic = topic;
    this.wireFormat = wireFormat;
    this.work = work;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    sinks = new Sinks(processorContext, wireFormat, name);
    work.init(processorContext, sinks);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    String key = key(record);
    V value;
    try {
      value = wireFormat.decode(topic, record.value());
    } catch (MalformedRecordException e) {
      letter(record, key, "MALFORMED_RECORD", e.getMessage());
      return;
    }
    try {
      work.process(key, value);
    } catch (SceneException e) {
      refuse(record, key, value, e.reason().name(), e.getMessage());
    } catch (RefusedException e) {
      refuse(record, key, value, e.reason(), e.getMessage());
    } catch (KafkaException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("{}: {} failed unexpectedly", key, name, e);
      refuse(record, key, value, "INTERNAL_ERROR", e.toString());
    }
  }

  @Override
  public void close() {
    work.close();
  }

  private void refuse(
      Record<byte[], byte[]> record, String key, V value, String reason, String message) {
    letter(record, key, reason, message);
    try {
      work.refused(value, reason, message);
    } catch (RefusedException e) {
      LOG.error("{}: the refusal itself cannot be told: {}", key, e.getMessage());
    }
  }

  private void letter(Record<byte[], byte[]> record, String key, String reason, String message) {
    LOG.warn("{}: refused by {}: {}: {}", key, name, reason, message);
    var at = context.recordMetadata().orElseThrow();
    var origin =
        new DeadLetters.Origin(
            at.topic(), at.partition(), at.offset(), record.key(), record.value());
    var letter = DeadLetters.ofRecord(stage, key, reason, message, origin);
    try {
      sinks.send(Topics.DEAD_LETTERS, letter.getScene(), letter);
    } catch (RefusedException e) {
      LOG.error("{}: the dead letter is too large to send", key);
    }
  }

  private static String key(Record<byte[], byte[]> record) {
    return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
  }
}
