package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.geo.LonLat;
import java.util.SplittableRandom;

/**
 * Where a simulated IW swath lies: a right-looking, descending pass over a sphere, near range in
 * column 0. Radii and angles are those of Sentinel-1 (700 km; 30.9 to 46 degrees over 250 km).
 */
final class IwGeometry {
  /** β⁰ calibration constant of current IW GRDH products; σ⁰ tables follow from it. */
  static final double BETA_NOUGHT = 474;

  private static final double EARTH_M = 6_371_000;
  private static final double ORBIT_M = EARTH_M + 700_000;
  private static final double NEAR_INCIDENCE = Math.toRadians(30.87);
  private static final double HEADING = Math.toRadians(-168);

  private final double spacingM;
  private final double startLat;
  private final double startLon;

  IwGeometry(SceneSpec spec) {
    spacingM = spec.pixelSpacingM();
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 8, 8));
    startLat = Math.toRadians(random.nextDouble(-45, 58));
    startLon = Math.toRadians(random.nextDouble(-165, 165));
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
   * The position of a pixel coordinate: down the track, then to the right along the great circle.
   */
  LonLat locate(double x, double y) {
    double[] onTrack = travel(startLat, startLon, HEADING, y * spacingM / EARTH_M);
    double[] at = travel(onTrack[0], onTrack[1], HEADING + Math.PI / 2, x * spacingM / EARTH_M);
    return new LonLat(Math.toDegrees(at[1]), Math.toDegrees(at[0]));
  }

  /**
   * Position of the satellite when it takes a line, in metres in a frame that turns with the Earth:
   * above the point that lies to the left of column 0 by the central angle of the near range.
   */
  double[] satellite(double y) {
    double[] onTrack = travel(startLat, startLon, HEADING, y * spacingM / EARTH_M);
    double[] nadir = travel(onTrack[0], onTrack[1], HEADING - Math.PI / 2, centralAngle(0));
    double level = ORBIT_M * Math.cos(nadir[0]);
    return new double[] {
      level * Math.cos(nadir[1]), level * Math.sin(nadir[1]), ORBIT_M * Math.sin(nadir[0])
    };
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

  private static double[] travel(double lat, double lon, double bearing, double arc) {
    double toLat =
        Math.asin(
            Math.sin(lat) * Math.cos(arc) + Math.cos(lat) * Math.sin(arc) * Math.cos(bearing));
    double toLon =
        lon
            + Math.atan2(
                Math.sin(bearing) * Math.sin(arc) * Math.cos(lat),
                Math.cos(arc) - Math.sin(lat) * Math.sin(toLat));
    return new double[] {toLat, Math.IEEEremainder(toLon, 2 * Math.PI)};
  }
}
