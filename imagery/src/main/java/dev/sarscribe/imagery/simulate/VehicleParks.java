package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/** Places groups of vehicles: on a paved lot in rows, or loosely in the open. */
final class VehicleParks {
  /** Coarser than this a vehicle is below one pixel or two. */
  private static final double COARSEST_M = 1.3;

  private final Draft draft;

  VehicleParks(Draft draft) {
    this.draft = draft;
  }

  /** Parks a group around a point unless the ground is taken or the pixels are too coarse. */
  void group(SplittableRandom random, double x, double y) {
    if (draft.spec.pixelSpacingM() > COARSEST_M) {
      return;
    }
    Frame frame = new Frame(x, y, random.nextDouble(2 * Math.PI));
    boolean lot = draft.spec.kind() == SceneKind.CITY || random.nextBoolean();
    double length = random.nextDouble(4.4, 8.5);
    int columns = 3 + random.nextInt(lot ? 12 : 4);
    int rows = 1 + random.nextInt(4);
    double pitchX = lot ? length * 0.72 : length * random.nextDouble(1.8, 4);
    double pitchY = length * random.nextDouble(1.9, 3.4);
    if (!draft.claim(x, y, Math.hypot(columns * pitchX, rows * pitchY) / 2 + 8)) {
      return;
    }
    if (lot) {
      OrientedBox ground = frame.box(0, 0, columns * pitchX + 12, rows * pitchY + 12);
      draft.add(new Pad(ground, Backscatter.ofDb(-19, -27), false, LandCover.BARE));
    }
    for (int i = 0; i < rows * columns; i++) {
      double along = (i % columns - (columns - 1) / 2.0) * pitchX;
      double across = (Math.floorDiv(i, columns) - (rows - 1) / 2.0) * pitchY;
      Frame place = new Frame(frame.x(along, across), frame.y(along, across), frame.heading());
      vehicle(random, place, length, lot);
    }
  }

  /** Three places in four are taken, on a lot exactly, in the open only roughly. */
  private void vehicle(SplittableRandom random, Frame place, double usualM, boolean lot) {
    double scatter = lot ? 0.2 : usualM * 0.8;
    double turned = place.heading() + Math.PI / 2 + random.nextDouble(-1, 1) * (lot ? 0.05 : 0.7);
    double x = place.x() + random.nextDouble(-scatter, scatter);
    double y = place.y() + random.nextDouble(-scatter, scatter);
    if (random.nextDouble() < 0.75) {
      double own = usualM * random.nextDouble(0.88, 1.12);
      double height = random.nextDouble(1.5, 2.8);
      Frame at = new Frame(x, y, turned);
      draft.add(new Vehicle(at, own, own * 0.43, height, random.nextLong()));
    }
  }
}
