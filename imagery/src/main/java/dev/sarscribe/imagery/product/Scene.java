package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Geolocation;
import java.util.Optional;

/**
 * One polarization of an opened product. Opening read its headers; {@link #read} reads pixels.
 * Thread-safe: reads are positional.
 */
public interface Scene {
  /** As {@link ProductInfo#polarizations()} spells it. */
  String polarization();

  /** Columns. */
  int width();

  /** Rows. */
  int height();

  /** What a value of {@link #read} means. */
  Radiometry radiometry();

  /** Where pixels lie on Earth, if the product says so. */
  Optional<Geolocation> geolocation();

  /** Local incidence angle at a pixel in degrees, where the product carries it. */
  Optional<Double> incidenceAngleDeg(double x, double y);

  /** Pixel spacing in metres along x and y at the scene's centre, where known. */
  Optional<double[]> pixelSpacingM();

  /**
   * Reads a window of values in the unit that {@link #radiometry()} names (calibration and noise
   * removal are already applied where the product carries their tables), row by row; nodata is
   * {@code NaN}.
   *
   * @throws SceneException if the data are truncated, damaged or unreadable
   * @throws IllegalArgumentException if the window leaves the scene
   */
  float[] read(Window window) throws SceneException;
}
