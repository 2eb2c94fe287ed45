package dev.sarscribe.imagery.simulate;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The ground of an airport: grass around runways and taxiways, aprons and halls, smooth pavement
 * being nearly black. Aircraft are objects of their own.
 */
record Airport(
    List<OrientedBox> runways,
    List<OrientedBox> taxiways,
    List<OrientedBox> aprons,
    List<Hall> halls,
    long seed)
    implements SceneObject {
  private static final Backscatter PAVEMENT = Backscatter.ofDb(-22, -29);

  /** A terminal or hangar; its long side at smaller {@code across} looks at the apron. */
  record Hall(OrientedBox box) {}

  Airport {
    runways = List.copyOf(runways);
    taxiways = List.copyOf(taxiways);
    aprons = List.copyOf(aprons);
    halls = List.copyOf(halls);
  }

  @Override
  public Optional<ObjectCategory> category() {
    return Optional.empty();
  }

  @Override
  public void paintGround(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed + 1);
    double grassDb = random.nextDouble(-16, -13);
    Backscatter grass = Backscatter.ofDb(grassDb, grassDb - 8);
    for (OrientedBox runway : runways) {
      brush.fill(grown(runway, random.nextDouble(90, 200), 240), grass, LandCover.BARE);
    }
    for (OrientedBox taxiway : taxiways) {
      brush.fill(grown(taxiway, 60, random.nextDouble(60, 130)), grass, LandCover.BARE);
    }
    for (OrientedBox apron : aprons) {
      brush.fill(grown(apron, 30, 30), Backscatter.ofDb(-15, -22), LandCover.URBAN);
    }
    for (OrientedBox runway : runways) {
      brush.fill(runway, Backscatter.ofDb(-23, -30), LandCover.BARE);
    }
    for (OrientedBox taxiway : taxiways) {
      brush.fill(taxiway, PAVEMENT, LandCover.BARE);
    }
    for (OrientedBox apron : aprons) {
      double db = random.nextDouble(-23, -19);
      brush.fill(apron, Backscatter.ofDb(db, db - 7), LandCover.BARE);
    }
  }

  private static OrientedBox grown(OrientedBox box, double lengthM, double widthM) {
    return new OrientedBox(
        box.x(), box.y(), box.lengthM() + lengthM, box.widthM() + widthM, box.angle());
  }

  @Override
  public void paintBody(Brush brush) {
    SplittableRandom random = new SplittableRandom(seed);
    for (OrientedBox runway : runways) {
      lamps(brush, random, runway);
    }
    for (Hall hall : halls) {
      hall(brush, random, hall.box());
    }
  }

  /** Approach lights and signs at the ends of a runway; little more shows of its equipment. */
  private static void lamps(Brush brush, SplittableRandom random, OrientedBox runway) {
    Frame own = new Frame(runway.x(), runway.y(), runway.angle());
    for (int end = -1; end <= 1; end += 2) {
      for (int i = 0; i < 5; i++) {
        double along = end * (runway.lengthM() / 2 + 30 + 60 * i);
        own.point(brush, along, 0, Backscatter.structure(random.nextDouble(-8, 3)));
      }
    }
  }

  /** Window bays, gates and bridges: a faint line with points that come and go along it. */
  private static void facade(
      Brush brush, SplittableRandom random, Frame own, double from, double to, double across) {
    double line = Math.max(3, brush.spacingM());
    double levelDb = random.nextDouble(-9, 2);
    brush.add(own.stroke(from, across, to, across, line), Backscatter.structure(levelDb));
    double bay = Math.max(random.nextDouble(5, 14), 2 * brush.spacingM());
    for (double at = from; at < to; at += bay * random.nextDouble(0.8, 1.3)) {
      double depth = across + random.nextDouble(-2, 9);
      own.point(brush, at, depth, Backscatter.structure(levelDb + random.nextDouble(-2, 13)));
    }
  }

  private static void hall(Brush brush, SplittableRandom random, OrientedBox box) {
    brush.fill(box, Backscatter.ofDb(-10, -17), LandCover.URBAN);
    Frame own = new Frame(box.x(), box.y(), box.angle());
    double line = Math.max(3, brush.spacingM());
    double half = box.lengthM() / 2;
    double front = -box.widthM() / 2;
    double at = -half;
    while (at < half * 0.95) {
      double wing = Math.min(random.nextDouble(20, 90), half - at);
      double step = front + random.nextDouble(-6, 8);
      facade(brush, random, own, at, at + wing, step);
      brush.add(
          own.stroke(at, step, at, -front, line), Backscatter.structure(random.nextDouble(-9, 1)));
      for (int i = 0; i < 4; i++) {
        double across = box.widthM() * random.nextDouble(-0.5, 0.5);
        double peakDb = random.nextDouble(-2, 13);
        own.point(brush, at + wing * random.nextDouble(), across, Backscatter.structure(peakDb));
      }
      at += wing + random.nextDouble(2, 25);
    }
  }
}
