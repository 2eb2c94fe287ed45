package dev.sarscribe.connect;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * Publishes the items of a STAC API or catalogue to {@code sar.acquisitions.v1}, and what cannot be
 * used to {@code sar.dead-letters.v1}. One task, as a place is read in order. Where the worker has
 * {@code exactly.once.source.support=enabled}, a page of items is one transaction with its offsets;
 * else what is published again after a crash is dropped by the planner.
 */
public final class StacSourceConnector extends SourceConnector {
  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return currentVersion();
  }

  static String currentVersion() {
    try (InputStream in = StacSourceConnector.class.getResourceAsStream("version.properties")) {
      Properties stored = new Properties();
      stored.load(in);
      return stored.getProperty("version");
    } catch (IOException e) {
      throw new ConnectException("the plugin is damaged: its version cannot be read", e);
    }
  }

  @Override
  public ConfigDef config() {
    return StacSourceConfig.DEFINITION;
  }

  /** Also what one value alone does not show. */
  @Override
  public Config validate(Map<String, String> connectorConfigs) {
    Config config = super.validate(connectorConfigs);
    boolean each =
        config.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
    if (each) {
      try {
        new StacSourceConfig(connectorConfigs).requireUsable();
      } catch (ConfigException e) {
        config.configValues().stream()
            .filter(value -> value.name().equals(StacSourceConfig.URL))
            .findFirst()
            .ifPresent(value -> value.addErrorMessage(e.getMessage()));
      }
    }
    return config;
  }

  @Override
  public void start(Map<String, String> props) {
    new StacSourceConfig(props).requireUsable();
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return StacSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(properties);
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorConfig) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  /** A poll is a page, and a page is what belongs together. */
  @Override
  public ConnectorTransactionBoundaries canDefineTransactionBoundaries(
      Map<String, String> connectorConfig) {
    return ConnectorTransactionBoundaries.UNSUPPORTED;
  }

  /** All that this connector remembers is in the worker's offsets. */
  @Override
  public boolean alterOffsets(
      Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
    for (Map<String, ?> partition : offsets.keySet()) {
      if (partition == null || !partition.containsKey(SourceOffsets.FEED)) {
        throw new ConnectException("a partition is {feed} or {feed, item}, not " + partition);
      }
    }
    return true;
  }

  @Override
  public void stop() {
    properties = Map.of();
  }
}
