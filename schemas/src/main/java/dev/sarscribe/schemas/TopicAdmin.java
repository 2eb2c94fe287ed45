package dev.sarscribe.schemas;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Creates the declared topics and checks those that exist. */
public final class TopicAdmin {
  private TopicAdmin() {}

  /**
   * Creates what is missing and compares what exists with its declaration.
   *
   * @return what disagrees, one line each; empty if all is well
   * @throws ExecutionException if the broker refuses or does not answer
   */
  public static List<String> ensure(KafkaConnection kafka, Optional<Short> replication)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      Set<String> existing = admin.listTopics().names().get();
      List<NewTopic> missing =
          Topics.ALL.stream()
              .filter(t -> !existing.contains(t.name()))
              .map(t -> t.toNewTopic(replication))
              .toList();
      create(admin, missing);
      return disagreements(
          admin, Topics.ALL.stream().filter(t -> existing.contains(t.name())).toList());
    }
  }

  private static void create(Admin admin, List<NewTopic> missing)
      throws ExecutionException, InterruptedException {
    for (var result : admin.createTopics(missing).values().values()) {
      try {
        result.get();
      } catch (ExecutionException e) {
        // Another instance that starts at the same time may have been faster.
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
  }

  private static List<String> disagreements(Admin admin, List<Topic<?>> topics)
      throws ExecutionException, InterruptedException {
    var resources =
        topics.stream()
            .collect(
                Collectors.toMap(
                    t -> t, t -> new ConfigResource(ConfigResource.Type.TOPIC, t.name())));
    var configs = admin.describeConfigs(resources.values()).all().get();
    List<String> problems = new ArrayList<>();
    for (Topic<?> topic : topics) {
      var actual = configs.get(resources.get(topic));
      for (Map.Entry<String, String> wanted : topic.configs().entrySet()) {
        String value = actual.get(wanted.getKey()).value();
        if (!satisfies(wanted.getKey(), wanted.getValue(), value)) {
          problems.add(
              "%s: %s is %s, should be %s"
                  .formatted(topic.name(), wanted.getKey(), value, wanted.getValue()));
        }
      }
    }
    return problems;
  }

  /** Retention is the operator's choice; what would lose data or stop a stage is not. */
  private static boolean satisfies(String key, String wanted, String actual) {
    return switch (key) {
      case TopicConfig.MAX_MESSAGE_BYTES_CONFIG -> Long.parseLong(actual) >= Long.parseLong(wanted);
      case TopicConfig.RETENTION_MS_CONFIG -> true;
      default -> wanted.equals(actual);
    };
  }
}
