package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models of the families Florence-2 and SmolVLM with random weights, against what the classes of
 * the transformers library generated with the same weights: {@code
 * src/test/python/export_tiny_prompted_captioners.py} wrote both.
 */
class PromptedExportTest {
  /** Those of the script; their prompts differ in length. */
  private static final List<Question> QUESTIONS =
      List.of(
          new Question("ships", Application.OTHERS, "Ships?"),
          new Question("aircraft", Application.OTHERS, "How many aircraft are visible?"),
          new Question("water", Application.OTHERS, "Is there water?"));

  private static final PromptSet PROMPTS = new PromptSet("all", "1", true, QUESTIONS);

  @TempDir private Path folder;

  private void copy(String name) throws IOException {
    if (name.equals("florence-pair")) {
      // It holds what differs.
      TinyExports.copy("florence-merged", folder);
      Files.delete(folder.resolve("decoder_model_merged.onnx"));
    }
    TinyExports.copy(name, folder);
  }

  private Captioner open(EngineOptions options) throws CaptionerException {
    return OnnxRuntimeCaptioner.open(LocalModel.open(folder), options);
  }

  private List<TileImage> tiles() throws IOException {
    List<TileImage> tiles = new ArrayList<>();
    TinyExports.expected(folder).forEach(entry -> tiles.add(TinyExports.tile(entry)));
    return tiles;
  }

  private void requireExpected(EngineOptions options) throws Exception {
    JsonNode expected = TinyExports.expected(folder);
    List<TileImage> tiles = tiles();
    try (Captioner captioner = open(options)) {
      List<Outcome> together = captioner.caption(tiles, PROMPTS);

      for (int i = 0; i < tiles.size(); i++) {
        requireExpected(together.get(i), expected.path(i));
        requireExpected(
            captioner.caption(tiles.subList(i, i + 1), PROMPTS).get(0), expected.path(i));
      }
    }
  }

  private static void requireExpected(Outcome outcome, JsonNode expected) {
    Outcome.Described described = (Outcome.Described) outcome;
    requireExpected(described.concise().orElseThrow(), expected.path("captions").path(0));
    requireExpected(described.detailed().orElseThrow(), expected.path("captions").path(1));
    assertThat(described.answers()).extracting(Answer::question).isEqualTo(QUESTIONS);
    for (int i = 0; i < QUESTIONS.size(); i++) {
      requireExpected(described.answers().get(i).answer(), expected.path("answers").path(i));
    }
    assertThat(described.objects()).isEmpty();
  }

