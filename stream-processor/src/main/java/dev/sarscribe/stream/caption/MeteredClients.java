package dev.sarscribe.stream.caption;

import dev.sarscribe.stream.ClientMeters;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clients whose metrics are in a registry; those of a producer until it is replaced. */
final class MeteredClients implements Clients {
  private static final Logger LOG = LoggerFactory.getLogger(MeteredClients.class);

  private final Clients clients;
  private final ClientMeters meters;
  private AutoCloseable producerMetrics = () -> {};

  MeteredClients(Clients clients, ClientMeters meters) {
    this.clients = clients;
    this.meters = meters;
  }

  @Override
  public Consumer<String, byte[]> consumer() {
    Consumer<String, byte[]> consumer = clients.consumer();
    var unused = meters.of(consumer);
    return consumer;
  }

  @Override
  public synchronized Producer<String, byte[]> producer() {
    Producer<String, byte[]> producer = clients.producer();
    try {
      producerMetrics.close();
    } catch (Exception e) {
      LOG.warn("the metrics of a producer that was replaced stay", e);
    }
    producerMetrics = meters.of(producer);
    return producer;
  }
}
