package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.DetectedObject;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Turns one tile's token ids and object rows into its outcome. */
final class Outcomes {
  /** Class index, score, x, y, width, height. */
  private static final int OBJECT_VALUES = 6;

  private final ModelFolder model;
  private final Vocabulary vocabulary;

  Outcomes(ModelFolder model, Vocabulary vocabulary) {
    this.model = model;
    this.vocabulary = vocabulary;
  }

  /**
   * Copies the encoder's objects.
   *
   * @param array {@code [B,K,6]}
   * @throws TranslateException if it has another shape
   */
  static float[] objects(NDArray array, int tiles) throws TranslateException {
    Shape shape = array.getShape();
    if (shape.dimension() != 3 || shape.get(0) != tiles || shape.get(2) != OBJECT_VALUES) {
      throw new TranslateException(
          "objects have the shape %s, not (%d, K, %d)".formatted(shape, tiles, OBJECT_VALUES));
    }
    return array.toFloatArray();
  }

  /**
   * The outcomes of a batch, in the order of its tiles.
   *
   * @param captions of each tile concise and detailed, or empty if none were asked for
   * @param answers of each tile, one per question
   * @param objects {@code [B,K,6]}; rows beyond the tiles are padding
   * @param rows B
   * @param boxes one per tile
   */
  List<Outcome> all(
      List<List<Generated>> captions,
      List<List<Generated>> answers,
      List<Question> questions,
      float[] objects,
      int rows,
      List<Letterbox> boxes) {
    return IntStream.range(0, boxes.size())
        .mapToObj(
            i ->
                of(
                    captions.isEmpty() ? List.of() : captions.get(i),
                    answers.get(i),
                    questions,
                    objects,
                    i,
                    rows,
                    boxes.get(i)))
        .toList();
  }

  /**
   * The outcome of a tile, which is a failure if the model's numbers make no sense for it.
   *
   * @param captions concise and detailed, or none
   * @param answers one per question
   * @param objects {@code [B,K,6]} of the whole batch
   * @param tile index within the batch
   * @param tiles B
   */
  Outcome of(
      List<Generated> captions,
      List<Generated> answers,
      List<Question> questions,
      float[] objects,
      int tile,
      int tiles,
      Letterbox box) {
    if (!areNumbers(captions) || !areNumbers(answers)) {
      return Failures.ofProbabilities();
    }
    int perTile = objects.length / tiles;
    List<DetectedObject> found = new ArrayList<>();
    for (int i = tile * perTile; i < (tile + 1) * perTile; i += OBJECT_VALUES) {
      double score = objects[i + 1];
      if (score > 0 && score >= model.objectThreshold()) {
        if (!isObject(objects, i)) {
          return new Outcome.Failed("the model's objects are no boxes of a known class");
        }
        found.add(object(objects, i, box));
      }
    }
    List<Answer> texts = new ArrayList<>(questions.size());
    for (int i = 0; i < questions.size(); i++) {
      Generated answer = answers.get(i);
      texts.add(new Answer(questions.get(i), text(answer, answer.probability())));
    }
    return new Outcome.Described(caption(captions, 0), caption(captions, 1), texts, found);
  }

  private static boolean areNumbers(List<Generated> texts) {
    return texts.stream().noneMatch(text -> Double.isNaN(text.logProbability()));
  }

  private Optional<Text> caption(List<Generated> captions, int index) {
    return captions.stream()
        .skip(index)
        .findFirst()
        .map(caption -> text(caption, caption.meanProbability()));
  }

  private Text text(Generated generated, double confidence) {
    return new Text(vocabulary.text(generated.tokens()), confidence);
  }

  private boolean isObject(float[] objects, int at) {
    boolean finite = true;
    for (int i = at; i < at + OBJECT_VALUES; i++) {
      finite &= Float.isFinite(objects[i]);
    }
    return finite && objects[at] >= 0 && objects[at] < model.objectClasses().size();
  }

  private DetectedObject object(float[] objects, int at, Letterbox box) {
    double x = objects[at + 2];
    double y = objects[at + 3];
    double left = box.toTileX(x);
    double top = box.toTileY(y);
    return new DetectedObject(
        model.objectClasses().get((int) objects[at]),
        Math.min(1.0, objects[at + 1]),
        left,
        top,
        box.toTileX(x + objects[at + 4]) - left,
        box.toTileY(y + objects[at + 5]) - top);
  }
}
