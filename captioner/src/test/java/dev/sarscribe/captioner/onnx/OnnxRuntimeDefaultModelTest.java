package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on the model that is shipped. */
@EnabledIf("modelExists")
class OnnxRuntimeDefaultModelTest extends CaptionerContractTest {
  static boolean modelExists() {
    return TestModels.defaultModelExists();
  }

  @Override
  protected Captioner open() throws CaptionerException {
    return OnnxRuntimeCaptioner.open(
        ModelFolder.open(TestModels.folder("default")), EngineOptions.defaults());
  }

  @Test
  void rowsThatHaveEndedGoWithoutChangingATextThatGoesOn() throws Exception {
    List<TileImage> tiles = TestTiles.tiles(3);
    Usage before = captioner().usage();
    List<Outcome> together = captioner().caption(tiles, PromptSets.standard());
    Usage usage = captioner().usage().minus(before);

    EngineOptions oneByOne = EngineOptions.defaults().withMaxSequences(1);
    try (Captioner plain =
        OnnxRuntimeCaptioner.open(ModelFolder.open(TestModels.folder("default")), oneByOne)) {
      assertThat(texts(together)).isEqualTo(texts(plain.caption(tiles, PromptSets.standard())));
    }
    // With all fifteen questions in rows of seventeen tokens to the end it was two thirds.
    assertThat(usage.paddingShare()).isLessThan(0.4);
  }

  private static List<String> texts(List<Outcome> outcomes) {
    return outcomes.stream()
        .map(outcome -> (Outcome.Described) outcome)
        .flatMap(
            described ->
                Stream.concat(
                    Stream.of(
                        described.concise().orElseThrow(), described.detailed().orElseThrow()),
                    described.answers().stream().map(Answer::answer)))
        .map(Text::text)
        .toList();
  }
}
