package dev.sarscribe.schemas;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Where Kafka and the registry are, and the client settings that every stage shares. Keys are UTF-8
 * strings; values are bytes that {@link WireFormat} reads, so that a malformed record is met by our
 * code and not inside the client's poll.
 *
 * @param bootstrapServers {@code host:port}, comma separated
 * @param registryUrl base URL of the schema registry; empty for single-object encoding
 * @param clientProperties passed to every client unchanged (security settings, for instance)
 */
public record KafkaConnection(
    String bootstrapServers, Optional<String> registryUrl, Map<String, String> clientProperties) {
  public KafkaConnection {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException("bootstrap servers are not set");
    }
    clientProperties = Map.copyOf(clientProperties);
  }

  public WireFormat wireFormat() {
    return WireFormat.of(registryUrl);
  }

  /** Settings of an admin client, and the base of all others. */
  public Map<String, Object> adminSettings() {
    Map<String, Object> settings = new HashMap<>(clientProperties);
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return settings;
  }

  /**
   * A consumer that sees only committed transactions and commits nothing by itself.
   *
   * @param groupId empty for a consumer that assigns its partitions itself
   */
  public Map<String, Object> consumerSettings(Optional<String> groupId) {
    Map<String, Object> settings = adminSettings();
    groupId.ifPresent(g -> settings.put(ConsumerConfig.GROUP_ID_CONFIG, g));
    settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    return settings;
  }

  /**
   * A producer that compresses with zstd and waits for all replicas.
   *
   * @param transactionalId empty for an idempotent producer without transactions
   */
  public Map<String, Object> producerSettings(Optional<String> transactionalId) {
    Map<String, Object> settings = adminSettings();
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    // Speckle does not compress further than level 1 does.
    settings.put(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG, 1);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_RECORD_BYTES);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    transactionalId.ifPresent(id -> settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id));
    return settings;
  }
}
