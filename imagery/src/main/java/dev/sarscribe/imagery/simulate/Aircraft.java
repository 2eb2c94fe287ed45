package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A parked aircraft: scattering centres along fuselage, swept wings and tail, strongest at engines
 * and wing roots; which of them show depends on the aspect, here on the seed.
 */
record Aircraft(Frame frame, double lengthM, double spanM, long seed) implements SceneObject {
  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.AIRCRAFT);
  }

  @Override
  public void paintGround(Brush brush) {
    Frame shadow = new Frame(frame.x() + 5, frame.y(), frame.heading());
    Backscatter dark = Backscatter.ofDb(-24, -30);
    brush.fill(shadow.box(0, 0, lengthM * 0.9, lengthM * 0.11), dark, null);
    for (int side = -1; side <= 1; side += 2) {
      brush.fill(
          shadow.stroke(lengthM * 0.08, 0, -lengthM * 0.1, side * spanM * 0.48, lengthM * 0.12),
          dark,
          null);
    }
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double levelDb = random.nextDouble(-10, 0);
    Backscatter skin = Backscatter.structure(levelDb - random.nextDouble(5, 16));
    double body = Math.max(lengthM * 0.1, brush.spacingM());
    brush.add(frame.box(0, 0, lengthM * 0.94, body), skin);
    limb(
        brush,
        random,
        levelDb,
        new double[] {0.5, 0, -0.48, 0},
        random.nextDouble(0.15, 0.6),
        skin,
        body * 0.6);
    for (int side = -1; side <= 1; side += 2) {
      double tip = side * spanM / lengthM * 0.49;
      limb(
          brush,
          random,
          levelDb,
          new double[] {0.1, 0, -0.12, tip},
          random.nextDouble(0.1, 0.6),
          skin,
          body);
      double tail = side * 0.17;
      limb(
          brush,
          random,
          levelDb,
          new double[] {-0.4, 0, -0.48, tail},
          random.nextDouble(0.2, 0.7),
          skin,
          body * 0.6);
      double engine = side * spanM / lengthM * 0.17;
      strong(brush, random, levelDb + 9, 0.08, engine);
      strong(brush, random, levelDb + 6, 0.03, side * 0.04);
    }
    strong(brush, random, levelDb + 5, -0.45, 0);
    strong(brush, random, levelDb + 3, 0.46, 0);
  }

  /** Skin and scattering centres along one limb, whose ends are given in fuselage lengths. */
  private void limb(
      Brush brush,
      SplittableRandom random,
      double levelDb,
      double[] ends,
      double shown,
      Backscatter skin,
      double thicknessM) {
    brush.add(
        frame.stroke(
            ends[0] * lengthM, ends[1] * lengthM, ends[2] * lengthM, ends[3] * lengthM, thicknessM),
        skin);
    double reach = Math.hypot(ends[2] - ends[0], ends[3] - ends[1]) * lengthM;
    int n = (int) Math.max(3, Math.min(16, reach / Math.max(2, brush.spacingM() * 1.8)));
    boolean glint = random.nextInt(4) == 0;
    for (int i = 0; i <= n; i++) {
      double t = (double) i / n;
      double along = (ends[0] + (ends[2] - ends[0]) * t) * lengthM + random.nextDouble(-1.5, 1.5);
      double across = (ends[1] + (ends[3] - ends[1]) * t) * lengthM + random.nextDouble(-1, 1);
      double db = levelDb + random.nextDouble(-5, 6) + (glint ? 5 : 0);
      if (random.nextDouble() < shown) {
        frame.point(brush, along, across, Backscatter.structure(db));
      }
    }
  }

  private void strong(
      Brush brush, SplittableRandom random, double db, double along, double across) {
    double peakDb = db + random.nextDouble(-4, 4);
    frame.point(brush, along * lengthM, across * lengthM, Backscatter.structure(peakDb));
  }
}
