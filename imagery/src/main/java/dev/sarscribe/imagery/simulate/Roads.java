package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/** Lays motorways over the land and bridges over the rivers. */
final class Roads {
  private final Draft draft;
  private final SceneSpec spec;
  private final Terrain terrain;

  Roads(Draft draft) {
    this.draft = draft;
    spec = draft.spec;
    terrain = draft.terrain;
  }

  /** Motorways from random points in both directions. */
  void motorways() {
    if (spec.kind() == SceneKind.OPEN_SEA || spec.pixelSpacingM() < 1) {
      return;
    }
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed() + 5, 0, 0));
    int count = (int) Math.ceil(draft.columns() * draft.rows() * random.nextDouble(0.2, 1.2));
    for (int i = 0; i < count; i++) {
      double x = random.nextDouble() * spec.width() * spec.pixelSpacingM();
      double y = random.nextDouble() * spec.height() * spec.pixelSpacingM();
      Frame start = new Frame(x, y, random.nextDouble(2 * Math.PI));
      double width = random.nextDouble(18, 38);
      road(random, start, 0, 1, width);
      road(random, start, 0, -1, width);
    }
  }

  /** Bridges along every river, each with its roads. */
  void bridges() {
    for (River river : terrain.rivers) {
      SplittableRandom random = new SplittableRandom(Noise.hash(river.course().seed(), 4, 4));
      double reach = Math.hypot(spec.width(), spec.height()) * spec.pixelSpacingM();
      double pitch = Math.min(8_000, terrain.extentM * random.nextDouble(0.25, 0.6));
      for (double along = -reach; along < reach; along += pitch * random.nextDouble(0.6, 1.5)) {
        bridge(random, river, along);
      }
    }
  }

  private void bridge(SplittableRandom random, River river, double along) {
    double across = river.offset(along);
    Frame axis = new Frame(river.course().x(), river.course().y(), river.course().angle());
    double x = axis.x(along, across);
    double y = axis.y(along, across);
    if (terrain.seaLevel(x, y) < 0.03) {
      return;
    }
    double heading = river.directionAt(along) + Math.PI / 2 + random.nextDouble(-0.25, 0.25);
    double length = 2 * river.halfWidth(along) * random.nextDouble(1.15, 1.35) + 20;
    double width = Math.max(random.nextDouble(9, 30), spec.pixelSpacingM());
    double clearance = random.nextDouble(6, 18);
    Frame frame = new Frame(x, y, heading);
    draft.add(new Bridge(frame, length, width, clearance, random.nextLong()));
    double roadM = random.nextDouble(14, 30);
    road(random, frame, length / 2, 1, roadM);
    road(random, frame, length / 2, -1, roadM);
  }

  /** A winding motorway in short stretches until it meets water. */
  private void road(
      SplittableRandom random, Frame start, double from, int direction, double widthM) {
    double x = start.x(from * direction, 0);
    double y = start.y(from * direction, 0);
    double heading = start.heading() + (direction < 0 ? Math.PI : 0);
    double step = Math.max(60, 12 * spec.pixelSpacingM());
    double curvature = 0;
    int stretches = (int) Math.min(140, 1.2 * terrain.extentM / step);
    for (int i = 0; i < stretches; i++) {
      double nextX = x + step * Math.cos(heading);
      double nextY = y + step * Math.sin(heading);
      if (terrain.isWater(nextX, nextY)) {
        return;
      }
      OrientedBox box = OrientedBox.stroke(x, y, nextX, nextY, widthM);
      draft.add(new Road(box, random.nextLong()));
      x = nextX;
      y = nextY;
      curvature = 0.8 * curvature + random.nextDouble(-0.035, 0.035);
      heading += curvature;
    }
  }
}
