package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The contract on graphs of fixed shapes, and that they write what the step-wise graphs write. They
 * run on the CPU: padding, prompts and outcomes are the same on every device.
 */
abstract class FixedCaptionerContractTest extends CaptionerContractTest {
  private Captioner stepwise;

  /** The folder under test. */
  abstract ModelFolder folder() throws CaptionerException;

  @Override
  protected Captioner open() throws CaptionerException {
    ModelFolder folder = folder();
    return FamilyCaptioner.open(
        folder.path(),
        new ModelInfo("fixed", "1", folder.digest(), "onnxruntime", "cpu", "fp32"),
        opened -> FixedSarVlm.open(folder, OnnxLoader.cpu(1), opened));
  }

  @BeforeAll
  void openStepwise() throws CaptionerException {
    if (captioner() != null) {
      stepwise = OnnxRuntimeCaptioner.open(folder(), EngineOptions.defaults());
    }
  }

  @AfterAll
  void closeStepwise() {
    if (stepwise != null) {
      stepwise.close();
    }
  }

  @Test
  void theTextsAreThoseOfTheStepwiseGraphs() throws Exception {
    // One tile more than a batch: the second is padded.
    int count = folder().fixed().orElseThrow().batch() + 1;
    List<TileImage> tiles = new ArrayList<>(TestTiles.tiles(count - 1));
    tiles.add(TestTiles.tile(99, 300, 200));

    assertSameOutcomes(tiles, PromptSets.standard());
  }

  @Test
  void asManyTokensAreCountedAsTheStepwiseGraphsGenerateAndMorePadding() throws Exception {
    Usage fixedBefore = captioner().usage();
    Usage stepwiseBefore = stepwise.usage();
    List<TileImage> tiles = TestTiles.tiles(1);

    captioner().caption(tiles, PromptSets.standard());
    stepwise.caption(tiles, PromptSets.standard());

    Usage fixed = captioner().usage().minus(fixedBefore);
    Usage needed = stepwise.usage().minus(stepwiseBefore);
    assertThat(fixed.tokens()).isEqualTo(needed.tokens());
    assertThat(fixed.positions() - fixed.padding())
        .isEqualTo(needed.positions() - needed.padding());
    assertThat(fixed.padding()).isGreaterThan(needed.padding());
  }

  @Test
  void moreQuestionsThanTheGraphHasRowsAreAskedInTurns() throws Exception {
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < 2 * folder().fixed().orElseThrow().answers().prompts() + 1; i++) {
      questions.add(new Question("q" + i, Application.OTHERS, "Are there " + i + " ships?"));
    }

    assertSameOutcomes(TestTiles.tiles(2), new PromptSet("many", "1", false, questions));
  }

  @Test
  void aBoxIsRewrittenForEachTileByItsOwnScale() throws Exception {
    List<TileImage> tiles = List.of(TestTiles.tile(5, 256, 256), TestTiles.tile(5, 1024, 700));

    assertSameOutcomes(tiles, TestTiles.ask("What is in [40, 80, 100, 60]?"));
  }

  @Test
  void aQuestionLongerThanTheGraphIsRefusedByNameAndTheCaptionerGoesOn() throws Exception {
    String question = "Ist dort ein Schiff? ".repeat(8);

    assertThatThrownBy(() -> captioner().caption(TestTiles.tiles(1), TestTiles.ask(question)))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("Ist dort ein Schiff?")
        .hasMessageContaining("answers_fixed.onnx has room for");
    assertThat(captioner().caption(TestTiles.tiles(1), TestTiles.ask("What is this?"))).hasSize(1);
  }

  @Test
  void aPromptSetIsCheckedForRoomBeforeAnyTile() throws Exception {
    String question = "Ist dort ein Schiff? ".repeat(8);

    captioner().requireRoomFor(PromptSets.standard());
    assertThatThrownBy(() -> captioner().requireRoomFor(TestTiles.ask("What is this?", question)))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("\"" + question + "\" is ")
        .hasMessageContaining(
            "answers_fixed.onnx has room for "
                + folder().fixed().orElseThrow().answers().promptTokens())
        .hasMessageContaining("shorten it, or use the engine onnxruntime");
  }

  @Test
  void theLongestQuestionWithABoxThatTheCheckPassesIsAskedOfEveryTile() throws Exception {
    List<TileImage> tiles = List.of(TestTiles.tile(5, 512, 512), TestTiles.tile(5, 3000, 2000));
    String question = "What is in [0, 0, 1, 1]";
    while (hasRoom(question + " z")) {
      question += " z";
    }

    assertThat(question).contains(" z");
    for (int edge : List.of(0, 99, 511, 3000)) {
      String asked = question.replace("[0, 0, 1, 1]", "[%1$d, %1$d, %1$d, 7]".formatted(edge));
      assertThat(captioner().caption(tiles, TestTiles.ask(asked))).hasSize(2);
    }
  }

  private boolean hasRoom(String question) {
    try {
      captioner().requireRoomFor(TestTiles.ask(question));
      return true;
    } catch (CaptionerException e) {
      return false;
    }
  }

  private void assertSameOutcomes(List<TileImage> tiles, PromptSet prompts) throws Exception {
    List<Outcome> actual = captioner().caption(tiles, prompts);
    List<Outcome> expected = stepwise.caption(tiles, prompts);

    for (int i = 0; i < tiles.size(); i++) {
      requireSame(described(actual.get(i)), described(expected.get(i)));
    }
  }
}
