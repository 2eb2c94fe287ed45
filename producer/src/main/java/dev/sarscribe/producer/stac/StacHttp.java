package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Response;
import dev.sarscribe.producer.FeedException;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * JSON documents over HTTP. Also learns by how much the server's clock differs from this machine's.
 * Thread-safe.
 */
final class StacHttp {
  /**
   * A value takes some 60 bytes in memory, also where its text has but two. What services write has
   * more than 8 bytes a token, so that what the policy's 64 MiB let through passes.
   */
  private static final long MAX_TOKENS = 8_000_000;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxTokenCount(MAX_TOKENS).build())
              .build());
  private static final String ACCEPT = "application/geo+json, application/json";

  /** The Date header has whole seconds, and an answer takes a moment: less is no difference. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  private final HttpAccess http;
  private final Clock clock;
  private volatile Duration serverAhead = Duration.ZERO;

  StacHttp(HttpAccess http, Clock clock) {
    this.http = http;
    this.clock = clock;
  }

  /**
   * A document and what names its state.
   *
   * @param uri where it came from, after redirects
   * @param json empty if it has not changed since the validators that were sent
   */
  record Document(URI uri, Optional<JsonNode> json, Validators validators) {}

  /** Names the state of a document at a server: its ETag, else its Last-Modified; maybe neither. */
  record Validators(Optional<String> entityTag, Optional<String> lastModified) {
    static final Validators NONE = new Validators(Optional.empty(), Optional.empty());

    /** The headers that ask for a document only if it has changed. */
    Map<String, String> headers() {
      Map<String, String> headers = new HashMap<>();
      entityTag.ifPresent(tag -> headers.put("If-None-Match", tag));
      lastModified.ifPresent(time -> headers.put("If-Modified-Since", time));
      return headers;
    }

    boolean isEmpty() {
      return entityTag.isEmpty() && lastModified.isEmpty();
    }
  }

  /** The time at the server, as far as it tells. */
  Instant serverNow() {
    return clock.instant().plus(serverAhead);
  }

  /**
   * @throws AccessException if there is no answer, or one that is an error
   * @throws FeedException if the answer is no JSON
   */
  Document get(URI uri, Map<String, String> headers) throws AccessException, FeedException {
    Map<String, String> all = new HashMap<>(headers);
    all.putIfAbsent("Accept", ACCEPT);
    return document(http.get(uri, all));
  }

  /** As {@link #get}, with a JSON body. */
  Document post(URI uri, JsonNode body, Map<String, String> headers)
      throws AccessException, FeedException {
    Map<String, String> all = new HashMap<>(headers);
    all.putIfAbsent("Accept", ACCEPT);
    return document(http.post(uri, bytes(body), "application/json", all));
  }

  private Document document(Response response) throws FeedException {
    learnClock(response);
    var validators =
        new Validators(response.headers().first("ETag"), response.headers().first("Last-Modified"));
    if (response.status() == 304) {
      return new Document(response.uri(), Optional.empty(), validators);
    }
    try {
      JsonNode json = JSON.readTree(response.body());
      return new Document(response.uri(), Optional.of(json), validators);
    } catch (JsonProcessingException e) {
      // A proxy's page in place of an answer, for instance; what stays so shows in the status.
      throw FeedException.passing(
          "%s: the answer is no JSON: %s"
              .formatted(StacUris.forPeople(response.uri()), e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw FeedException.passing(StacUris.forPeople(response.uri()) + ": " + e.getMessage(), e);
    }
  }

  private void learnClock(Response response) {
    response
        .headers()
        .first("Date")
        .flatMap(StacHttp::parseDate)
        .map(date -> Duration.between(clock.instant(), date))
        .ifPresent(
            ahead ->
                serverAhead = ahead.abs().compareTo(CLOCK_TOLERANCE) < 0 ? Duration.ZERO : ahead);
  }

  private static Optional<Instant> parseDate(String text) {
    try {
      return Optional.of(
          ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static byte[] bytes(JsonNode body) {
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON is always written", e);
    }
  }
}
