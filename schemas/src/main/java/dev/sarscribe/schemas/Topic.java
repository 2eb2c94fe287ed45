package dev.sarscribe.schemas;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic as it must exist on the broker.
 *
 * @param name {@code domain.entity.vN}
 * @param type class of its values
 * @param key what its keys are, for people
 * @param partitions how many
 * @param retention how long records are kept; empty means compacted by key and kept for ever
 * @param maxMessageBytes largest record batch that the broker takes
 */
public record Topic<V extends SpecificRecord>(
    String name,
    Class<V> type,
    String key,
    int partitions,
    Optional<Duration> retention,
    int maxMessageBytes) {

  public Topic {
    if (!name.matches("[a-z]+(\\.[a-z-]+)+\\.v[0-9]+")) {
      throw new IllegalArgumentException("topic name " + name + " is not domain.entity.vN");
    }
    if (partitions < 1 || maxMessageBytes < 1024) {
      throw new IllegalArgumentException(name + ": partitions or maxMessageBytes out of range");
    }
  }

  /** What its records are as CloudEvents: {@code dev.sarscribe.corpus-record.v1}, for instance. */
  public String eventType() {
    String words = type.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-");
    return "dev.sarscribe.%s%s"
        .formatted(words.toLowerCase(Locale.ROOT), name.substring(name.lastIndexOf('.')));
  }

  /** The topic's settings on the broker. */
  public Map<String, String> configs() {
    Map<String, String> configs = new LinkedHashMap<>();
    configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxMessageBytes));
    if (retention.isPresent()) {
      configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
      configs.put(
          TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.orElseThrow().toMillis()));
    } else {
      configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    }
    return configs;
  }

  /** What to create; replication is the broker's default unless stated. */
  public NewTopic toNewTopic(Optional<Short> replication) {
    return new NewTopic(name, Optional.of(partitions), replication).configs(configs());
  }
}
