package dev.sarscribe.tests.benchmark;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.engine.Engines;
import dev.sarscribe.captioner.engine.ModelSource;
import dev.sarscribe.imagery.TileImage;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Measures one engine on real tiles with both captions and the standard questions, and writes what
 * it says, so that engines can be compared text by text.
 *
 * <p>Arguments: engine, precision, model folder, folder of PNG tiles, a file for the texts, seconds
 * for each batch size, and the batch sizes.
 */
public final class CaptionerThroughput {
  /** Runs of each batch size that are not measured. */
  private static final int WARM_UP_RUNS = 3;

  private CaptionerThroughput() {}

  public static void main(String[] args) throws Exception {
    Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
    List<TileImage> tiles = tiles(Path.of(args[3]));
    double seconds = Double.parseDouble(args[5]);
    PromptSet prompts = PromptSets.standard();
    EngineOptions options = EngineOptions.defaults().withPrecision(precision);
    ModelSource model = new ModelSource.Folder(LocalModel.open(Path.of(args[2])), options);
    try (Captioner captioner = Engines.open(args[0], model)) {
      System.out.println("# " + captioner.model());
      writeTexts(captioner.caption(tiles, prompts), tiles, Path.of(args[4]));
      for (String size : Arrays.copyOfRange(args, 6, args.length)) {
        measure(captioner, prompts, repeated(tiles, Integer.parseInt(size)), args, seconds);
      }
    }
  }

  private static void measure(
      Captioner captioner, PromptSet prompts, List<TileImage> batch, String[] args, double seconds)
      throws Exception {
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      captioner.caption(batch, prompts);
    }
    List<Long> times = new ArrayList<>();
    long start = System.nanoTime();
    try (GpuBusy busy = GpuBusy.watch()) {
      while (System.nanoTime() - start < seconds * 1e9) {
        long from = System.nanoTime();
        captioner.caption(batch, prompts);
        times.add(System.nanoTime() - from);
      }
      double elapsed = (System.nanoTime() - start) / 1e9;
      times.sort(null);
      System.out.printf(
          Locale.ROOT,
          "%-22s %s  batch %2d  %8.1f tiles/s  median %8.2f ms  GPU busy %s%n",
          args[0],
          args[1],
          batch.size(),
          times.size() * batch.size() / elapsed,
          times.get(times.size() / 2) / 1e6,
          busy.percent());
    }
  }

  /** One line per text: tile, place, text. */
  private static void writeTexts(List<Outcome> outcomes, List<TileImage> tiles, Path file)
      throws IOException {
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      for (int i = 0; i < outcomes.size(); i++) {
        String tile = tiles.get(i).id();
        if (outcomes.get(i) instanceof Outcome.Described described) {
          described.concise().ifPresent(t -> out.println(tile + "\tconcise\t" + t.text()));
          described.detailed().ifPresent(t -> out.println(tile + "\tdetailed\t" + t.text()));
          described
              .answers()
              .forEach(
                  a -> out.println(tile + "\t" + a.question().id() + "\t" + a.answer().text()));
        } else {
          out.println(tile + "\t" + outcomes.get(i));
        }
      }
    }
  }

  private static List<TileImage> tiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<TileImage> tiles =
          files
              .filter(file -> file.toString().endsWith(".png"))
              .sorted()
              .limit(64)
              .map(CaptionerThroughput::tile)
              .toList();
      if (tiles.isEmpty()) {
        throw new IllegalArgumentException(folder + " holds no PNG files");
      }
      return tiles;
    }
  }

  private static TileImage tile(Path file) {
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      int[] grey =
          image.getData().getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
      byte[] pixels = new byte[grey.length];
      for (int i = 0; i < grey.length; i++) {
        pixels[i] = (byte) grey[i];
      }
      return new TileImage(
          file.getFileName().toString(), image.getWidth(), image.getHeight(), pixels);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static List<TileImage> repeated(List<TileImage> tiles, int count) {
    return Stream.generate(tiles::stream).flatMap(all -> all).limit(count).toList();
  }

  /** How busy the first GPU is, as nvidia-smi samples it. */
  private record GpuBusy(Process sampler) implements AutoCloseable {
    static GpuBusy watch() {
      try {
        return new GpuBusy(
            new ProcessBuilder(
                    "nvidia-smi",
                    "--query-gpu=utilization.gpu",
                    "--format=csv,noheader,nounits",
                    "--id=0",
                    "--loop-ms=100")
                .start());
      } catch (IOException e) {
        return new GpuBusy(null);
      }
    }

    /** The mean in percent; a dash without nvidia-smi. */
    String percent() throws IOException {
      if (sampler == null) {
        return "-";
      }
      sampler.destroy();
      List<Integer> samples = new ArrayList<>();
      try (BufferedReader in = sampler.inputReader()) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          if (line.strip().matches("\\d+")) {
            samples.add(Integer.parseInt(line.strip()));
          }
        }
      }
      return samples.isEmpty()
          ? "-"
          : Math.round(samples.stream().mapToInt(i -> i).average().orElseThrow()) + " %";
    }

    @Override
    public void close() {
      if (sampler != null) {
        sampler.destroyForcibly();
      }
    }
  }
}
