package dev.sarscribe.schemas;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
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
 * @param clientProperties passed to every client (security settings, for instance); they prevail
 *     over what is set here, but for what {@link #refusal} names
 */
public record KafkaConnection(
    String bootstrapServers, Optional<String> registryUrl, Map<String, String> clientProperties) {
  public KafkaConnection {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException("bootstrap servers are not set");
    }
    clientProperties = Map.copyOf(clientProperties);
    clientProperties
        .keySet()
        .forEach(
            name ->
                refusal(name)
                    .ifPresent(
                        reason -> {
                          throw new IllegalArgumentException(reason);
                        }));
  }

  /** Properties that are not a user's to set, and why. */
  private static final Map<String, String> REFUSED = refused();

  private static Map<String, String> refused() {
    String exactlyOnce = "tiles would be lost or doubled otherwise";
    String own = "sarscribe has an option for it, or a name that must be stable";
    String bytes = "records are read and written by one wire format";
    Map<String, String> refused = new HashMap<>();
    for (String name :
        List.of(
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            ProducerConfig.ACKS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            "processing.guarantee")) {
      refused.put(name, exactlyOnce);
    }
    for (String name :
        List.of(
            CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
            CommonClientConfigs.CLIENT_ID_CONFIG,
            CommonClientConfigs.GROUP_ID_CONFIG,
            CommonClientConfigs.GROUP_INSTANCE_ID_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            "application.id",
            "state.dir",
            "num.stream.threads")) {
      refused.put(name, own);
    }
    for (String name :
        List.of(
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            "default.key.serde",
            "default.value.serde")) {
      refused.put(name, bytes);
    }
    return Map.copyOf(refused);
  }

  /**
   * Why a client property is not a user's to set; empty if it is.
   *
   * @param name with or without a prefix of Kafka Streams, such as {@code main.consumer.}
   */
  public static Optional<String> refusal(String name) {
    String bare = name.replaceFirst("^((main|restore|global)\\.)?(consumer|producer|admin)\\.", "");
    return Optional.ofNullable(REFUSED.get(bare))
        .map(reason -> "Kafka's %s cannot be set: %s".formatted(name, reason));
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
    settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    // Speckle does not compress further than level 1 does.
    settings.putIfAbsent(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG, 1);
    settings.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_RECORD_BYTES);
    settings.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
    transactionalId.ifPresent(id -> settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id));
    return settings;
  }

  /** Of client properties only the names, and no user of the registry: values may be secrets. */
  @Override
  public String toString() {
    return "Kafka %s, registry %s, properties %s"
        .formatted(
            bootstrapServers,
            registryUrl.map(SchemaRegistry::shown).orElse("none"),
            new TreeSet<>(clientProperties.keySet()));
  }
}
