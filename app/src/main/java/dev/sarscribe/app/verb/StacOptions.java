package dev.sarscribe.app.verb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.producer.stac.ItemFilter;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.producer.stac.StacQuery;
import dev.sarscribe.producer.stac.TimeWindow;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is asked of a STAC API, or taken from a static catalogue. */
public final class StacOptions {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Outlines of countries are some hundred KiB. */
  private static final long MAX_FILE_BYTES = 4 * 1024 * 1024;

  @Option(
      names = "--collection",
      paramLabel = "ID",
      split = ",",
      description = "Items of these collections. Repeatable.")
  private List<String> collections = new ArrayList<>();

  @Option(names = "--id", paramLabel = "ID", split = ",", description = "Only these items.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = "--bbox",
      paramLabel = "W,S,E,N",
      description = "Items in a box of degrees; W is greater than E across the antimeridian.")
  private String bbox;

  @Option(
      names = "--area",
      paramLabel = "FILE",
      description = "Items that intersect a GeoJSON geometry or feature.")
  private Path area;

  @Option(
      names = "--filter",
      paramLabel = "CQL2",
      description = "A condition by the API, in CQL2 text or JSON.")
  private String filter;

  @Option(
      names = "--query",
      paramLabel = "JSON",
      description = "The same for APIs that have only the older query extension.")
  private String query;

  @Option(
      names = "--product-type",
      paramLabel = "TYPE",
      split = ",",
      description =
          "Only such products, for instance GRD. This and the next two are applied here, on the"
              + " items, so that they work with every service; --filter spares their transfer.")
  private List<String> productTypes = new ArrayList<>();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      split = ",",
      description = "Only such instrument modes, for instance IW.")
  private List<String> modes = new ArrayList<>();

  @Option(
      names = "--polarization",
      paramLabel = "POL",
      split = ",",
      description = "Only items with one of these polarizations, for instance VV.")
  private List<String> polarizations = new ArrayList<>();

  @Option(
      names = "--by",
      paramLabel = "PROPERTY",
      defaultValue = TimeWindow.DATETIME,
      description =
          "The time by which is read on: datetime, or created, updated, published where the API"
              + " filters by them, which finds late items at once (default: ${DEFAULT-VALUE}).")
  private String property = TimeWindow.DATETIME;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Items per page (default: ${DEFAULT-VALUE}).")
  private int pageSize = 100;

  @Mixin private ReprocessedOption reprocessed;

  /** Adds what is wrong with the options. */
  void check(URI location, List<String> problems) {
    String scheme = String.valueOf(location.getScheme()).toLowerCase(Locale.ROOT);
    if (!(scheme.equals("https") || scheme.equals("http")) || location.getHost() == null) {
      problems.add(location + " is no http or https URL");
    }
    if (bbox != null && area != null) {
      problems.add("--bbox and --area exclude each other");
    }
    if (filter != null && query != null) {
      problems.add("--filter and --query exclude each other");
    }
    attempt(problems, this::area);
    attempt(problems, this::condition);
    attempt(problems, () -> query == null ? query : json("--query", query));
    attempt(problems, () -> StacQuery.all().withLimit(pageSize));
    attempt(problems, () -> new TimeWindow(property, Instant.EPOCH, Instant.EPOCH));
  }

  private interface Attempt {
    Object run() throws IOException;
  }

  private static void attempt(List<String> problems, Attempt attempt) {
    try {
      var unused = attempt.run();
    } catch (IOException | IllegalArgumentException e) {
      problems.add(e.getMessage());
    }
  }

  /** Tells these options, with their place, from any others. */
  String identity(URI location, String more) {
    return String.join(
        "\n",
        location.toString(),
        collections.toString(),
        ids.toString(),
        String.valueOf(bbox),
        String.valueOf(area),
        String.valueOf(filter),
        String.valueOf(query),
        productTypes.toString(),
        modes.toString(),
        polarizations.toString(),
        property,
        reprocessed.value().name(),
        more);
  }

  boolean isByDatetime() {
    return property.equals(TimeWindow.DATETIME);
  }

  StacFeed.Settings settings(
      String name, URI location, Optional<Instant> from, Optional<Instant> to, Duration overlap)
      throws IOException {
    var items =
        new ItemFilter(
            new HashSet<>(productTypes), new HashSet<>(modes), new HashSet<>(polarizations));
    return new StacFeed.Settings(
        name, location, query(), items, property, from, to, overlap, reprocessed.value());
  }

  private StacQuery query() throws IOException {
    StacQuery all =
        StacQuery.all()
            .withCollections(collections)
            .withIds(ids)
            .withLimit(pageSize)
            .withArea(area());
    Optional<StacQuery.Filter> condition = condition();
    if (condition.isPresent()) {
      all = all.withFilter(condition.orElseThrow());
    }
    return query == null ? all : all.withQuery(json("--query", query));
  }

  private StacQuery.Area area() throws IOException {
    if (bbox != null) {
      return box(bbox);
    }
    return area == null
        ? new StacQuery.Area.Anywhere()
        : new StacQuery.Area.Geometry(geometry(area));
  }

  private Optional<StacQuery.Filter> condition() throws IOException {
    if (filter == null) {
      return Optional.empty();
    }
    return Optional.of(
        filter.strip().startsWith("{")
            ? new StacQuery.Filter.Json(json("--filter", filter))
            : new StacQuery.Filter.Text(filter));
  }

  private static StacQuery.Area.Box box(String text) {
    try {
      return new StacQuery.Area.Box(
          Arrays.stream(text.split(",")).map(n -> Double.valueOf(n.strip())).toList());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--bbox is four numbers W,S,E,N, not " + text, e);
    }
  }

  private static JsonNode geometry(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
    }
    JsonNode json;
    try {
      json = JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new IOException(file + " is no GeoJSON: " + e.getMessage(), e);
    }
    return switch (json.path("type").asText()) {
      case "Feature" -> json.path("geometry");
      case "FeatureCollection" ->
          json.path("features").size() == 1
              ? json.path("features").path(0).path("geometry")
              : throwArea(file + " has more than one feature, or none");
      default -> json;
    };
  }

  private static JsonNode throwArea(String message) throws IOException {
    throw new IOException(message);
  }

  private static ObjectNode json(String option, String text) throws IOException {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException e) {
      throw new IOException("%s is no JSON: %s".formatted(option, e.getMessage()), e);
    }
    throw new IOException(option + " is no JSON object");
  }
}
