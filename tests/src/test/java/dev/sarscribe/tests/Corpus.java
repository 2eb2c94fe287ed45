package dev.sarscribe.tests;

import dev.sarscribe.app.broker.DataFolder;
import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Provenance;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/** Reads topics, from a running broker or from the data folder of one that has ended. */
final class Corpus {
  private Corpus() {}

  static KafkaConnection connection(String bootstrap) {
    return new KafkaConnection(bootstrap, Optional.empty(), Map.of());
  }

  static <V extends SpecificRecord> List<V> read(String bootstrap, Topic<V> topic) {
    List<V> values = new ArrayList<>();
    try (var reader =
        new TopicReader<>(connection(bootstrap), topic, TopicReader.Start.BEGINNING)) {
      reader.drain(values::add);
    }
    return values;
  }

  static List<CorpusRecord> ofStopped(Path data) throws Exception {
    return stopped(data, Topics.CORPUS);
  }

  static <V extends SpecificRecord> List<V> stopped(Path data, Topic<V> topic) throws Exception {
    try (DataFolder folder = DataFolder.open(data);
        EmbeddedBroker broker = EmbeddedBroker.start(folder.kafka(), 0)) {
      return read(broker.bootstrapServers(), topic);
    }
  }

  /** By key; the time of generation, which no two runs share, is taken out. */
  static Map<String, CorpusRecord> byKey(List<CorpusRecord> records) {
    Map<String, CorpusRecord> byKey = new TreeMap<>();
    for (CorpusRecord record : records) {
      Provenance timeless =
          Provenance.newBuilder(record.getProvenance()).setTime(Instant.EPOCH).build();
      byKey.put(
          record.getTileId(), CorpusRecord.newBuilder(record).setProvenance(timeless).build());
    }
    return byKey;
  }
}
