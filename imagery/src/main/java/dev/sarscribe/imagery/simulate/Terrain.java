package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Where there is water, and which land cover there is elsewhere; a function of the spec alone. */
final class Terrain {
  /** Land-cover regions are a few kilometres wide, and never wider than a good part of a scene. */
  private static final double REGION_M = 3500;

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
  private final double shoreM;
  private final double roughness;
  private final long shoreSeed;

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
    shoreM = extentM * (spec.kind() == SceneKind.MIXED ? 0.3 : 0.45);
    roughness =
        switch (spec.kind()) {
          case COAST -> 0.9;
          case MIXED -> 1.6;
          default -> 0;
        };
    shoreSeed = spec.seed() + 11;
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
              random.nextLong(),
              widthM * random.nextDouble(0.3, 0.7),
              heightM * random.nextDouble(0.3, 0.7),
              random.nextDouble(Math.PI),
              width,
              Math.min(extentM * 0.35, width * 9),
              Math.min(extentM * 0.6, width * 18)));
    }
    return List.copyOf(result);
  }

  /** Negative in the sea, positive on land, about one per width of a coastal zone. */
  double seaLevel(double x, double y) {
    return shoreSlope(x, y) + roughness * Noise.fbm(shoreSeed, x / shoreM, y / shoreM, OCTAVES);
  }

  /** Whether {@link #seaLevel} is negative. */
  boolean isSea(double x, double y) {
    double slope = shoreSlope(x, y);
    if (roughness == 0) {
      return slope < 0;
    }
    return !Noise.fbmAbove(shoreSeed, x / shoreM, y / shoreM, OCTAVES, -slope / roughness);
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

  /** Whether a point lies in a river. */
  boolean inRiver(double x, double y) {
    for (River river : rivers) {
      if (river.toBank(x, y, Math.cos(river.angle()), Math.sin(river.angle())) < 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether a point on land lies in a lake. */
  boolean isLake(double x, double y) {
    return mix.lakeAbove() < 0.99
        && Noise.fbmAbove(
            spec.seed() + 101, x / (regionM * 0.7), y / (regionM * 0.7), 5, mix.lakeAbove());
  }

  /** The cover of a point that is not water. */
  LandCover land(double x, double y) {
    double px = x / regionM;
    double py = y / regionM;
    if (mix.urbanAbove() < 1 && Noise.fbmAbove(spec.seed() + 201, px, py, 4, mix.urbanAbove())) {
      return LandCover.URBAN;
    }
    if (mix.forestAbove() < 1
        && Noise.fbmAbove(spec.seed() + 301, px * 1.7, py * 1.7, 6, mix.forestAbove())) {
      return LandCover.FOREST;
    }
    if (mix.bareAbove() < 1
        && Noise.fbmAbove(spec.seed() + 401, px * 1.3, py * 1.3, 5, mix.bareAbove())) {
      return LandCover.BARE;
    }
    return LandCover.FIELD;
  }

  /**
   * How much brighter a slope makes a point, in decibels: slopes that face the radar (fall towards
   * -x) are foreshortened and bright, those behind a ridge dark.
   */
  float reliefDb(double x, double y) {
    if (mix.reliefDb() == 0) {
      return 0;
    }
    double step = Math.max(30, spec.pixelSpacingM() * 2);
    float slope = height(x + step, y) - height(x - step, y);
    return (float) (mix.reliefDb() * Math.max(-1.6, Math.min(2.8, slope * 600 / step)));
  }

  private float height(double x, double y) {
    float ridge = Math.abs(Noise.fbm(spec.seed() + 501, x / 1800, y / 1800, 5));
    return 0.5f - ridge;
  }
}
