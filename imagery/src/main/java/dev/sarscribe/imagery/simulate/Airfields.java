package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Plans airports and parks aircraft on their aprons. */
final class Airfields {
  /** Coarser than this a parked aircraft is a few indistinct pixels. */
  private static final double COARSEST_AIRCRAFT_M = 4;

  /** Middle of the taxiway to middle of the runway. */
  private static final double RUNWAY_OFFSET_M = 185;

  /** No other airport within twice this distance. */
  private static final double GROUND_M = 1100;

  private final Draft draft;

  Airfields(Draft draft) {
    this.draft = draft;
  }

  /** Builds an airport whose main apron is around a point, unless the ground is taken. */
  void airport(SplittableRandom random, double x, double y) {
    Frame frame = new Frame(x, y, random.nextDouble(2 * Math.PI));
    if (!draft.claim(x, y, GROUND_M)) {
      return;
    }
    double apronM = Math.min(1200, Math.max(240, draft.cellM * random.nextDouble(0.6, 1.1)));
    double depth = random.nextDouble(150, 320);
    List<OrientedBox> aprons = aprons(random, frame, apronM, depth);
    double taxiway = -depth / 2 - random.nextDouble(40, 110);
    List<OrientedBox> runways = runways(random, frame, taxiway - RUNWAY_OFFSET_M);
    List<OrientedBox> taxiways = taxiways(random, frame, runways.get(0), taxiway, depth);
    List<Airport.Hall> halls = halls(random, frame, apronM, depth);
    draft.add(new Airport(runways, taxiways, aprons, halls, random.nextLong()));
    if (draft.spec.pixelSpacingM() <= COARSEST_AIRCRAFT_M) {
      park(random, frame, apronM, depth);
    }
  }

  /** The main apron, and beside it smaller ones of other depths. */
  private static List<OrientedBox> aprons(
      SplittableRandom random, Frame frame, double apronM, double depth) {
    List<OrientedBox> aprons = new ArrayList<>();
    aprons.add(frame.box(0, 0, apronM, depth));
    for (int side = -1; side <= 1; side += 2) {
      double at = side * apronM / 2;
      int more = random.nextInt(3);
      for (int i = 0; i < more; i++) {
        double length = random.nextDouble(90, 340);
        double own = depth * random.nextDouble(0.35, 0.9);
        double across = -(depth - own) / 2 + random.nextDouble(0, 25);
        double gap = random.nextBoolean() ? 0 : random.nextDouble(15, 70);
        aprons.add(frame.box(at + side * (gap + length / 2), across, length, own));
        at += side * (gap + length);
      }
    }
    return aprons;
  }

  /** One runway, and at times another, parallel or crossing. */
  private static List<OrientedBox> runways(SplittableRandom random, Frame frame, double across) {
    List<OrientedBox> runways = new ArrayList<>();
    double length = random.nextDouble(2200, 3600);
    double shift = random.nextDouble(-0.25, 0.25) * length;
    double width = random.nextDouble(45, 60);
    runways.add(frame.box(shift, across, length, width));
    int second = random.nextInt(5);
    if (second == 0) {
      double apart = random.nextDouble(260, 1300);
      double other = length * random.nextDouble(0.6, 1);
      runways.add(frame.box(-shift, across - apart, other, width));
    } else if (second == 1) {
      double turn = frame.heading() + random.nextDouble(0.6, 1.2);
      Frame crossing = new Frame(frame.x(shift, across), frame.y(shift, across), turn);
      double other = length * random.nextDouble(0.5, 0.85);
      // It begins beyond the main runway, so that it does not run through the terminal.
      runways.add(crossing.box(-other * 0.42, 0, other, width));
    }
    return runways;
  }

  /** The parallel taxiway and its links to the runway, some of them slanted exits. */
  private static List<OrientedBox> taxiways(
      SplittableRandom random, Frame frame, OrientedBox runway, double across, double depth) {
    List<OrientedBox> taxiways = new ArrayList<>();
    double middle =
        (runway.x() - frame.x()) * Math.cos(frame.heading())
            + (runway.y() - frame.y()) * Math.sin(frame.heading());
    double half = runway.lengthM() / 2;
    taxiways.add(frame.box(middle, across, runway.lengthM() * 0.98, 25));
    int links = 4 + random.nextInt(4);
    for (int i = 0; i < links; i++) {
      double along = middle + half * (0.97 * (2.0 * i / (links - 1) - 1));
      boolean end = i == 0 || i == links - 1;
      double slant = end ? 0 : random.nextInt(3) * random.nextDouble(-110, 110);
      double at = along + (end ? 0 : random.nextDouble(-80, 80));
      taxiways.add(frame.stroke(at, across - RUNWAY_OFFSET_M, at + slant, across, 24));
    }
    for (double along = -0.4; along <= 0.41; along += random.nextDouble(0.2, 0.5)) {
      double at = along * Math.min(1000, half);
      taxiways.add(frame.stroke(at, across, at, -depth / 2 + 10, 26));
    }
    return taxiways;
  }

  /** Terminal and hangars along the landward edge, of uneven length and depth. */
  private static List<Airport.Hall> halls(
      SplittableRandom random, Frame frame, double apronM, double depth) {
    List<Airport.Hall> halls = new ArrayList<>();
    double at = -apronM * 0.5;
    while (at < apronM * 0.42) {
      double length = Math.min(random.nextDouble(60, 320), apronM * 0.5 - at);
      double deep = random.nextDouble(25, 70);
      double front = depth / 2 + random.nextDouble(2, 22);
      halls.add(new Airport.Hall(frame.box(at + length / 2, front + deep / 2, length, deep)));
      at += length + random.nextDouble(8, 90);
    }
    return halls;
  }

  /** Aircraft of about one size in rows: the first along the terminal, others thinner behind. */
  private void park(SplittableRandom random, Frame frame, double apronM, double depth) {
    double type = random.nextDouble(26, 66);
    double stand = random.nextDouble(-0.4, 0.4);
    double share = random.nextDouble(0.35, 0.95);
    for (double row = depth / 2 - 40; row > -depth / 2 + 30; row -= 75) {
      double at = -apronM * 0.46;
      while (at < apronM * 0.46) {
        double length = Math.max(16, type * random.nextDouble(0.75, 1.25));
        double span = length * random.nextDouble(0.85, 1.05);
        at += span * random.nextDouble(1.15, 1.6);
        if (random.nextDouble() < share) {
          double turned = frame.heading() + Math.PI / 2 + stand + random.nextDouble(-0.08, 0.08);
          double across = row + random.nextDouble(-6, 6);
          Frame parked =
              new Frame(frame.x(at - span / 2, across), frame.y(at - span / 2, across), turned);
          draft.add(new Aircraft(parked, length, span, random.nextLong()));
        }
      }
      share *= random.nextDouble(0.1, 0.8);
    }
  }
}
