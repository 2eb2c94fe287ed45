package dev.sarscribe.tests.example;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads the corpus with plain Kafka and Avro: bootstrap servers, ccompat URL of the registry, N.
 */
public final class CorpusReader {
  private static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

  private CorpusReader() {}

  public static void main(String[] args) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            args[0],
            "group.id",
            "corpus-java",
            "auto.offset.reset",
            "earliest",
            "isolation.level",
            "read_committed");
    int left = Integer.parseInt(args[2]);
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of("sar.corpus.v1"));
      while (left > 0) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          GenericRecord corpus = read(args[1], ByteBuffer.wrap(record.value()));
          GenericRecord caption = (GenericRecord) corpus.get("conciseCaption");
          System.out.println(corpus.get("tileId") + "\t" + caption.get("text"));
          left--;
        }
      }
    }
  }

  /** Confluent framing: 0, the id of the schema in four bytes, Avro. */
  private static GenericRecord read(String registry, ByteBuffer bytes) throws Exception {
    bytes.get();
    int id = bytes.getInt();
    if (!SCHEMAS.containsKey(id)) {
      var reply = new ObjectMapper().readTree(URI.create(registry + "/schemas/ids/" + id).toURL());
      SCHEMAS.put(id, new Schema.Parser().parse(reply.get("schema").asText()));
    }
    var avro =
        DecoderFactory.get()
            .binaryDecoder(bytes.array(), bytes.position(), bytes.remaining(), null);
    return new GenericDatumReader<GenericRecord>(SCHEMAS.get(id)).read(null, avro);
  }
}
