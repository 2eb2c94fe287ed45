package dev.sarscribe.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.app.report.Json;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.imagery.TileImage;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCaptionsTest {
  private static final PromptSet STANDARD =
      new PromptSet(
          "standard", "1", true, List.of(new Question("water", Application.OTHERS, "Water?")));

  private final List<String> lines = new ArrayList<>();

  @TempDir private Path folder;

  @Test
  void aBadLineAndAMissingImageAreAnsweredInTheirPlaces() throws Exception {
    image("a.png");
    image("b.png");

    long failed =
        answer(
            """
            {"image": "a.png", "questions": ["Ships?"]}
            this is no JSON

            {"image": "absent.png"}
            {"image": 5}
            {"image": "b.png", "questions": ["Ships?"]}
            """);

    assertThat(failed).isEqualTo(3);
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).contains("\"image\":\"a.png\"", "\"answer\":\"echo Ships?\"");
    assertThat(lines.get(1)).contains("\"error\":\"line 2: no JSON");
    assertThat(lines.get(2)).contains("\"image\":\"absent.png\"", "\"error\"");
    assertThat(lines.get(3)).contains("line 5: ");
    assertThat(lines.get(4)).contains("\"image\":\"b.png\"", "echo Ships?");
  }

  @Test
  void questionsAloneAreAskedAloneUnlessCaptionsAreWanted() throws Exception {
    image("a.png");

    answer(
        """
        {"image": "a.png", "questions": ["Ships?"]}
        {"image": "a.png", "questions": ["Ships?"], "captions": true}
        {"image": "a.png"}
        """);

    assertThat(lines.get(0)).doesNotContain("concise").doesNotContain("Water?");
    assertThat(lines.get(1)).contains("concise", "echo Water?", "echo Ships?");
    assertThat(lines.get(2)).contains("concise", "echo Water?").doesNotContain("Ships?");
  }

  @Test
  void anOverlongQuestionIsAnErrorOfItsImageOnly() throws Exception {
    image("a.png");

    long failed =
        answer(
            """
            {"image": "a.png", "questions": ["%s"]}
            {"image": "a.png", "questions": ["Ships?"]}
            """
                .formatted("x".repeat(Question.MAX_LENGTH + 1)));

    assertThat(failed).isEqualTo(1);
    assertThat(lines.get(0)).contains("\"error\"");
    assertThat(lines.get(1)).contains("echo Ships?");
  }

  @Test
  void aQuestionThatTheModelHasNoRoomForIsAnErrorOfItsLineOrOfTheStart() throws Exception {
    image("a.png");
    String wordy = "Is there ".repeat(9) + "a ship?";

    long failed =
        answer(
            """
            {"image": "a.png", "questions": ["%s"]}
            {"image": "a.png", "questions": ["Ships?"]}
            """
                .formatted(wordy));

    assertThat(failed).isEqualTo(1);
    assertThat(lines.get(0)).contains("\"error\":\"no room for " + wordy);
    assertThat(lines.get(1)).contains("echo Ships?");
    var captions = new ImageCaptions(new Echo(true), STANDARD, answer -> {});
    captions.requireRoomFor(List.of("Ships?"));
    assertThatThrownBy(() -> captions.requireRoomFor(List.of("Ships?", wordy)))
        .isInstanceOf(CaptionerException.class)
        .hasMessage("no room for " + wordy);
    assertThatThrownBy(() -> captions.requireRoomFor(List.of("x".repeat(Question.MAX_LENGTH + 1))))
        .isInstanceOf(CaptionerException.class);
  }

  @Test
  void aQuestionToAModelThatOnlyCaptionsIsAnErrorAndAnImageAloneIsNot() throws Exception {
    image("a.png");

    long failed =
        answer(
            """
            {"image": "a.png", "questions": ["Ships?"], "captions": true}
            {"image": "a.png"}
            """,
            new Echo(false));

    assertThat(failed).isEqualTo(1);
    assertThat(lines.get(0)).contains("\"error\":\"model echo answers no questions");
    assertThat(lines.get(1)).contains("a caption", "\"answers\":[]");
  }

  private long answer(String requests) throws Exception {
    return answer(requests, new Echo(true));
  }

  private long answer(String requests, Captioner model) throws Exception {
    try (Captioner captioner = model) {
      var captions =
          new ImageCaptions(captioner, STANDARD, answer -> lines.add(Json.line(answer.json())));
      captions.offerAll(new BufferedReader(new StringReader(requests)), folder);
      return captions.finish();
    }
  }

  private void image(String name) throws Exception {
    Path file = folder.resolve(name);
    var picture = new BufferedImage(32, 24, BufferedImage.TYPE_BYTE_GRAY);
    assertThat(ImageIO.write(picture, "png", file.toFile())).isTrue();
    assertThat(Files.size(file)).isPositive();
  }

  /** Answers with the question, or only captions. */
  private record Echo(boolean answersQuestions) implements Captioner {
    private static final int MAX_QUESTION = 40;

    @Override
    public ModelInfo model() {
      return new ModelInfo("echo", "1", "sha256:0", "none", "cpu", "fp32");
    }

    @Override
    public void requireRoomFor(PromptSet prompts) throws CaptionerException {
      for (Question question : prompts.questions()) {
        if (question.text().length() > MAX_QUESTION) {
          throw new CaptionerException("no room for " + question.text());
        }
      }
    }

    @Override
    public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) {
      Optional<Text> caption =
          prompts.captions() ? Optional.of(new Text("a caption", 1)) : Optional.empty();
      List<Answer> answers =
          prompts.questions().stream()
              .filter(q -> answersQuestions)
              .map(q -> new Answer(q, new Text("echo " + q.text(), 0.5)))
              .toList();
      return tiles.stream()
          .map(t -> (Outcome) new Outcome.Described(caption, caption, answers, List.of()))
          .toList();
    }

    @Override
    public void close() {}
  }
}
