package dev.sarscribe.tests;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** What a broker says of its partitions and transactions. */
public final class BrokerState {
  /** Decided, and not yet told to every partition. */
  private static final Set<TransactionState> ENDING =
      Set.of(
          TransactionState.PREPARE_COMMIT,
          TransactionState.PREPARE_ABORT,
          TransactionState.PREPARE_EPOCH_FENCE);

  private BrokerState() {}

  /** Whether a transaction is being ended, or will be soon since it times out. */
  static boolean isEndingTransactions(KafkaConnection kafka, Duration soon) {
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      List<String> ids =
          admin.listTransactions().all().get().stream()
              .map(TransactionListing::transactionalId)
              .toList();
      return admin.describeTransactions(ids).all().get().values().stream()
          .anyMatch(t -> ENDING.contains(t.state()) || timesOut(t, soon));
    } catch (ExecutionException e) {
      throw new AssertionError("the broker does not list its transactions", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static boolean timesOut(TransactionDescription transaction, Duration soon) {
    long by = System.currentTimeMillis() + soon.toMillis();
    return transaction.state() == TransactionState.ONGOING
        && transaction.transactionStartTimeMs().orElse(by) + transaction.transactionTimeoutMs()
            <= by;
  }

  /**
   * What tells a transaction that is open from one that hangs (open in a partition, and not to its
   * coordinator), and records that are hidden from ones that were never written: of a group that
   * reads one topic and writes another.
   */
  static String describe(KafkaConnection kafka, String group, Topic<?> input, Topic<?> output)
      throws ExecutionException, InterruptedException {
    List<TopicPartition> written = partitions(output);
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      var producers = admin.describeProducers(written).all().get();
      return """
      transactions, to their coordinator: %s
      producers, to each partition: %s
      high watermarks: %s
      last stable offsets: %s
      %s has committed: %s
      of: %s"""
          .formatted(
              admin.listTransactions().all().get(),
              byPartition(written, p -> producers.get(p).activeProducers()),
              ends(admin, output, IsolationLevel.READ_UNCOMMITTED),
              ends(admin, output, IsolationLevel.READ_COMMITTED),
              group,
              admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get(),
              ends(admin, input, IsolationLevel.READ_UNCOMMITTED));
    }
  }

  /** Where each partition of a topic ends for readers of such isolation. */
  public static Map<Integer, Long> ends(Admin admin, Topic<?> topic, IsolationLevel isolation)
      throws ExecutionException, InterruptedException {
    List<TopicPartition> partitions = partitions(topic);
    var latest =
        partitions.stream()
            .collect(Collectors.toMap(Function.identity(), p -> OffsetSpec.latest()));
    var ends = admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all().get();
    return byPartition(partitions, p -> ends.get(p).offset());
  }

  private static <V> Map<Integer, V> byPartition(
      Collection<TopicPartition> partitions, Function<TopicPartition, V> value) {
    return partitions.stream()
        .collect(Collectors.toMap(TopicPartition::partition, value, (a, b) -> b, TreeMap::new));
  }

  static List<TopicPartition> partitions(Topic<?> topic) {
    return IntStream.range(0, topic.partitions())
        .mapToObj(p -> new TopicPartition(topic.name(), p))
        .toList();
  }
}
