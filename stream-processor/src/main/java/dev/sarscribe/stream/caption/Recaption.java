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
 * one can be asked for again. Thread-safe.
 */
public final class Recaption implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recaption.class);

  private final CaptionSettings settings;
  private final ModelInfo model;
  private final Map<TopicPartition, Long> begins;
  private final Map<TopicPartition, Long> ends;
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
   * @param force also those whose record is by the same model with the same prompt set
   */
  public record Task(From from, RecaptionFilter filter, boolean force) {
    /** A name for this task by this model, the same whenever it is asked for. */
    private String id(ModelInfo model, PromptSet prompts) {
      String all = String.join("\n", model.digest(), prompts.id(), toString());
      return DigestUtils.sha256Hex(all).substring(0, 12);
    }
  }

  private Recaption(
      CaptionSettings settings,
      ModelInfo model,
      Map<TopicPartition, Long> begins,
      Map<TopicPartition, Long> ends,
      CaptionStage stage) {
    this.settings = settings;
    this.model = model;
    this.begins = begins;
    this.ends = ends;
    this.stage = stage;
  }

  /**
   * Reads what the corpus says of the tiles, which takes as long as reading all of it, and starts.
   *
   * @param settings as of the caption stage; the task's name is appended to its group
   * @throws CaptionerException if a captioner cannot be opened
   * @throws org.apache.kafka.common.KafkaException if the broker does not answer or a topic is
   *     missing
   */
  public static Recaption start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      Task task)
      throws CaptionerException {
    var first = new AtomicReference<>(captioners.open());
    try {
      ModelInfo model = first.get().model();
      CaptionSettings own =
          settings.withGroupId(settings.groupId() + "-" + task.id(model, prompts));
      KafkaConnection kafka = settings.kafka();
      try (Consumer<String, byte[]> consumer =
          new KafkaConsumer<>(kafka.consumerSettings(Optional.empty()))) {
        List<TopicPartition> partitions = partitions(consumer, task.from().topic());
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
        // What the interrupted run wrote itself lies behind the ends that it had.
        ends.putAll(rememberedEnds(own));
        Selection selection = selection(consumer, kafka, task, done(task, model, prompts));
        CaptionStage stage =
            CaptionStage.start(
                own,
                () -> {
                  Captioner opened = first.getAndSet(null);
                  return opened == null ? captioners.open() : opened;
                },
                prompts,
                softwareVersion,
                new RecaptionSource(task.from(), selection, ends));
        return new Recaption(own, model, begins, ends, stage);
      }
    } finally {
      Optional.ofNullable(first.get()).ifPresent(Captioner::close);
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

  private static Selection selection(
      Consumer<String, byte[]> consumer,
      KafkaConnection kafka,
      Task task,
      Predicate<CorpusRecord> done) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(consumer, Topics.CORPUS));
    try (WireFormat wireFormat = kafka.wireFormat()) {
      return Selection.scan(consumer, wireFormat, ends, task.filter(), done);
    }
  }

  private static Predicate<CorpusRecord> done(Task task, ModelInfo model, PromptSet prompts) {
    return record ->
        !task.force()
            && record.getProvenance().getModelDigest().equals(model.digest())
            && record.getProvenance().getPromptSet().equals(prompts.id());
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
