package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Plans harbours on the shore: filled land, terminals, jetties, moles, and ships at the quays. */
final class Harbors {
  /** A point is on the shore if its sea level is nearer to zero than this. */
  private static final double SHORE = 0.06;

  private static final double LARGEST_M = 2400;

  private final Draft draft;
  private final Fleet fleet;

  Harbors(Draft draft, Fleet fleet) {
    this.draft = draft;
    this.fleet = fleet;
  }

  /** Builds a harbour where the shore of a cell has room for one. */
  void build(SplittableRandom random, int column, int row) {
    Terrain terrain = draft.terrain;
    double cellM = draft.cellM;
    for (int tries = 0; tries < 30; tries++) {
      double x = (column + random.nextDouble(0.2, 0.8)) * cellM;
      double y = (row + random.nextDouble(0.2, 0.8)) * cellM;
      double step = cellM / 10;
      double gradX = terrain.seaLevel(x - step, y) - terrain.seaLevel(x + step, y);
      double gradY = terrain.seaLevel(x, y - step) - terrain.seaLevel(x, y + step);
      double scale = Math.min(LARGEST_M, cellM * random.nextDouble(0.3, 0.55));
      double seaward = Math.atan2(gradY, gradX) + random.nextDouble(-0.15, 0.15);
      Frame frame = new Frame(x, y, seaward);
      if (Math.abs(terrain.seaLevel(x, y)) < SHORE
          && Math.hypot(gradX, gradY) > 0
          && isOpen(frame, scale)
          && draft.claim(x, y, scale * 0.8)) {
        draft.add(plan(random, frame, scale));
        return;
      }
    }
  }

  /** Whether there is open water off a stretch of shore. */
  private boolean isOpen(Frame frame, double scale) {
    boolean open = true;
    for (int i = -1; i <= 1; i++) {
      double across = i * scale * 0.4;
      open &= draft.terrain.isSea(frame.x(scale * 0.6, across), frame.y(scale * 0.6, across));
    }
    return open;
  }

  private Harbor plan(SplittableRandom random, Frame frame, double scale) {
    List<OrientedBox> land = land(random, frame, scale);
    List<Harbor.Terminal> terminals = new ArrayList<>();
    double across = -scale * 0.5;
    while (across < scale * 0.4) {
      double breadth = scale * random.nextDouble(0.12, 0.34);
      if (random.nextInt(4) == 0) {
        terminals.addAll(jetties(random, frame, scale, across, breadth));
      } else if (random.nextInt(5) > 0) {
        terminals.addAll(terminal(random, frame, scale, across, breadth));
      }
      across += breadth + scale * random.nextDouble(0.08, 0.24);
    }
    if (terminals.isEmpty()) {
      terminals.addAll(terminal(random, frame, scale, -scale * 0.15, scale * 0.3));
    }
    moor(random, terminals, scale);
    List<OrientedBox> moles = moles(random, frame, scale);
    return new Harbor(frame, land, terminals, moles, random.nextLong());
  }

  /** Filled land of uneven depth, which covers the natural shore. */
  private static List<OrientedBox> land(SplittableRandom random, Frame frame, double scale) {
    List<OrientedBox> land = new ArrayList<>();
    double across = -scale * 0.55;
    while (across < scale * 0.5) {
      double breadth = scale * random.nextDouble(0.12, 0.3);
      double front = scale * random.nextDouble(0.02, 0.14);
      double back = scale * random.nextDouble(-0.42, -0.2);
      double overlap = breadth * 1.06;
      land.add(frame.box((front + back) / 2, across + breadth / 2, front - back, overlap));
      across += breadth;
    }
    return land;
  }

  /** A filled terminal, at times with an arm across its end. */
  private List<Harbor.Terminal> terminal(
      SplittableRandom random, Frame frame, double scale, double across, double breadth) {
    double reach = scale * random.nextDouble(0.25, 0.7);
    double lean = random.nextInt(3) == 0 ? random.nextDouble(-0.35, 0.35) : 0;
    Frame own = turned(frame, 0, across + breadth / 2, lean);
    boolean containers = random.nextInt(3) > 0;
    List<Harbor.Terminal> parts = new ArrayList<>();
    parts.add(new Harbor.Terminal(own.box(reach / 2, 0, reach, breadth), containers));
    if (random.nextInt(3) == 0) {
      double arm = breadth * random.nextDouble(0.4, 0.9);
      double thick = scale * random.nextDouble(0.06, 0.14);
      int side = random.nextBoolean() ? 1 : -1;
      OrientedBox box = own.box(reach - thick / 2, side * (breadth + arm) / 2, thick, arm);
      parts.add(new Harbor.Terminal(box, containers));
    }
    return parts;
  }

  /** Finger piers of a fishing port or an oil berth: narrow, of uneven length and distance. */
  private List<Harbor.Terminal> jetties(
      SplittableRandom random, Frame frame, double scale, double across, double breadth) {
    List<Harbor.Terminal> parts = new ArrayList<>();
    double width = Math.max(14, draft.spec.pixelSpacingM() * 1.4);
    double at = across;
    double usual = scale * random.nextDouble(0.14, 0.3);
    while (at < across + breadth) {
      double reach = usual * random.nextDouble(0.6, 1.15);
      Frame own = turned(frame, 0, at, random.nextDouble(-0.06, 0.06));
      parts.add(new Harbor.Terminal(own.box(reach / 2, 0, reach, width), false));
      at += width + Math.max(60, 5 * draft.spec.pixelSpacingM()) * random.nextDouble(0.8, 2);
    }
    return parts;
  }

  private static Frame turned(Frame frame, double along, double across, double by) {
    return new Frame(frame.x(along, across), frame.y(along, across), frame.heading() + by);
  }

  /** Ships along both long sides of every terminal. */
  private void moor(SplittableRandom random, List<Harbor.Terminal> terminals, double scale) {
    for (Harbor.Terminal t : terminals) {
      OrientedBox box = t.box();
      double share = random.nextDouble(0.15, 0.75);
      for (int side = -1; side <= 1; side += 2) {
        Frame middle = new Frame(box.x(), box.y(), box.angle());
        double across = side * box.widthM() / 2;
        double heading = box.angle() + (side < 0 ? Math.PI : 0);
        Frame quay = new Frame(middle.x(0, across), middle.y(0, across), heading);
        fleet.alongside(random, quay, box.lengthM() * 0.9, scale * 0.1, share);
      }
    }
  }

  /** One or two moles that shelter the basin, bent, with a gap between them. */
  private List<OrientedBox> moles(SplittableRandom random, Frame frame, double scale) {
    List<OrientedBox> moles = new ArrayList<>();
    double width = Math.max(12, draft.spec.pixelSpacingM() * 0.8);
    for (int side = -1; side <= 1; side += 2) {
      if (random.nextInt(3) == 0) {
        continue;
      }
      double along = 0;
      double across = side * scale * random.nextDouble(0.58, 0.7);
      double heading = side * random.nextDouble(-0.3, 0.2);
      int stretches = 3 + random.nextInt(4);
      for (int i = 0; i < stretches; i++) {
        double step = scale * random.nextDouble(0.16, 0.3);
        double nextAlong = along + step * Math.cos(heading);
        double nextAcross = across + step * Math.sin(heading);
        if (nextAcross * side < scale * 0.08) {
          break;
        }
        moles.add(frame.stroke(along, across, nextAlong, nextAcross, width));
        along = nextAlong;
        across = nextAcross;
        heading -= side * random.nextDouble(0.15, 0.75);
      }
    }
    return moles;
  }
}
