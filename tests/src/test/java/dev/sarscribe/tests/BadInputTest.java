package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of bad input, beside good input that must not be affected. */
class BadInputTest {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @TempDir Path folder;

  @Test
  void badFilesBecomeDeadLettersOrCountedRejectionsAndTheRestGoesOn() throws Exception {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    Scenes.amplitude(scenes.resolve("good.tif"), 700, 600, 1);
    Scenes.amplitude(scenes.resolve("small.tif"), 40, 50, 2);
    Scenes.nodata(scenes.resolve("empty.tif"), 600, 600);
    Files.writeString(scenes.resolve("text.tif"), "I am no raster");
    Files.writeString(scenes.resolve("notes.txt"), "not even by name");
    Path whole = Scenes.amplitude(folder.resolve("whole.tif"), 600, 600, 3);
    // The writer puts the directory at the end: what is cut from a delivered file is found by it.
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(scenes.resolve("truncated.tif"), Arrays.copyOf(bytes, bytes.length / 2));

    assertThat(run(scenes)).contains("text.tif").contains("truncated.tif");

    Map<String, List<CorpusRecord>> byScene =
        Corpus.ofStopped(folder.resolve("data")).stream()
            .collect(Collectors.groupingBy(r -> r.getSource().getProductId()));
    assertThat(byScene).containsOnlyKeys("good");
    assertThat(byScene.get("good")).hasSize(4);
    Map<String, AcquisitionProgress> progress = progress(folder.resolve("data"));
    assertThat(progress).hasSize(5);
    assertThat(of(progress, "good").getCaptioned()).isEqualTo(4);
    assertThat(of(progress, "small").getRejected()).isEqualTo(Map.of("TOO_SMALL", 1));
    assertThat(of(progress, "empty").getRejected())
        .satisfies(
            r -> assertThat(r.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(4))
        .containsKey("NO_DATA");
    assertThat(of(progress, "text").getState()).isEqualTo(ProgressState.FAILED);
    assertThat(of(progress, "text").getMessage()).contains("text.tif");
    assertThat(of(progress, "truncated").getState()).isEqualTo(ProgressState.FAILED);
  }

  @Test
  void aSafeWithoutItsMeasurementAndOneWhosePolarizationsDisagreeNameTheFile() throws Exception {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    Path bare = Scenes.safe(scenes, 1);
    try (Stream<Path> files = Files.list(bare.resolve("measurement"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Path uneven = Scenes.safe(scenes, 2);
    Path measurement;
    try (Stream<Path> files = Files.list(uneven.resolve("measurement"))) {
      measurement = files.filter(f -> f.toString().contains("-vh-")).findFirst().orElseThrow();
    }
    Scenes.amplitude(measurement, 300, 300, 4);

    run(scenes);

    Map<String, DeadLetter> letters =
        deadLetters(folder.resolve("data")).stream()
            .collect(Collectors.toMap(DeadLetter::getReason, Function.identity(), (a, b) -> a));
    assertThat(letters).containsOnlyKeys("MISSING_MEASUREMENT", "SIZE_MISMATCH");
    assertThat(letters.get("SIZE_MISMATCH").getMessage())
        .contains(measurement.getFileName().toString());
  }

  @Test
  void aProductThatWasOfferedHalfCopiedIsDoneAgainWhenItIsWhole() throws Exception {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    Path measurement = Scenes.safe(scenes, 3).resolve("measurement");
    Map<Path, byte[]> whole = new HashMap<>();
    try (Stream<Path> files = Files.list(measurement)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        whole.put(file, bytes.clone());
        // As a copy leaves it that reserved the space and stopped: headers, then zeros.
        Arrays.fill(bytes, bytes.length / 10, bytes.length * 9 / 10, (byte) 0);
        Files.write(file, bytes);
      }
    }
    run(scenes);
    assertThat(progress(folder.resolve("data")).values().iterator().next().getCaptioned())
        .isLessThan(8);

    for (var file : whole.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
    run(scenes);

    assertThat(progress(folder.resolve("data")).values())
        .singleElement()
        .satisfies(p -> assertThat(p.getCaptioned()).isEqualTo(8));
  }

  /** Runs to the end and returns what a person saw. */
  private String run(Path scenes) throws Exception {
    try (LocalProcess process =
        LocalProcess.start(folder.resolve("data"), scenes, "--exit-when-done")) {
      assertThat(process.await(LIMIT)).as(process.output()).isZero();
      return process.output();
    }
  }

  @Test
  void garbageOnEveryTopicStopsNoStageAndAForeignProgramReadsTheCorpus() throws Exception {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    try (LocalProcess process = LocalProcess.start(folder.resolve("data"), scenes)) {
      String bootstrap = process.bootstrap();
      byte[] garbage = "garbage".getBytes(StandardCharsets.UTF_8);
      try (var producer =
          new KafkaProducer<String, byte[]>(
              Corpus.connection(bootstrap).producerSettings(Optional.empty()))) {
        for (Topic<?> topic : Topics.ALL) {
          producer.send(new ProducerRecord<>(topic.name(), "bad/key", garbage)).get();
        }
      }
      Scenes.amplitude(scenes.resolve("later.tif"), 512, 512, 9);

      AcquisitionProgress done = Waiting.forDone(bootstrap, "later", LIMIT);
      assertThat(done.getCaptioned()).isEqualTo(1);
      assertThat(process.isAlive()).isTrue();
      assertThat(
              Corpus.read(bootstrap, Topics.DEAD_LETTERS).stream()
                  .filter(d -> "MALFORMED_RECORD".equals(d.getReason()))
                  .map(DeadLetter::getTopic))
          .containsExactlyInAnyOrder(
              Topics.ACQUISITIONS.name(),
              Topics.TILE_JOBS.name(),
              Topics.TILES.name(),
              Topics.PROGRESS_EVENTS.name());
      ForeignReader.assertReads(bootstrap, folder, 1);

      process.terminate();
      process.await(Duration.ofSeconds(60));
      assertThat(process.output()).contains("to go on");
    }
  }

  private static AcquisitionProgress of(Map<String, AcquisitionProgress> progress, String name) {
    return progress.entrySet().stream()
        .filter(e -> e.getKey().startsWith(name) || e.getKey().endsWith("/" + name + ".tif"))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  private static Map<String, AcquisitionProgress> progress(Path data) throws Exception {
    return Corpus.stopped(data, Topics.PROGRESS).stream()
        .collect(
            Collectors.toMap(
                AcquisitionProgress::getAcquisitionId, Function.identity(), (a, b) -> b));
  }

  private static List<DeadLetter> deadLetters(Path data) throws Exception {
    return Corpus.stopped(data, Topics.DEAD_LETTERS);
  }
}
