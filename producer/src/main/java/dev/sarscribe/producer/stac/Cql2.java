package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.producer.stac.StacQuery.Filter;
import java.time.Instant;
import java.util.Optional;

/** Joins a user's condition with a range of time, in either encoding of CQL2. */
final class Cql2 {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Cql2() {}

  /** As text; the user's condition must be text too. */
  static Optional<String> text(Optional<Filter> filter, Optional<TimeWindow> window) {
    Optional<String> user = filter.map(f -> ((Filter.Text) f).cql2());
    Optional<String> range =
        window.map(
            w ->
                "%s >= TIMESTAMP('%s') AND %s <= TIMESTAMP('%s')"
                    .formatted(name(w.property()), w.from(), name(w.property()), w.to()));
    if (user.isPresent() && range.isPresent()) {
      return Optional.of("(%s) AND %s".formatted(user.orElseThrow(), range.orElseThrow()));
    }
    return user.or(() -> range);
  }

  /** As JSON; the user's condition must be JSON too. */
  static Optional<JsonNode> json(Optional<Filter> filter, Optional<TimeWindow> window) {
    Optional<JsonNode> user = filter.map(f -> ((Filter.Json) f).cql2());
    if (window.isEmpty()) {
      return user;
    }
    ObjectNode and = JSON.objectNode().put("op", "and");
    ArrayNode conditions = and.putArray("args");
    user.ifPresent(conditions::add);
    TimeWindow w = window.orElseThrow();
    conditions.add(comparison(">=", w.property(), w.from()));
    conditions.add(comparison("<=", w.property(), w.to()));
    return Optional.of(and);
  }

  private static ObjectNode comparison(String operator, String property, Instant time) {
    ObjectNode comparison = JSON.objectNode().put("op", operator);
    ArrayNode arguments = comparison.putArray("args");
    arguments.addObject().put("property", property);
    arguments.addObject().put("timestamp", time.toString());
    return comparison;
  }

  private static String name(String property) {
    return property.matches("[A-Za-z_][A-Za-z0-9_]*") ? property : '"' + property + '"';
  }
}
