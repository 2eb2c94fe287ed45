package dev.sarscribe.app.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.DetectedObject;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Text;
import java.util.Locale;

/** What came of one image. */
public sealed interface ImageAnswer {
  /** As the caller spelled it; empty if the request did not say. */
  String image();

  /** One object, without line breaks. */
  ObjectNode json();

  /** For a terminal. */
  String text();

  /** The texts. */
  record Described(String image, Outcome.Described outcome, ModelInfo model)
      implements ImageAnswer {
    @Override
    public ObjectNode json() {
      ObjectNode node = JsonNodeFactory.instance.objectNode().put("image", image);
      outcome.concise().ifPresent(t -> node.set("concise", json(t)));
      outcome.detailed().ifPresent(t -> node.set("detailed", json(t)));
      ArrayNode answers = node.putArray("answers");
      for (Answer answer : outcome.answers()) {
        answers
            .addObject()
            .put("id", answer.question().id())
            .put("application", answer.question().application().name())
            .put("question", answer.question().text())
            .put("answer", answer.answer().text())
            .put("confidence", confidence(answer.answer()))
            .put("lowConfidence", isUnsure(answer));
      }
      ArrayNode objects = node.putArray("objects");
      for (DetectedObject object : outcome.objects()) {
        objects
            .addObject()
            .put("category", object.category())
            .put("score", rounded(object.score()))
            .put("x", rounded(object.x()))
            .put("y", rounded(object.y()))
            .put("width", rounded(object.width()))
            .put("height", rounded(object.height()));
      }
      node.putObject("model")
          .put("name", model.name())
          .put("version", model.version())
          .put("digest", model.digest())
          .put("engine", model.engine())
          .put("device", model.device())
          .put("precision", model.precision());
      return node;
    }

    @Override
    public String text() {
      StringBuilder out = new StringBuilder(image).append('\n');
      outcome.concise().ifPresent(t -> line(out, "concise ", t));
      outcome.detailed().ifPresent(t -> line(out, "detailed", t));
      for (Answer answer : outcome.answers()) {
        out.append("  Q ").append(answer.question().text()).append('\n');
        line(out, isUnsure(answer) ? "A (unsure)" : "A", answer.answer());
      }
      for (DetectedObject o : outcome.objects()) {
        out.append(
            String.format(
                Locale.ROOT,
                "  %s at x %.0f, y %.0f, %.0f x %.0f px  [%.0f %%]%n",
                o.category(),
                o.x(),
                o.y(),
                o.width(),
                o.height(),
                100 * o.score()));
      }
      return out.toString();
    }

    private static boolean isUnsure(Answer answer) {
      return answer.isLowConfidence(Answer.DEFAULT_MIN_CONFIDENCE);
    }

    private static ObjectNode json(Text text) {
      return JsonNodeFactory.instance
          .objectNode()
          .put("text", text.text())
          .put("confidence", confidence(text));
    }

    /** JSON has no number for what is not known. */
    private static Double confidence(Text text) {
      return Double.isNaN(text.confidence()) ? null : rounded(text.confidence());
    }

    private static void line(StringBuilder out, String label, Text text) {
      out.append(String.format(Locale.ROOT, "  %s %s%s%n", label, text.text(), percent(text)));
    }

    private static String percent(Text text) {
      return Double.isNaN(text.confidence())
          ? ""
          : String.format(Locale.ROOT, "  [%.0f %%]", 100 * text.confidence());
    }

    private static double rounded(double value) {
      return Math.round(value * 1e4) / 1e4;
    }
  }

  /** The request or its image could not be used. */
  record Failed(String image, String error) implements ImageAnswer {
    @Override
    public ObjectNode json() {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      return (image.isEmpty() ? node : node.put("image", image)).put("error", error);
    }

    @Override
    public String text() {
      return (image.isEmpty() ? "" : image + ": ") + error;
    }
  }
}
