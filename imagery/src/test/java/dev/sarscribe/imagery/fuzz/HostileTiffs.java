package dev.sarscribe.imagery.fuzz;

import static dev.sarscribe.imagery.fuzz.HandmadeTiff.ASCII;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.DOUBLE;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.LONG;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.LONG8;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.SHORT;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.bigTiff;
import static dev.sarscribe.imagery.fuzz.HandmadeTiff.classic;
import static dev.sarscribe.imagery.fuzz.Hostile.read;
import static dev.sarscribe.imagery.fuzz.Hostile.refused;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import dev.sarscribe.imagery.SceneException.Reason;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/** TIFFs that lie: about sizes, places, types, georeferencing or the content of blocks. */
final class HostileTiffs {
  private HostileTiffs() {}

  static List<Hostile> all() {
    return Stream.of(sizes(), places(), types(), blocks(), georeferences())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Hostile> sizes() {
    return List.of(
        refused("wider-than-any", classic().size(4_000_000_000L, 16).bytes(), Reason.TOO_LARGE),
        refused("no-columns", classic().size(0, 16).bytes(), Reason.CORRUPT),
        refused(
            "gigantic-strip-of-256-bytes",
            classic().size(200_000, 200_000).bytes(),
            Reason.TRUNCATED),
        refused(
            "gigantic-tile-of-256-bytes",
            classic().size(200_000, 200_000).field(259, SHORT, 8).tiles(200_000, 1).bytes(),
            Reason.TOO_LARGE),
        refused(
            "tiles-of-one-pixel",
            classic().size(200_000, 200_000).tiles(1, 1).bytes(),
            Reason.TOO_LARGE),
        refused("tiles-of-no-pixel", classic().tiles(0, 1).bytes(), Reason.CORRUPT),
        refused(
            "billions-of-strips",
            classic().size(16, 200_000).field(273, LONG, 4_000_000_000L, 0).bytes(),
            Reason.TOO_LARGE),
        refused("no-strip", classic().field(273, LONG, 0, 0).bytes(), Reason.CORRUPT),
        refused("bands-without-end", classic().field(277, LONG, 1 << 30).bytes(), Reason.CORRUPT),
        refused("entries-without-end", bigTiff().entries(Long.MAX_VALUE).bytes(), Reason.CORRUPT),
        refused("no-entries", classic().entries(0).bytes(), Reason.CORRUPT),
        read(
            "gigantic-image-of-tiles-never-written",
            classic()
                .size(200_000, 200_000)
                .field(259, SHORT, 8)
                .tiles(16_384, 169)
                .longs(324, new long[169])
                .longs(325, new long[169])
                .bytes()),
        read("strips-of-no-row", classic().field(278, LONG, 0).bytes()));
  }

  private static List<Hostile> places() {
    byte[] twoInACircle = classic().field(254, LONG, 1).next(1000).bytes();
    System.arraycopy(twoInACircle, 8, twoInACircle, 1000, 200);
    return List.of(
        refused("directory-is-its-own-successor", thumbnail().next(8).bytes(), Reason.CORRUPT),
        refused("two-directories-in-a-circle", twoInACircle, Reason.CORRUPT),
        refused("next-past-the-end", thumbnail().next(0xFFFF_FFFFL).bytes(), Reason.TRUNCATED),
        refused("only-thumbnails", thumbnail().bytes(), Reason.CORRUPT),
        refused(
            "strip-past-the-end",
            classic().field(273, LONG, 0xFFFF_FFF0L).bytes(),
            Reason.TRUNCATED),
        refused(
            "strip-before-the-start", bigTiff().field(273, LONG8, -8).bytes(), Reason.TRUNCATED),
        refused(
            "strip-of-2-to-the-63",
            bigTiff().field(279, LONG8, Long.MAX_VALUE).bytes(),
            Reason.TRUNCATED),
        refused(
            "strips-near-2-to-the-63",
            bigTiff().field(273, LONG8, Long.MAX_VALUE, 100).bytes(),
            Reason.TOO_LARGE),
        refused(
            "values-past-the-end",
            bigTiff().field(273, LONG8, 5, Long.MAX_VALUE - 4).bytes(),
            Reason.TRUNCATED),
        refused(
            "tie-points-near-2-to-the-61",
            bigTiff().field(33922, DOUBLE, 1L << 61, 100).bytes(),
            Reason.TOO_LARGE),
        read("every-block-is-the-same", classic().size(160, 160).tiles(16, 100).bytes()));
  }

  private static HandmadeTiff thumbnail() {
    return classic().field(254, LONG, 1);
  }

  private static List<Hostile> types() {
    return List.of(
        refused("width-is-a-double", classic().field(256, DOUBLE, 1, 40).bytes(), Reason.CORRUPT),
        refused("offsets-are-text", classic().field(273, ASCII, 4, 65).bytes(), Reason.CORRUPT),
        refused("tie-points-are-short", classic().shorts(33922, 1, 2).bytes(), Reason.CORRUPT),
        refused(
            "five-tie-point-values",
            classic().doubles(33922, new double[5]).bytes(),
            Reason.CORRUPT),
        refused("metadata-are-numbers", classic().longs(42112, 1, 2).bytes(), Reason.CORRUPT),
        refused("width-of-an-unknown-type", classic().field(256, 99, 1, 4).bytes(), Reason.CORRUPT),
        refused("three-bits", classic().field(258, SHORT, 3).bytes(), Reason.UNSUPPORTED),
        refused("complex", classic().field(339, SHORT, 6).bytes(), Reason.UNSUPPORTED),
        refused("compression-0", classic().field(259, SHORT, 0).bytes(), Reason.UNSUPPORTED),
        refused(
            "floating-point-predictor-of-bytes",
            classic().field(317, SHORT, 3).block(8, deflated(256)).bytes(),
            Reason.CORRUPT),
        refused(
            "predictor-9",
            classic().field(317, SHORT, 9).block(8, deflated(256)).bytes(),
            Reason.CORRUPT));
  }

  private static List<Hostile> blocks() {
    byte[] garbage = new byte[300];
    new Random(5).nextBytes(garbage);
    garbage[0] = (byte) 0x80; // as LZW begins
    byte[] endless = new byte[300]; // LZW that does nothing but clear its table
    for (int bit = 0; bit + 9 <= 8 * endless.length; bit += 9) {
      endless[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return List.of(
        refused("deflate-of-noise", classic().block(8, garbage).bytes(), Reason.CORRUPT),
        refused("zstd-of-noise", classic().block(50000, garbage).bytes(), Reason.CORRUPT),
        refused("lzw-of-noise", classic().block(5, garbage).bytes(), Reason.CORRUPT),
        refused("lzw-that-only-clears", classic().block(5, endless).bytes(), Reason.CORRUPT),
        refused("deflate-too-short", classic().block(8, deflated(255)).bytes(), Reason.CORRUPT),
        refused("empty-block", classic().block(8, new byte[0]).bytes(), Reason.CORRUPT),
        read("deflate-bomb", classic().block(8, deflated(64 << 20)).bytes()),
        read("zstd-bomb", classic().block(50000, Zstd.compress(new byte[64 << 20])).bytes()),
        refused(
            "tile-of-256-megabytes-from-one-byte",
            classic().size(200_000, 16).block(8, new byte[1]).tiles(16_384, 13).bytes(),
            Reason.CORRUPT),
        read(
            "a-hundred-gigabytes-from-one-block",
            classic()
                .size(200_000, 40_000)
                .field(258, SHORT, 32)
                .field(339, SHORT, 3)
                .block(50000, Zstd.compress(new byte[64 << 20]))
                .tiles(4096, 49 * 10)
                .bytes()));
  }

  private static byte[] deflated(int zeros) {
    Deflater d = new Deflater(9);
    d.setInput(new byte[zeros]);
    d.finish();
    byte[] out = new byte[1000 + zeros / 900];
    int n = d.deflate(out);
    d.end();
    return java.util.Arrays.copyOf(out, n);
  }

  private static List<Hostile> georeferences() {
    double[] origin = {0, 0, 0, 500_000, 5_000_000, 0};
    HandmadeTiff utm = classic().doubles(33922, origin).shorts(34735, keys(3072, 32633));
    return List.of(
        read("pixels-of-nothing", utm.doubles(33550, 0, 0, 0).bytes()),
        read("pixels-of-nan", utm.doubles(33550, Double.NaN, 1, 0).bytes()),
        read("pixels-larger-than-earth", utm.doubles(33550, 1e300, 1e300, 0).bytes()),
        read("pixels-of-1e-300", utm.doubles(33550, 1e-300, 1e-300, 0).bytes()),
        read(
            "a-meridian-at-1e300",
            classic()
                .doubles(33922, origin)
                .doubles(33550, 10, 10, 0)
                .shorts(34735, transverseMercator())
                .doubles(34736, 1e300, 0, 1, 0, 0)
                .bytes()),
        read("a-grid-of-one-place", classic().doubles(33922, new double[24]).bytes()),
        read(
            "a-grid-of-1e308",
            classic()
                .doubles(
                    33922, -1e308, -1e308, 0, 1, 1, 0, 1e308, -1e308, 0, 2, 1, 0, -1e308, 1e308, 0,
                    1, 2, 0, 1e308, 1e308, 0, 2, 2, 0)
                .bytes()),
        refused(
            "metadata-entity-bomb",
            classic().field(42112, ASCII, HostileXml.bomb().length, HostileXml.bomb()).bytes(),
            Reason.CORRUPT),
        read(
            "nodata-is-a-word",
            classic().field(42113, ASCII, 6, "nought".getBytes(UTF_8)).bytes()));
  }

  private static int[] keys(int key, int value) {
    return new int[] {1, 1, 0, 2, 1024, 0, 1, 1, key, 0, 1, value};
  }

  /** A user-defined projection whose parameters are the first five of tag 34736. */
  private static int[] transverseMercator() {
    int[] doubles = {3080, 3081, 3092, 3082, 3083};
    int[] keys = new int[4 * 10];
    int[] integers = {
      1, 1, 0, 9, 1024, 0, 1, 1, 2048, 0, 1, 4326, 3072, 0, 1, 32767, 3075, 0, 1, 1
    };
    System.arraycopy(integers, 0, keys, 0, integers.length);
    for (int i = 0; i < doubles.length; i++) {
      System.arraycopy(new int[] {doubles[i], 34736, 1, i}, 0, keys, 20 + 4 * i, 4);
    }
    return keys;
  }
}
