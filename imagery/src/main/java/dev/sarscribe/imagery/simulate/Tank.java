package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * An upright storage tank: the double bounce between its near wall and the ground draws an arc at
 * its foot; the near and far rim of the roof, laid over towards the radar, draw two more.
 */
record Tank(double x, double y, double radiusM, double heightM, long seed) implements SceneObject {
  /** Layover per height at 40 degrees of incidence: one over its tangent. */
  private static final double LAYOVER_PER_HEIGHT = 1.19;

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.TANK);
  }

  private double layoverM() {
    return Math.min(heightM * LAYOVER_PER_HEIGHT, radiusM * 1.3);
  }

  @Override
  public void paintGround(Brush brush) {
    brush.fillDisc(x + heightM * 0.6, y, radiusM, Backscatter.ofDb(-23, -30));
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double levelDb = random.nextDouble(-8, -1);
    brush.fillDisc(x, y, radiusM, Backscatter.ofDb(-17, -26));
    brush.fillDisc(x - layoverM(), y, radiusM, Backscatter.ofDb(-14.5, -24));
    arc(brush, random, x, radiusM, Math.PI, 1.2, levelDb + 3);
    arc(brush, random, x - layoverM(), radiusM, Math.PI, 1.35, levelDb - 1);
    arc(brush, random, x - layoverM(), radiusM * 0.97, 0, 0.7, levelDb - 1);
    brush.point(x - radiusM, y, Backscatter.structure(levelDb + random.nextDouble(6, 13)));
    brush.point(
        x - layoverM() + radiusM, y, Backscatter.structure(levelDb + random.nextDouble(3, 10)));
    brush.point(
        x - layoverM() - radiusM, y, Backscatter.structure(levelDb + random.nextDouble(2, 8)));
    if (random.nextBoolean()) {
      brush.point(
          x - layoverM() + radiusM * random.nextDouble(-0.3, 0.3),
          y + radiusM * random.nextDouble(-0.3, 0.3),
          Backscatter.structure(levelDb + random.nextDouble(0, 6)));
    }
  }

  /** Point targets along an arc, fading from its middle to its ends. */
  private void arc(
      Brush brush,
      SplittableRandom random,
      double centreX,
      double radius,
      double middle,
      double halfAngle,
      double levelDb) {
    int n = (int) Math.max(3, 2 * halfAngle * radius / Math.max(1, brush.spacingM()));
    for (int i = 0; i <= n; i++) {
      double off = halfAngle * (2.0 * i / n - 1);
      double db = levelDb - 9 * (off / halfAngle) * (off / halfAngle) + random.nextDouble(-3, 2);
      brush.point(
          centreX + radius * Math.cos(middle + off),
          y + radius * Math.sin(middle + off),
          Backscatter.structure(db));
    }
  }
}
