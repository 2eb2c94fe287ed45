package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;

/** A scene while its objects are placed: what there is so far and which ground is taken. */
final class Draft {
  private static final int CELL_PX = 512;

  final SceneSpec spec;
  final Terrain terrain;
  final SeaState sea;

  /** Edge of a cell of the layout in metres. */
  final double cellM;

  private final List<SceneObject> objects = new ArrayList<>();
  private final List<Site> sites = new ArrayList<>();

  /** Ground that is taken: a circle in metres. */
  private record Site(double x, double y, double radius) {}

  Draft(SceneSpec spec) {
    this.spec = spec;
    terrain = new Terrain(spec);
    sea = new SeaState(spec);
    cellM = CELL_PX * spec.pixelSpacingM();
  }

  /** Cells across the scene, the last perhaps cut by its edge. */
  int columns() {
    return (spec.width() - 1) / CELL_PX + 1;
  }

  /** Cells down the scene. */
  int rows() {
    return (spec.height() - 1) / CELL_PX + 1;
  }

  void add(SceneObject object) {
    objects.add(object);
  }

  /** The objects in drawing order. */
  List<SceneObject> objects() {
    return List.copyOf(objects);
  }

  /** Takes a circle of ground unless some of it is already taken. */
  boolean claim(double x, double y, double radius) {
    for (Site s : sites) {
      double apart = s.radius() + radius;
      double dx = s.x() - x;
      double dy = s.y() - y;
      if (dx * dx + dy * dy < apart * apart) {
        return false;
      }
    }
    return sites.add(new Site(x, y, radius));
  }

  /** Whether there is no water in a square around a point. */
  boolean isDry(double x, double y, double sizeM) {
    for (int i = 0; i < 16; i++) {
      double px = x + (i % 4 - 1.5) / 3 * sizeM;
      double py = y + (Math.floorDiv(i, 4) - 1.5) / 3 * sizeM;
      if (terrain.isWater(px, py)) {
        return false;
      }
    }
    return true;
  }
}
