package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where there is water, and which land cover there is elsewhere; a function of the spec alone. Not
 * thread-safe: it remembers where it was asked last.
 */
final class Terrain {
  /** Land-cover regions are a few kilometres wide, and never wider than a good part of a scene. */
  private static final double REGION_M = 3500;

  /** Size of the regions of a mixed scene that differ in how much there is of each cover. */
  private static final double PROVINCE_M = 30_000;

  /** Octaves of the coastline; in a full scene the last is about as fine as a pixel. */
  private static final int OCTAVES = 9;

  final SceneSpec spec;
  final List<River> rivers;
  final double extentM;
  private final LandMix mix;
  private final double regionM;
  private final double shoreX;
  private final double shoreY;
  private final double shoreCos;
  private final double shoreSin;
  private final double roughness;
  private final boolean varied;
  private final RowNoise provinces;
  private final RowNoise climes;
  private final Mask shore;
  private final Mask lakes;
  private final Mask towns;
  private final Mask woods;
  private final Mask heaths;
  private final Fractal islands;

  Terrain(SceneSpec spec) {
    this.spec = spec;
    mix = LandMix.of(spec.kind());
    extentM = Math.min(spec.width(), spec.height()) * spec.pixelSpacingM();
    regionM = Math.min(REGION_M, extentM * 0.7);
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 1, 1));
    double widthM = spec.width() * spec.pixelSpacingM();
    double heightM = spec.height() * spec.pixelSpacingM();
    double angle = random.nextDouble(2 * Math.PI);
    shoreCos = Math.cos(angle);
    shoreSin = Math.sin(angle);
    shoreX = widthM * random.nextDouble(0.35, 0.65);
    shoreY = heightM * random.nextDouble(0.35, 0.65);
    double shoreM = extentM * (spec.kind() == SceneKind.MIXED ? 0.3 : 0.45);
    roughness =
        switch (spec.kind()) {
          case COAST -> 1.3;
          case MIXED -> 1.6;
          default -> 0;
        };
    double pixelM = spec.pixelSpacingM();
    // In a full product one part is a conurbation and another is woods.
    varied = spec.kind() == SceneKind.MIXED;
    provinces = new RowNoise(new Fractal(spec.seed() + 221, 2, PROVINCE_M)::at, PROVINCE_M / 100);
    climes = new RowNoise(new Fractal(spec.seed() + 321, 2, PROVINCE_M)::at, PROVINCE_M / 100);
    shore = new Mask(spec.seed() + 11, OCTAVES, shoreM, pixelM);
    lakes = new Mask(spec.seed() + 101, 7, regionM * 0.7, pixelM);
    towns = new Mask(spec.seed() + 201, 6, regionM, pixelM);
    woods = new Mask(spec.seed() + 301, 7, regionM / 1.7, pixelM);
    heaths = new Mask(spec.seed() + 401, 6, regionM / 1.3, pixelM);
    islands = new Fractal(spec.seed() + 121, 5, 1);
    rivers = rivers(random, widthM, heightM);
  }

  private List<River> rivers(SplittableRandom random, double widthM, double heightM) {
    int count =
        switch (spec.kind()) {
          case RIVER -> 1;
          case MIXED -> 2 + random.nextInt(2);
          default -> 0;
        };
    List<River> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double width = Math.min(random.nextDouble(90, 500), extentM * 0.16);
      result.add(
          new River(
              new River.Course(
                  random.nextLong(),
                  widthM * random.nextDouble(0.3, 0.7),
                  heightM * random.nextDouble(0.3, 0.7),
                  random.nextDouble(Math.PI),
                  width,
                  Math.min(extentM * 0.35, width * 9),
                  Math.min(extentM * 0.6, width * 18),
                  random.nextInt(3) == 0 ? random.nextDouble(0.12, 0.25) : 1),
              Math.hypot(widthM, heightM)));
    }
    return List.copyOf(result);
  }

  /** Negative in the sea, positive on land, about one per width of a coastal zone. */
  double seaLevel(double x, double y) {
    return shoreSlope(x, y) + roughness * shore.at(x, y);
  }

  /** Whether {@link #seaLevel} is negative. */
  boolean isSea(double x, double y) {
    double slope = shoreSlope(x, y);
    if (roughness == 0) {
      return slope < 0;
    }
    return !shore.above(x, y, -slope / roughness);
  }

  private double shoreSlope(double x, double y) {
    double inland = (x - shoreX) * shoreCos + (y - shoreY) * shoreSin;
    return switch (spec.kind()) {
      case OPEN_SEA -> -1;
      case COAST -> inland / (extentM * 0.3);
      case MIXED -> 0.35 + inland / (extentM * 0.9);
      default -> 1;
    };
  }

  /** Whether a point lies in the sea, a river or a lake. */
  boolean isWater(double x, double y) {
    return isSea(x, y) || inRiver(x, y) || isLake(x, y);
  }

  /** Whether a point lies in the water of a river. */
  boolean inRiver(double x, double y) {
    for (River river : rivers) {
      if (river.toBank(x, y) < 0 && !isSandbank(river, x, y)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a point on land lies in a lake. */
  boolean isLake(double x, double y) {
    return mix.lakeAbove() < 0.99 && lakes.above(x, y, mix.lakeAbove());
  }

  /** The cover of a point that is not water. */
  LandCover land(double x, double y) {
    double populous = varied ? 1.1 * provinces.at(x, y) : 0;
    double wild = varied ? 1.1 * climes.at(x, y) : 0;
    if (mix.urbanAbove() < 1 && towns.above(x, y, mix.urbanAbove() - populous)) {
      return LandCover.URBAN;
    }
    if (mix.forestAbove() < 1 && woods.above(x, y, mix.forestAbove() - wild)) {
      return LandCover.FOREST;
    }
    if (mix.bareAbove() < 1 && heaths.above(x, y, mix.bareAbove())) {
      return LandCover.BARE;
    }
    return LandCover.FIELD;
  }

  /** Whether a point in a river is a sandbank: long ones, along the current. */
  boolean isSandbank(River river, double x, double y) {
    double size = river.course().widthM();
    double along = river.along(x, y) / size / 4;
    return islands.above(along, river.aside(x, y) / size, river.course().sandAbove());
  }

  /** The hills, for the rows of one thread. */
  Relief relief() {
    return new Relief(spec, mix.hillM(), mix.plains());
  }
}
