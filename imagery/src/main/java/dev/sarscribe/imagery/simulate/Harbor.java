package dev.sarscribe.imagery.simulate;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A harbour: filled land, terminals with quays, cranes and rows of containers or sheds, and moles
 * of rubble. The labelled body is the terminals and their cranes.
 *
 * @param frame heading out to sea
 */
record Harbor(
    Frame frame,
    List<OrientedBox> land,
    List<Terminal> terminals,
    List<OrientedBox> moles,
    long seed)
    implements SceneObject {
  private static final Backscatter PAVING = Backscatter.ofDb(-11, -18);

  /**
   * A pier or terminal.
   *
   * @param containers whether it stacks containers, in long rows, rather than having sheds
   */
  record Terminal(OrientedBox box, boolean containers) {}

  Harbor {
    land = List.copyOf(land);
    terminals = List.copyOf(terminals);
    moles = List.copyOf(moles);
  }

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.of(ObjectCategory.HARBOR);
  }

  @Override
  public void paintGround(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed + 1);
    for (OrientedBox box : land) {
      double db = random.nextDouble(-14, -8);
      brush.fill(box, Backscatter.ofDb(db, db - 7), LandCover.URBAN);
      stock(brush, random, box, false);
    }
    for (OrientedBox mole : moles) {
      double db = random.nextDouble(-9, -4);
      brush.fill(mole, Backscatter.structure(db), LandCover.BARE);
    }
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Terminal t : terminals) {
      brush.fill(t.box(), PAVING, LandCover.URBAN);
      if (t.box().widthM() > 4 * Math.max(10, brush.spacingM())) {
        stock(brush, random, t.box(), t.containers());
      }
      quays(brush, random, t.box());
    }
  }

  /** Quay walls, brightest where they face the radar, and cranes on the long sides. */
  private static void quays(Brush brush, SplittableRandom random, OrientedBox box) {
    Frame own = new Frame(box.x(), box.y(), box.angle());
    double edge = Math.max(2.5, brush.spacingM() * 0.8);
    double facing = Math.abs(Math.sin(box.angle()));
    for (int side = -1; side <= 1; side += 2) {
      boolean lit = side == own.sideTowardsRadar();
      double across = side * (box.widthM() - edge) / 2;
      double db = random.nextDouble(-8, -2) + (lit ? 6 * facing : 0);
      double half = box.lengthM() / 2;
      brush.add(own.stroke(-half, across, half, across, edge), Backscatter.structure(db));
      double pitch = Math.max(70, 5 * brush.spacingM());
      for (double at = -half * 0.9; at < half * 0.9; at += pitch * random.nextDouble(0.6, 2.2)) {
        double peakDb = random.nextDouble(0, 19);
        own.point(brush, at, across * 0.96, Backscatter.structure(peakDb));
      }
    }
    double end = (box.lengthM() - edge) / 2;
    brush.add(
        own.stroke(end, -box.widthM() / 2, end, box.widthM() / 2, edge),
        Backscatter.structure(random.nextDouble(-8, -1)));
  }

  /**
   * What stands on a yard: rows of containers, or sheds, tanks and heaps with bare ground between.
   */
  private static void stock(
      Brush brush, SplittableRandom random, OrientedBox box, boolean containers) {
    Frame own = new Frame(box.x(), box.y(), box.angle());
    double pitch = Math.max(containers ? 26 : 48, 2.6 * brush.spacingM());
    int rows = (int) (box.widthM() * 0.86 / pitch);
    double levelDb = containers ? random.nextDouble(-7, 0) : random.nextDouble(-10, -3);
    for (int r = 0; r < rows; r++) {
      double across = (r - (rows - 1) / 2.0 + random.nextDouble(-0.2, 0.2)) * pitch;
      double at = -box.lengthM() * random.nextDouble(0.4, 0.48);
      while (at < box.lengthM() * 0.44) {
        double stretch =
            Math.min(
                (containers ? 150 : 70) * random.nextDouble(0.5, 1.5), box.lengthM() * 0.46 - at);
        if (random.nextDouble() < (containers ? 0.85 : 0.6)) {
          double db = levelDb + random.nextDouble(-4, containers ? 5 : 8);
          brush.add(
              own.box(
                  at + stretch / 2, across, stretch * 0.92, pitch * random.nextDouble(0.35, 0.85)),
              Backscatter.structure(db));
          if (random.nextInt(3) == 0) {
            double along = at + stretch * random.nextDouble();
            own.point(brush, along, across, Backscatter.structure(db + random.nextDouble(3, 12)));
          }
        }
        at += stretch + (containers ? 14 : random.nextDouble(10, 50));
      }
    }
  }
}
