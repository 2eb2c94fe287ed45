package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A ship: a spindle of clutter, a bright rail towards the radar, a superstructure of strong point
 * targets, deck gear. Under way it smears along azimuth, and its wake (a dark turbulent trail, at
 * times between the bright arms of the Kelvin wedge) lies elsewhere: see {@link #wakeOffsetM}.
 *
 * @param frame where it appears in the image
 * @param speed metres per second; 0 at anchor
 */
record Ship(Frame frame, double lengthM, double widthM, double speed, long seed)
    implements SceneObject {
  /** Slant range over platform speed of Sentinel-1 at mid swath: 850 km by 7.6 km/s, in seconds. */
  private static final double RANGE_OVER_VELOCITY_S = 112;

  /** Sine of the incidence angle, 38 degrees. */
  private static final double SIN_INCIDENCE = 0.62;

  /** Half of the opening of a Kelvin wake is 19.5 degrees: its sine is a third. */
  private static final double KELVIN_SLOPE = 0.354;

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.SHIP);
  }

  /**
   * How far down the image the wake lies from the ship. A target that moves in range is focused in
   * the wrong azimuth: by R / V times its radial speed (Raney 1971); the water of its wake is not.
   */
  double wakeOffsetM() {
    return RANGE_OVER_VELOCITY_S * SIN_INCIDENCE * speed * Math.cos(frame.heading());
  }

  @Override
  public void paintGround(Brush brush) {
    if (speed == 0) {
      return;
    }
    SplittableRandom random = new SplittableRandom(seed + 1);
    Frame wake = new Frame(frame.x(), frame.y() + wakeOffsetM(), frame.heading());
    double wakeM = Math.max(lengthM * 3, 12 * brush.spacingM()) * random.nextDouble(1, 3);
    double stern = -lengthM / 2;
    boolean kelvin = random.nextInt(3) == 0;
    double armDb = random.nextDouble(-19, -14);
    double dark = random.nextDouble(0.35, 0.8);
    int steps = 18;
    for (int i = 0; i < steps; i++) {
      double fade = (double) (steps - i) / steps;
      double from = stern - wakeM * i / steps;
      double to = stern - wakeM * (i + 1) / steps;
      double width = Math.max(widthM, brush.spacingM()) * (0.8 + 0.7 * i / steps);
      brush.scale(wake.stroke(from, 0, to, 0, width), (float) (1 - dark * fade));
      Backscatter arm = Backscatter.ofDb(armDb + 10 * Math.log10(fade), -40);
      for (int side = -1; kelvin && side <= 1; side += 2) {
        double c0 = side * (widthM / 2 - KELVIN_SLOPE * (from - stern));
        double c1 = side * (widthM / 2 - KELVIN_SLOPE * (to - stern));
        brush.add(wake.stroke(from, c0, to, c1, Math.max(widthM * 0.4, brush.spacingM())), arm);
      }
    }
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    // Larger ships are brighter too; the spread between sisters remains large.
    double levelDb = random.nextDouble(-8, 2) + 4 * Math.log10(lengthM / 80);
    Backscatter hull = Backscatter.structure(levelDb);
    brush.add(frame.box(-lengthM * 0.08, 0, lengthM * 0.84, widthM), hull);
    brush.add(frame.box(lengthM * 0.38, 0, lengthM * 0.16, widthM * 0.6), hull);
    paintRail(brush, random, levelDb);
    paintSuperstructure(brush, random, levelDb);
    paintDeck(brush, random, levelDb);
  }

  private void paintRail(Brush brush, SplittableRandom random, double levelDb) {
    int side = frame.sideTowardsRadar();
    double pitch = Math.max(brush.spacingM() * 1.3, 5);
    int n = (int) (lengthM * 0.84 / pitch);
    for (int i = 0; i < n; i++) {
      double along = -lengthM * 0.48 + (i + random.nextDouble()) * pitch;
      double db = levelDb + random.nextDouble(-4, 8);
      frame.point(brush, along, side * widthM * 0.42, Backscatter.structure(db));
    }
  }

  private void paintSuperstructure(Brush brush, SplittableRandom random, double levelDb) {
    double at = random.nextBoolean() ? -0.36 : random.nextDouble(-0.4, 0.3);
    int n = 3 + random.nextInt(4);
    double smearM = Math.min(lengthM * 0.35, speed * 4);
    for (int i = 0; i < n; i++) {
      double along = lengthM * (at + random.nextDouble(-0.06, 0.06));
      double across = widthM * random.nextDouble(-0.4, 0.4);
      double db = levelDb + random.nextDouble(7, 22);
      frame.point(brush, along, across, Backscatter.structure(db));
      if (smearM > brush.spacingM()) {
        // Rolling and acceleration defocus a moving ship along azimuth.
        for (int side = -1; side <= 1; side += 2) {
          double y = frame.y(along, across) + side * smearM * random.nextDouble(0.3, 1);
          brush.point(frame.x(along, across), y, Backscatter.structure(db - 9));
        }
      }
    }
  }

  private void paintDeck(Brush brush, SplittableRandom random, double levelDb) {
    int holds = (int) Math.min(14, lengthM / (4 * brush.spacingM()));
    boolean bars = random.nextBoolean();
    for (int i = 0; i < holds; i++) {
      double along = lengthM * (-0.3 + 0.68 * (i + 0.5) / holds);
      double db = levelDb + random.nextDouble(0, 9);
      frame.point(brush, along, widthM * random.nextDouble(-0.3, 0.3), Backscatter.structure(db));
      if (bars && widthM > 4 * brush.spacingM()) {
        brush.add(
            frame.stroke(along, -widthM * 0.4, along, widthM * 0.4, brush.spacingM() * 1.4),
            Backscatter.structure(levelDb + 4));
      }
    }
  }
}
