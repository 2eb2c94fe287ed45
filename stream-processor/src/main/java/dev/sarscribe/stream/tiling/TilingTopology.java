package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Stage;
import java.util.List;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
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
public final class TilingTopology {
  private static final String PLAN = "plan";
  private static final String CUT = "cut";
  private static final String COUNT = "count";

  private TilingTopology() {}

  /**
   * The topology, a function of its inputs; it reads products from files.
   *
   * @throws IllegalArgumentException if there is no recipe of the settings' name
   */
  public static Topology build(TilingSettings settings, WireFormat wireFormat) {
    return build(settings, wireFormat, new FileImagery());
  }

  static Topology build(TilingSettings settings, WireFormat wireFormat, Imagery imagery) {
    imagery.recipe(settings.recipe());
    Topology topology = new Topology();
    part(
        topology,
        PLAN,
        Topics.ACQUISITIONS,
        guarded(
            PLAN,
            Stage.PLAN,
            Topics.ACQUISITIONS,
            wireFormat,
            () -> new Planner(settings, imagery)),
        List.of(Topics.TILE_JOBS, Topics.PROGRESS_EVENTS, Topics.DEAD_LETTERS));
    part(
        topology,
        CUT,
        Topics.TILE_JOBS,
        guarded(
            CUT, Stage.TILE, Topics.TILE_JOBS, wireFormat, () -> new BandReader(settings, imagery)),
        List.of(Topics.TILES, Topics.PROGRESS_EVENTS, Topics.DEAD_LETTERS));
    part(
        topology,
        COUNT,
        Topics.PROGRESS_EVENTS,
        guarded(COUNT, Stage.PROGRESS, Topics.PROGRESS_EVENTS, wireFormat, ProgressKeeper::new),
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

  private static <V extends SpecificRecord> Supplier<GuardedProcessor<V>> guarded(
      String name, Stage stage, Topic<V> topic, WireFormat wireFormat, Supplier<Work<V>> work) {
    return () -> new GuardedProcessor<>(name, stage, topic, wireFormat, work.get());
  }

  private static <V extends SpecificRecord> void part(
      Topology topology,
      String name,
      Topic<V> source,
      Supplier<GuardedProcessor<V>> processor,
      List<Topic<?>> sinks) {
    String sourceNode = name + "-from-" + source.name();
    topology.addSource(
        AutoOffsetReset.earliest(),
        sourceNode,
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        source.name());
    topology.addProcessor(name, processor::get, sourceNode);
    for (Topic<?> sink : sinks) {
      topology.addSink(
          Sinks.node(name, sink),
          sink.name(),
          new ByteArraySerializer(),
          new ByteArraySerializer(),
          name);
    }
  }
}
