package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Batch;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Next;
import java.util.Arrays;
import java.util.Optional;

/**
 * The steps of an exported decoder. Where it has no cache the sequences start alike, so that
 * nothing is padded.
 */
final class ExportedSteps implements GreedyDecoder.Steps {
  private final ExportedDecoder decoder;
  private final Optional<Embedding> embedding;
  private final KeyValueCache cache;
  private final NDList given;
  private final int before;
  private final int noRepeat;

  /** Of all steps so far, {@code [S][P]}; used without a cache. */
  private long[][] prefix = {};

  private int steps;

  /**
   * Starts texts.
   *
   * @param embedding turns tokens into what the decoder takes, if it takes no tokens
   * @param cache closed with the steps
   * @param before tokens of every sequence that are in the cache from the start
   * @param given inputs that are the same at every step
   * @param noRepeat tokens of which no sequence comes twice; 0 if any may
   */
  ExportedSteps(
      ExportedDecoder decoder,
      Optional<Embedding> embedding,
      KeyValueCache cache,
      int before,
      NDList given,
      int noRepeat) {
    this.decoder = decoder;
    this.embedding = embedding;
    this.cache = cache;
    this.before = before;
    this.given = given;
    this.noRepeat = noRepeat;
  }

  @Override
  public Next next(NDManager step, Batch batch) throws TranslateException {
    NDArray tokens = batch.tokens(step, ExportedDecoder.TOKENS);
    NDList inputs = new NDList(given);
    inputs.add(embed(decoder.hasCache() ? tokens : withPrefix(step, tokens)));
    inputs.add(batch.mask(step, ExportedDecoder.MASK, before));
    inputs.add(batch.positions(step, ExportedDecoder.POSITIONS, before));
    NDArray logits = decoder.run(step, inputs, cache, before + steps == 0);
    steps++;
    return Logits.likeliest(logits, batch, noRepeat);
  }

  private NDArray embed(NDArray tokens) throws TranslateException {
    return embedding.isEmpty() ? tokens : embedding.orElseThrow().of(tokens);
  }

  private NDArray withPrefix(NDManager step, NDArray tokens) {
    int sequences = Math.toIntExact(tokens.getShape().get(0));
    int width = Math.toIntExact(tokens.getShape().get(1));
    long[] next = tokens.toLongArray();
    long[][] all = new long[sequences][];
    for (int i = 0; i < sequences; i++) {
      int length = steps == 0 ? 0 : prefix[i].length;
      all[i] = steps == 0 ? new long[width] : Arrays.copyOf(prefix[i], length + width);
      System.arraycopy(next, i * width, all[i], length, width);
    }
    prefix = all;
    long[] flat = Arrays.stream(all).flatMapToLong(Arrays::stream).toArray();
    NDArray array = step.create(flat, new Shape(sequences, all[0].length));
    array.setName(ExportedDecoder.TOKENS);
    return array;
  }

  @Override
  public void close() {
    cache.close();
  }
}
