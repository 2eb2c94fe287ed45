package dev.sarscribe.imagery.simulate;

import java.util.Locale;

/** The labelled objects. */
public enum ObjectCategory {
  SHIP(1),
  AIRCRAFT(2),
  VEHICLE(3),
  TANK(4),
  BRIDGE(5),
  HARBOR(6);

  private final int id;

  ObjectCategory(int id) {
    this.id = id;
  }

  /** The COCO category id. */
  public int id() {
    return id;
  }

  /** The COCO category name. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
