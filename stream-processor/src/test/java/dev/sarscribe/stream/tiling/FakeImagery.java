package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.assets.AssetHints;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.ProductInfo;
import dev.sarscribe.imagery.product.Radiometry;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.NormalisedBand;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Stretch;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Products in memory, and a recipe that rounds. */
final class FakeImagery implements Imagery {
  static final String RECIPE = "rounding/1";

  final Map<Path, List<FakeScene>> products = new HashMap<>();
  int opened;
  int closed;

  @Override
  public Product open(String uri, AssetHints hints) throws SceneException, AccessException {
    URI parsed = URI.create(uri);
    if (!"file".equals(parsed.getScheme())) {
      throw new AccessException(AccessException.Reason.REFUSED_BY_POLICY, parsed, "is not a file");
    }
    Path path = Path.of(parsed);
    List<FakeScene> scenes = products.get(path);
    if (scenes == null) {
      throw new SceneException(SceneException.Reason.NOT_FOUND, path, "is not there");
    }
    opened++;
    return new FakeProduct(path, scenes);
  }

  @Override
  public Recipe recipe(String name) {
    if (!name.equals(RECIPE)) {
      throw new IllegalArgumentException("no recipe " + name);
    }
    return new RoundingRecipe();
  }

  private final class FakeProduct implements Product {
    private final Path path;
    private final List<FakeScene> scenes;

    FakeProduct(Path path, List<FakeScene> scenes) {
      this.path = path;
      this.scenes = scenes;
    }

    @Override
    public ProductInfo info() {
      throw new UnsupportedOperationException(path + ": the topology has no use for it");
    }

    @Override
    public List<Scene> scenes() {
      return List.copyOf(scenes);
    }

    @Override
    public void close() {
      closed++;
    }
  }

  /** A scene of value 7 but for columns of nodata at the left; a row at which reading fails. */
  static final class FakeScene implements Scene {
    private final String polarization;
    private final int width;
    private final int height;
    int nodataColumns;
    int failAtRow = Integer.MAX_VALUE;
    RuntimeException bug;

    FakeScene(String polarization, int width, int height) {
      this.polarization = polarization;
      this.width = width;
      this.height = height;
    }

    @Override
    public String polarization() {
      return polarization;
    }

    @Override
    public int width() {
      return width;
    }

    @Override
    public int height() {
      return height;
    }

    @Override
    public Radiometry radiometry() {
      return Radiometry.AMPLITUDE;
    }

    @Override
    public Optional<Geolocation> geolocation() {
      return Optional.of((x, y) -> new LonLat(10 + x / 10_000, 50 - y / 10_000));
    }

    @Override
    public Optional<Double> incidenceAngleDeg(double x, double y) {
      return Optional.of(30 + x / 100);
    }

    @Override
    public Optional<double[]> pixelSpacingM() {
      return Optional.of(new double[] {10, 11});
    }

    @Override
    public float[] read(Window window) throws SceneException {
      if (bug != null) {
        throw bug;
      }
      if (window.bottom() > failAtRow) {
        throw new SceneException(
            SceneException.Reason.TRUNCATED, Path.of("scene.tif"), "ends at row " + failAtRow);
      }
      float[] values = new float[window.area()];
      Arrays.fill(values, 7);
      for (int i = 0; i < values.length; i++) {
        if (window.x() + i % window.width() < nodataColumns) {
          values[i] = Float.NaN;
        }
      }
      return values;
    }
  }

  private static final class RoundingRecipe implements Recipe {
    @Override
    public String name() {
      return RECIPE;
    }

    @Override
    public Stretch estimate(Scene scene) throws SceneException {
      scene.read(new Window(0, 0, scene.width(), 1));
      return new Stretch(0, 255);
    }

    @Override
    public String describe(Scene scene, Stretch stretch) {
      return "rounding of " + scene.polarization();
    }

    @Override
    public NormalisedBand apply(Scene scene, Window window, Stretch stretch) throws SceneException {
      float[] values = scene.read(window);
      byte[] pixels = new byte[values.length];
      for (int i = 0; i < values.length; i++) {
        pixels[i] = Float.isNaN(values[i]) ? 0 : (byte) Math.round(values[i]);
      }
      return new NormalisedBand(window, pixels);
    }
  }
}
