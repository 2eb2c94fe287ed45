package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.stream.caption.Recaption.From;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static final TopicPartition PARTITION = new TopicPartition(Topics.CORPUS.name(), 0);
  private static final Optional<String> NONE = Optional.empty();
  private static final RecaptionFilter OLDER =
      new RecaptionFilter(NONE, Optional.of("2"), NONE, false);

  private final List<ConsumerRecord<String, byte[]>> log = new ArrayList<>();
  private int kept;
  private double share;

  @Test
  void ofTheCorpusTheNewestRecordOfEachWantedKeyIsDone() {
    corpus("a", "1");
    corpus("b", "1");
    corpus("a", "1");
    corpus("b", "2");

    Selection selection = scan(From.CORPUS, RecaptionFilter.ALL);

    assertThat(log).extracting(selection::wants).containsExactly(false, false, true, false);
    assertThat(kept).isEqualTo(1);
    assertThat(share).isEqualTo(1);
  }

  @Test
  void ofKeptTilesThoseWithoutRecordAreDoneUnlessARecordIsAskedFor() {
    corpus("old", "1");
    corpus("done", "2");

    Selection all = scan(From.TILES, RecaptionFilter.ALL);
    assertThat(all.wants(tile("old"))).isTrue();
    assertThat(all.wants(tile("done"))).isFalse();
    assertThat(all.wants(tile("new"))).isTrue();

    Selection older = scan(From.TILES, OLDER);
    assertThat(older.wants(tile("old"))).isTrue();
    assertThat(older.wants(tile("done"))).isFalse();
    assertThat(older.wants(tile("new"))).isFalse();

    var other = new RecaptionFilter(Optional.of("another"), NONE, NONE, false);
    Selection another = scan(From.TILES, other);
    assertThat(another.wants(tile("old"))).isFalse();
    assertThat(another.wants(tile("new"))).isFalse();
  }

  @Test
  void memoryIsTakenByTheExceptionsOnly() {
    for (int i = 0; i < 300; i++) {
      corpus("old-" + i, "1");
      corpus("done-" + i % 10, "2");
    }

    scan(From.TILES, RecaptionFilter.ALL);
    assertThat(kept).as("those that are done").isEqualTo(10);
    scan(From.TILES, OLDER);
    assertThat(kept).as("those to be done").isEqualTo(300);
    scan(From.CORPUS, new RecaptionFilter(Optional.of("another"), NONE, NONE, false));
    assertThat(kept).isZero();
  }

  @Test
  void aTombstoneAndARecordThatNobodyCanReadAreNotDoneFromTheCorpus() {
    corpus("a", "1");
    corpus("b", "1");
    add("a", null);
    add("b", new byte[] {1, 2, 3});

    Selection corpus = scan(From.CORPUS, RecaptionFilter.ALL);
    assertThat(log).extracting(corpus::wants).containsOnly(false);

    Selection tiles = scan(From.TILES, RecaptionFilter.ALL);
    assertThat(tiles.wants(tile("a"))).as("as one without record").isTrue();
    assertThat(tiles.wants(tile("b"))).isFalse();
  }

  @Test
  void whatIsWrittenAfterTheEndIsNotSeen() {
    corpus("a", "1");
    int end = log.size();
    corpus("a", "2");

    Selection selection = scan(From.CORPUS, RecaptionFilter.ALL, end);

    assertThat(selection.wants(log.get(0))).isTrue();
  }

  private Selection scan(From from, RecaptionFilter filter) {
    return scan(from, filter, log.size());
  }

  /** A scan of the log up to an offset, for a model of version 2. */
  private Selection scan(From from, RecaptionFilter filter, long end) {
    try (var consumer = new MockConsumer<String, byte[]>(AutoOffsetResetStrategy.EARLIEST.name())) {
      consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
      consumer.schedulePollTask(() -> log.forEach(consumer::addRecord));
      return Selection.scan(
          consumer,
          Tiles.WIRE,
          Map.of(PARTITION, end),
          new Recaption.Task(from, filter, false),
          record -> record.getProvenance().getModelVersion().equals("2"),
          (records, keys, read) -> {
            kept = keys;
            share = read;
          });
    }
  }

  private void corpus(String name, String modelVersion) {
    var records =
        new CorpusRecords(
            new ModelInfo("m", modelVersion, "sha256:00", "fake", "cpu", "fp32"),
            FakeCaptioner.PROMPTS,
            "1.0",
            new MinConfidence(0.5, 0.5));
    var ready = (Fetched.Ready) Fetched.ofTile(Tiles.record(0, name), Tiles.WIRE);
    var text = Optional.of(new Text("A caption.", 0.9));
    CorpusRecord record =
        records.of(ready, new Outcome.Described(text, text, List.of(), List.of()));
    add(name, Tiles.WIRE.encode(Topics.CORPUS, record));
  }

  private void add(String name, byte[] value) {
    log.add(
        new ConsumerRecord<>(
            PARTITION.topic(), PARTITION.partition(), log.size(), tile(name).getTileId(), value));
  }

  private static Tile tile(String name) {
    return Tiles.tile(0, name);
  }
}
