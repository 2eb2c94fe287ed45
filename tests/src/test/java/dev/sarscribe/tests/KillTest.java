package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.CorpusRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int SCENES = 12;
  private static final int TILES_PER_SCENE = 9;
  private static final int KILLS = 4;

  @TempDir Path folder;

  @Test
  void aRunThatIsKilledAgainAndAgainEndsWithTheCorpusOfAnUndisturbedOne() throws Exception {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    for (int i = 0; i < SCENES; i++) {
      Scenes.amplitude(scenes.resolve("scene-" + i + ".tif"), 1300, 1300, i);
    }

    List<CorpusRecord> undisturbed = runToTheEnd(folder.resolve("undisturbed"), scenes);
    int interrupted = runWithKills(folder.resolve("killed"), scenes);
    List<CorpusRecord> killed = runToTheEnd(folder.resolve("killed"), scenes);

    assertThat(interrupted).as("kills that hit a run at work").isPositive();
    assertThat(undisturbed).hasSize(SCENES * TILES_PER_SCENE);
    assertThat(killed).as("every tile exactly once").hasSize(undisturbed.size());
    assertThat(Corpus.byKey(killed)).isEqualTo(Corpus.byKey(undisturbed));
  }

  private static List<CorpusRecord> runToTheEnd(Path data, Path scenes) throws Exception {
    try (LocalProcess process = LocalProcess.start(data, scenes, "--exit-when-done")) {
      assertThat(process.await(LIMIT)).as(process.output()).isZero();
    }
    return Corpus.ofStopped(data);
  }

  /** Kills after a seeded delay counted from the broker's start; returns how many runs were hit. */
  private static int runWithKills(Path data, Path scenes) throws Exception {
    Random random = new Random(20261124);
    int hit = 0;
    for (int i = 0; i < KILLS; i++) {
      try (LocalProcess process = LocalProcess.start(data, scenes, "--exit-when-done")) {
        process.bootstrap();
        Thread.sleep(2_500 + random.nextInt(4_000));
        hit += process.isAlive() ? 1 : 0;
        process.kill();
      }
    }
    return hit;
  }
}
