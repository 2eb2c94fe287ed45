package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.nio.file.Path;
import java.util.Optional;

/** One polarization of a Sentinel-1 ground range product, calibrated while read. Thread-safe. */
final class SafeScene implements Scene {
  /**
   * Least σ⁰ of a measured pixel, -50 dB: noise removal leaves some below zero, which has no
   * logarithm. Low enough to leave local means as they are.
   */
  private static final float FLOOR = 1e-5f;

  private final SafeAnnotation annotation;
  private final TiffRaster raster;
  private final Path product;
  private final String measurement;

  /**
   * @param measurement name of the raster in the product, for messages
   */
  SafeScene(SafeAnnotation annotation, TiffRaster raster, Path product, String measurement) {
    this.annotation = annotation;
    this.raster = raster;
    this.product = product;
    this.measurement = measurement;
  }

  @Override
  public String polarization() {
    return annotation.polarization();
  }

  @Override
  public int width() {
    return annotation.width();
  }

  @Override
  public int height() {
    return annotation.height();
  }

  @Override
  public Radiometry radiometry() {
    return Radiometry.SIGMA0_LINEAR;
  }

  @Override
  public Optional<Geolocation> geolocation() {
    return Optional.of(annotation.geolocation());
  }

  @Override
  public Optional<Double> incidenceAngleDeg(double x, double y) {
    return Optional.of(annotation.incidence().at(x, y));
  }

  @Override
  public Optional<double[]> pixelSpacingM() {
    return Optional.of(new double[] {annotation.rangeSpacingM(), annotation.azimuthSpacingM()});
  }

  @Override
  public float[] read(Window w) throws SceneException {
    float[] values = measured(w);
    LookUpTable.Rows gains = annotation.sigmaNought().new Rows(w.x(), w.width());
    LookUpTable.Rows noises = annotation.noise().range().new Rows(w.x(), w.width());
    float[] dn = new float[w.width()];
    float[] gain = new float[w.width()];
    float[] noise = new float[w.width()];
    for (int row = 0; row < w.height(); row++) {
      int line = w.y() + row;
      gains.line(line, gain);
      noises.line(line, noise);
      annotation.noise().scale(noise, w.x(), line);
      System.arraycopy(values, row * w.width(), dn, 0, w.width());
      calibrate(dn, gain, noise);
      System.arraycopy(dn, 0, values, row * w.width(), w.width());
    }
    return values;
  }

  private float[] measured(Window w) throws SceneException {
    try {
      return raster.read(0, w);
    } catch (SceneException e) {
      throw e.within(product, measurement);
    }
  }

  /**
   * σ⁰ = (DN² - noise) / gain², at least the floor; DN 0 is nodata. In place, one row. The factor
   * DN / DN is 1, and NaN of a DN of 0: a condition would keep the loop from being vectorised.
   */
  @SuppressWarnings("IdentityBinaryExpression") // it is NaN at 0
  static void calibrate(float[] dn, float[] gain, float[] noise) {
    for (int i = 0; i < dn.length; i++) {
      float v = dn[i];
      float a = gain[i];
      dn[i] = Math.max(FLOOR, (v * v - noise[i]) / (a * a)) * (v / v);
    }
  }
}
