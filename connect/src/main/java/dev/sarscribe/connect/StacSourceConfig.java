package dev.sarscribe.connect;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HostPattern;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.HttpProxy;
import dev.sarscribe.access.Redaction;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.producer.stac.ItemFilter;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.producer.stac.StacQuery;
import dev.sarscribe.producer.stac.TimeWindow;
import dev.sarscribe.schemas.WireFormat;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;

/** The connector's settings, with what they mean, and what is built from them. */
final class StacSourceConfig extends AbstractConfig {
  static final String URL = "stac.url";
  static final String FEED = "feed.name";
  private static final String COLLECTIONS = "stac.collections";
  private static final String BBOX = "stac.bbox";
  private static final String FILTER = "stac.filter";
  private static final String PROPERTY = "stac.time.property";
  private static final String FROM = "stac.from";
  private static final String TO = "stac.to";
  private static final String OVERLAP_MS = "stac.overlap.ms";
  private static final String LIMIT = "stac.page.limit";
  private static final String PRODUCT_TYPES = "filter.product.types";
  private static final String MODES = "filter.instrument.modes";
  private static final String POLARIZATIONS = "filter.polarizations";
  private static final String REPROCESSED = "reprocessed";
  private static final String POLL_INTERVAL_MS = "poll.interval.ms";
  private static final String REGISTRY = "registry.url";
  private static final String CREDENTIALS = "http.credentials.file";
  private static final String HOSTS = "http.allowed.hosts";
  private static final String PROXY = "http.proxy";
  private static final String PRIVATE = "http.allow.private.networks";

  private static final String KEY_CONVERTER = "key.converter";
  private static final String VALUE_CONVERTER = "value.converter";

  /** Some services give no more; a page is one transaction. */
  private static final int DEFAULT_LIMIT = 100;

  private static final int MAX_LIMIT = 1000;

  static final ConfigDef DEFINITION = definition();

  StacSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
  }

  private static ConfigDef definition() {
    return access(filters(place(new ConfigDef())));
  }

  private static ConfigDef place(ConfigDef config) {
    return config
        .define(
            URL,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            check(StacSourceConfig::uri, "an http or https URL without user and password"),
            Importance.HIGH,
            "Root of a STAC API (without /search), or a static STAC catalogue or collection.")
        .define(
            FEED,
            Type.STRING,
            "",
            Importance.HIGH,
            "Name of the feed in acquisitions, status and offsets; the connector's name if empty."
                + " Another name reads the place anew.")
        .define(
            COLLECTIONS,
            Type.LIST,
            List.of(),
            Importance.HIGH,
            "Collections to read, comma separated; all if empty.")
        .define(
            FROM,
            Type.STRING,
            "",
            check(StacSourceConfig::time, "a time such as 2026-01-31T00:00:00Z"),
            Importance.HIGH,
            "Where the first poll begins, by stac.time.property; an overlap before now if empty.")
        .define(
            TO,
            Type.STRING,
            "",
            check(StacSourceConfig::time, "a time such as 2026-01-31T00:00:00Z"),
            Importance.LOW,
            "Where reading ends; the connector goes on if empty.")
        .define(
            PROPERTY,
            Type.STRING,
            TimeWindow.DATETIME,
            check(
                text -> new TimeWindow(text, Instant.EPOCH, Instant.EPOCH),
                "the name of a property"),
            Importance.MEDIUM,
            "Property by which an API is read on: datetime, which every API searches by, or"
                + " created, updated or published, which find late items at once and need an API"
                + " that filters.")
        .define(
            OVERLAP_MS,
            Type.LONG,
            Duration.ofDays(3).toMillis(),
            Range.between(0, Duration.ofDays(3650).toMillis()),
            Importance.MEDIUM,
            "How late items may appear: each poll begins so long before where the last one ended.")
        .define(
            POLL_INTERVAL_MS,
            Type.LONG,
            Duration.ofMinutes(1).toMillis(),
            Range.between(100, Duration.ofDays(30).toMillis()),
            Importance.MEDIUM,
            "Time between two polls of the place.")
        .define(
            LIMIT,
            Type.INT,
            DEFAULT_LIMIT,
            Range.between(1, MAX_LIMIT),
            Importance.LOW,
            "Items per page, and so per transaction; services may give fewer.");
  }

  private static ConfigDef filters(ConfigDef config) {
    return config
        .define(
            BBOX,
            Type.LIST,
            List.of(),
            (name, value) -> box(name, (List<?>) value),
            Importance.MEDIUM,
            "Only items that touch this box: west, south, east, north in degrees.")
        .define(
            FILTER,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "A CQL2 text filter for the API, for instance" + " \"sar:instrument_mode\" = 'IW'.")
        .define(
            PRODUCT_TYPES,
            Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Only items of these product types, for instance GRD; others are passed over.")
        .define(
            MODES,
            Type.LIST,
            List.of(),
            Importance.LOW,
            "Only items of these instrument modes, for instance IW.")
        .define(
            POLARIZATIONS,
            Type.LIST,
            List.of(),
            Importance.LOW,
            "Only items with one of these polarizations, for instance VV.")
        .define(
            REPROCESSED,
            Type.STRING,
            "newest",
            ValidString.in("skip", "newest", "all"),
            Importance.MEDIUM,
            "Another product of a known acquisition: skip it, let the newest replace it, or take"
                + " all as acquisitions of their own.");
  }

  private static ConfigDef access(ConfigDef config) {
    return config
        .define(
            REGISTRY,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "Schema registry (v3 API) as for the stages that read the topics: with it records carry"
                + " Confluent framing, without it they are Avro single-object encoded.")
        .define(
            CREDENTIALS,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "File on the worker that says which host is shown which credentials, as for sarscribe"
                + " feed; besides it the worker's environment counts.")
        .define(
            HOSTS,
            Type.LIST,
            List.of(),
            Importance.LOW,
            "The only hosts that may be asked, for instance *.example.org; any if empty.")
        .define(
            PROXY,
            Type.STRING,
            HttpProxy.ENVIRONMENT,
            check(
                text -> HttpProxy.read(text, Map.of()), "a URL without user, environment or none"),
            Importance.LOW,
            "Proxy that servers are asked through, as http://proxy.example.org:3128; environment"
                + " takes HTTPS_PROXY and HTTP_PROXY of the worker, or Java's properties, and none"
                + " is none. Hosts of NO_PROXY are asked directly.")
        .define(
            PRIVATE,
            Type.BOOLEAN,
            false,
            Importance.LOW,
            "Whether addresses of this machine and of private networks may be asked.");
  }

  /**
   * What shows only in several values together, or when used.
   *
   * @throws ConfigException that says what to change
   */
  void requireUsable() {
    requireConverter(KEY_CONVERTER, "org.apache.kafka.connect.storage.StringConverter");
    requireConverter(VALUE_CONVERTER, "org.apache.kafka.connect.converters.ByteArrayConverter");
    try {
      feedSettings("any");
      policy();
      credentials();
    } catch (IllegalArgumentException | AccessException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  /** Records are bytes already: another converter would wrap them in JSON. */
  private void requireConverter(String name, String converter) {
    Object set = originals().get(name);
    if (set != null && !set.equals(converter)) {
      throw new ConfigException(name, set, "this connector writes with " + converter);
    }
  }

  StacFeed.Settings feedSettings(String connector) {
    String name = getString(FEED).isBlank() ? connector : getString(FEED);
    return new StacFeed.Settings(
        name,
        uri(getString(URL)),
        query(),
        new ItemFilter(
            Set.copyOf(getList(PRODUCT_TYPES)),
            Set.copyOf(getList(MODES)),
            Set.copyOf(getList(POLARIZATIONS))),
        getString(PROPERTY),
        time(getString(FROM)),
        time(getString(TO)),
        Duration.ofMillis(getLong(OVERLAP_MS)),
        Reprocessed.valueOf(getString(REPROCESSED).toUpperCase(Locale.ROOT)));
  }

  private StacQuery query() {
    StacQuery query =
        StacQuery.all().withCollections(getList(COLLECTIONS)).withLimit(getInt(LIMIT));
    if (!getList(BBOX).isEmpty()) {
      query =
          query.withArea(
              new StacQuery.Area.Box(getList(BBOX).stream().map(Double::valueOf).toList()));
    }
    return getString(FILTER).isBlank()
        ? query
        : query.withFilter(new StacQuery.Filter.Text(getString(FILTER)));
  }

  Duration pollInterval() {
    return Duration.ofMillis(getLong(POLL_INTERVAL_MS));
  }

  WireFormat wireFormat() {
    return WireFormat.of(Optional.of(getString(REGISTRY)).filter(url -> !url.isBlank()));
  }

  /** A client that the caller closes. */
  HttpAccess httpAccess() throws AccessException {
    return HttpAccess.open(policy(), credentials());
  }

  private AccessPolicy policy() {
    return AccessPolicy.DEFAULT
        .withHosts(getList(HOSTS).stream().map(HostPattern::new).toList())
        .withPrivateNetworks(getBoolean(PRIVATE))
        .withProxy(HttpProxy.read(getString(PROXY), System.getenv()));
  }

  private Credentials credentials() throws AccessException {
    Credentials environment = Credentials.ofEnvironment(System.getenv());
    return getString(CREDENTIALS).isBlank()
        ? environment
        : Credentials.read(Path.of(getString(CREDENTIALS))).orElse(environment);
  }

  private interface Reading {
    Object read(String text);
  }

  private static Validator check(Reading reading, String what) {
    return (name, value) -> {
      try {
        var unused = reading.read(String.valueOf(value));
      } catch (IllegalArgumentException | DateTimeException e) {
        // The worker logs and shows it.
        throw new ConfigException(name, Redaction.of(String.valueOf(value)), "is not " + what);
      }
    };
  }

  private static URI uri(String text) {
    URI uri = URI.create(text.strip());
    boolean usable =
        String.valueOf(uri.getScheme()).matches("(?i)https?")
            && uri.getHost() != null
            && uri.getRawUserInfo() == null;
    if (!usable) {
      throw new IllegalArgumentException("no http or https URL");
    }
    return uri;
  }

  private static Optional<Instant> time(String text) {
    return text.isBlank() ? Optional.empty() : Optional.of(Instant.parse(text.strip()));
  }

  private static void box(String name, List<?> numbers) {
    try {
      if (!numbers.isEmpty()) {
        var unused =
            new StacQuery.Area.Box(
                numbers.stream().map(n -> Double.valueOf(String.valueOf(n))).toList());
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(name, numbers, "is no box of west, south, east, north");
    }
  }
}
