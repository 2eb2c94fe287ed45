package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.imagery.geo.Crs;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.ItemRefusedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The footprint of an item: its geometry, or its bounding box if the geometry is none that can be
 * used. Some services write metres of a projection into both; with {@code proj:epsg} or {@code
 * proj:code} these are turned into WGS84.
 */
final class ItemFootprint {
  /** A vertex takes about 26 bytes as printed, and a record 256 KiB. */
  private static final int MAX_VERTICES = 3000;

  /** Degrees may count on beyond the antimeridian, once around. */
  private static final double MAX_LONGITUDE = 360;

  /** A straight edge of a projection bends in degrees: 250 km in eight pieces, by 30 m at most. */
  private static final int SEGMENTS_PER_EDGE = 8;

  /** Rings with more vertices than this follow the bend by themselves. */
  private static final int MAX_COARSE_VERTICES = 100;

  private final ItemFields item;
  private final Optional<Crs> crs;

  private ItemFootprint(ItemFields item, Optional<Crs> crs) {
    this.item = item;
    this.crs = crs;
  }

  /**
   * The footprint as GeoJSON in WGS84, split at the antimeridian; empty if the item has neither
   * geometry nor bounding box, as STAC allows.
   *
   * @throws ItemRefusedException if it has one that is nowhere on Earth, or a huge one
   */
  static Optional<String> of(ItemFields item) throws ItemRefusedException {
    ItemFootprint footprint = new ItemFootprint(item, crs(item));
    JsonNode geometry = item.node().path("geometry");
    Optional<String> found = footprint.ofRings(footprint.rings(geometry));
    if (found.isEmpty()) {
      found = footprint.ofRings(boxRing(item.node().path("bbox")));
    }
    if (found.isEmpty() && geometry.isObject()) {
      throw item.refused(
          Reason.MALFORMED_ITEM,
          "neither its geometry nor its bbox is an outline on Earth in degrees, and no proj:epsg"
              + " or proj:code that is known says otherwise");
    }
    return found;
  }

  private static Optional<Crs> crs(ItemFields item) {
    List<JsonNode> places = new ArrayList<>();
    places.add(item.node().path("properties"));
    item.node().path("assets").forEach(places::add);
    for (JsonNode place : places) {
      ItemFields fields = item.of(place);
      Optional<Integer> code =
          fields
              .count("proj:epsg")
              .or(
                  () ->
                      fields
                          .text("proj:code")
                          .filter(t -> t.matches("EPSG:\\d{4,6}"))
                          .map(t -> Integer.valueOf(t.substring(5))));
      if (code.isPresent()) {
        return code.flatMap(Crs::ofEpsg);
      }
    }
    return Optional.empty();
  }

  /** The exterior rings, closed or not; none if it is no polygon. */
  private List<List<double[]>> rings(JsonNode geometry) throws ItemRefusedException {
    JsonNode coordinates = geometry.path("coordinates");
    List<JsonNode> exteriors = new ArrayList<>();
    switch (geometry.path("type").asText("")) {
      case "Polygon" -> exteriors.add(coordinates.path(0));
      case "MultiPolygon" -> coordinates.forEach(polygon -> exteriors.add(polygon.path(0)));
      default -> {
        return List.of();
      }
    }
    List<List<double[]>> rings = new ArrayList<>();
    int vertices = 0;
    for (JsonNode exterior : exteriors) {
      vertices += Math.max(1, exterior.size());
      if (vertices > MAX_VERTICES) {
        throw item.refused(
            Reason.TOO_LARGE, "its geometry has more than " + MAX_VERTICES + " vertices");
      }
      rings.add(ring(exterior));
    }
    return rings;
  }

  private static List<double[]> ring(JsonNode positions) {
    List<double[]> ring = new ArrayList<>();
    for (JsonNode position : positions) {
      // What is no number is nowhere, which the search for a place on Earth finds.
      ring.add(new double[] {coordinate(position.path(0)), coordinate(position.path(1))});
    }
    int last = ring.size() - 1;
    if (last > 0 && java.util.Arrays.equals(ring.get(0), ring.get(last))) {
      ring.remove(last);
    }
    return ring;
  }

  private static double coordinate(JsonNode number) {
    return number.isNumber() ? number.doubleValue() : Double.NaN;
  }

  /** The ring of a box of 4 numbers, or 6 with heights; its edges run the shorter way around. */
  private static List<List<double[]>> boxRing(JsonNode bbox) {
    if (bbox.size() != 4 && bbox.size() != 6) {
      return List.of();
    }
    double west = coordinate(bbox.path(0));
    double south = coordinate(bbox.path(1));
    double east = coordinate(bbox.path(bbox.size() / 2));
    double north = coordinate(bbox.path(bbox.size() / 2 + 1));
    return List.of(
        List.of(
            new double[] {west, south},
            new double[] {east, south},
            new double[] {east, north},
            new double[] {west, north}));
  }

  private Optional<String> ofRings(List<List<double[]>> rings) {
    List<List<LonLat>> outlines = new ArrayList<>();
    for (List<double[]> ring : rings) {
      List<LonLat> outline = outline(ring);
      if (outline.size() < 3) {
        return Optional.empty();
      }
      outlines.add(outline);
    }
    return outlines.isEmpty() ? Optional.empty() : Footprints.geoJson(outlines);
  }

  private List<LonLat> outline(List<double[]> ring) {
    boolean degrees =
        ring.stream().allMatch(p -> Math.abs(p[0]) <= MAX_LONGITUDE && Math.abs(p[1]) <= 90);
    if (degrees) {
      return ring.stream().map(p -> new LonLat(p[0], p[1])).toList();
    }
    return crs.map(c -> projected(c, ring)).orElse(List.of());
  }

  private static List<LonLat> projected(Crs crs, List<double[]> ring) {
    int segments = ring.size() > MAX_COARSE_VERTICES ? 1 : SEGMENTS_PER_EDGE;
    List<LonLat> outline = new ArrayList<>();
    for (int i = 0; i < ring.size(); i++) {
      double[] from = ring.get(i);
      double[] to = ring.get((i + 1) % ring.size());
      for (int s = 0; s < segments; s++) {
        double share = (double) s / segments;
        outline.add(
            crs.toWgs84(from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])));
      }
    }
    return outline;
  }
}
