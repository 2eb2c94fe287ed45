package dev.sarscribe.captioner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  @TempDir private Path folder;

  @BeforeEach
  void copyTinyModel() throws IOException {
    Path tiny = Path.of(System.getProperty("sarscribe.root"), "models", "tiny");
    try (Stream<Path> files = Files.list(tiny)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void aWholeFolderOpens() throws Exception {
    ModelFolder model = ModelFolder.open(folder);

    assertThat(model.input().size()).isEqualTo(512);
    assertThat(model.encoder()).isEqualTo(folder.resolve("encoder.onnx"));
    assertThat(model.objectClasses()).contains("ship");
    assertThat(model.prompts().concise()).isNotBlank();
    assertThat(model.digest()).matches("sha256:[0-9a-f]{64}");
  }

  @Test
  void theRoomForTextIsReadWhereTheManifestGivesIt() throws Exception {
    String manifest = Files.readString(folder.resolve("manifest.json"));
    if (!manifest.contains("maxPositions")) {
      edit("\"boxBins\"", "\"maxPositions\": 192, \"boxBins\"");
    }

    assertThat(ModelFolder.open(folder).maxPositions()).isEqualTo(192);
  }

  @Test
  void theDigestFollowsTheManifestToo() throws Exception {
    String before = ModelFolder.open(folder).digest();

    edit("\"objectThreshold\": 0.5", "\"objectThreshold\": 0.4");

    assertThat(ModelFolder.open(folder).digest()).isNotEqualTo(before);
  }

  @Test
  void aDamagedFileIsFoundByItsDigest() throws Exception {
    Files.writeString(folder.resolve("decoder.onnx"), "damaged");

    assertRefused("decoder.onnx has the sha256");
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    Files.delete(folder.resolve("tokenizer.json"));

    assertRefused("tokenizer.json");
  }

  @Test
  void aFileNameCannotLeaveTheFolder() throws Exception {
    edit("\"encoder\": \"encoder.onnx\"", "\"encoder\": \"../encoder.onnx\"");

    assertRefused("encoder is ../encoder.onnx, which is not a plain file name");
  }

  @Test
  void aLinkOutOfTheFolderIsRefused(@TempDir Path elsewhere) throws Exception {
    Path outside = elsewhere.resolve("encoder.onnx");
    Files.move(folder.resolve("encoder.onnx"), outside);
    Files.createSymbolicLink(folder.resolve("encoder.onnx"), outside);

    assertRefused("encoder.onnx is not a file of the folder");
  }

  @Test
  void everyProblemIsNamedAtOnce() throws Exception {
    edit("\"format\": \"sarscribe-vlm/1\"", "\"format\": \"sarscribe-vlm/9\"");
    edit("\"layers\": 1", "\"layers\": -1");
    edit("\"sep\": 3", "\"seperator\": 3");

    assertRefused("format is sarscribe-vlm/9");
    assertRefused("layers is -1");
    assertRefused("tokens.sep is missing");
  }

  @Test
  void aManifestThatIsMissingOrNoJsonIsRefused(@TempDir Path empty) throws Exception {
    assertThatThrownBy(() -> ModelFolder.open(empty))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("manifest.json cannot be read");

    Files.writeString(folder.resolve("manifest.json"), "{");
    assertRefused("not valid JSON");
  }

  @Test
  void theEncoderOfAPrecisionIsTheOneThatTheManifestNames() throws Exception {
    ModelFolder model = ModelFolder.open(folder);

    assertThat(model.encoder(Precision.FP32)).isEqualTo(folder.resolve("encoder.onnx"));
    assertThat(model.encoder(Precision.INT8)).isEqualTo(folder.resolve("encoder_int8.onnx"));
  }

  @Test
  void aFolderWithoutAnEncoderOfIntegersSaysHowToWriteOne() throws Exception {
    edit("\"int8\"", "\"unread\"");
    ModelFolder model = ModelFolder.open(folder);

    assertThatThrownBy(() -> model.encoder(Precision.INT8))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("has no encoder in int8: write it with python -m sarvlm.quantise");
  }

  @Test
  void anEncoderOfIntegersOutsideOfTheFolderIsRefused() throws Exception {
    edit("\"encoder\": \"encoder_int8.onnx\"", "\"encoder\": \"../encoder_int8.onnx\"");

    assertRefused("int8.encoder is ../encoder_int8.onnx, which is not a plain file name");
  }

  @Test
  void graphsOfFixedShapesAreReadWithTheirSizes() throws Exception {
    ModelFolder.FixedGraphs fixed = ModelFolder.open(folder).fixed().orElseThrow();

    assertThat(fixed.batch()).isEqualTo(4);
    assertThat(fixed.encoder()).isEqualTo(folder.resolve("encoder_fixed.onnx"));
    assertThat(fixed.answers())
        .isEqualTo(new ModelFolder.FixedTexts(folder.resolve("answers_fixed.onnx"), 15, 48, 12));
    assertThat(fixed.captions().newTokens()).isEqualTo(96);
  }

  @Test
  void aFolderWithoutGraphsOfFixedShapesOpensToo() throws Exception {
    edit("\"fixed\"", "\"unread\"");

    assertThat(ModelFolder.open(folder).fixed()).isEmpty();
  }

  @Test
  void graphsOfFixedShapesThatWriteOtherTextsThanTheDecoderAreRefused() throws Exception {
    edit("\"newTokens\": 12", "\"newTokens\": 11");
    edit("\"newTokens\": 96", "\"newTokens\": 960");
    edit("\"batch\": 4", "\"batch\": 0");
    edit("\"file\": \"captions_fixed.onnx\"", "\"file\": \"../captions_fixed.onnx\"");

    assertRefused("fixed.answers.newTokens is 11, but maxAnswerTokens is 12");
    assertRefused("fixed.captions needs 992 positions; the model has 192");
    assertRefused("fixed.batch is 0");
    assertRefused("fixed.captions.file is ../captions_fixed.onnx, which is not a plain file name");
  }

  @Test
  void aDamagedGraphOfFixedShapesIsFoundByItsDigest() throws Exception {
    Files.writeString(folder.resolve("answers_fixed.onnx"), "damaged");

    assertRefused("answers_fixed.onnx has the sha256");
  }

  private void edit(String old, String replacement) throws IOException {
    Path manifest = folder.resolve("manifest.json");
    String text = Files.readString(manifest);
    assertThat(text).contains(old);
    Files.writeString(manifest, text.replace(old, replacement));
  }

  private void assertRefused(String expected) {
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(expected);
  }
}
