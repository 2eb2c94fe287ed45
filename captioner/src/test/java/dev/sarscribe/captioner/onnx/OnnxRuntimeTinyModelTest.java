package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a model with random weights, and what is particular to this engine. */
class OnnxRuntimeTinyModelTest extends CaptionerContractTest {
  @Override
  protected Captioner open() throws CaptionerException {
    return OnnxRuntimeCaptioner.open(TestModels.tiny(), EngineOptions.defaults());
  }

  @Test
  void usageGrowsByTheTokensOfACallAndByThePaddingOfUnevenPrompts() throws Exception {
    Usage before = captioner().usage();
    captioner().caption(TestTiles.tiles(1), TestTiles.ask("What is this?"));
    Usage one = captioner().usage().minus(before);
    captioner().caption(TestTiles.tiles(1), TestTiles.ask("What is this?", "What is this here?"));
    Usage two = captioner().usage().minus(before).minus(one);

    assertThat(one.tokens()).isPositive();
    assertThat(one.padding()).isZero();
    assertThat(one.positions()).isGreaterThan(one.tokens());
    assertThat(two.padding()).isPositive().isLessThan(two.positions());
    assertThat(two.paddingShare()).isBetween(0.0, 1.0);
  }

  @Test
  void aBoxIsPutToTheModelInStepsOfTheSquare() throws Exception {
    // A tile of 256 x 256 is enlarged twice; a step of the square is 2.56 of its pixels.
    TileImage tile = TestTiles.tile(5, 256, 256);

    List<Answer> answers =
        ((Outcome.Described)
                captioner()
                    .caption(
                        List.of(tile),
                        TestTiles.ask(
                            "What is in [10, 10, 20, 20]?", "What is in [8,9.5, 18,  19]?"))
                    .get(0))
            .answers();

    assertThat(answers.get(0).answer()).isEqualTo(answers.get(1).answer());
  }

  @Test
  void morePromptsThanFitAtOnceAreDecodedInTurns() throws Exception {
    List<TileImage> tiles = TestTiles.tiles(2);
    List<Outcome> expected = captioner().caption(tiles, PromptSets.standard());

    try (Captioner narrow =
        OnnxRuntimeCaptioner.open(
            TestModels.tiny(), EngineOptions.defaults().withMaxSequences(3))) {
      List<Outcome> actual = narrow.caption(tiles, PromptSets.standard());

      for (int i = 0; i < tiles.size(); i++) {
        assertThat(described(actual.get(i)).answers())
            .extracting(answer -> answer.answer().text())
            .isEqualTo(
                described(expected.get(i)).answers().stream()
                    .map(answer -> answer.answer().text())
                    .toList());
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryStaysFlatOverManyBatches() throws Exception {
    List<TileImage> tiles = TestTiles.tiles(4);
    for (int i = 0; i < 20; i++) {
      captioner().caption(tiles, PromptSets.standard());
    }
    long before = residentBytes();

    for (int i = 0; i < 60; i++) {
      captioner().caption(tiles, PromptSets.standard());
    }

    // One leaked cache of a batch is about 1 MB: sixty of them would show.
    assertThat(residentBytes() - before).isLessThan(40L << 20);
  }

  @Test
  void aQuestionMayBeAsLongAsTheModelHasRoom() throws Exception {
    String question = "¿Qué hay en la imagen? 船は何隻ありますか 🚢";

    List<Outcome> outcomes = captioner().caption(TestTiles.tiles(1), TestTiles.ask(question));

    assertThat(described(outcomes.get(0)).answers()).hasSize(1);
  }

  @Test
  void aQuestionWithoutRoomIsRefusedAndTheCaptionerGoesOn() throws Exception {
    String question = "What is this? ".repeat(28);

    assertThatThrownBy(() -> captioner().caption(TestTiles.tiles(1), TestTiles.ask(question)))
        .isInstanceOf(CaptionerException.class);
    assertThatThrownBy(() -> captioner().requireRoomFor(TestTiles.ask("What is this?", question)))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("prompt \"" + question + "\" is ")
        .hasMessageEndingWith("tokens long; the model has room for 180: shorten it");
    captioner().requireRoomFor(PromptSets.standard());
    assertThat(captioner().caption(TestTiles.tiles(1), TestTiles.ask("What is this?"))).hasSize(1);
  }

  @Test
  void aQuestionThatIsTooLongForSomeTilesBoxHasNoRoom() throws Exception {
    TileImage tile = TestTiles.tile(5, 512, 512);
    String question = "What is in [0, 0, 1, 1]?" + " What?".repeat(20);
    while (!isRefused(question, tile)) {
      question += " z";
    }
    // Asked with this box it has room, and with one of longer numbers none.
    String shorter = question.substring(0, question.length() - " z".length());

    captioner().caption(List.of(tile), TestTiles.ask(shorter));
    assertThat(isRefused(shorter.replace("[0, 0, 1, 1]", "[399, 399, 399, 399]"), tile)).isTrue();
    assertThatThrownBy(() -> captioner().requireRoomFor(TestTiles.ask(shorter)))
        .isInstanceOf(CaptionerException.class);
  }

  private boolean isRefused(String question, TileImage tile) {
    try {
      captioner().caption(List.of(tile), TestTiles.ask(question));
      return false;
    } catch (CaptionerException e) {
      return true;
    }
  }

  @Test
  void aDecoderThatIsNoGraphIsRefusedByName(@TempDir Path folder) throws Exception {
    Path broken = Files.writeString(folder.resolve("decoder.onnx"), "no graph");

    assertThatThrownBy(() -> Graph.open(broken, OnnxLoader.cpu(1), SarVlmSteps.INPUTS, Set.of()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("decoder.onnx");
  }

  @Test
  void aGraphWithOtherInputsIsRefused() {
    assertThatThrownBy(
            () ->
                Graph.open(
                    TestModels.tiny().encoder(), OnnxLoader.cpu(1), SarVlmSteps.INPUTS, Set.of()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("has the inputs [image]");
  }

  @Test
  void anOutputThatTheGraphLacksIsNamed() throws Exception {
    try (Graph graph =
            Graph.open(
                TestModels.tiny().encoder(),
                OnnxLoader.cpu(1),
                Set.of("image"),
                Set.of("captions"));
        NDManager manager = graph.manager().newSubManager()) {
      NDArray image = manager.create(new float[512 * 512], new Shape(1, 1, 512, 512));
      image.setName("image");

      assertThatThrownBy(() -> graph.run(new NDList(image)))
          .hasMessageContaining("has no output captions");
    }
  }

  /** Without the garbage on the Java heap, which grows until the collector has a reason to run. */
  private static long residentBytes() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
