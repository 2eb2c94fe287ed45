package dev.sarscribe.captioner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.opentest4j.TestAbortedException;

/** What every engine must do. A variant says how to open its captioner. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class CaptionerContractTest {
  /** Probabilities differ in the last bits between batch sizes. */
  private static final double CONFIDENCE_TOLERANCE = 1e-3;

  private Captioner captioner;

  /** Why there is no captioner on this machine; null if there is one. */
  private TestAbortedException missing;

  /**
   * A captioner of the engine under test; the contract test closes it. An assumption that fails
   * here skips every test with its message.
   */
  protected abstract Captioner open() throws CaptionerException;

  protected final Captioner captioner() {
    return captioner;
  }

  @BeforeAll
  void openOnce() throws CaptionerException {
    try {
      captioner = open();
    } catch (TestAbortedException e) {
      // Thrown here it would hide the tests: the report would count none, not even as skipped.
      missing = e;
    }
  }

  @BeforeEach
  void requireCaptioner() {
    if (missing != null) {
      abort(missing.getMessage());
    }
  }

  @AfterAll
  void closeOnce() {
    if (captioner != null) {
      captioner.close();
    }
  }

  @Test
  void theModelIsNamedCompletely() {
    ModelInfo model = captioner.model();

    assertThat(model.name()).isNotBlank();
    assertThat(model.version()).isNotBlank();
    assertThat(model.digest()).matches("sha256:[0-9a-f]{64}");
    assertThat(model.engine()).isNotBlank();
    assertThat(model.device()).isNotBlank();
    assertThat(model.precision()).isNotBlank();
  }

  @Test
  void theStandardPromptsGiveTwoCaptionsAndAnAnswerToEachQuestion() throws Exception {
    PromptSet standard = PromptSets.standard();

    List<Outcome> outcomes = captioner.caption(TestTiles.tiles(2), standard);

    assertThat(outcomes).hasSize(2);
    for (Outcome outcome : outcomes) {
      Outcome.Described described = described(outcome);
      assertThat(described.concise()).isPresent();
      assertThat(described.detailed()).isPresent();
      assertThat(described.answers())
          .extracting(Answer::question)
          .containsExactlyElementsOf(standard.questions());
      assertThat(texts(described))
          .allSatisfy(text -> assertThat(text.text()).isEqualTo(text.text().strip()));
    }
  }

  @Test
  void aBatchOfFiveSaysTheSameAsOneByOne() throws Exception {
    List<TileImage> tiles = TestTiles.tiles(5);
    PromptSet standard = PromptSets.standard();

    List<Outcome> together = captioner.caption(tiles, standard);

    for (int i = 0; i < tiles.size(); i++) {
      List<Outcome> alone = captioner.caption(List.of(tiles.get(i)), standard);
      requireSame(described(together.get(i)), described(alone.get(0)));
    }
  }

  @Test
  void theSameBatchAgainSaysTheSame() throws Exception {
    List<TileImage> tiles = TestTiles.tiles(3);

    assertThat(captioner.caption(tiles, PromptSets.standard()))
        .isEqualTo(captioner.caption(tiles, PromptSets.standard()));
  }

  @Test
  void tilesOfAnySizeAreDescribedAndObjectsLieInsideOfThem() throws Exception {
    List<TileImage> tiles =
        List.of(
            TestTiles.tile(1, 1, 1),
            TestTiles.tile(2, 700, 300),
            TestTiles.tile(3, 512, 512),
            TestTiles.tile(4, 3, 2000));

    List<Outcome> outcomes = captioner.caption(tiles, TestTiles.ask("What is this?"));

    for (int i = 0; i < tiles.size(); i++) {
      TileImage tile = tiles.get(i);
      assertThat(described(outcomes.get(i)).answers()).hasSize(1);
      assertThat(described(outcomes.get(i)).objects())
          .allSatisfy(
              object -> {
                assertThat(object.x()).isBetween(0.0, (double) tile.width());
                assertThat(object.y()).isBetween(0.0, (double) tile.height());
                assertThat(object.x() + object.width()).isLessThanOrEqualTo(tile.width() + 1e-6);
                assertThat(object.y() + object.height()).isLessThanOrEqualTo(tile.height() + 1e-6);
                assertThat(object.score()).isBetween(0.0, 1.0);
              });
    }
  }

  @Test
  void objectsComeBestFirst() throws Exception {
    Outcome.Described described =
        described(captioner.caption(TestTiles.tiles(1), TestTiles.ask("What is this?")).get(0));

    assertThat(described.objects())
        .extracting(DetectedObject::score)
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void noTilesGiveNoOutcomes() throws Exception {
    assertThat(captioner.caption(List.of(), PromptSets.standard())).isEmpty();
  }

  @Test
  void withoutCaptionsThereAreOnlyAnswers() throws Exception {
    Outcome.Described described =
        described(
            captioner
                .caption(TestTiles.tiles(1), TestTiles.ask("Is there water in the image?"))
                .get(0));

    assertThat(described.concise()).isEmpty();
    assertThat(described.detailed()).isEmpty();
    assertThat(described.answers()).hasSize(1);
  }

  @Test
  void withoutQuestionsThereAreOnlyCaptions() throws Exception {
    PromptSet prompts = new PromptSet("captions", "1", true, List.of());

    Outcome.Described described = described(captioner.caption(TestTiles.tiles(1), prompts).get(0));

    assertThat(described.detailed()).isPresent();
    assertThat(described.answers()).isEmpty();
  }

  @Test
  void aFreeQuestionMayBeAnythingShort() throws Exception {
    PromptSet prompts =
        TestTiles.ask(
            "¿Qué hay? 船 🚢",
            "What is in [1, 2, 3]?",
            "What is in [10.5, 20, 99999, 1]?",
            "\u0000\t\n?");

    Outcome.Described described = described(captioner.caption(TestTiles.tiles(1), prompts).get(0));

    assertThat(described.answers()).hasSize(4);
  }

  @Test
  void anAnswerDoesNotDependOnTheOtherQuestions() throws Exception {
    String question = "How many ships are visible?";
    List<TileImage> tiles = TestTiles.tiles(1);

    Answer alone =
        described(captioner.caption(tiles, TestTiles.ask(question)).get(0)).answers().get(0);
    Answer second =
        described(
                captioner
                    .caption(
                        tiles, TestTiles.ask("A much longer question, is it not? Yes?", question))
                    .get(0))
            .answers()
            .get(1);

    requireSame(second.answer(), alone.answer());
  }

  @Test
  void aClosedCaptionerSaysSoAndClosesAgainWithoutHarm() throws Exception {
    Captioner other = open();
    other.close();
    other.close();

    assertThatThrownBy(() -> other.caption(TestTiles.tiles(1), PromptSets.standard()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  protected static Outcome.Described described(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Described.class);
    return (Outcome.Described) outcome;
  }

  private static List<Text> texts(Outcome.Described described) {
    List<Text> texts = new ArrayList<>();
    described.concise().ifPresent(texts::add);
    described.detailed().ifPresent(texts::add);
    described.answers().forEach(answer -> texts.add(answer.answer()));
    return texts;
  }

  protected static void requireSame(Outcome.Described actual, Outcome.Described expected) {
    List<Text> actualTexts = texts(actual);
    List<Text> expectedTexts = texts(expected);
    assertThat(actualTexts).hasSameSizeAs(expectedTexts);
    for (int i = 0; i < actualTexts.size(); i++) {
      requireSame(actualTexts.get(i), expectedTexts.get(i));
    }
    assertThat(actual.objects())
        .extracting(DetectedObject::category)
        .isEqualTo(expected.objects().stream().map(DetectedObject::category).toList());
  }

  private static void requireSame(Text actual, Text expected) {
    assertThat(actual.text()).isEqualTo(expected.text());
    assertThat(actual.confidence()).isCloseTo(expected.confidence(), within(CONFIDENCE_TOLERANCE));
  }
}
