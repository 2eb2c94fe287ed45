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
 * <p>The truth of a scene is a folder of {@code coco.json} (boxes), {@code landcover.tif} (classes
 * of {@link LandCover}) and {@code scene.json} (what was simulated).
 */
public final class SceneSimulator {
  /** About this many pixels are computed at a time: 17 bytes each, some 70 MB with speckle. */
  private static final int BAND_PIXELS = 1 << 22;

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
        Truth truth = new Truth(renderer, product.name(), truthDir.resolve(product.name()))) {
      bands(
          renderer,
          listener,
          canvas -> {
            vvOut.writeRows(numbers(canvas, scale, canvas.vv, null));
            vhOut.writeRows(numbers(canvas, scale, canvas.vh, null));
            truth.add(canvas);
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
      try (GeoTiffWriter out = georeferenced(temporary, spec);
          Truth truth = new Truth(renderer, name, truthDir.resolve(stem))) {
        bands(
            renderer,
            listener,
            canvas -> {
              out.writeRows(numbers(canvas, scale, canvas.vv, canvas.vh));
              truth.add(canvas);
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

  /** Takes the bands of a scene from top to bottom. */
  private interface BandSink {
    void accept(Canvas canvas) throws IOException;
  }

  private static void bands(SceneRenderer renderer, ProgressListener listener, BandSink sink)
      throws IOException {
    SceneSpec spec = renderer.spec();
    int rows = Math.max(16, BAND_PIXELS / spec.width());
    for (int y = 0; y < spec.height(); y += rows) {
      sink.accept(renderer.render(y, Math.min(rows, spec.height() - y)));
      listener.progress(Math.min(y + rows, spec.height()), spec.height());
    }
  }

  /** Digital numbers of one band, or of two interleaved; never 0, which means nodata. */
  private static short[] numbers(Canvas canvas, float[] scale, float[] first, float[] second) {
    int bands = second == null ? 1 : 2;
    short[] out = new short[Math.multiplyExact(first.length, bands)];
    for (int i = 0; i < first.length; i++) {
      float factor = scale[i % canvas.width];
      out[i * bands] = number(first[i], factor);
      if (second != null) {
        out[i * bands + 1] = number(second[i], factor);
      }
    }
    return out;
  }

  private static short number(float sigma0, float factor) {
    int dn = Math.round(factor * (float) Math.sqrt(sigma0));
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
        .sampleType(SampleType.UINT16)
        .gcps(gcps)
        .open();
  }

  private static GeoTiffWriter georeferenced(Path file, SceneSpec spec) throws IOException {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 10, 10));
    int zone = 1 + random.nextInt(60);
    double east = Math.rint(random.nextDouble(300_000, 500_000));
    double north = Math.rint(random.nextDouble(2_000_000, 6_500_000));
    return GeoTiffWriter.builder(file, spec.width(), spec.height())
        .sampleType(SampleType.UINT16)
        .bands(2)
        .bandDescriptions(List.of("VV", "VH"))
        .nodata(0)
        .epsg(32_600 + zone)
        .affine(east, north, spec.pixelSpacingM(), -spec.pixelSpacingM())
        .open();
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
