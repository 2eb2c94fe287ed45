package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.stream.tiling.GuardedProcessor.Part;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * The tiling topology, three independent parts that meet only in topics:
 *
 * <pre>
 * sar.acquisitions.v1    → plan  → sar.tile-jobs.v1, sar.progress-events.v1, sar.dead-letters.v1
 * sar.tile-jobs.v1       → cut   → sar.tiles.v1,     sar.progress-events.v1, sar.dead-letters.v1
 * sar.progress-events.v1 → count → sar.progress.v1,                          sar.dead-letters.v1
 * </pre>
 */
final class TilingTopology {
  private static final String PLAN = "plan";
  private static final String CUT = "cut";
  private static final String COUNT = "count";

  /** Stores of the records that wait for another machine, by offset. */
  private static final String PLAN_WAITING = "waiting-acquisitions";

  private static final String CUT_WAITING = "waiting-tile-jobs";

  private TilingTopology() {}

  /**
   * The topology, a function of its inputs.
   *
   * @throws IllegalArgumentException if there is no recipe of the settings' name
   */
  static Topology build(
      TilingSettings settings,
      WireFormat wireFormat,
      Imagery imagery,
      GuardedProcessor.Errands errands,
      TilingStats stats) {
    imagery.recipe(settings.recipe());
    Topology topology = new Topology();
    var plan = new Part<>(PLAN, Stage.PLAN, Topics.ACQUISITIONS, Optional.of(PLAN_WAITING));
    add(
        topology,
        plan,
        () ->
            new GuardedProcessor<>(
                plan, wireFormat, new Planner(settings, imagery), errands, stats),
        List.of(Topics.TILE_JOBS, Topics.PROGRESS_EVENTS, Topics.DEAD_LETTERS));
    var cut = new Part<>(CUT, Stage.TILE, Topics.TILE_JOBS, Optional.of(CUT_WAITING));
    add(
        topology,
        cut,
        () ->
            new GuardedProcessor<>(
                cut, wireFormat, new BandReader(settings, imagery), errands, stats),
        List.of(Topics.TILES, Topics.PROGRESS_EVENTS, Topics.DEAD_LETTERS));
    var count = new Part<>(COUNT, Stage.PROGRESS, Topics.PROGRESS_EVENTS, Optional.<String>empty());
    add(
        topology,
        count,
        () -> new GuardedProcessor<>(count, wireFormat, new ProgressKeeper(stats), errands, stats),
        List.of(Topics.PROGRESS, Topics.DEAD_LETTERS));
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(Planner.STORE), Serdes.String(), Serdes.String()),
        PLAN);
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(ProgressKeeper.STORE),
                Serdes.String(),
                LedgerSerde.create())
            .withCachingDisabled(),
        COUNT);
    return topology;
  }

  private static <V extends SpecificRecord> void add(
      Topology topology,
      Part<V> part,
      ProcessorSupplier<byte[], byte[], byte[], byte[]> processor,
      List<Topic<?>> sinks) {
    String source = part.topic().name();
    String sourceNode = part.name() + "-from-" + source;
    topology.addSource(
        AutoOffsetReset.earliest(),
        sourceNode,
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        source);
    topology.addProcessor(part.name(), processor, sourceNode);
    part.waitingStore()
        .ifPresent(
            store ->
                topology.addStateStore(
                    Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(store), Serdes.Long(), Serdes.ByteArray()),
                    part.name()));
    for (Topic<?> sink : sinks) {
      topology.addSink(
          Sinks.node(part.name(), sink),
          sink.name(),
          new ByteArraySerializer(),
          new ByteArraySerializer(),
          part.name());
    }
  }
}
