package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Decides what the values of a GeoTIFF mean, as the format itself does not say. In order:
 *
 * <ol>
 *   <li>the GDAL_METADATA item {@code RADIOMETRY}, if it is a name of {@link Radiometry};
 *   <li>for floating-point samples, {@code dB} as a word of the file name or in a {@code UNITS}
 *       item: {@link Radiometry#SIGMA0_DB};
 *   <li>the sample type: 8 bits are {@link Radiometry#DISPLAY}, 16 bits {@link
 *       Radiometry#AMPLITUDE};
 *   <li>floats by a look at 8 x 8 spots: decibels if more than a tenth is below zero (noise removal
 *       leaves a few negative powers too) and some value is below -1; else {@link
 *       Radiometry#SIGMA0_LINEAR} if 99 in 100 are under 100 (a calibrated power is rarely over 20
 *       dB); else {@link Radiometry#INTENSITY}.
 * </ol>
 */
final class RadiometryRule {
  private static final Pattern DB_WORD = Pattern.compile("(?i)(^|[^a-z])db([^a-z]|$)");
  private static final int SPOTS = 8;

  /** In a row, where the first ones all missed the data. */
  private static final int MOST_SPOTS = 32;

  private static final int SPOT_WIDTH = 64;
  private static final int SPOT_HEIGHT = 4;

  /** Spots of the largest blocks would cost 64 GB to decode: then fewer will do. */
  private static final long MAX_DECODED_BYTES = 512L << 20;

  private RadiometryRule() {}

  static Radiometry decide(TiffRaster raster, String baseName) throws SceneException {
    Optional<Radiometry> stated = stated(raster);
    if (stated.isPresent()) {
      return stated.get();
    }
    return switch (raster.sampleType()) {
      case UINT8 -> Radiometry.DISPLAY;
      case UINT16, INT16 -> Radiometry.AMPLITUDE;
      case FLOAT32, FLOAT64 -> {
        String units = raster.geoTags().metadata().getOrDefault("UNITS", "");
        boolean db = DB_WORD.matcher(baseName).find() || DB_WORD.matcher(units).find();
        yield db ? Radiometry.SIGMA0_DB : byValues(sample(raster));
      }
    };
  }

  private static Optional<Radiometry> stated(TiffRaster raster) {
    String item = raster.geoTags().metadata().getOrDefault("RADIOMETRY", "");
    boolean integer = raster.sampleType() == SampleType.UINT8;
    return Arrays.stream(Radiometry.values())
        .filter(r -> r.name().equals(item.toUpperCase(Locale.ROOT)))
        .filter(r -> r != Radiometry.DISPLAY || integer)
        .findFirst();
  }

  /**
   * Values other than NaN and nodata from evenly spaced spots, ascending. Spots rather than rows: a
   * row of a tiled raster is dear, as it touches a whole row of blocks. Where all of them miss the
   * data, more are tried.
   */
  private static float[] sample(TiffRaster raster) throws SceneException {
    double affordable = MAX_DECODED_BYTES / (double) raster.blockCostBytes();
    // Where all blocks can be decoded any number of spots can be had; else 4 meet in a spot.
    boolean all = raster.blocks() <= affordable;
    float[] found = {};
    for (int spots = SPOTS; found.length == 0 && spots <= MOST_SPOTS; spots *= 4) {
      int most = all ? spots : (int) Math.max(1, Math.min(spots, Math.sqrt(affordable / 4)));
      found = sample(raster, most);
    }
    return found;
  }

  private static float[] sample(TiffRaster raster, int spots) throws SceneException {
    int width = Math.min(SPOT_WIDTH, raster.width());
    int height = Math.min(SPOT_HEIGHT, raster.height());
    float nodata = (float) raster.geoTags().nodata().orElse(Double.NaN);
    float[] out = new float[spots * spots * width * height];
    int n = 0;
    for (int j = 0; j < spots; j++) {
      int y = (int) ((j + 0.5) / spots * (raster.height() - height));
      for (int i = 0; i < spots; i++) {
        int x = (int) ((i + 0.5) / spots * (raster.width() - width));
        for (float v : raster.read(0, new Window(x, y, width, height))) {
          if (Float.isFinite(v) && v != nodata && v != 0) {
            out[n++] = v;
          }
        }
      }
    }
    float[] sorted = Arrays.copyOf(out, n);
    Arrays.sort(sorted);
    return sorted;
  }

  static Radiometry byValues(float[] ascending) {
    int n = ascending.length;
    if (n == 0) {
      return Radiometry.SIGMA0_LINEAR; // no value seen, so what there are will be few
    }
    if (ascending[0] < -1 && ascending[n / 10] < 0) {
      return Radiometry.SIGMA0_DB;
    }
    return ascending[(n - 1) * 99 / 100] < 100 ? Radiometry.SIGMA0_LINEAR : Radiometry.INTENSITY;
  }
}
