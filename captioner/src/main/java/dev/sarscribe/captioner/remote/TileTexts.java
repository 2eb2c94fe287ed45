package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The texts that a model wrote about a tile, held to the schema that it was given. */
final class TileTexts {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Map<String, Located> captions = new LinkedHashMap<>();
  private final Map<String, Located> answers = new LinkedHashMap<>();

  /** A text and where it stands, as bytes of the JSON, its closing quote included. */
  private record Located(String text, int from, int to) {}

  private TileTexts() {}

  /**
   * The outcome of a tile.
   *
   * @throws RefusedException if the reply's content is not the object that was asked for
   */
  static Outcome.Described outcome(ChatReply reply, PromptSet prompts) throws RefusedException {
    TileTexts texts = new TileTexts();
    texts.read(reply.content());
    texts.requireAsked(prompts);
    TokenProbabilities tokens = TokenProbabilities.of(reply);
    List<Answer> answers = new ArrayList<>();
    for (Question question : prompts.questions()) {
      Located text = texts.answers.get(question.id());
      double confidence = tokens.whole(text.from(), text.to());
      answers.add(new Answer(question, new Text(text.text().strip(), confidence)));
    }
    return new Outcome.Described(
        texts.caption(0, tokens), texts.caption(1, tokens), answers, List.of());
  }

  private Optional<Text> caption(int index, TokenProbabilities tokens) {
    return Optional.ofNullable(captions.get(ChatRequest.CAPTIONS.get(index)))
        .map(text -> new Text(text.text().strip(), tokens.mean(text.from(), text.to())));
  }

  private void read(byte[] content) throws RefusedException {
    try (JsonParser parser = JSON.createParser(content)) {
      readObject(parser);
      if (parser.nextToken() != null) {
        throw new RefusedException("the model wrote more than one JSON value");
      }
    } catch (JsonProcessingException e) {
      String reason = ServerMessage.shortened(e.getOriginalMessage());
      throw new RefusedException("the model did not write valid JSON: " + reason, e);
    } catch (IOException e) {
      throw new RefusedException("the model did not write valid JSON: " + e.getMessage(), e);
    }
  }

  private void readObject(JsonParser parser) throws IOException, RefusedException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new RefusedException("the model did not write a JSON object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (name.equals(ChatRequest.ANSWERS) && parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String id = parser.currentName();
          parser.nextToken();
          answers.put(id, text(parser, id));
        }
      } else {
        if (!name.equals(ChatRequest.ANSWERS)) {
          parser.nextToken();
        }
        captions.put(name, text(parser, name));
      }
    }
  }

  private static Located text(JsonParser parser, String name) throws IOException, RefusedException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new RefusedException(
          "the model's \"%s\" is not a text".formatted(ServerMessage.shortened(name)));
    }
    int quote = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    // Reading the text is what moves the parser to its end.
    String text = parser.getText();
    int end = Math.toIntExact(parser.currentLocation().getByteOffset());
    return new Located(text, quote + 1, end);
  }

  private void requireAsked(PromptSet prompts) throws RefusedException {
    requireSame(captions, prompts.captions() ? ChatRequest.CAPTIONS : List.of());
    requireSame(answers, prompts.questions().stream().map(Question::id).toList());
  }

  private static void requireSame(Map<String, Located> written, List<String> asked)
      throws RefusedException {
    TreeSet<String> missing = new TreeSet<>(asked);
    missing.removeAll(written.keySet());
    TreeSet<String> extra = new TreeSet<>(written.keySet());
    extra.removeAll(asked);
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new RefusedException(
          ServerMessage.shortened(
              "the model's answer is not what the schema asks for: without %s, with %s in excess"
                  .formatted(missing, extra)));
    }
  }
}
