package dev.sarscribe.imagery.simulate;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A harbour: a quay along the frame's {@code across} axis, piers running out to sea along its
 * heading, cranes and stacked containers; the basin before it is dredged, sheltered water.
 */
record Harbor(
    Frame frame,
    double widthM,
    double pierM,
    int piers,
    double pierWidthM,
    Backscatter basin,
    long seed)
    implements SceneObject {
  private static final Backscatter PAVING = Backscatter.ofDb(-9, -16);

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.HARBOR);
  }

  /** Depth of the terminal behind the quay. */
  double yardM() {
    return pierM * 0.7;
  }

  /** The middle of a pier across the frame. */
  double pierAcross(int pier) {
    return -widthM / 2 + (pier + 0.5) * widthM / piers;
  }

  @Override
  public void paintGround(Brush brush) {
    brush.fill(frame.box(pierM * 0.7, 0, pierM * 1.4, widthM * 1.05), basin, LandCover.WATER);
    brush.fill(frame.box(-yardM() * 0.9, 0, yardM() * 1.8, widthM * 1.15), PAVING, LandCover.URBAN);
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    double edge = Math.max(2.5, brush.spacingM());
    for (int p = 0; p < piers; p++) {
      double across = pierAcross(p);
      double reach = pierM * random.nextDouble(0.6, 1);
      double breadth = pierWidthM * random.nextDouble(0.7, 1);
      brush.fill(frame.box(reach / 2, across, reach, breadth), PAVING, LandCover.URBAN);
      for (int side = -1; side <= 1; side += 2) {
        double c = across + side * (breadth - edge) / 2;
        brush.add(
            frame.stroke(0, c, reach, c, edge), Backscatter.structure(random.nextDouble(-9, 0)));
      }
      scatter(brush, random, reach / 2, across, reach * 0.96, breadth * 0.8);
    }
    double quay = -edge / 2;
    brush.add(
        frame.stroke(quay, -widthM / 2, quay, widthM / 2, edge),
        Backscatter.structure(random.nextDouble(-7, 0)));
    stacks(brush, random);
  }

  /** Cranes, sheds and lamps. */
  private void scatter(
      Brush brush,
      SplittableRandom random,
      double along,
      double across,
      double lengthM,
      double breadthM) {
    int n = (int) Math.min(60, lengthM / (2.5 * Math.max(4, brush.spacingM())));
    for (int i = 0; i < n; i++) {
      frame.point(
          brush,
          along + lengthM * random.nextDouble(-0.5, 0.5),
          across + breadthM * random.nextDouble(-0.5, 0.5),
          Backscatter.structure(random.nextDouble(-7, 10)));
    }
  }

  /** Rows of containers and sheds on the terminal. */
  private void stacks(Brush brush, SplittableRandom random) {
    double row = Math.max(16, 2.6 * brush.spacingM());
    int rows = (int) (yardM() * 0.85 / row);
    int columns = (int) Math.max(1, widthM / random.nextDouble(90, 170));
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        double db = random.nextDouble(-9, 4);
        if (random.nextDouble() < 0.25) {
          continue;
        }
        brush.add(
            frame.box(
                -(r + 1) * row,
                -widthM / 2 + (c + 0.5) * widthM / columns,
                Math.max(row * 0.45, brush.spacingM()),
                widthM / columns * random.nextDouble(0.5, 0.85)),
            Backscatter.structure(db));
      }
    }
    scatter(brush, random, -yardM() * 0.45, 0, yardM() * 0.8, widthM * 0.95);
  }
}
