package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/** Places ships: at sea, on rivers and alongside quays. */
final class Fleet {
  private final Draft draft;
  private final SceneSpec spec;

  Fleet(Draft draft) {
    this.draft = draft;
    spec = draft.spec;
  }

  /** Ships afloat in a cell: none at all in about a quarter of the cells. */
  void afloat(SplittableRandom random, int column, int row) {
    int wanted = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(random.nextInt(3) == 0 ? 12 : 5);
    double common = random.nextDouble(Math.PI);
    boolean anchored = random.nextBoolean();
    boolean river = spec.kind() == SceneKind.RIVER;
    for (int tries = 0, placed = 0; tries < wanted * 6 && placed < wanted; tries++) {
      double x = (column + random.nextDouble()) * draft.cellM;
      double y = (row + random.nextDouble()) * draft.cellM;
      double length = length(random);
      double heading =
          anchored ? common + random.nextDouble(-0.2, 0.2) : random.nextDouble(2 * Math.PI);
      if (river) {
        River r = draft.terrain.rivers.get(0);
        length = Math.min(length, r.course().widthM() * 0.5);
        heading = r.directionAt(r.along(x, y));
      }
      if (isVisible(length) && isAfloat(x, y, length * 0.6) && draft.claim(x, y, length * 0.6)) {
        boolean moving = !anchored && !river && random.nextInt(3) > 0;
        ship(random, new Frame(x, y, heading), length, moving ? random.nextDouble(2, 10) : 0);
        placed++;
      }
    }
  }

  /**
   * Ships along one side of a quay.
   *
   * @param quay its middle and direction; the water is at positive {@code across}
   * @param share of the berths that are taken
   */
  void alongside(SplittableRandom random, Frame quay, double quayM, double waterM, double share) {
    double at = -quayM * 0.48;
    while (at < quayM * 0.48) {
      double length = Math.min(length(random), quayM * 0.9);
      double width = Math.min(length / random.nextDouble(5.2, 7), waterM * 0.4);
      boolean fits = at + length < quayM * 0.5 && isVisible(length);
      if (fits && random.nextDouble() < share) {
        double across = width * 0.55 + spec.pixelSpacingM() * 0.6;
        double along = at + length / 2;
        double heading = quay.heading() + (random.nextBoolean() ? Math.PI : 0);
        Frame berth = new Frame(quay.x(along, across), quay.y(along, across), heading);
        if (draft.terrain.isSea(berth.x(), berth.y())) {
          draft.add(new Ship(berth, length, width, 0, random.nextLong()));
        }
      }
      at += length * random.nextDouble(1.1, 1.5);
    }
  }

  /** From boats to tankers, at least 4 pixels; most ships are between 60 and 200 m. */
  private double length(SplittableRandom random) {
    double length = 25 * Math.exp(random.nextDouble(0.2, 2.6));
    double least = 4.5 * spec.pixelSpacingM() * random.nextDouble(1, 1.6);
    return Math.max(least, Math.min(length, draft.cellM * 0.25));
  }

  private boolean isVisible(double lengthM) {
    return lengthM >= 4 * spec.pixelSpacingM();
  }

  private void ship(SplittableRandom random, Frame frame, double length, double speed) {
    double width = Math.max(length / random.nextDouble(4.5, 7), 4);
    Ship ship = new Ship(frame, length, width, speed, random.nextLong());
    boolean room = isAfloat(frame.x(), frame.y() + ship.wakeOffsetM(), length * 2);
    draft.add(room ? ship : new Ship(frame, length, width, 0, ship.seed()));
  }

  private boolean isAfloat(double x, double y, double radius) {
    for (int i = 0; i < 8; i++) {
      double angle = i * Math.PI / 4;
      if (!draft.terrain.isWater(x + radius * Math.cos(angle), y + radius * Math.sin(angle))) {
        return false;
      }
    }
    return draft.terrain.isWater(x, y);
  }
}
