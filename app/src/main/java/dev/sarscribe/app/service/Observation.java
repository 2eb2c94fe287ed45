package dev.sarscribe.app.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Health and metrics of this process: {@code /health/live}, {@code /health/ready} and {@code
 * /metrics} (Prometheus text) where a port is asked for, and otherwise nothing at no cost.
 */
public final class Observation implements AutoCloseable {
  /** A batch of a slow model on a slow CPU takes minutes. */
  public static final Duration DEFAULT_STALL_LIMIT = Duration.ofMinutes(15);

  private final Health health;
  private final MeterRegistry meters;
  private final Optional<HttpEndpoint> endpoint;
  private final List<AutoCloseable> binders;

  private Observation(
      Health health,
      MeterRegistry meters,
      Optional<HttpEndpoint> endpoint,
      List<AutoCloseable> binders) {
    this.health = health;
    this.meters = meters;
    this.endpoint = endpoint;
    this.binders = binders;
  }

  /** Nobody observes: meters count nothing. */
  public static Observation none() {
    return new Observation(
        new Health(DEFAULT_STALL_LIMIT), new CompositeMeterRegistry(), Optional.empty(), List.of());
  }

  /**
   * Listens on a port.
   *
   * @param port 0 for any free one
   * @throws IOException if it cannot listen there
   */
  public static Observation on(String host, int port, Duration stallLimit) throws IOException {
    var health = new Health(stallLimit);
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var collections = new JvmGcMetrics();
    collections.bindTo(meters);
    List.of(
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ClassLoaderMetrics(),
            new ProcessorMetrics(),
            new FileDescriptorMetrics(),
            new UptimeMetrics())
        .forEach(binder -> binder.bindTo(meters));
    HttpEndpoint endpoint = HttpEndpoint.open(host, port);
    endpoint.answer("/health/live", () -> answer(health.live()));
    endpoint.answer("/health/ready", () -> answer(health.ready()));
    endpoint.answer("/metrics", () -> HttpEndpoint.metrics(meters.scrape()));
    return new Observation(health, meters, Optional.of(endpoint), List.of(collections));
  }

  private static HttpEndpoint.Answer answer(Health.Report report) {
    return HttpEndpoint.json(report.isUp(), report.json());
  }

  public Health health() {
    return health;
  }

  /** Where stages count. */
  public MeterRegistry meters() {
    return meters;
  }

  /** The port that it listens on, if any. */
  public Optional<Integer> port() {
    return endpoint.map(HttpEndpoint::port);
  }

  @Override
  public void close() throws Exception {
    endpoint.ifPresent(HttpEndpoint::close);
    for (AutoCloseable binder : binders) {
      binder.close();
    }
    meters.close();
  }
}
