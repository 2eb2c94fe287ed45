package dev.sarscribe.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;

/** A worker of Kafka Connect in distributed mode with exactly-once support, and its REST API. */
final class Worker implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Connect<?> connect;
  private final HttpClient http = HttpClient.newHttpClient();

  private Worker(Connect<?> connect) {
    this.connect = connect;
  }

  static Worker start(String bootstrapServers) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("group.id", "connect-test");
    for (String storage : new String[] {"config", "offset", "status"}) {
      settings.put(storage + ".storage.topic", "connect-" + storage);
      settings.put(storage + ".storage.replication.factor", "1");
    }
    settings.put("offset.storage.partitions", "2");
    settings.put("status.storage.partitions", "1");
    settings.put("exactly.once.source.support", "enabled");
    settings.put("listeners", "http://127.0.0.1:0");
    settings.put("plugin.discovery", "service_load");
    settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    settings.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
    settings.put("scheduled.rebalance.max.delay.ms", "0");
    return new Worker(new ConnectDistributed().startConnect(settings));
  }

  /** Creates or changes a connector; returns the status of the answer. */
  int put(String name, Map<String, String> config) throws Exception {
    return send("PUT", "connectors/" + name + "/config", JSON.writeValueAsString(config))
        .statusCode();
  }

  /** What is wrong with settings, as the worker says. */
  String validate(Map<String, String> config) throws Exception {
    return send(
            "PUT",
            "connector-plugins/StacSourceConnector/config/validate",
            JSON.writeValueAsString(config))
        .body();
  }

  JsonNode status(String name) throws Exception {
    return JSON.readTree(send("GET", "connectors/" + name + "/status", "").body());
  }

  /** The state of the one task, or of the connector if there is no task yet. */
  String taskState(String name) throws Exception {
    JsonNode status = status(name);
    return status.path("tasks").path(0).path("state").asText("none");
  }

  /** While a worker starts or rebalances it answers 409 or 5xx, and wants to be asked again. */
  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    URI uri = URI.create(connect.rest().serverUrl() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .timeout(PATIENCE)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        boolean again = response.statusCode() == 409 || response.statusCode() >= 500;
        if (!again || System.nanoTime() > end) {
          return response;
        }
      } catch (IOException e) {
        assertThat(System.nanoTime()).as("still no answer: " + e).isLessThan(end);
      }
      Thread.sleep(200);
    }
  }

  @Override
  public void close() {
    connect.stop();
    connect.awaitStop();
  }
}
