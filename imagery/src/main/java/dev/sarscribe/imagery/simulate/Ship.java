package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A ship: a spindle of clutter, a bright rail towards the radar, a superstructure of strong point
 * targets, deck gear; under way with a dark turbulent wake between two bright arms.
 */
record Ship(Frame frame, double lengthM, double widthM, boolean underWay, long seed)
    implements SceneObject {
  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.SHIP);
  }

  @Override
  public void paintGround(Brush brush) {
    if (!underWay) {
      return;
    }
    SplittableRandom random = new SplittableRandom(seed + 1);
    double wakeM = lengthM * random.nextDouble(3, 7);
    double stern = -lengthM / 2;
    Backscatter dark = Backscatter.ofDb(-24, -31);
    Backscatter bright = Backscatter.ofDb(random.nextDouble(-19, -14), -29);
    int steps = 14;
    for (int i = 0; i < steps; i++) {
      double from = stern - wakeM * i / steps;
      double to = stern - wakeM * (i + 1) / steps;
      brush.fill(frame.stroke(from, 0, to, 0, widthM * (0.7 + 0.5 * i / steps)), dark, null);
      double spread = 0.12;
      Backscatter arm =
          new Backscatter(bright.vv() * (steps - i) / steps, bright.vh() * (steps - i) / steps);
      for (int side = -1; side <= 1; side += 2) {
        double c0 = side * (widthM / 2 - spread * (from - stern));
        double c1 = side * (widthM / 2 - spread * (to - stern));
        brush.add(frame.stroke(from, c0, to, c1, Math.max(widthM * 0.4, brush.spacingM())), arm);
      }
    }
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double levelDb = random.nextDouble(-8, 2);
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
    for (int i = 0; i < n; i++) {
      double along = lengthM * (at + random.nextDouble(-0.06, 0.06));
      double across = widthM * random.nextDouble(-0.4, 0.4);
      double db = levelDb + random.nextDouble(7, 17);
      frame.point(brush, along, across, Backscatter.structure(db));
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
