package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.geo.Gcp;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Simulates SAR scenes with their truth. Scenes are computed band by band in a fixed amount of
 * memory, and a spec gives the same bytes on every run. Products appear under their final name only
 * when complete, so a watched folder never shows half of one.
 *
 * <p>The truth of a scene is a folder of three files:
 *
 * <ul>
 *   <li>{@code coco.json}: boxes of the {@linkplain ObjectCategory labelled objects} in pixels, in
 *       the COCO detection format;
 *   <li>{@code landcover.tif}: the codes of {@link LandCover}, of the scene's size and
 *       georeference;
 *   <li>{@code scene.json}: {@code name}; {@code simulated} (true); {@code kind}, {@code seed},
 *       {@code width}, {@code height}, {@code pixel_spacing_m} and {@code looks} as in {@link
 *       SceneSpec}; {@code sea}, with {@code mean_vv_db} (σ⁰ at mid swath) and {@code k_shape};
 *       {@code objects}, the number of boxes by category; {@code land_cover_codes}, the values in
 *       the mask; {@code land_cover_share}, their shares of all pixels.
 * </ul>
 */
public final class SceneSimulator {
  /** Fixed calibration of GeoTIFF scenes: that of a Sentinel-1 GRD at mid swath. */
  private static final double GEOTIFF_SCALE = 597;

  private SceneSimulator() {}

  /**
   * Writes a product folder like a Sentinel-1A IW GRDH with VV and VH.
   *
   * @param dir where the {@code .SAFE} folder goes; created if need be
   * @param truthDir where a folder of truth named like the product goes; created if need be
   * @return the {@code .SAFE} folder
   * @throws IllegalArgumentException if the pixel spacing is not that of GRDH, 10 m
   * @throws IOException if a file cannot be written; what was begun is removed
   */
  public static Path writeSafe(SceneSpec spec, Path dir, Path truthDir, ProgressListener listener)
      throws IOException {
    if (spec.pixelSpacingM() != SceneSpec.SENTINEL1_SPACING_M) {
      throw new IllegalArgumentException(
          "an IW GRDH product has pixels of 10 m, not " + spec.pixelSpacingM());
    }
    IwProduct product = IwProduct.of(spec);
    Path target = dir.resolve(product.name() + ".SAFE");
    Path temporary = Files.createDirectories(dir).resolve("." + product.name() + ".tmp");
    deleteTree(temporary);
    try {
      Files.createDirectories(temporary.resolve("measurement"));
      Files.createDirectories(temporary.resolve("annotation").resolve("calibration"));
      IwGeometry geometry = new IwGeometry(spec);
      SafeXml xml = new SafeXml(spec, product, geometry);
      measurements(spec, temporary, truthDir, xml, listener);
      annotations(temporary, product, xml);
      Files.writeString(
          temporary.resolve("manifest.safe"),
          new SafeManifest(spec, product, geometry).xml(temporary));
      deleteTree(target);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      return target;
    } finally {
      deleteTree(temporary);
    }
  }

  private static void measurements(
      SceneSpec spec, Path safe, Path truthDir, SafeXml xml, ProgressListener listener)
      throws IOException {
    SceneRenderer renderer = new SceneRenderer(spec);
    IwProduct product = IwProduct.of(spec);
    IwGeometry geometry = new IwGeometry(spec);
    List<Gcp> gcps = gcps(xml, geometry);
    float[] scale = new float[spec.width()];
    for (int x = 0; x < scale.length; x++) {
      scale[x] = (float) geometry.sigmaNought(x);
    }
    Path vv = safe.resolve("measurement/" + product.fileName("VV") + ".tiff");
    Path vh = safe.resolve("measurement/" + product.fileName("VH") + ".tiff");
    try (GeoTiffWriter vvOut = measurement(vv, spec, gcps);
        GeoTiffWriter vhOut = measurement(vh, spec, gcps);
        Truth truth =
            new Truth(
                renderer, product.name(), truthDir.resolve(product.name()), b -> b.gcps(gcps))) {
      Bands.render(
          renderer,
          Bands.usualThreads(),
          listener,
          band -> {
            vvOut.writeRows(numbers(scale, band.vv(), null));
            vhOut.writeRows(numbers(scale, band.vh(), null));
            truth.add(band);
          });
    }
  }

