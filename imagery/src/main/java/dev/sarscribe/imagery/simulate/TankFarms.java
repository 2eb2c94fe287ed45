package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/** Places tank farms: rows of tanks of about one size, each within its bund. */
final class TankFarms {
  private final Draft draft;

  TankFarms(Draft draft) {
    this.draft = draft;
  }

  /** Builds a farm around a point unless the ground is taken. */
  void farm(SplittableRandom random, double x, double y) {
    Frame frame = new Frame(x, y, random.nextDouble(2 * Math.PI));
    double least = random.nextDouble(3, 6) * draft.spec.pixelSpacingM();
    double size = Math.max(least, random.nextDouble(9, 42));
    int columns = 2 + random.nextInt(5);
    int rows = 1 + random.nextInt(4);
    double pitch = size * random.nextDouble(2.7, 3.4);
    if (!draft.claim(x, y, Math.hypot(columns, rows) * pitch / 2 + size)) {
      return;
    }
    OrientedBox ground = frame.box(0, 0, columns * pitch + size * 2, rows * pitch + size * 2);
    Backscatter surface = Backscatter.ofDb(random.nextDouble(-17, -12), -24);
    draft.add(new Pad(ground, surface, false, LandCover.URBAN));
    boolean walls = random.nextBoolean();
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        double along = (c - (columns - 1) / 2.0) * pitch;
        double across = (r - (rows - 1) / 2.0) * pitch;
        if (random.nextDouble() < 0.1) {
          continue;
        }
        OrientedBox bund = frame.box(along, across, pitch * 0.94, pitch * 0.94);
        draft.add(new Pad(bund, surface, walls, LandCover.URBAN));
        double radius = size * random.nextDouble(0.8, 1.08);
        double height = Math.min(random.nextDouble(9, 20), radius * 1.1);
        double tx = frame.x(along, across);
        double ty = frame.y(along, across);
        draft.add(new Tank(tx, ty, radius, height, random.nextLong()));
      }
    }
  }
}
