package dev.sarscribe.stream.caption;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** Opens a worker's Kafka clients; the worker closes them. Tests bring Kafka's mocks. */
interface Clients {
  /** A consumer that is subscribed to nothing yet. */
  Consumer<String, byte[]> consumer();

  /** A producer whose transactions are not initialised yet; fences its predecessor. */
  Producer<String, byte[]> producer();
}
