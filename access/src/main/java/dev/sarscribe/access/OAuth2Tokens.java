package dev.sarscribe.access;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sarscribe.access.AccessException.Reason;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The access token of one account, fetched when it is first needed and renewed before it expires
 * (RFC 6749): by the refresh token while that lives, else by the grant it began with. One thread
 * asks, the others wait for its answer. Thread-safe.
 */
final class OAuth2Tokens {
  /** Assumed where a server does not say; identity providers give minutes to an hour. */
  private static final Duration DEFAULT_LIFE = Duration.ofMinutes(5);

  /** Tokens of identity providers reach some KiB. */
  private static final int MAX_TOKEN = 64 * 1024;

  private static final JsonMapper JSON = new JsonMapper();

  private final URI tokenUri;
  private final Map<String, String> grant;
  private final Map<String, String> client;
  private final InstantSource clock;
  private Expiring access;
  private Expiring refresh;

  /**
   * @param grant the parameters of the first request: {@code grant_type} and what it needs
   * @param client {@code client_id} and, if there is one, {@code client_secret}
   */
  OAuth2Tokens(
      URI tokenUri, Map<String, String> grant, Map<String, String> client, InstantSource clock) {
    this.tokenUri = tokenUri;
    this.grant = new LinkedHashMap<>(grant);
    this.client = new LinkedHashMap<>(client);
    this.clock = clock;
  }

  synchronized String current(Credential.TokenEndpoint endpoint) throws AccessException {
    if (access == null || !access.isFresh(clock.instant())) {
      renew(endpoint);
    }
    return access.secret();
  }

  /** Forgets a token that a server did not take, unless it was replaced meanwhile. */
  synchronized void reject(String token) {
    if (access != null && access.secret().equals(token)) {
      access = null;
    }
  }

  private void renew(Credential.TokenEndpoint endpoint) throws AccessException {
    if (refresh != null && refresh.isFresh(clock.instant())) {
      try {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "refresh_token");
        form.put("refresh_token", refresh.secret());
        ask(form, endpoint);
        return;
      } catch (AccessException e) {
        if (e.canHeal()) {
          throw e;
        }
        refresh = null; // revoked, or its session ended: begin anew
      }
    }
    ask(grant, endpoint);
  }

  private void ask(Map<String, String> parameters, Credential.TokenEndpoint endpoint)
      throws AccessException {
    Map<String, String> form = new LinkedHashMap<>(parameters);
    form.putAll(client);
    Instant asked = clock.instant();
    Response response =
        endpoint.send(
            Request.post(
                tokenUri,
                encode(form).getBytes(StandardCharsets.UTF_8),
                "application/x-www-form-urlencoded",
                Map.of("Accept", "application/json")));
    JsonNode json = parse(response);
    access =
        Expiring.in(token(json, "access_token"), asked, life(json, "expires_in", DEFAULT_LIFE));
    if (json.hasNonNull("refresh_token")) {
      refresh =
          Expiring.in(
              token(json, "refresh_token"),
              asked,
              life(json, "refresh_expires_in", Expiring.FOREVER));
      if (grant.containsKey("refresh_token")) { // rotated: the old one may work only once
        grant.put("refresh_token", refresh.secret());
      }
    }
  }

  private JsonNode parse(Response response) throws AccessException {
    try {
      return JSON.readTree(response.body());
    } catch (JacksonException e) { // whose message may quote the body: not kept as a cause
      throw new AccessException(Reason.HTTP_ERROR, tokenUri, "answers with no JSON");
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String token(JsonNode json, String field) throws AccessException {
    String token = json.path(field).asText("");
    if (token.isEmpty()
        || token.length() > MAX_TOKEN
        || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new AccessException(
          Reason.HTTP_ERROR, tokenUri, "answers without a usable " + field.replace('_', ' '));
    }
    return token;
  }

  private static Duration life(JsonNode json, String field, Duration otherwise) {
    long seconds = json.path(field).asLong(0); // Keycloak's 0 is a refresh token without end
    return seconds <= 0 || seconds > Expiring.FOREVER.toSeconds()
        ? otherwise
        : Duration.ofSeconds(seconds);
  }

  static String encode(Map<String, String> form) {
    return form.entrySet().stream()
        .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "OAuth2 tokens of " + Redaction.of(tokenUri);
  }
}
