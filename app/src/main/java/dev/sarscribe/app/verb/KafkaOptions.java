package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.SchemaRegistry;
import dev.sarscribe.schemas.SchemaRegistry.RegistryException;
import dev.sarscribe.schemas.TopicAdmin;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where Kafka is: the options that every verb with a broker shares. */
public final class KafkaOptions {
  /** Kafka's own 60 s leaves a person in front of nothing for too long. */
  private static final String ANSWER_LIMIT_MS = "15000";

  /** Must lie below the limit of the whole call. */
  private static final String REQUEST_LIMIT_MS = "10000";

  @Option(
      names = {"-b", "--bootstrap-servers", "--bootstrap-server"},
      paramLabel = "HOST:PORT[,…]",
      defaultValue = "localhost:9092",
      description = "Kafka brokers (default: ${DEFAULT-VALUE}).")
  private String bootstrapServer = "localhost:9092";

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description =
          "Schema registry (v3 API) that has the schemas (`sarscribe schemas register`). Records"
              + " then carry Confluent framing; without it they are Avro single-object encoded.")
  private String registry;

  @Option(
      names = {"--kafka-property", "--client-property"},
      paramLabel = "KEY=VALUE",
      description =
          "Setting of every Kafka client, for instance security.protocol=SSL. Repeatable.")
  private Map<String, String> clientProperties = new HashMap<>();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  /** For stages, which wait for a broker that comes back. */
  KafkaConnection connection() {
    return connection(clientProperties);
  }

  private KafkaConnection connection(Map<String, String> properties) {
    try {
      return new KafkaConnection(bootstrapServer, Optional.ofNullable(registry), properties);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(verb.commandLine(), e.getMessage(), e);
    }
  }

  /** For a person, who wants an answer soon. */
  KafkaConnection interactive() {
    Map<String, String> properties = new HashMap<>();
    properties.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_LIMIT_MS);
    properties.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_LIMIT_MS);
    properties.putAll(clientProperties);
    return connection(properties);
  }

  /** Creates missing topics and checks the others, and that a registry has their schemas. */
  void ensureTopics() throws ExecutionException, InterruptedException, CommandFailedException {
    List<String> problems = TopicAdmin.ensure(interactive(), Optional.empty());
    if (!problems.isEmpty()) {
      throw new CommandFailedException(
          "the topics on " + bootstrapServer + " do not fit: " + String.join("; ", problems));
    }
    if (registry != null) {
      requireSchemas();
    }
  }

  private void requireSchemas() throws CommandFailedException {
    try (SchemaRegistry schemas = new SchemaRegistry(registry)) {
      List<String> missing = schemas.missing();
      if (!missing.isEmpty()) {
        throw new CommandFailedException(
            "registry %s lacks this version's schemas of %s: run sarscribe schemas register --registry %s"
                .formatted(
                    SchemaRegistry.shown(registry),
                    String.join(", ", missing),
                    SchemaRegistry.shown(registry)));
      }
    } catch (RegistryException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }
}