  private static void requireExpected(Text text, JsonNode expected) {
    assertThat(text.text()).isEqualTo(expected.path("text").asText());
    // The answers of random weights are as unlikely as 1e-15.
    assertThat(text.confidence())
        .isCloseTo(expected.path("confidence").asDouble(), withinPercentage(0.1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"florence-merged", "florence-pair", "smolvlm"})
  void theTextsAreThoseOfPyTorch(String name) throws Exception {
    copy(name);

    requireExpected(EngineOptions.defaults());
  }

  @ParameterizedTest
  @CsvSource({"florence-merged,1", "florence-merged,2", "smolvlm,1", "smolvlm,2", "smolvlm,7"})
  void theTextsDoNotDependOnHowManyAreGeneratedAtOnce(String name, int sequences) throws Exception {
    copy(name);

    requireExpected(EngineOptions.defaults().withMaxSequences(sequences));
  }

  @Test
  void aDecoderWithoutALaterOneIsGivenAllTokensAtEveryStep() throws Exception {
    copy("florence-pair");
    Files.delete(folder.resolve("decoder_with_past_model.onnx"));

    requireExpected(EngineOptions.defaults());
  }

  @Test
  void whereAttentionKnowsNoPaddingEachTextIsGeneratedAlone() throws Exception {
    copy("smolvlm");
    TinyExports.copy("smolvlm-grouped", folder);

    requireExpected(EngineOptions.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat_template.jinja", "tokenizer_config.json", ""})
  void theChatTemplateMayLieElsewhereOrBeMissing(String name) throws Exception {
    copy("smolvlm");
    Path template = folder.resolve("chat_template.json");
    if (name.endsWith(".jinja")) {
      Files.writeString(
          folder.resolve(name), "<|im_start|>{% for %}<end_of_utterance>{% endfor %}Assistant:");
    } else if (!name.isEmpty()) {
      Files.copy(template, folder.resolve(name));
    }
    Files.delete(template);

    requireExpected(EngineOptions.defaults());
  }

  @Test
  void theImagesSettingsMayBeThoseOfTheWholeProcessor() throws Exception {
    copy("smolvlm");
    Path image = folder.resolve("preprocessor_config.json");
    TinyExports.edit(
        folder.resolve("processor_config.json"),
        "{",
        "{ \"image_processor\": " + Files.readString(image) + ",");
    Files.delete(image);

    requireExpected(EngineOptions.defaults());
  }

  @ParameterizedTest
  @CsvSource({"florence-merged,0", "smolvlm,13"})
  void usageCountsTheTokensAndThePositions(String name, long sharedByPrompts) throws Exception {
    copy(name);
    try (Captioner captioner = open(EngineOptions.defaults())) {
      Usage before = captioner.usage();
      captioner.caption(tiles().subList(0, 1), PROMPTS);
      Usage usage = captioner.usage().minus(before);

      JsonNode expected = TinyExports.expected(folder).path(0);
      long tokens = 0;
      for (String kind : List.of("captions", "answers")) {
        for (JsonNode text : expected.path(kind)) {
          tokens += text.path("tokens").size();
        }
      }
      assertThat(usage.tokens()).isEqualTo(tokens);
      assertThat(usage.padding()).isPositive();
      assertThat(usage.positions() - usage.padding()).isGreaterThan(tokens + sharedByPrompts);
    }
  }

  @Test
  void withoutCaptionsThereAreAnswersAlone() throws Exception {
    copy("smolvlm");
    try (Captioner captioner = open(EngineOptions.defaults())) {
      Outcome.Described described =
          (Outcome.Described)
              captioner.caption(TestTiles.tiles(1), TestTiles.ask("Ships?", "Water?")).get(0);

      assertThat(described.concise()).isEmpty();
      assertThat(described.answers()).hasSize(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"florence-merged,111", "smolvlm,167"})
  void aPromptThatTheModelHasNoRoomForIsNamed(String name, int room) throws Exception {
    copy(name);
    String question = "Are there ships? ".repeat(20);
    try (Captioner captioner = open(EngineOptions.defaults())) {
      captioner.requireRoomFor(PROMPTS);
      PromptSet tooLong = TestTiles.ask("Ships?", question.strip());
      List<ThrowingCallable> uses =
          List.of(
              () -> captioner.requireRoomFor(tooLong),
              () -> captioner.caption(TestTiles.tiles(1), tooLong));
      for (ThrowingCallable use : uses) {
        assertThatThrownBy(use)
            .isInstanceOf(CaptionerException.class)
            .hasMessageStartingWith("prompt \"Are there ships? ")
            .hasMessageEndingWith("the model has room for %d: shorten it".formatted(room));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          florence-merged | config.json              | "florence2"         | "llava"             | model_type llava; models with these graphs are run if they are florence2
          smolvlm         | config.json              | "smolvlm"           | "llava"             | model_type llava; models with these graphs are run if they are idefics3 or smolvlm
          florence-merged | preprocessor_config.json | "do_center_crop": false | "do_center_crop": true | does not resize to a fixed size, or crops
          florence-merged | generation_config.json   | "eos_token_id": 2   | "eos_token_id": []  | no eos_token_id
          smolvlm         | preprocessor_config.json | "longest_edge": 32  | "longest_edge": 0   | size is not a height
          smolvlm         | preprocessor_config.json | "resample": 1       | "resample": 5       | resample is 5; 1 (Lanczos)
          smolvlm         | processor_config.json    | 4                   | 0                   | image_seq_len is not 1 to 4096
          smolvlm         | config.json              | "image_token_id": 3 | "image_token_id": "x" | no image_token_id in config.json
          florence-pair   | preprocessor_config.json | Question: {input}   | Question?           | the prompt of the task <VQA> has no place {input}
          smolvlm         | chat_template.json       | `<|im_start|>`      | {{ bos_token }}     | its chat template does not start with a token
          smolvlm         | chat_template.json       | <end_of_utterance>  | <eot>               | its chat template is not that of SmolVLM
          """)
  void settingsThatCannotBeFollowedAreNamed(
      String name, String file, String old, String replacement, String expected) throws Exception {
    copy(name);
    TinyExports.edit(folder.resolve(file), old, replacement);

    assertThatThrownBy(() -> LocalModel.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("model folder " + folder + ": ")
        .hasMessageContaining(expected);
  }

  @Test
  void everyMissingFileIsNamedAtOnce() throws Exception {
    copy("florence-merged");
    List<String> missing =
        List.of("vision_encoder.onnx", "embed_tokens.onnx", "encoder_model.onnx", "tokenizer.json");
    for (String name : missing) {
      Files.delete(folder.resolve(name));
    }

    assertThatThrownBy(() -> LocalModel.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContainingAll(
            missing.stream().map(n -> n + " is missing").toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "florence-merged,vision_encoder.onnx,embed_tokens.onnx,has the inputs [input_ids]",
    "florence-merged,encoder_model.onnx,embed_tokens.onnx,has the inputs [input_ids]",
    "florence-merged,embed_tokens.onnx,vision_encoder.onnx,has the inputs [pixel_values]",
    "florence-merged,decoder_model_merged.onnx,vision_encoder.onnx,"
        + "has no input inputs_embeds; has the unknown input pixel_values",
    "smolvlm,vision_encoder.onnx,embed_tokens.onnx,has the inputs [input_ids]",
    "smolvlm,decoder_model_merged.onnx,embed_tokens.onnx,has no input inputs_embeds",
  })
  void aGraphWithForeignInputsIsNamed(String name, String graph, String other, String expected)
      throws Exception {
    copy(name);
    Files.copy(folder.resolve(other), folder.resolve(graph), StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> open(EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining(folder.resolve(graph).toString())
        .hasMessageContaining(expected);
  }

  @Test
  void anotherNumberOfImageTokensIsFoundAtTheStart() throws Exception {
    copy("smolvlm");
    TinyExports.edit(folder.resolve("processor_config.json"), "4", "5");

    assertThatThrownBy(() -> open(EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining(
            "image_features gives 96 values for 1 images, not 24 for each of 5 tokens");
  }

  @Test
  void anotherSizeOfTheImageIsFoundAtTheStart() throws Exception {
    copy("smolvlm");
    TinyExports.edit(
        folder.resolve("preprocessor_config.json"), "\"longest_edge\": 32", "\"longest_edge\": 64");

    assertThatThrownBy(() -> open(EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("engine onnxruntime failed for 1 tiles from probe on");
  }

  @Test
  void everyTokenThatIsMissingIsNamed() throws Exception {
    copy("smolvlm");
    TinyExports.edit(folder.resolve("tokenizer.json"), "<global-img>", "<some-img>");
    TinyExports.edit(folder.resolve("tokenizer.json"), "<image>", "<picture>");

    assertThatThrownBy(() -> open(EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .hasMessage(
            "%s has no token <global-img>, <image> of the number 3",
            folder.resolve("tokenizer.json"));
  }
}
