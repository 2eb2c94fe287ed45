package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of a STAC API, but for the time.
 *
 * @param collections any of these; none means all
 * @param ids only items with these ids; none means all
 * @param area where items are
 * @param filter CQL2, by the API
 * @param query the older query extension: an object of properties with their conditions
 * @param limit items per page, 1 to {@value #MAX_LIMIT}
 */
public record StacQuery(
    List<String> collections,
    List<String> ids,
    Area area,
    Optional<Filter> filter,
    Optional<ObjectNode> query,
    int limit) {
  /** What the specification allows. */
  public static final int MAX_LIMIT = 10_000;

  private static final int BOX_NUMBERS = 4;

  public StacQuery {
    collections = List.copyOf(collections);
    ids = List.copyOf(ids);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("items per page are 1 to " + MAX_LIMIT);
    }
  }

  /** Everything, a hundred items per page. */
  public static StacQuery all() {
    return new StacQuery(
        List.of(), List.of(), new Area.Anywhere(), Optional.empty(), Optional.empty(), 100);
  }

  public StacQuery withCollections(List<String> names) {
    return new StacQuery(names, ids, area, filter, query, limit);
  }

  public StacQuery withIds(List<String> names) {
    return new StacQuery(collections, names, area, filter, query, limit);
  }

  public StacQuery withArea(Area other) {
    return new StacQuery(collections, ids, other, filter, query, limit);
  }

  public StacQuery withFilter(Filter other) {
    return new StacQuery(collections, ids, area, Optional.of(other), query, limit);
  }

  public StacQuery withQuery(ObjectNode other) {
    return new StacQuery(collections, ids, area, filter, Optional.of(other), limit);
  }

  public StacQuery withLimit(int items) {
    return new StacQuery(collections, ids, area, filter, query, items);
  }

  /** Where items are. */
  public sealed interface Area {
    /** No bound. */
    record Anywhere() implements Area {}

    /**
     * A box in WGS84 degrees.
     *
     * @param numbers west, south, east, north; west is greater than east across the antimeridian
     */
    record Box(List<Double> numbers) implements Area {
      public Box {
        numbers = List.copyOf(numbers);
        boolean fits =
            numbers.size() == BOX_NUMBERS
                && numbers.stream().allMatch(Double::isFinite)
                && Math.abs(numbers.get(0)) <= 180
                && Math.abs(numbers.get(2)) <= 180
                && Math.abs(numbers.get(1)) <= 90
                && Math.abs(numbers.get(3)) <= 90
                && numbers.get(1) <= numbers.get(3);
        if (!fits) {
          throw new IllegalArgumentException(
              "a box is west,south,east,north in degrees, not " + numbers);
        }
      }
    }

    /** A GeoJSON geometry in WGS84, which items intersect. */
    record Geometry(JsonNode geoJson) implements Area {
      public Geometry {
        if (!geoJson.path("type").isTextual()
            || !(geoJson.path("coordinates").isArray() || geoJson.path("geometries").isArray())) {
          throw new IllegalArgumentException("the area is no GeoJSON geometry");
        }
      }
    }
  }

  /** A condition in CQL2. */
  public sealed interface Filter {
    /** In its text encoding, passed on as it is. */
    record Text(String cql2) implements Filter {}

    /** In its JSON encoding. */
    record Json(JsonNode cql2) implements Filter {}
  }
}
