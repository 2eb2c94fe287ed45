package dev.sarscribe.imagery.product;

/** What a scene's values mean. */
public enum Radiometry {
  /** Backscatter power relative to a unit area on the ellipsoid, linear. */
  SIGMA0_LINEAR,
  /** The same in decibels. */
  SIGMA0_DB,
  /** Uncalibrated detected amplitude; its square is proportional to intensity. */
  AMPLITUDE,
  /** Uncalibrated detected intensity. */
  INTENSITY,
  /** Already normalised 8-bit pixels for display, 0 to 255: taken as they are. */
  DISPLAY;

  /** A larger power is no measurement, in whatever unit. */
  static final double MOST_POWER = 1e16;
}
