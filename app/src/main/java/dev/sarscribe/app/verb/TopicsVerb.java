package dev.sarscribe.app.verb;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificData;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows, creates and checks the topics. */
@Command(
    name = "topics",
    mixinStandardHelpOptions = true,
    header = "List the topics and their state; create them; print their schemas.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe topics -b kafka:9092 --create",
      "  sarscribe topics --schema sar.corpus.v1 > corpus.avsc   needs no broker"
    })
public final class TopicsVerb implements Callable<Integer> {
  @Option(names = "--create", description = "Create what is missing and check what exists.")
  private boolean create;

  @Option(
      names = "--schema",
      paramLabel = "TOPIC",
      description = "Print the Avro schema of a topic's values, complete in itself.")
  private String schemaOf;

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (schemaOf != null) {
      Topic<?> topic = find(schemaOf);
      out.println(new ObjectMapper().readTree(schema(topic)).toPrettyString());
    } else {
      if (create) {
        kafka.ensureTopics();
      }
      list(kafka.interactive(), out);
    }
    out.flush();
    return 0;
  }

  private static String schema(Topic<?> topic) {
    return SpecificData.get().getSchema(topic.type()).toString();
  }

  private static Topic<?> find(String name) throws CommandFailedException {
    return Topics.ALL.stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailedException(
                    "no topic %s; there are %s"
                        .formatted(
                            name,
                            Topics.ALL.stream()
                                .map(Topic::name)
                                .collect(Collectors.joining(", ")))));
  }

  private static void list(KafkaConnection kafka, PrintWriter out)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      Set<String> existing = admin.listTopics().names().get();
      out.printf("%-24s %10s %14s  %-26s %s%n", "TOPIC", "PARTITIONS", "OFFSETS", "KEPT", "KEY");
      for (Topic<?> topic : Topics.ALL) {
        boolean there = existing.contains(topic.name());
        out.printf(
            "%-24s %10s %14s  %-26s %s%n",
            topic.name(),
            there ? partitions(admin, topic) : "missing",
            there ? offsets(admin, topic) : "-",
            topic.retention().map(r -> r.toDays() + " days").orElse("for ever, newest per key"),
            topic.key());
      }
    }
  }

  private static String partitions(Admin admin, Topic<?> topic)
      throws ExecutionException, InterruptedException {
    return Integer.toString(describe(admin, topic).partitions().size());
  }

  /** Positions used, summed over the partitions; transaction markers count too. */
  private static String offsets(Admin admin, Topic<?> topic)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    describe(admin, topic)
        .partitions()
        .forEach(
            p -> wanted.put(new TopicPartition(topic.name(), p.partition()), OffsetSpec.latest()));
    return Long.toString(
        admin.listOffsets(wanted).all().get().values().stream()
            .mapToLong(ListOffsetsResultInfo::offset)
            .sum());
  }

  private static TopicDescription describe(Admin admin, Topic<?> topic)
      throws ExecutionException, InterruptedException {
    return Optional.ofNullable(
            admin.describeTopics(Set.of(topic.name())).allTopicNames().get().get(topic.name()))
        .orElseThrow();
  }
}
