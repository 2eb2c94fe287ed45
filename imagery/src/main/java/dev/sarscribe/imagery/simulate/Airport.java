package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The ground of an airport: grass, runway, taxiway, apron and terminal, smooth pavement being
 * nearly black. Aircraft are objects of their own.
 */
record Airport(Frame frame, double runwayM, double apronM, double apronDepthM, long seed)
    implements SceneObject {
  private static final Backscatter PAVEMENT = Backscatter.ofDb(-22, -29);
  private static final Backscatter GRASS = Backscatter.ofDb(-14.5, -22);

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.empty();
  }

  @Override
  public void paintGround(Brush brush) {
    double grassDepth = apronDepthM + 420;
    brush.fill(frame.box(0, -grassDepth * 0.25, runwayM * 1.08, grassDepth), GRASS, LandCover.BARE);
    brush.fill(frame.box(0, -apronDepthM / 2 - 230, runwayM, 50), PAVEMENT, LandCover.BARE);
    brush.fill(frame.box(0, -apronDepthM / 2 - 70, runwayM * 0.95, 26), PAVEMENT, LandCover.BARE);
    for (double along = -0.45; along <= 0.46; along += 0.225) {
      brush.fill(
          frame.stroke(
              along * runwayM,
              -apronDepthM / 2 - 230,
              along * runwayM + 40,
              -apronDepthM / 2 + 10,
              24),
          PAVEMENT,
          LandCover.BARE);
    }
    brush.fill(frame.box(0, 0, apronM, apronDepthM), PAVEMENT, LandCover.BARE);
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double front = apronDepthM / 2 + 4;
    double hallDepth = 45;
    brush.fill(
        frame.box(0, front + hallDepth / 2, apronM * 0.9, hallDepth),
        Backscatter.ofDb(-10, -17),
        LandCover.URBAN);
    double line = Math.max(3, brush.spacingM());
    double at = -apronM * 0.45;
    while (at < apronM * 0.43) {
      double wing = random.nextDouble(25, 110);
      double step = random.nextDouble(-8, 14);
      brush.add(
          frame.stroke(at, front + step, Math.min(at + wing, apronM * 0.45), front + step, line),
          Backscatter.structure(random.nextDouble(-3, 6)));
      brush.add(
          frame.stroke(at, front + step, at, front + hallDepth, line),
          Backscatter.structure(random.nextDouble(-6, 4)));
      for (int i = 0; i < 5; i++) {
        frame.point(
            brush,
            at + wing * random.nextDouble(),
            front + hallDepth * random.nextDouble(),
            Backscatter.structure(random.nextDouble(-2, 12)));
      }
      at += wing + random.nextDouble(4, 30);
    }
  }
}
