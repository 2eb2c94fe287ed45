package dev.sarscribe.stream;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/**
 * Brings the metrics of Kafka clients into a registry. One thread looks for those that come and go
 * with partitions and brokers, however many clients there are. Thread-safe.
 */
public final class ClientMeters implements AutoCloseable {
  private final MeterRegistry meters;
  private final ScheduledExecutorService refresher =
      Executors.newSingleThreadScheduledExecutor(ClientMeters::thread);

  public ClientMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  /** Until it is closed, the metrics of a consumer. */
  public AutoCloseable of(Consumer<?, ?> consumer) {
    return bind(new KafkaClientMetrics(consumer, Tags.empty(), refresher));
  }

  /** Until it is closed, the metrics of a producer. */
  public AutoCloseable of(Producer<?, ?> producer) {
    return bind(new KafkaClientMetrics(producer, Tags.empty(), refresher));
  }

  private AutoCloseable bind(KafkaClientMetrics metrics) {
    metrics.bindTo(meters);
    return metrics;
  }

  @Override
  public void close() {
    refresher.shutdownNow();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "client-meters");
    thread.setDaemon(true);
    return thread;
  }
}
