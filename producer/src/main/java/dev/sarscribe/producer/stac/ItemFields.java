package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.imagery.product.AcquisitionTime;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.ItemRefusedException.Reason;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fields of a JSON object of an item, read with bounds. A field that is absent, null, of
 * another type or out of its range counts as not said: services write odd things into fields that
 * nobody needs. What must be right is asked for by methods that throw.
 *
 * @param itemId for messages
 */
record ItemFields(String itemId, JsonNode node) {
  /** Names and codes are short; a longer text is not what its field's name says. */
  private static final int MAX_TEXT_CHARS = 500;

  /** The text of the first of these fields that has one. */
  Optional<String> text(String... names) {
    for (String name : names) {
      JsonNode value = node.path(name);
      if (value.isTextual() && !value.textValue().isBlank()) {
        String text = value.textValue().strip();
        if (text.length() <= MAX_TEXT_CHARS) {
          return Optional.of(text);
        }
      }
    }
    return Optional.empty();
  }

  /** The first of these fields that is a number in a range, also if it is written as text. */
  Optional<Double> number(double min, double max, String... names) {
    for (String name : names) {
      Optional<Double> value = number(node.path(name));
      if (value.isPresent() && value.get() >= min && value.get() <= max) {
        return value;
      }
    }
    return Optional.empty();
  }

  /** The first of these fields that is a whole number from 0. */
  Optional<Integer> count(String... names) {
    return number(0, Integer.MAX_VALUE, names).filter(v -> v == Math.rint(v)).map(Double::intValue);
  }

  /** A whole number from 0 that may be beyond an int, as a file's size. */
  Optional<Long> size(String name) {
    JsonNode value = node.path(name);
    boolean usable = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
    return usable ? Optional.of(value.longValue()) : Optional.empty();
  }

  /** The short texts of an array, in order, each once. */
  List<String> texts(String name, int limit) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : node.path(name)) {
      if (texts.size() >= limit) {
        break;
      }
      if (value.isTextual()
          && !value.textValue().isBlank()
          && value.textValue().length() <= MAX_TEXT_CHARS
          && !texts.contains(value.textValue())) {
        texts.add(value.textValue());
      }
    }
    return texts;
  }

  /**
   * The time of the first of these fields that is there.
   *
   * @throws ItemRefusedException if it is there and no time
   */
  Optional<Instant> time(String... names) throws ItemRefusedException {
    for (String name : names) {
      JsonNode value = node.path(name);
      if (value.isMissingNode() || value.isNull()) {
        continue;
      }
      String text = value.asText("");
      try {
        return Optional.of(AcquisitionTime.parse(text));
      } catch (DateTimeException e) {
        String shown = text.substring(0, Math.min(60, text.length()));
        throw refused(Reason.MALFORMED_ITEM, name + " '" + shown + "' is no RFC 3339 time");
      }
    }
    return Optional.empty();
  }

  /** Another object of the same item. */
  ItemFields of(JsonNode other) {
    return new ItemFields(itemId, other);
  }

  ItemRefusedException refused(Reason reason, String cause) {
    return new ItemRefusedException(reason, itemId, cause);
  }

  private static Optional<Double> number(JsonNode value) {
    if (value.isNumber()) {
      return Optional.of(value.doubleValue()).filter(Double::isFinite);
    }
    if (value.isTextual() && value.textValue().matches("-?\\d{1,9}(\\.\\d{1,9})?")) {
      return Optional.of(Double.valueOf(value.textValue()));
    }
    return Optional.empty();
  }
}
