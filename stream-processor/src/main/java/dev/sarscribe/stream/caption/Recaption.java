package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Provenance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captions tiles again and replaces their corpus records by key: a caption stage that reads what is
 * there at its start, and ends. Its consumer group is named after what it does and is deleted when
 * that is done, so that an interrupted recaption goes on where it was, exactly once, and a finished
 * one can be asked for again. A record that anybody else writes after its start is never replaced:
 * {@link CorpusWatch} says how. Thread-safe.
 */
public final class Recaption implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recaption.class);

  private final CaptionSettings settings;
  private final ModelInfo model;
  private final Map<TopicPartition, Long> begins;
  private final Map<TopicPartition, Long> ends;
  private final CorpusWatch watch;
  private final CaptionStage stage;

  /** Where the pixels come from. */
  public enum From {
    /** The tiles that the broker still keeps. */
    TILES(Topics.TILES),

    /** The images of the corpus itself, which never expire. */
    CORPUS(Topics.CORPUS);

    private final Topic<?> topic;

    From(Topic<?> topic) {
      this.topic = topic;
    }

    Topic<?> topic() {
      return topic;
    }
  }

  /**
   * What to caption again.
   *
   * @param from where the pixels come from
   * @param filter which tiles
   * @param force also those whose record is by the same model in the same precision with the same
   *     prompt set
   */
  public record Task(From from, RecaptionFilter filter, boolean force) {
    /** A name for this task by this model, the same whenever it is asked for: 12 characters. */
    String id(ModelInfo model, PromptSet prompts) {
      String all = String.join("\n", model.digest(), model.precision(), prompts.id(), toString());
      return DigestUtils.sha256Hex(all).substring(0, 12);
    }

    /** Whether a record is already as this task by this model would make it. */
    boolean isDone(CorpusRecord record, ModelInfo model, PromptSet prompts) {
      Provenance by = record.getProvenance();
      return !force
          && by.getModelDigest().equals(model.digest())
          && by.getPrecision().equals(model.precision())
          && by.getPromptSet().equals(prompts.id());
    }
  }

  /** Is told how far the corpus is read before anything is captioned. */
  @FunctionalInterface
  public interface Scan {
    /**
     * Called several times a second. What it throws ends the start.
     *
     * @param records read so far
     * @param kept keys that are held in memory so far
     * @param share of the corpus that is read, 0 to 1
     */
    void read(long records, int kept, double share);
  }

  private Recaption(CaptionSettings settings, ModelInfo model, Plan plan, CaptionStage stage) {
    this.settings = settings;
    this.model = model;
    this.begins = plan.begins();
    this.ends = plan.source().ends();
    this.watch = plan.watch();
    this.stage = stage;
  }

  /**
   * Reads what the corpus says of the tiles, which takes as long as reading all of it, and starts.
   *
   * @param settings as of the caption stage; the task's name is appended to its group
   * @param scan is told how far it has read
   * @throws CaptionerException if a captioner cannot be opened or has no room for a prompt
   * @throws org.apache.kafka.common.KafkaException if the broker does not answer or a topic is
   *     missing
   */
  public static Recaption start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      Task task,
      Scan scan)
      throws CaptionerException {
    var first = new AtomicReference<>(captioners.open());
    try {
      ModelInfo model = first.get().model();
      // Here too, as reading the corpus may take long.
      first.get().requireRoomFor(prompts);
      String id = task.id(model, prompts);
      CaptionSettings own = settings.withGroupId(settings.groupId() + "-" + id);
      Plan plan = plan(own, task, id, record -> task.isDone(record, model, prompts), scan);
      try {
        CaptionStage stage =
            CaptionStage.start(
                own,
                () -> {
                  Captioner opened = first.getAndSet(null);
                  return opened == null ? captioners.open() : opened;
                },
                prompts,
                softwareVersion,
                plan.source());
        return new Recaption(own, model, plan, stage);
      } catch (CaptionerException | RuntimeException e) {
        plan.watch().close();
        throw e;
      }
    } finally {
      Optional.ofNullable(first.get()).ifPresent(Captioner::close);
    }
  }

  /** What is to be read, from where to where. */
  private record Plan(
      RecaptionSource source, Map<TopicPartition, Long> begins, CorpusWatch watch) {}

  private static Plan plan(
      CaptionSettings settings, Task task, String id, Predicate<CorpusRecord> done, Scan scan) {
    KafkaConnection kafka = settings.kafka();
    try (Consumer<String, byte[]> consumer =
            new KafkaConsumer<>(kafka.consumerSettings(Optional.empty()));
        WireFormat wireFormat = kafka.wireFormat()) {
      List<TopicPartition> partitions = partitions(consumer, task.from().topic());
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      // What the interrupted run wrote itself lies behind the ends that it had.
      ends.putAll(rememberedEnds(settings));
      Map<TopicPartition, Long> scanned = consumer.endOffsets(partitions(consumer, Topics.CORPUS));
      Selection selection = Selection.scan(consumer, wireFormat, scanned, task, done, scan);
      CorpusWatch watch = watch(kafka, scanned, id);
      var source = new RecaptionSource(task.from(), selection, ends, Optional.of(watch));
      return new Plan(source, begins, watch);
    }
  }

  /** Where the same task was to end when it was interrupted; empty if it was not. */
  private static Map<TopicPartition, Long> rememberedEnds(CaptionSettings settings) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    try (Admin admin = Admin.create(settings.kafka().adminSettings())) {
      admin
          .listConsumerGroupOffsets(settings.groupId())
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach((partition, offset) -> ends.put(partition, Long.parseLong(offset.metadata())));
      return ends;
    } catch (ExecutionException e) {
      throw new KafkaException("the group " + settings.groupId() + " cannot be read", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(e);
    }
  }

  private static CorpusWatch watch(
      KafkaConnection kafka, Map<TopicPartition, Long> from, String task) {
    Map<String, Object> settings = kafka.consumerSettings(Optional.empty());
    // The one reader that has to see what is not decided yet.
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    return new CorpusWatch(new KafkaConsumer<>(settings), from, task);
  }

  private static List<TopicPartition> partitions(
      Consumer<String, byte[]> consumer, Topic<?> topic) {
    return consumer.partitionsFor(topic.name()).stream()
        .map(p -> new TopicPartition(p.topic(), p.partition()))
        .toList();
  }

  /** The model that captions. */
  public ModelInfo model() {
    return model;
  }

  /** Whether all is read and committed. */
  public boolean isDone() {
    return missing() == 0;
  }

  /** Share of what is to be read that is read and committed, 0 to 1. */
  public double share() {
    long all = ends.entrySet().stream().mapToLong(e -> e.getValue() - begins.get(e.getKey())).sum();
    return all == 0 ? 1 : 1 - (double) missing() / all;
  }

  /** Positions between what is committed and the end. */
  private long missing() {
    Map<TopicPartition, Long> reached = stage.reached();
    long missing = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      long begin = begins.get(end.getKey());
      // An empty partition is done before anybody has looked at it.
      missing += Math.max(0, end.getValue() - reached.getOrDefault(end.getKey(), begin));
    }
    return missing;
  }

  public CaptionStats stats() {
    return stage.stats();
  }

  /** What stopped a worker for good; empty while all work or recover. */
  public Optional<Throwable> failure() {
    return stage.failure();
  }

  /** Why a worker waits for its engine to work again; empty while none does. */
  public Optional<String> trouble() {
    return stage.trouble();
  }

  /** Finishes and commits the batches in work; forgets where it was if all is done. */
  @Override
  public void close() {
    boolean done = isDone();
    stage.close();
    watch.close();
    if (done) {
      forget();
    }
  }

  private void forget() {
    try (Admin admin = Admin.create(settings.kafka().adminSettings())) {
      admin.deleteConsumerGroups(List.of(settings.groupId())).all().get();
    } catch (ExecutionException e) {
      // The same task would find nothing to read until the broker forgets the group by itself.
      LOG.warn("group {} cannot be deleted", settings.groupId(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
