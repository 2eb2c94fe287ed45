package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exported captioners with random weights, against what PyTorch generated with the same weights:
 * {@code src/test/python/export_tiny_captioners.py} wrote both.
 */
class ImageToTextTest {
  private static final PromptSet CAPTIONS = new PromptSet("captions", "1", true, List.of());

  @TempDir private Path folder;

  private void copy(String name) throws IOException {
    TinyExports.copy(name, folder);
  }

  private Captioner open() throws CaptionerException {
    return OnnxRuntimeCaptioner.open(LocalModel.open(folder), EngineOptions.defaults());
  }

  private JsonNode expected() throws IOException {
    return TinyExports.expected(folder);
  }

  private void requireExpected() throws Exception {
    JsonNode expected = expected();
    List<TileImage> tiles = new ArrayList<>();
    expected.forEach(entry -> tiles.add(TinyExports.tile(entry)));
    try (Captioner captioner = open()) {
      List<Outcome> outcomes = captioner.caption(tiles, CAPTIONS);

      for (int i = 0; i < tiles.size(); i++) {
        Text text = ((Outcome.Described) outcomes.get(i)).concise().orElseThrow();
        assertThat(text.text()).isEqualTo(expected.path(i).path("text").asText());
        assertThat(text.confidence())
            .isCloseTo(expected.path(i).path("confidence").asDouble(), within(1e-4));
        assertThat(captioner.caption(tiles.subList(i, i + 1), CAPTIONS).get(0))
            .extracting(outcome -> ((Outcome.Described) outcome).concise().orElseThrow().text())
            .isEqualTo(text.text());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"captioner-merged", "captioner-pair"})
  void theTextsAreThoseOfPyTorch(String name) throws Exception {
    copy(name);

    requireExpected();
  }

  @Test
  void aDecoderWithoutALaterOneIsGivenAllTokensAtEveryStep() throws Exception {
    copy("captioner-pair");
    Files.delete(folder.resolve("decoder_with_past_model.onnx"));

    requireExpected();
  }

  @Test
  void graphsMayLieInAFolderOfTheirOwn() throws Exception {
    copy("captioner-merged");
    Path graphs = Files.createDirectory(folder.resolve("onnx"));
    for (String name : List.of("encoder_model.onnx", "decoder_model_merged.onnx")) {
      Files.move(folder.resolve(name), graphs.resolve(name));
    }

    requireExpected();
  }

  @Test
  void oneCaptionStandsForBothAndQuestionsGetNoAnswers() throws Exception {
    copy("captioner-merged");
    try (Captioner captioner = open()) {
      Outcome.Described described =
          (Outcome.Described) captioner.caption(TestTiles.tiles(1), PromptSets.standard()).get(0);

      assertThat(described.concise()).isPresent().isEqualTo(described.detailed());
      assertThat(described.answers()).isEmpty();
      assertThat(described.objects()).isEmpty();
      assertThat(captioner.model().digest()).matches("sha256:[0-9a-f]{64}");
      assertThat(captioner.model().version()).isEqualTo("unknown");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"captioner-merged", "captioner-pair"})
  void usageGrowsByTheTokensOfACallAndByTheTextsThatWaitForLongerOnes(String name)
      throws Exception {
    copy(name);
    List<TileImage> tiles = new ArrayList<>();
    expected().forEach(entry -> tiles.add(TinyExports.tile(entry)));
    try (Captioner captioner = open()) {
      Usage before = captioner.usage();
      for (TileImage tile : tiles) {
        captioner.caption(List.of(tile), CAPTIONS);
      }
      Usage oneByOne = captioner.usage().minus(before);
      captioner.caption(tiles, CAPTIONS);
      Usage together = captioner.usage().minus(before).minus(oneByOne);

      // A prompt is the start alone: each text takes a position for each of its tokens.
      assertThat(oneByOne.tokens()).isGreaterThanOrEqualTo(tiles.size());
      assertThat(oneByOne.positions()).isEqualTo(oneByOne.tokens());
      assertThat(oneByOne.padding()).isZero();
      assertThat(together.tokens()).isEqualTo(oneByOne.tokens());
      assertThat(together.padding()).isPositive();
      assertThat(together.positions() - together.padding()).isEqualTo(together.tokens());
    }
  }

  @Test
  void questionsAloneFailTheTileAndSayWhy() throws Exception {
    copy("captioner-merged");
    try (Captioner captioner = open()) {
      Outcome outcome = captioner.caption(TestTiles.tiles(1), TestTiles.ask("Ships?")).get(0);

      assertThat(((Outcome.Failed) outcome).reason())
          .isEqualTo("model %s writes captions and answers no questions", folder.getFileName());
    }
  }

  @Test
  void theDigestFollowsEveryFile() throws Exception {
    copy("captioner-pair");
    String before = LocalModel.open(folder).digest();

    edit("generation_config.json", "14", "13");

    assertThat(LocalModel.open(folder).digest()).isNotEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          config.json              | vision-encoder-decoder | blip            | model_type blip
          config.json              | {                      | [               | config.json is not valid JSON
          preprocessor_config.json | "height": 24           | "height": 99999 | size is not a height
          preprocessor_config.json | "resample": 3          | "resample": 0   | resample is 0
          preprocessor_config.json | "do_resize": true      | "do_resize": false | does not resize
          """)
  void settingsThatCannotBeFollowedAreNamed(
      String file, String old, String replacement, String expected) throws Exception {
    copy("captioner-merged");
    edit(file, old, replacement);

    assertThatThrownBy(() -> LocalModel.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("model folder " + folder + ": ")
        .hasMessageContaining(expected);
  }

  @Test
  void everyMissingFileIsNamedAtOnce() throws Exception {
    copy("captioner-merged");
    for (String name : List.of("encoder_model.onnx", "tokenizer.json", "config.json")) {
      Files.delete(folder.resolve(name));
    }

    assertThatThrownBy(() -> LocalModel.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContainingAll(
            "encoder_model.onnx is missing", "tokenizer.json is missing", "config.json is missing");
  }

  @Test
  void aFolderOfSomethingElseIsRefused() {
    assertThatThrownBy(() -> LocalModel.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessage(
            "model folder %s: it holds neither a manifest.json nor the graphs of a Hugging Face"
                + " Optimum export",
            folder);
  }

  @Test
  void aDecoderWithForeignInputsIsRefused() throws Exception {
    copy("captioner-merged");
    Files.copy(
        folder.resolve("encoder_model.onnx"),
        folder.resolve("decoder_model_merged.onnx"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(this::open)
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("decoder_model_merged.onnx has no input input_ids");
  }

  private void edit(String name, String old, String replacement) throws IOException {
    TinyExports.edit(folder.resolve(name), old, replacement);
  }
}
