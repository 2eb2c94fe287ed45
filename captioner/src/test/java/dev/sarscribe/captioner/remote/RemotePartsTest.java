package dev.sarscribe.captioner.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.TestTiles;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings and probabilities of the remote engine, without a server. */
class RemotePartsTest {
  @Test
  void everyProblemOfTheSettingsIsNamedAtOnce() {
    assertThatThrownBy(
            () ->
                new EndpointSettings(
                    URI.create("ftp://host/v1"),
                    Optional.of(" "),
                    Optional.empty(),
                    0,
                    Duration.ofDays(1),
                    1,
                    false,
                    false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("endpoint ftp://host/v1 is no http or https URL")
        .hasMessageContaining("model has an empty or endless name")
        .hasMessageContaining("endpoint concurrency is 0")
        .hasMessageContaining("endpoint timeout in s is 86400")
        .hasMessageContaining("endpoint max tokens is 1");
  }

  @Test
  void aPasswordInTheUrlIsRefusedAndNotRepeated() {
    assertThatThrownBy(() -> EndpointSettings.of(URI.create("https://me:hunter2@host/v1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a user or password")
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void aSlashAtTheEndOfTheBaseChangesNothing() {
    assertThat(EndpointSettings.of(URI.create("https://host/v1/")).resolve("models"))
        .isEqualTo(URI.create("https://host/v1/models"));
  }

  @Test
  void aKeyFileHoldsOneWord(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("key"), "  sk-1\n");
    assertThat(ApiKey.read(file).header()).isEqualTo("Bearer sk-1");

    Files.writeString(file, "sk-1\nX-Other: header");
    assertThatThrownBy(() -> ApiKey.read(file))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("key file " + file)
        .message()
        .doesNotContain("sk-1");
    assertThatThrownBy(() -> ApiKey.read(folder.resolve("none")))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void theConfidenceOfAnAnswerIsTheProbabilityOfItsTokensAndOfItsEnd() throws Exception {
    String json = "{\"answers\": {\"q0\": \"two ships\", \"q1\": \"no\"}}";
    ChatReply reply =
        reply(
            json,
            token("<think>two ships?</think>", -9),
            token("{\"answers\": {\"q0\": \"", -3),
            token("two", -0.5),
            token(" ships", -0.25),
            token("\", ", -0.125),
            token("\"q1\": \"no", -1),
            token("\"}}", -2));

    Outcome.Described described =
        TileTexts.outcome(reply, TestTiles.ask("How many?", "Is there water?"));

    assertThat(described.answers().get(0).answer().confidence())
        .isCloseTo(Math.exp(-0.875), within(1e-12));
    assertThat(described.answers().get(1).answer().confidence())
        .isCloseTo(Math.exp(-3), within(1e-12));
  }

  @Test
  void tokensThatAreNotTheTextGiveNoConfidence() throws Exception {
    ChatReply reply = reply("{\"answers\": {\"q0\": \"yes\"}}", token("no", -1));

    assertThat(
            TileTexts.outcome(reply, TestTiles.ask("Ships?"))
                .answers()
                .get(0)
                .answer()
                .confidence())
        .isNaN();
  }

  @Test
  void aProbabilityThatIsNoNumberGivesNoConfidence() throws Exception {
    String json = "{\"answers\": {\"q0\": \"yes\"}}";

    assertThat(
            TileTexts.outcome(reply(json, token(json, Double.NaN)), TestTiles.ask("Ships?"))
                .answers()
                .get(0)
                .answer()
                .confidence())
        .isNaN();
  }

  private static ChatReply reply(String json, ChatReply.Token... tokens) {
    return new ChatReply(
        new ChatReply.Identity("m", ""), json.getBytes(StandardCharsets.UTF_8), List.of(tokens));
  }

  private static ChatReply.Token token(String text, double logProbability) {
    return new ChatReply.Token(text.getBytes(StandardCharsets.UTF_8), logProbability);
  }
}