  /**
   * Writes a GeoTIFF of two uint16 amplitude bands, VV and VH, in a UTM zone chosen by the seed;
   * amplitude is proportional to the root of σ⁰, with thermal noise.
   *
   * @param truthDir where a folder of truth named like the file goes; created if need be
   * @throws IOException if a file cannot be written; what was begun is removed
   */
  public static void writeGeoTiff(
      SceneSpec spec, Path file, Path truthDir, ProgressListener listener) throws IOException {
    String name = file.getFileName().toString();
    Path folder = file.toAbsolutePath().getParent();
    Path temporary = Files.createDirectories(folder).resolve("." + name + ".tmp");
    try {
      SceneRenderer renderer = new SceneRenderer(spec);
      float[] scale = new float[spec.width()];
      Arrays.fill(scale, (float) GEOTIFF_SCALE);
      String stem = name.replaceFirst("\\.[^.]*$", "");
      try (GeoTiffWriter out = amplitudes(temporary, spec);
          Truth truth = new Truth(renderer, name, truthDir.resolve(stem), b -> onMap(b, spec))) {
        Bands.render(
            renderer,
            Bands.usualThreads(),
            listener,
            band -> {
              out.writeRows(numbers(scale, band.vv(), band.vh()));
              truth.add(band);
            });
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** The labelled objects of a scene, without computing its pixels. */
  public static List<TruthObject> truth(SceneSpec spec) {
    return new SceneRenderer(spec).truth();
  }

  /** Digital numbers of one band, or of two interleaved; never 0, which means nodata. */
  private static short[] numbers(float[] scale, float[] first, float[] second) {
    int bands = second == null ? 1 : 2;
    short[] out = new short[Math.multiplyExact(first.length, bands)];
    for (int row = 0; row < first.length; row += scale.length) {
      for (int x = 0; x < scale.length; x++) {
        int i = row + x;
        out[i * bands] = number(first[i], scale[x]);
        if (second != null) {
          out[i * bands + 1] = number(second[i], scale[x]);
        }
      }
    }
    return out;
  }

  private static short number(float sigma0, float factor) {
    int dn = (int) (factor * (float) Math.sqrt(sigma0) + 0.5f);
    return (short) Math.max(1, Math.min(65_535, dn));
  }

  private static List<Gcp> gcps(SafeXml xml, IwGeometry geometry) {
    List<Gcp> gcps = new ArrayList<>();
    for (int line : xml.gridRows()) {
      for (int pixel : xml.gridColumns()) {
        LonLat at = geometry.locate(pixel + 0.5, line + 0.5);
        gcps.add(new Gcp(pixel + 0.5, line + 0.5, at.lon(), at.lat()));
      }
    }
    return gcps;
  }

  private static GeoTiffWriter measurement(Path file, SceneSpec spec, List<Gcp> gcps)
      throws IOException {
    return GeoTiffWriter.builder(file, spec.width(), spec.height())
        .title("Sentinel-1A IW GRD HR L1") // readers know the product by it
        .sampleType(SampleType.UINT16)
        .gcps(gcps)
        .open();
  }

  private static GeoTiffWriter amplitudes(Path file, SceneSpec spec) throws IOException {
    GeoTiffWriter.Builder builder =
        GeoTiffWriter.builder(file, spec.width(), spec.height())
            .sampleType(SampleType.UINT16)
            .bands(2)
            .bandDescriptions(List.of("VV", "VH"))
            .nodata(0);
    return onMap(builder, spec).open();
  }

  /** Puts a scene somewhere into a UTM zone. */
  private static GeoTiffWriter.Builder onMap(GeoTiffWriter.Builder builder, SceneSpec spec) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 10, 10));
    int zone = 1 + random.nextInt(60);
    double east = Math.rint(random.nextDouble(300_000, 500_000));
    double north = Math.rint(random.nextDouble(2_000_000, 6_500_000));
    return builder
        .epsg(32_600 + zone)
        .affine(east, north, spec.pixelSpacingM(), -spec.pixelSpacingM());
  }

  private static void annotations(Path safe, IwProduct product, SafeXml xml) throws IOException {
    Path annotation = safe.resolve("annotation");
    Path calibration = annotation.resolve("calibration");
    for (String polarization : List.of("VV", "VH")) {
      String name = product.fileName(polarization) + ".xml";
      Files.writeString(annotation.resolve(name), xml.annotation(polarization));
      Files.writeString(calibration.resolve("calibration-" + name), xml.calibration(polarization));
      Files.writeString(calibration.resolve("noise-" + name), xml.noise(polarization));
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(root)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }
}
