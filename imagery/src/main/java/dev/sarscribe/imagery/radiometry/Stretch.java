package dev.sarscribe.imagery.radiometry;

/**
 * The linear stretch to 8 bits: values at or below {@code low} become 1, at or above {@code high}
 * 255; 0 is kept for nodata. In dB for calibrated recipes.
 */
public record Stretch(double low, double high) {
  public Stretch {
    if (!(low < high)) {
      throw new IllegalArgumentException("stretch needs low < high, not " + low + ", " + high);
    }
  }
}
