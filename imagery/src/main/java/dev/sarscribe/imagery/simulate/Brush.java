package dev.sarscribe.imagery.simulate;

/**
 * What an object is drawn with, in metres from the scene's upper left corner. Range runs along +x,
 * so the radar looks from the left. Powers are linear σ⁰.
 */
interface Brush {
  /** Metres per pixel, for objects whose detail depends on it. */
  double spacingM();

  /** Replaces the backscatter, and the land cover unless {@code cover} is null. */
  void fill(OrientedBox box, Backscatter backscatter, LandCover cover);

  /** Replaces the backscatter within a disc; the land cover stays. */
  void fillDisc(double x, double y, double radiusM, Backscatter backscatter);

  /** Adds backscatter that carries speckle. */
  void add(OrientedBox box, Backscatter backscatter);

  /** Multiplies the backscatter. */
  void scale(OrientedBox box, float factor);

  /** Adds a point target with the given peak, with its side lobes. */
  void point(double x, double y, Backscatter peak);
}
