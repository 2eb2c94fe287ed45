package dev.sarscribe.imagery.simulate;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Places the objects of a scene. Each cell of the draft has its own random sequence and is
 * furnished by the scene's kind and its terrain; rivers get their bridges, the land its motorways.
 */
final class Layout {
  private final Draft draft;
  private final SceneSpec spec;
  private final Fleet fleet;
  private final Harbors harbors;
  private final Airfields airfields;
  private final TankFarms tankFarms;
  private final VehicleParks vehicleParks;

  private Layout(SceneSpec spec) {
    this.spec = spec;
    draft = new Draft(spec);
    fleet = new Fleet(draft);
    harbors = new Harbors(draft, fleet);
    airfields = new Airfields(draft);
    tankFarms = new TankFarms(draft);
    vehicleParks = new VehicleParks(draft);
  }

  /** The objects in drawing order. */
  static List<SceneObject> of(SceneSpec spec) {
    Layout layout = new Layout(spec);
    Roads roads = new Roads(layout.draft);
    roads.motorways();
    roads.bridges();
    int columns = layout.draft.columns();
    int rows = layout.draft.rows();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        layout.furnish(column, row, columns * rows == 1);
      }
    }
    return layout.draft.objects();
  }

  private void furnish(int column, int row, boolean only) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed() + 3, column, row));
    double cellM = draft.cellM;
    double x = (column + random.nextDouble(0.35, 0.65)) * cellM;
    double y = (row + random.nextDouble(0.35, 0.65)) * cellM;
    switch (spec.kind()) {
      case OPEN_SEA, RIVER -> fleet.afloat(random, column, row);
      case COAST -> coast(random, column, row, 0.9);
      case AIRPORT -> {
        if (only || random.nextDouble() < setPieceShare()) {
          airfields.airport(random, x, y);
        }
      }
      case INDUSTRIAL -> {
        int farms = only ? random.nextInt(4) : random.nextInt(3) / 2;
        for (int f = 0; f < farms; f++) {
          double dx = random.nextDouble(-0.35, 0.35) * cellM;
          double dy = random.nextDouble(-0.35, 0.35) * cellM;
          tankFarms.farm(random, x + dx, y + dy);
        }
      }
      case VEHICLE_PARK -> {
        int groups = random.nextInt(5);
        for (int g = 0; g < groups; g++) {
          double gx = (column + random.nextDouble()) * cellM;
          vehicleParks.group(random, gx, (row + random.nextDouble()) * cellM);
        }
      }
      case CITY -> vehicleParks.group(random, x, y);
      case MIXED -> mixed(random, column, row, x, y);
      case FARMLAND, FOREST -> {
        // Fields and forests stand for themselves.
      }
    }
  }

  /** A set piece of some kilometres fits into every other cell of a fine scene, not of a coarse. */
  private double setPieceShare() {
    return spec.pixelSpacingM() < 3 ? 0.5 : 0.15;
  }

  private void mixed(SplittableRandom random, int column, int row, double x, double y) {
    coast(random, column, row, 0.35);
    boolean dry = draft.isDry(x, y, draft.cellM * 0.6);
    double choice = random.nextDouble();
    if (dry && choice < 0.05) {
      airfields.airport(random, x, y);
    } else if (dry && choice < 0.12) {
      tankFarms.farm(random, x, y);
    }
  }

  private void coast(SplittableRandom random, int column, int row, double harborShare) {
    if (random.nextDouble() < harborShare) {
      harbors.build(random, column, row);
    }
    fleet.afloat(random, column, row);
  }
}
