package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.WireFormat;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The topics of a driver's topology as records of ours. */
record DriverTopics(TopologyTestDriver driver, WireFormat wire) {
  <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    send(topic, key, wire.encode(topic, value), new RecordHeaders());
  }

  void send(Topic<?> topic, String key, byte[] value, Headers headers) {
    driver
        .createInputTopic(topic.name(), new StringSerializer(), new ByteArraySerializer())
        .pipeInput(new TestRecord<>(key, value, headers));
  }

  /** What was written since this was last asked, as bytes with their headers. */
  List<TestRecord<String, byte[]>> records(Topic<?> topic) {
    return driver
        .createOutputTopic(topic.name(), new StringDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  /** What was written since this was last asked. */
  <V extends SpecificRecord> List<V> read(Topic<V> topic) {
    return records(topic).stream().map(record -> decode(topic, record.value())).toList();
  }

  <V extends SpecificRecord> V decode(Topic<V> topic, byte[] bytes) {
    try {
      return wire.decode(topic, bytes);
    } catch (MalformedRecordException e) {
      throw new AssertionError(e);
    }
  }
}
