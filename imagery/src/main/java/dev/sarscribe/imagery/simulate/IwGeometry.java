package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.geo.LonLat;
import java.util.SplittableRandom;

/**
 * Where a simulated IW swath lies: a right-looking, descending pass over a sphere, near range in
 * column 0. Its latitudes are those of the sphere; tools that take them for WGS84's find the orbit
 * a few kilometres off. Radii and angles are those of Sentinel-1 (700 km; 30.9 to 46 degrees over
 * 250 km).
 */
final class IwGeometry {
  /** β⁰ calibration constant of current IW GRDH products; σ⁰ tables follow from it. */
  static final double BETA_NOUGHT = 474;

  private static final double EARTH_M = 6_371_000;
  private static final double ORBIT_M = EARTH_M + 700_000;
  private static final double NEAR_INCIDENCE = Math.toRadians(30.87);
  private static final double HEADING = Math.toRadians(-168);

  private final double spacingM;

  /**
   * Unit vectors from the Earth's centre: to pixel (0, 0), along the track there, and across it.
   */
  private final double[] start;

  private final double[] ahead;
  private final double[] right;

  IwGeometry(SceneSpec spec) {
    spacingM = spec.pixelSpacingM();
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 8, 8));
    double lat = Math.toRadians(random.nextDouble(-45, 58));
    double lon = Math.toRadians(random.nextDouble(-165, 165));
    double[] north = {
      -Math.sin(lat) * Math.cos(lon), -Math.sin(lat) * Math.sin(lon), Math.cos(lat)
    };
    double[] east = {-Math.sin(lon), Math.cos(lon), 0};
    start =
        new double[] {Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)};
    ahead = turned(north, east, HEADING);
    right = turned(north, east, HEADING + Math.PI / 2);
  }

  /** From one unit vector towards another at a right angle to it. */
  private static double[] turned(double[] from, double[] to, double angle) {
    double[] out = new double[3];
    for (int i = 0; i < 3; i++) {
      out[i] = from[i] * Math.cos(angle) + to[i] * Math.sin(angle);
    }
    return out;
  }

  /** Degrees clockwise from north that the satellite flies. */
  static double headingDeg() {
    return Math.toDegrees(HEADING);
  }

  /** Angle at the Earth's centre between the nadir and a column. */
  private double centralAngle(double x) {
    double near = NEAR_INCIDENCE - Math.asin(EARTH_M / ORBIT_M * Math.sin(NEAR_INCIDENCE));
    return near + x * spacingM / EARTH_M;
  }

  /** Slant range of a column in metres, by the law of cosines. */
  double slantRangeM(double x) {
    double gamma = centralAngle(x);
    return Math.sqrt(
        EARTH_M * EARTH_M + ORBIT_M * ORBIT_M - 2 * EARTH_M * ORBIT_M * Math.cos(gamma));
  }

  /** Angle between the line of sight and the vertical at the ground, in radians. */
  double incidence(double x) {
    return Math.asin(ORBIT_M * Math.sin(centralAngle(x)) / slantRangeM(x));
  }

  /** Angle between the line of sight and the nadir at the satellite, in radians. */
  double elevation(double x) {
    return incidence(x) - centralAngle(x);
  }

  /** σ⁰ calibration: DN² = σ⁰ times the square of this. */
  double sigmaNought(double x) {
    return BETA_NOUGHT / Math.sqrt(Math.sin(incidence(x)));
  }

  /** γ⁰ calibration. */
  double gammaNought(double x) {
    return BETA_NOUGHT / Math.sqrt(Math.tan(incidence(x)));
  }

  /**
   * The position of a pixel coordinate: down the great circle of the track, then to the right of it
   * by the great circle at a right angle, on which the radar looks.
   */
  LonLat locate(double x, double y) {
    double[] at = turned(onTrack(y), right, x * spacingM / EARTH_M);
    double lat = Math.toDegrees(Math.atan2(at[2], Math.hypot(at[0], at[1])));
    return new LonLat(Math.toDegrees(Math.atan2(at[1], at[0])), lat);
  }

  private double[] onTrack(double y) {
    return turned(start, ahead, y * spacingM / EARTH_M);
  }

  /**
   * Position of the satellite when it takes a line, in metres in a frame that turns with the Earth:
   * above the point that lies to the left of column 0 by the central angle of the near range.
   */
  double[] satellite(double y) {
    double[] at = turned(onTrack(y), right, -centralAngle(0));
    return new double[] {ORBIT_M * at[0], ORBIT_M * at[1], ORBIT_M * at[2]};
  }

  /** Its velocity in metres per second. */
  double[] satelliteVelocity(double y) {
    double[] before = satellite(y - 1);
    double[] after = satellite(y + 1);
    double[] velocity = new double[3];
    for (int i = 0; i < 3; i++) {
      velocity[i] = (after[i] - before[i]) / (2 * IwProduct.LINE_INTERVAL_S);
    }
    return velocity;
  }
}
