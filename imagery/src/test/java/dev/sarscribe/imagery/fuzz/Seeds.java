package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PngCodec;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.imagery.tiff.TiffFixture;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the fuzzer starts from: sound files of every kind, and all hostile ones that are small. */
public final class Seeds {
  /** A mutated megabyte teaches nothing that a mutated kilobyte does not. */
  private static final int MAX_BYTES = 40_000;

  private Seeds() {}

  /** Writes the seeds of a target to a folder: {@code Seeds TARGET FOLDER}. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    for (Map.Entry<String, byte[]> seed : of(arguments[0]).entrySet()) {
      if (seed.getValue().length <= MAX_BYTES) {
        Files.write(folder.resolve(seed.getKey()), seed.getValue());
      }
    }
  }

  private static Map<String, byte[]> of(String target) throws IOException {
    return switch (target) {
      case "TiffFuzz" -> with(HostileTiffs.all(), tiffs());
      case "XmlFuzz" -> with(HostileXml.all(), xml());
      case "SafeZipFuzz" -> with(HostileZips.all(), zips());
      case "PictureFuzz" -> with(HostilePictures.all(), pictures());
      default -> throw new IllegalArgumentException("no target " + target);
    };
  }

  private static Map<String, byte[]> with(List<Hostile> hostile, List<byte[]> sound) {
    Map<String, byte[]> all = new LinkedHashMap<>();
    hostile.forEach(h -> all.put(h.name(), h.bytes()));
    sound.forEach(s -> all.put("sound-" + all.size(), s));
    return all;
  }

  /** Every compression, predictor, sample type, byte order and layout at least once. */
  private static List<byte[]> tiffs() throws IOException {
    Path file = Contract.folder().resolve("seed.tif");
    List<byte[]> all = new ArrayList<>();
    int[] compressions = {1, 5, 8, 50000};
    for (int i = 0; i < 20; i++) {
      SampleType type = SampleType.values()[i % 5];
      boolean floating = type == SampleType.FLOAT32 || type == SampleType.FLOAT64;
      int compression = compressions[i % 4];
      new TiffFixture(
              i % 3 == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
              i % 2 == 0,
              i % 7 > 3,
              i % 6 == 5,
              compression,
              compression == 1 ? 1 : floating ? 3 : 2,
              type,
              1 + i % 3,
              20,
              15)
          .write(file);
      all.add(Files.readAllBytes(file));
    }
    return all;
  }

  private static List<byte[]> xml() {
    return XmlFuzz.PARTS.stream().map(p -> XmlFuzz.input(p, XmlFuzz.good(p))).toList();
  }

  private static List<byte[]> zips() {
    return List.of(HandmadeZip.of("x/", HandmadeZip.safe()).bytes());
  }

  private static List<byte[]> pictures() {
    TileImage tile = new TileImage("seed", 9, 7, new byte[63]);
    return List.of(PngCodec.encode(tile), HostilePictures.jpeg(false), HostilePictures.jpeg(true));
  }
}
