package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Places the objects of a scene. Each cell of 512 pixels has its own random sequence and is
 * furnished by its kind and terrain; rivers get their bridges, the land its motorways.
 */
final class Layout {
  private static final int CELL_PX = 512;

  /** Coarser than this a parked aircraft is a few indistinct pixels. */
  private static final double AIRCRAFT_SPACING_M = 4;

  /** Coarser than this a vehicle is below one pixel or two. */
  private static final double VEHICLE_SPACING_M = 1.3;

  private final Terrain terrain;
  private final SeaState sea;
  private final SceneSpec spec;
  private final double cellM;
  private final List<SceneObject> objects = new ArrayList<>();
  private final List<Site> sites = new ArrayList<>();

  /** Ground that a set piece has taken: a circle in metres. */
  private record Site(double x, double y, double radius) {}

  private Layout(Terrain terrain, SeaState sea) {
    this.terrain = terrain;
    this.sea = sea;
    this.spec = terrain.spec;
    this.cellM = CELL_PX * spec.pixelSpacingM();
  }

  /** The objects in drawing order. */
  static List<SceneObject> of(Terrain terrain, SeaState sea) {
    Layout layout = new Layout(terrain, sea);
    layout.roads();
    layout.bridges();
    int columns = (terrain.spec.width() - 1) / CELL_PX + 1;
    int rows = (terrain.spec.height() - 1) / CELL_PX + 1;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        layout.furnish(column, row, columns * rows == 1);
      }
    }
    return List.copyOf(layout.objects);
  }

  private void furnish(int column, int row, boolean only) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed() + 3, column, row));
    double x = (column + random.nextDouble(0.35, 0.65)) * cellM;
    double y = (row + random.nextDouble(0.35, 0.65)) * cellM;
    switch (spec.kind()) {
      case OPEN_SEA -> ships(random, column, row);
      case COAST -> coast(random, column, row);
      case AIRPORT -> {
        if (only || random.nextDouble() < setPieceShare()) {
          airport(random, x, y);
        }
      }
      case INDUSTRIAL -> {
        int farms = only ? random.nextInt(4) : random.nextInt(3) / 2;
        for (int f = 0; f < farms; f++) {
          tankFarm(
              random,
              x + random.nextDouble(-0.35, 0.35) * cellM,
              y + random.nextDouble(-0.35, 0.35) * cellM);
        }
      }
      case RIVER -> ships(random, column, row);
      case VEHICLE_PARK -> {
        int groups = random.nextInt(5);
        for (int g = 0; g < groups; g++) {
          vehicles(
              random, (column + random.nextDouble()) * cellM, (row + random.nextDouble()) * cellM);
        }
      }
      case CITY -> {
        if (spec.pixelSpacingM() <= VEHICLE_SPACING_M) {
          vehicles(random, x, y);
        }
      }
      case MIXED -> mixed(random, column, row, x, y);
      default -> {
        // Fields and forests stand for themselves.
      }
    }
  }

  /**
   * A set piece of a few kilometres fits into every fifth cell of a fine scene, not of a coarse.
   */
  private double setPieceShare() {
    return spec.pixelSpacingM() < 3 ? 0.5 : 0.15;
  }

  private void mixed(SplittableRandom random, int column, int row, double x, double y) {
    coast(random, column, row);
    boolean dry = true;
    for (int i = 0; i < 16; i++) {
      dry &=
          !terrain.isWater(
              x + (i % 4 - 1.5) * cellM / 5, y + (Math.floorDiv(i, 4) - 1.5) * cellM / 5);
    }
    double choice = random.nextDouble();
    if (dry && choice < 0.05) {
      airport(random, x, y);
    } else if (dry && choice < 0.12) {
      tankFarm(random, x, y);
    }
  }

  private void coast(SplittableRandom random, int column, int row) {
    if (random.nextDouble() < (spec.kind() == SceneKind.COAST ? 0.9 : 0.35)) {
      harbor(random, column, row);
    }
    ships(random, column, row);
  }

  /** Ships afloat: none at all in about a quarter of the cells. */
  private void ships(SplittableRandom random, int column, int row) {
    int wanted = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(random.nextInt(3) == 0 ? 12 : 5);
    double common = random.nextDouble(Math.PI);
    boolean anchored = random.nextBoolean();
    for (int tries = 0, placed = 0; tries < wanted * 6 && placed < wanted; tries++) {
      double x = (column + random.nextDouble()) * cellM;
      double y = (row + random.nextDouble()) * cellM;
      double length = shipLength(random);
      boolean river = spec.kind() == SceneKind.RIVER;
      if (river) {
        length = Math.min(length, terrain.rivers.get(0).widthM() * 0.5);
      }
      double heading = heading(random, x, y, common, anchored, river);
      if (length >= 4 * spec.pixelSpacingM() && afloat(x, y, length * 0.6)) {
        boolean moving = !anchored && random.nextInt(3) > 0;
        ship(random, new Frame(x, y, heading), length, moving && !river);
        placed++;
      }
    }
  }

  private double heading(
      SplittableRandom random, double x, double y, double common, boolean anchored, boolean river) {
    double any = anchored ? common + random.nextDouble(-0.2, 0.2) : random.nextDouble(2 * Math.PI);
    if (!river) {
      return any;
    }
    River r = terrain.rivers.get(0);
    return r.directionAt((x - r.x()) * Math.cos(r.angle()) + (y - r.y()) * Math.sin(r.angle()));
  }

  /** From boats to tankers, at least 4 pixels; most ships are between 60 and 200 m. */
  private double shipLength(SplittableRandom random) {
    double length = 25 * Math.exp(random.nextDouble(0.2, 2.5));
    double least = 4.5 * spec.pixelSpacingM() * random.nextDouble(1, 1.6);
    return Math.max(least, Math.min(length, cellM * 0.25));
  }

  private void ship(SplittableRandom random, Frame frame, double length, boolean moving) {
    double width = Math.max(length / random.nextDouble(4.5, 7), 4);
    objects.add(new Ship(frame, length, width, moving, random.nextLong()));
  }

  private boolean afloat(double x, double y, double radius) {
    for (int i = 0; i < 8; i++) {
      double angle = i * Math.PI / 4;
      if (!terrain.isWater(x + radius * Math.cos(angle), y + radius * Math.sin(angle))) {
        return false;
      }
    }
    return terrain.isWater(x, y) && claim(x, y, radius);
  }

  /** Takes a circle of ground unless it is already taken. */
  private boolean claim(double x, double y, double radius) {
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

  /** A harbour where a line from land to sea crosses the shore of the cell. */
  private void harbor(SplittableRandom random, int column, int row) {
    for (int tries = 0; tries < 30; tries++) {
      double x = (column + random.nextDouble(0.2, 0.8)) * cellM;
      double y = (row + random.nextDouble(0.2, 0.8)) * cellM;
      double step = cellM / 40;
      double gradX = terrain.seaLevel(x - 4 * step, y) - terrain.seaLevel(x + 4 * step, y);
      double gradY = terrain.seaLevel(x, y - 4 * step) - terrain.seaLevel(x, y + 4 * step);
      double seaward = Math.atan2(gradY, gradX);
      if (Math.abs(terrain.seaLevel(x, y)) < 0.06 && Math.hypot(gradX, gradY) > 0) {
        double scale = Math.min(1500, cellM * random.nextDouble(0.3, 0.5));
        int piers = 2 + random.nextInt(4);
        double pierWidth = scale / piers * random.nextDouble(0.25, 0.4);
        Frame frame = new Frame(x, y, seaward + random.nextDouble(-0.15, 0.15));
        double pierM = scale * random.nextDouble(0.4, 0.65);
        if (!openSea(frame, pierM, scale) || !claim(x, y, scale * 0.8)) {
          continue;
        }
        double basinDb = sea.meanDb(x, y) - random.nextDouble(0.5, 2.5);
        Backscatter basin = Backscatter.ofDb(basinDb, basinDb - 9);
        Harbor harbor = new Harbor(frame, scale, pierM, piers, pierWidth, basin, random.nextLong());
        objects.add(harbor);
        moor(random, harbor);
        return;
      }
    }
  }

  /** Whether the piers of a harbour would end in open water, abreast of each other. */
  private boolean openSea(Frame frame, double pierM, double widthM) {
    boolean open = true;
    for (int i = -1; i <= 1; i++) {
      double across = i * widthM * 0.45;
      open &= terrain.isSea(frame.x(pierM * 1.2, across), frame.y(pierM * 1.2, across));
    }
    return open;
  }

  /** Ships alongside the piers of a harbour. */
  private void moor(SplittableRandom random, Harbor harbor) {
    Frame frame = harbor.frame();
    for (int p = 0; p < harbor.piers(); p++) {
      for (int side = -1; side <= 1; side += 2) {
        double berth = 0.06 * harbor.pierM();
        while (berth < harbor.pierM() * 0.7) {
          double length = Math.min(shipLength(random), harbor.pierM() * 0.8);
          double gap = harbor.widthM() / harbor.piers() - harbor.pierWidthM();
          double width = Math.min(length / 5.5, gap * 0.28);
          if (random.nextDouble() < 0.5 && length >= 4 * spec.pixelSpacingM()) {
            double across =
                harbor.pierAcross(p)
                    + side * (harbor.pierWidthM() / 2 + width * 0.6 + spec.pixelSpacingM());
            double along = berth + length / 2;
            Frame at = new Frame(frame.x(along, across), frame.y(along, across), frame.heading());
            objects.add(new Ship(at, length, width, false, random.nextLong()));
          }
          berth += length * random.nextDouble(1.1, 1.6);
        }
      }
    }
  }

  private void airport(SplittableRandom random, double x, double y) {
    double heading = random.nextDouble(2 * Math.PI);
    Frame frame = new Frame(x, y, heading);
    double runwayM = random.nextDouble(2200, 3600);
    double apronM = Math.min(1200, Math.max(240, cellM * random.nextDouble(0.6, 1.1)));
    double depth = random.nextDouble(150, 320);
    objects.add(new Airport(frame, runwayM, apronM, depth, random.nextLong()));
    if (spec.pixelSpacingM() > AIRCRAFT_SPACING_M) {
      return;
    }
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
          double turned = heading + Math.PI / 2 + stand + random.nextDouble(-0.08, 0.08);
          Frame parked =
              new Frame(frame.x(at - span / 2, row), frame.y(at - span / 2, row), turned);
          objects.add(new Aircraft(parked, length, span, random.nextLong()));
        }
      }
      share *= random.nextDouble(0.1, 0.8);
    }
  }

  private void tankFarm(SplittableRandom random, double x, double y) {
    double heading = random.nextDouble(2 * Math.PI);
    Frame frame = new Frame(x, y, heading);
    double least = random.nextDouble(3, 6) * spec.pixelSpacingM();
    double size = Math.max(least, random.nextDouble(9, 42));
    int columns = 2 + random.nextInt(5);
    int rows = 1 + random.nextInt(4);
    double pitch = size * random.nextDouble(2.7, 3.4);
    if (!claim(x, y, Math.hypot(columns, rows) * pitch / 2 + size)) {
      return;
    }
    OrientedBox ground = frame.box(0, 0, columns * pitch + size * 2, rows * pitch + size * 2);
    Backscatter surface = Backscatter.ofDb(random.nextDouble(-17, -12), -24);
    objects.add(new Pad(ground, surface, false, LandCover.URBAN));
    boolean walls = random.nextBoolean();
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        double along = (c - (columns - 1) / 2.0) * pitch;
        double across = (r - (rows - 1) / 2.0) * pitch;
        if (random.nextDouble() < 0.1) {
          continue;
        }
        OrientedBox bund = frame.box(along, across, pitch * 0.94, pitch * 0.94);
        objects.add(new Pad(bund, surface, walls, LandCover.URBAN));
        double radius = size * random.nextDouble(0.8, 1.08);
        double height = Math.min(random.nextDouble(9, 20), radius * 1.1);
        double tx = frame.x(along, across);
        double ty = frame.y(along, across);
        objects.add(new Tank(tx, ty, radius, height, random.nextLong()));
      }
    }
  }

  private void vehicles(SplittableRandom random, double x, double y) {
    if (spec.pixelSpacingM() > VEHICLE_SPACING_M) {
      return;
    }
    Frame frame = new Frame(x, y, random.nextDouble(2 * Math.PI));
    boolean lot = spec.kind() == SceneKind.CITY || random.nextBoolean();
    double length = random.nextDouble(4.4, 8.5);
    int columns = 3 + random.nextInt(lot ? 12 : 4);
    int rows = 1 + random.nextInt(4);
    double pitchX = lot ? length * 0.72 : length * random.nextDouble(1.8, 4);
    double pitchY = length * random.nextDouble(1.9, 3.4);
    if (!claim(x, y, Math.hypot(columns * pitchX, rows * pitchY) / 2 + 8)) {
      return;
    }
    if (lot) {
      OrientedBox ground = frame.box(0, 0, columns * pitchX + 12, rows * pitchY + 12);
      objects.add(new Pad(ground, Backscatter.ofDb(-19, -27), false, LandCover.BARE));
    }
    for (int i = 0; i < rows * columns; i++) {
      double along = (i % columns - (columns - 1) / 2.0) * pitchX;
      double across = (Math.floorDiv(i, columns) - (rows - 1) / 2.0) * pitchY;
      double scatter = lot ? 0.2 : length * 0.8;
      double turned = frame.heading() + Math.PI / 2 + random.nextDouble(-1, 1) * (lot ? 0.05 : 0.7);
      Frame at =
          new Frame(
              frame.x(along, across) + random.nextDouble(-scatter, scatter),
              frame.y(along, across) + random.nextDouble(-scatter, scatter),
              turned);
      if (random.nextDouble() < 0.75) {
        double own = length * random.nextDouble(0.88, 1.12);
        double height = random.nextDouble(1.5, 2.8);
        objects.add(new Vehicle(at, own, own * 0.43, height, random.nextLong()));
      }
    }
  }

  private void bridges() {
    for (River river : terrain.rivers) {
      SplittableRandom random = new SplittableRandom(Noise.hash(river.seed(), 4, 4));
      double reach = Math.hypot(spec.width(), spec.height()) * spec.pixelSpacingM();
      double pitch = Math.min(8_000, terrain.extentM * random.nextDouble(0.25, 0.6));
      for (double along = -reach; along < reach; along += pitch * random.nextDouble(0.6, 1.5)) {
        bridge(random, river, along);
      }
    }
  }

  private void bridge(SplittableRandom random, River river, double along) {
    double across = river.offset(along);
    Frame axis = new Frame(river.x(), river.y(), river.angle());
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
    objects.add(new Bridge(frame, length, width, clearance, random.nextLong()));
    road(random, frame, length / 2, 1);
    road(random, frame, length / 2, -1);
  }

  private void roads() {
    if (spec.kind() == SceneKind.OPEN_SEA || spec.pixelSpacingM() < 1) {
      return;
    }
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed() + 5, 0, 0));
    double cells = spec.width() / (double) CELL_PX * spec.height() / CELL_PX;
    int count = (int) Math.ceil(cells * random.nextDouble(0.2, 1.2));
    for (int i = 0; i < count; i++) {
      double x = random.nextDouble() * spec.width() * spec.pixelSpacingM();
      double y = random.nextDouble() * spec.height() * spec.pixelSpacingM();
      Frame start = new Frame(x, y, random.nextDouble(2 * Math.PI));
      road(random, start, 0, 1);
      road(random, start, 0, -1);
    }
  }

  /** A winding motorway in short stretches until it meets water. */
  private void road(SplittableRandom random, Frame start, double from, int direction) {
    double x = start.x(from * direction, 0);
    double y = start.y(from * direction, 0);
    double heading = start.heading() + (direction < 0 ? Math.PI : 0);
    double step = Math.max(60, 12 * spec.pixelSpacingM());
    double curvature = 0;
    double width = random.nextDouble(16, 32);
    int stretches = (int) Math.min(90, 0.8 * terrain.extentM / step);
    for (int i = 0; i < stretches; i++) {
      double nextX = x + step * Math.cos(heading);
      double nextY = y + step * Math.sin(heading);
      if (terrain.isWater(nextX, nextY)) {
        return;
      }
      OrientedBox box = OrientedBox.stroke(x, y, nextX, nextY, width);
      objects.add(new Road(box, random.nextLong()));
      x = nextX;
      y = nextY;
      curvature = 0.8 * curvature + random.nextDouble(-0.035, 0.035);
      heading += curvature;
    }
  }
}
