package dev.sarscribe.imagery.simulate;

/**
 * What to simulate. Two equal specs give the same bytes.
 *
 * @param width columns, 64 to 40,000
 * @param height rows, 64 to 40,000
 * @param seed of everything random
 * @param pixelSpacingM ground size of a pixel in metres, 0.2 to 40
 * @param kind what the scene mainly shows
 * @param looks equivalent number of looks of the speckle, 1 to 100
 */
public record SceneSpec(
    int width, int height, long seed, double pixelSpacingM, SceneKind kind, double looks) {
  /** Pixel spacing of a Sentinel-1 IW GRDH product. */
  public static final double SENTINEL1_SPACING_M = 10;

  /** Equivalent number of looks of Sentinel-1 IW GRDH (ESA, Sentinel-1 Product Definition, 2.7). */
  public static final double SENTINEL1_LOOKS = 4.4;

  private static final int MIN_SIZE = 64;
  private static final int MAX_SIZE = 40_000;

  public SceneSpec {
    if (Math.min(width, height) < MIN_SIZE || Math.max(width, height) > MAX_SIZE) {
      throw new IllegalArgumentException(
          "scene of %d x %d is not within %d and %d".formatted(width, height, MIN_SIZE, MAX_SIZE));
    }
    if (!(pixelSpacingM >= 0.2 && pixelSpacingM <= 40)) {
      throw new IllegalArgumentException("pixel spacing is 0.2 to 40 m, not " + pixelSpacingM);
    }
    if (!(looks >= 1 && looks <= 100)) {
      throw new IllegalArgumentException("looks are 1 to 100, not " + looks);
    }
  }

  /** A scene with Sentinel-1's spacing and looks. */
  public static SceneSpec sentinel1(int width, int height, long seed, SceneKind kind) {
    return new SceneSpec(width, height, seed, SENTINEL1_SPACING_M, kind, SENTINEL1_LOOKS);
  }
}
