package dev.sarscribe.tests.benchmark;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.onnx.OnnxRuntimeCaptioner;
import dev.sarscribe.imagery.TileImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Tiles to both captions and all standard answers on one core, without Kafka: the captioner, and
 * beside it in turns the same graphs through ONNX Runtime's own API ({@link RawOnnxRuntime}).
 *
 * <p>Arguments: model folder, folder of 512 x 512 PNG tiles, batch, rounds, precision. Prints one
 * line per round and the medians; ends with an error if the two wrote a different text anywhere.
 */
public final class TilesToTexts {
  private final ModelFolder model;
  private final PromptSet prompts;
  private final List<TileImage> tiles;
  private final int batch;
  private final Precision precision;

  private TilesToTexts(
      ModelFolder model, PromptSet prompts, List<TileImage> tiles, int batch, Precision precision) {
    this.model = model;
    this.prompts = prompts;
    this.tiles = tiles;
    this.batch = batch;
    this.precision = precision;
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 5) {
      System.err.println("usage: TilesToTexts MODEL TILES BATCH ROUNDS PRECISION");
      System.exit(2);
    }
    ModelFolder model = ModelFolder.open(Path.of(args[0]));
    var benchmark =
        new TilesToTexts(
            model,
            PromptSets.standard(),
            read(Path.of(args[1]), model.input().size()),
            Integer.parseInt(args[2]),
            Precision.valueOf(args[4].toUpperCase(Locale.ROOT)));
    benchmark.run(Integer.parseInt(args[3]));
  }

  private void run(int rounds) throws Exception {
    double[] ours = new double[rounds];
    double[] raw = new double[rounds];
    // The captioner first: Deep Java Library must load ONNX Runtime.
    try (Captioner captioner =
            OnnxRuntimeCaptioner.open(model, EngineOptions.defaults().withPrecision(precision));
        var direct = new RawOnnxRuntime(model, precision)) {
      List<FloatBuffer> images = images();
      for (int round = -1; round < rounds; round++) {
        long start = System.nanoTime();
        List<String> texts = caption(captioner);
        long middle = System.nanoTime();
        List<String> expected = generate(direct, images);
        long end = System.nanoTime();
        if (!texts.equals(expected)) {
          throw new IllegalStateException("the captioner wrote other texts than the graphs");
        }
        if (round >= 0) {
          ours[round] = tiles.size() * 1e9 / (middle - start);
          raw[round] = tiles.size() * 1e9 / (end - middle);
          System.out.printf(
              Locale.ROOT,
              "java %s, %s, batch %d: captioner %.1f tiles/s, ONNX Runtime's API %.1f; %d texts"
                  + " equal, checksum %x%n",
              Runtime.version().feature(),
              precision.label(),
              batch,
              ours[round],
              raw[round],
              texts.size(),
              texts.hashCode());
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "median of %d, %s: captioner %.1f tiles/s per core, %.1f %% of ONNX Runtime's API%n",
        rounds,
        precision.label(),
        median(ours),
        100 * median(ours) / median(raw));
  }

  private List<String> caption(Captioner captioner) throws Exception {
    List<String> texts = new ArrayList<>();
    for (int from = 0; from < tiles.size(); from += batch) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + batch));
      for (Outcome outcome : captioner.caption(part, prompts)) {
        var described = (Outcome.Described) outcome;
        texts.add(described.concise().orElseThrow().text());
        texts.add(described.detailed().orElseThrow().text());
        for (Answer answer : described.answers()) {
          texts.add(answer.answer().text());
        }
      }
    }
    return texts;
  }

  private List<String> generate(RawOnnxRuntime direct, List<FloatBuffer> images)
      throws OrtException {
    List<long[]> captions =
        Stream.of(model.prompts().concise(), model.prompts().detailed())
            .map(direct::prompt)
            .toList();
    List<long[]> questions =
        prompts.questions().stream()
            .map(Question::text)
            .map(this::inBins)
            .map(direct::prompt)
            .toList();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      int count = Math.min(batch, tiles.size() - i * batch);
      try (OrtSession.Result encoded = direct.encode(images.get(i).duplicate(), count)) {
        var told = direct.decode(encoded, count, captions, model.maxCaptionTokens());
        List<long[]> answered = answer(direct, encoded, count, questions);
        for (int tile = 0; tile < count; tile++) {
          told.subList(2 * tile, 2 * tile + 2).forEach(t -> texts.add(direct.text(t)));
          int from = tile * questions.size();
          answered.subList(from, from + questions.size()).forEach(t -> texts.add(direct.text(t)));
        }
      }
    }
    return texts;
  }

  /** The long prompts apart, as the captioner has them: padding would take most of the time. */
  private List<long[]> answer(
      RawOnnxRuntime direct, OrtSession.Result encoded, int count, List<long[]> questions)
      throws OrtException {
    int shortest = questions.stream().mapToInt(question -> question.length).min().orElseThrow();
    long[][] answers = new long[count * questions.size()][];
    for (boolean isLong : List.of(false, true)) {
      List<Integer> group =
          IntStream.range(0, questions.size())
              .filter(i -> questions.get(i).length > 2 * shortest == isLong)
              .boxed()
              .toList();
      List<long[]> prompts = group.stream().map(questions::get).toList();
      List<long[]> texts = direct.decode(encoded, count, prompts, model.maxAnswerTokens());
      for (int i = 0; i < texts.size(); i++) {
        int tile = i / group.size();
        answers[tile * questions.size() + group.get(i % group.size())] = texts.get(i);
      }
    }
    return List.of(answers);
  }

  /** The one box of the standard questions, as a tile of the model's own size has it. */
  private String inBins(String question) {
    return question.replace("[128, 128, 256, 256]", "[25, 25, 50, 50]");
  }

  private List<FloatBuffer> images() {
    List<FloatBuffer> buffers = new ArrayList<>();
    int pixels = model.input().size() * model.input().size();
    for (int from = 0; from < tiles.size(); from += batch) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + batch));
      FloatBuffer buffer =
          ByteBuffer.allocateDirect(part.size() * pixels * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      for (TileImage tile : part) {
        for (byte pixel : tile.pixels()) {
          buffer.put((pixel & 0xFF) * (float) model.input().scale());
        }
      }
      buffers.add(buffer.flip());
    }
    return buffers;
  }

  private static List<TileImage> read(Path folder, int size) throws IOException {
    List<TileImage> tiles = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".png")).sorted().toList()) {
        var image = ImageIO.read(file.toFile());
        if (image.getWidth() != size || image.getHeight() != size) {
          throw new IOException(file + " is not " + size + " x " + size);
        }
        byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        if (pixels.length != size * size) {
          throw new IOException(file + " is not one channel of 8 bits");
        }
        tiles.add(new TileImage(file.getFileName().toString(), size, size, pixels));
      }
    }
    if (tiles.isEmpty()) {
      throw new IOException(folder + " holds no PNG");
    }
    return tiles;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
