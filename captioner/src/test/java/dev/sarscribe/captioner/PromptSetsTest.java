package dev.sarscribe.captioner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptSetsTest {
  @Test
  void theStandardSetHasFifteenQuestionsAndCaptions() {
    PromptSet standard = PromptSets.standard();

    assertThat(standard.id()).isEqualTo("sarlang-standard/2");
    assertThat(standard.captions()).isTrue();
    assertThat(standard.questions()).hasSize(15);
    assertThat(standard.questions().get(8))
        .isEqualTo(
            new Question(
                "counting-ship", Application.INSTANCE_COUNTING, "How many ships are visible?"));
  }

  @Test
  void theStandardSetCoversAllSevenApplications() {
    Set<Application> asked =
        PromptSets.standard().questions().stream()
            .map(Question::application)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Application.class)));

    assertThat(PromptSets.standard().captions()).isTrue();
    assertThat(asked).isEqualTo(EnumSet.complementOf(EnumSet.of(Application.IMAGE_DESCRIPTION)));
  }

  @Test
  void aFileOfOnesOwnIsLoaded(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("ports.yaml"),
            """
            name: ports
            version: 2.1
            captions: false
            questions:
              - id: quay
                application: OTHERS
                text: Gibt es einen Kai?
            """);

    PromptSet ports = PromptSets.load(file);

    assertThat(ports.id()).isEqualTo("ports/2.1");
    assertThat(ports.captions()).isFalse();
    assertThat(ports.questions())
        .containsExactly(new Question("quay", Application.OTHERS, "Gibt es einen Kai?"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          []                                                        | the set must have the fields
          {name: a}                                                 | version is missing or empty
          {name: a, version: 1, colour: red}                        | unknown field colour
          {name: a, version: 1, captions: maybe}                    | captions must be true or false
          {name: a, version: 1, captions: false}                    | asks for nothing
          {name: a, version: 1, questions: 3}                       | questions must be a list
          {name: a, version: 1, questions: [{id: b, text: c}]}      | questions[0]: application
          {name: a, version: 1, questions: [{id: b, application: SINGING, text: c}]} | SINGING
          {name: a, name: b, version: 1}                            | is not valid YAML
          {name: a                                                  | is not valid YAML
          """)
  void aMistakeIsNamedWithItsPlace(String yaml, String expected) {
    assertThatThrownBy(() -> PromptSets.parse(yaml, "prompt set mine.yaml"))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("prompt set mine.yaml")
        .hasMessageContaining(expected);
  }

  @Test
  void twoQuestionsOfOneIdAreRefused() {
    String yaml =
        "{name: a, version: 1, questions: [{id: b, application: OTHERS, text: c},"
            + " {id: b, application: OTHERS, text: d}]}";

    assertThatThrownBy(() -> PromptSets.parse(yaml, "s")).hasMessageContaining("not unique");
  }

  @Test
  void anEmptyFileIsRefused() {
    assertThatThrownBy(() -> PromptSets.parse("", "empty.yaml"))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("empty.yaml");
  }

  @Test
  void aliasesThatMultiplyAreRefused() {
    String yaml = "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n";

    assertThatThrownBy(() -> PromptSets.parse(yaml, "bomb.yaml"))
        .isInstanceOf(CaptionerException.class);
  }

  @Test
  void aFileThatIsTooLargeOrMissingIsRefused(@TempDir Path folder) throws Exception {
    Path large = Files.write(folder.resolve("large.yaml"), new byte[300_000]);

    assertThatThrownBy(() -> PromptSets.load(large)).hasMessageContaining("larger than");
    assertThatThrownBy(() -> PromptSets.load(folder.resolve("none.yaml")))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("none.yaml");
  }
}
