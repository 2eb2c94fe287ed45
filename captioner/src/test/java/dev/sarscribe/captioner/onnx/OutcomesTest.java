package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.DetectedObject;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutcomesTest {
  private static final List<Generated> NO_TEXTS = List.of();

  private ModelFolder model;
  private Vocabulary vocabulary;
  private Outcomes outcomes;

  @BeforeAll
  void open() throws Exception {
    model = TestModels.tiny();
    vocabulary = Vocabulary.open(model);
    outcomes = new Outcomes(model, vocabulary);
  }

  @AfterAll
  void close() {
    vocabulary.close();
  }

  @Test
  void objectsAreGivenInPixelsOfTheTileAndCutAtItsEdge() {
    // The second of two tiles, 1024 x 512: the square shows it at half size in the upper part.
    float[] objects = {0, 0, 0, 0, 0, 0, 1, 0.5f, 0.5f, 0.25f, 0.25f, 0.5f};

    Outcome.Described described = (Outcome.Described) outcome(NO_TEXTS, objects, 1, 2);

    DetectedObject object = described.objects().get(0);
    assertThat(object.category()).isEqualTo(model.objectClasses().get(1));
    assertThat(object.x()).isCloseTo(512, within(1e-3));
    assertThat(object.y()).isCloseTo(256, within(1e-3));
    assertThat(object.width()).isCloseTo(256, within(1e-3));
    assertThat(object.height()).isCloseTo(256, within(1e-3));
  }

  @Test
  void rowsWithoutAScoreAreNoObjects() {
    assertThat(((Outcome.Described) outcome(NO_TEXTS, new float[12], 0, 1)).objects()).isEmpty();
  }

  @Test
  void aTileWithSenselessNumbersFailsAlone() {
    List<Generated> broken =
        List.of(new Generated(List.of(), Double.NaN, 1), new Generated(List.of(), 0, 1));

    assertThat(outcome(broken, new float[6], 0, 1)).isInstanceOf(Outcome.Failed.class);
    assertThat(outcome(NO_TEXTS, new float[] {99, 1, 0, 0, 1, 1}, 0, 1))
        .isInstanceOf(Outcome.Failed.class);
    assertThat(outcome(NO_TEXTS, new float[] {0, 1, Float.NaN, 0, 1, 1}, 0, 1))
        .isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void textSurvivesTheTokenizerByteForByte() throws Exception {
    String text = "3 ships ≈ 12 °C, 船 🚢";

    long[] prompt = vocabulary.prompt(text, 1);

    assertThat(prompt[0]).isEqualTo(model.tokens().bos());
    assertThat(prompt[prompt.length - 1]).isEqualTo(model.tokens().sep());
    assertThat(vocabulary.text(Arrays.stream(prompt).boxed().toList())).isEqualTo(text);
  }

  @Test
  void aPromptWithoutRoomForItsAnswerIsRefused() {
    assertThatThrownBy(() -> vocabulary.prompt("What is this?", model.maxPositions() - 3))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("What is this?")
        .hasMessageContaining("the model has room for 3");
  }

  @Test
  void halfACharacterBecomesAReplacementAndNoTextIsEmpty() throws Exception {
    long[] prompt = vocabulary.prompt("🚢", 1);

    assertThat(vocabulary.text(List.of(prompt[1]))).contains("\uFFFD");
    assertThat(vocabulary.text(List.of(model.tokens().eos()))).isEmpty();
  }

  private Outcome outcome(List<Generated> captions, float[] objects, int tile, int tiles) {
    Letterbox box = Letterbox.of(model.input(), TestTiles.tile(1, 1024, 512));
    return outcomes.of(captions, List.of(), List.of(), objects, tile, tiles, box);
  }
}
