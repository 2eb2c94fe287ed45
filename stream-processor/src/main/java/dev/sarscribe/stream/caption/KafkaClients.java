package dev.sarscribe.stream.caption;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The real clients of one worker. */
record KafkaClients(CaptionSettings settings, int worker) implements Clients {
  /** After a crash without restart, another instance takes over this fast. */
  private static final int SESSION_TIMEOUT_MS = 10_000;

  private static final int HEARTBEAT_INTERVAL_MS = 3_000;

  private static final int TRANSACTION_TIMEOUT_MS = 60_000;

  /** A commit that the broker does not answer for this long is given up and done again. */
  private static final int MAX_BLOCK_MS = 20_000;

  /** Fetched ahead in the client, beside the worker's queue: about 64 full tiles. */
  private static final int FETCH_BYTES = 16 * 1024 * 1024;

  @Override
  public Consumer<String, byte[]> consumer() {
    Map<String, Object> p = settings.kafka().consumerSettings(Optional.of(settings.groupId()));
    String id = settings.workerId(worker);
    p.put(ConsumerConfig.CLIENT_ID_CONFIG, id);
    p.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, id);
    p.putIfAbsent(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    p.putIfAbsent(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_INTERVAL_MS);
    p.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.batchMax());
    p.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
    return new KafkaConsumer<>(p);
  }

  @Override
  public Producer<String, byte[]> producer() {
    String id = settings.workerId(worker);
    Map<String, Object> p = settings.kafka().producerSettings(Optional.of(id));
    p.put(ProducerConfig.CLIENT_ID_CONFIG, id);
    p.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    p.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    return new KafkaProducer<>(p);
  }
}
