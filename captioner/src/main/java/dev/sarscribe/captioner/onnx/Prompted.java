package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.util.List;

/** What the families of exported models that take prompts differ in. Not thread-safe. */
interface Prompted extends AutoCloseable {
  ExportedModel model();

  /** The root of the memory of a call. */
  NDManager manager();

  /** Concise and detailed caption, as the model is asked for them. */
  List<String> captions();

  /** How many texts the model can generate at once. */
  int maxSequences();

  /** A question, as the model is asked it. */
  String question(String text);

  /**
   * Checks that a prompt has room beside an image and its text.
   *
   * @throws CaptionerException naming it if it has not
   */
  void requireRoomFor(String prompt) throws CaptionerException;

  /**
   * How many tokens the text of a prompt goes on from: texts of like length are generated together.
   */
  int length(String prompt) throws CaptionerException;

  /**
   * Computes what all prompts of these tiles share.
   *
   * @param manager owns it
   */
  Turns.Turn see(NDManager manager, List<TileImage> tiles)
      throws CaptionerException, TranslateException;

  /** What was generated since the model was loaded. */
  Usage usage();

  @Override
  void close();
}
