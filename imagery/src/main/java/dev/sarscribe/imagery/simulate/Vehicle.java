package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/** A vehicle: the edges towards the radar and a few centres shine, a radar shadow lies behind. */
record Vehicle(Frame frame, double lengthM, double widthM, double heightM, long seed)
    implements SceneObject {
  /** Shadow per height on flat ground at 40 degrees of incidence: its tangent. */
  private static final double SHADOW_PER_HEIGHT = 0.84;

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.VEHICLE);
  }

  @Override
  public void paintGround(Brush brush) {
    Backscatter dark = Backscatter.ofDb(-27, -33);
    double shadowM = heightM * SHADOW_PER_HEIGHT * 1.5;
    int steps = 4;
    for (int i = 1; i <= steps; i++) {
      Frame moved = new Frame(frame.x() + shadowM * i / steps, frame.y(), frame.heading());
      brush.fill(moved.box(0, 0, lengthM, widthM), dark, null);
    }
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double levelDb = random.nextDouble(-9, -1);
    brush.fill(
        frame.box(0, 0, lengthM, widthM),
        Backscatter.structure(levelDb - random.nextDouble(1, 6)),
        null);
    int side = frame.sideTowardsRadar();
    int end = Math.cos(frame.heading()) > 0 ? -1 : 1;
    double edge = Math.max(0.5, brush.spacingM());
    double along = lengthM / 2 - edge / 2;
    double across = widthM / 2 - edge / 2;
    brush.add(
        frame.stroke(-along, side * across, along, side * across, edge),
        Backscatter.structure(levelDb + 4 * Math.abs(Math.sin(frame.heading()))));
    brush.add(
        frame.stroke(end * along, -across, end * along, across, edge),
        Backscatter.structure(levelDb + 4 * Math.abs(Math.cos(frame.heading()))));
    int n = 4 + random.nextInt(5);
    for (int i = 0; i < n; i++) {
      frame.point(
          brush,
          random.nextDouble(-1, 1) * along,
          (random.nextDouble(-0.6, 0.6) + 0.4 * side) * across,
          Backscatter.structure(levelDb + random.nextDouble(2, 12)));
    }
  }
}
