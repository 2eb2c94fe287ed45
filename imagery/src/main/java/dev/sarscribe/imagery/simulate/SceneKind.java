package dev.sarscribe.imagery.simulate;

/** What a simulated scene mainly shows. */
public enum SceneKind {
  /** Wind-roughened sea with single ships, some with wakes. */
  OPEN_SEA,
  /** A coastline with a harbour, moored and moving ships. */
  COAST,
  /** Districts of rotated street grids. */
  CITY,
  /** A patchwork of plots with a few villages and woods. */
  FARMLAND,
  /** Wooded hills with clearings. */
  FOREST,
  /** Runway, aprons and, at fine spacing, parked aircraft. */
  AIRPORT,
  /** Tank farms among works and warehouses. */
  INDUSTRIAL,
  /** A river with bridges. */
  RIVER,
  /** Open ground with vehicles; only visible at spacings up to about a metre. */
  VEHICLE_PARK,
  /** All of them by region, as in a full product. */
  MIXED
}
