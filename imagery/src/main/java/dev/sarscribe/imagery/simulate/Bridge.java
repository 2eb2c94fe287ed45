package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A bridge over water: the deck, and besides it the lines of double and triple bounce between deck
 * and water, which arrive later and so lie farther in range.
 */
record Bridge(Frame frame, double lengthM, double widthM, double clearanceM, long seed)
    implements SceneObject {
  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.BRIDGE);
  }

  @Override
  public void paintGround(Brush brush) {
    brush.fill(
        frame.box(0, 0, lengthM * 1.5, widthM * 0.8), Backscatter.ofDb(-13, -21), LandCover.URBAN);
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double levelDb = random.nextDouble(-5, 1) + 5 * Math.abs(Math.sin(frame.heading()));
    double deck = Math.max(widthM, brush.spacingM());
    brush.fill(frame.box(0, 0, lengthM, deck), Backscatter.structure(levelDb - 3), LandCover.URBAN);
    double rail = Math.max(2, brush.spacingM());
    int side = frame.sideTowardsRadar();
    brush.add(
        frame.stroke(-lengthM / 2, side * deck / 2, lengthM / 2, side * deck / 2, rail),
        Backscatter.structure(levelDb + 3));
    // Path difference of the bounces over the ground range, projected across the deck.
    double shift = clearanceM * 1.6 * Math.abs(Math.sin(frame.heading()));
    for (int bounce = 1; bounce <= 2 && shift > brush.spacingM(); bounce++) {
      double across = -side * (deck / 2 + bounce * shift);
      brush.add(
          frame.stroke(-lengthM * 0.44, across, lengthM * 0.44, across, rail),
          Backscatter.structure(levelDb + 1 - 5 * bounce));
    }
    double pitch = Math.max(random.nextDouble(15, 40), 3 * brush.spacingM());
    int n = (int) (lengthM / pitch);
    for (int i = 0; i <= n; i++) {
      double db = levelDb + random.nextDouble(0, 9);
      frame.point(brush, (i - n / 2.0) * pitch, side * deck * 0.4, Backscatter.structure(db));
    }
  }
}
